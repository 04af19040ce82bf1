"""The family `transverses`: health, files, the structures an account may invoice for, and small reference lists."""

from typing import Any

from chorus.simulator import codes
from chorus.simulator.codes import Refusal, TooLarge
from chorus.simulator.fields import one_of, required
from chorus.simulator.files import LIMIT, decoded, extension_of, keep
from chorus.simulator.office import Call
from chorus.simulator.reading import text

UNREAD = (
    "numeroFacture", "dateFacture", "codeDestinataire", "codeServiceExecutant", "codeFournisseur", "codeDeviseFacture",
    "typeFacture", "typeTva", "numeroBonCommande", "montantTtcAvantRemiseGlobalTTC", "montantAPayer", "montantHtTotal",
    "montantTVA",
)  # fmt: skip


def health(_call: Call) -> dict[str, Any]:
    return {
        "body": "L'API CPRO est actuellement disponible et fonctionnel.",
        "statusCode": "OK",
        "statusCodeValue": 200,
    }


def add_file(call: Call) -> dict[str, Any]:
    name = required(call.body, "pieceJointeNom")
    extension = extension_of(name, text(call.body, "pieceJointeExtension"))
    content = decoded(call, "pieceJointeFichier")
    if len(content) > LIMIT:
        raise Refusal(codes.FILE_TOO_BIG)
    mime = required(call.body, "pieceJointeTypeMime")
    return {"pieceJointeId": keep(call, content, name=name[:200], extension=extension, mime=mime)}


def deposit_pdf(call: Call) -> dict[str, Any]:
    """`deposer/pdf`: the reader of characters found nothing, as often; no invoice exists before `soumettre`."""
    name = required(call.body, "nomFichier")
    one_of(call.body, "formatDepot", ("PDF_NON_SIGNE", "PDF_SIGNE_PADES", "PDF_SIGNE_XADES"))
    content = decoded(call, "fichierFacture")
    if len(content) > LIMIT:
        raise TooLarge
    piece_id = keep(call, content, name=name[:200], extension=extension_of(name), mime="application/pdf")
    return dict.fromkeys(UNREAD) | {"typeFacture": "FACTURE", "pieceJointeId": piece_id}


def active_suppliers(call: Call) -> dict[str, Any]:
    """Active structures this account is attached to with the space « Factures émises »."""
    return _active(call, public=False)


def active_recipients(call: Call) -> dict[str, Any]:
    return _active(call, public=True)


def _active(call: Call, *, public: bool) -> dict[str, Any]:
    rows = call.store.all(
        "select s.* from attachment a join structure s on s.id = a.structure_id"
        " where a.login = ? and a.space != '' and s.active = 1 and s.public = ? order by s.siret",
        call.login,
        int(public),
    )
    # Clients disagree on the name of the identifier: both are given.
    return {
        "listeStructures": [
            {
                "idStructureCPP": row["id"],
                "identifiant": row["siret"],
                "identifiantStructure": row["siret"],
                "designationStructure": row["name"],
            }
            for row in rows
        ]
    }
