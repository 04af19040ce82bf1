"""The family `transverses`: health, files, the structures an account may invoice for, and small reference lists."""

from typing import Any

from chorus.simulator import codes, ocr
from chorus.simulator.codes import Refusal, TooLarge
from chorus.simulator.fields import one_of, required
from chorus.simulator.files import LIMIT, decoded, extension_of, keep
from chorus.simulator.office import Call
from chorus.simulator.paging import Page
from chorus.simulator.reading import block, integer, text
from chorus.simulator.structures import ISSUED_SPACE, RECEIVED_SPACE


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
    """`deposer/pdf`: what was read, nothing unless the option `ocr` is on; no invoice exists before `soumettre`."""
    name = required(call.body, "nomFichier")
    one_of(call.body, "formatDepot", ("PDF_NON_SIGNE", "PDF_SIGNE_PADES", "PDF_SIGNE_XADES"))
    content = decoded(call, "fichierFacture")
    if len(content) > LIMIT:
        raise TooLarge
    piece_id = keep(call, content, name=name[:200], extension=extension_of(name), mime="application/pdf")
    read = ocr.read(call.store, content) if call.office.options.ocr else ocr.NOTHING
    return read | {"pieceJointeId": piece_id}


def active_suppliers(call: Call) -> dict[str, Any]:
    """Active structures this account is attached to with the space « Factures émises »."""
    return _active(call, public=False)


def active_recipients(call: Call) -> dict[str, Any]:
    return _active(call, public=True)


def _active(call: Call, *, public: bool) -> dict[str, Any]:
    rows = call.store.all(
        "select s.* from attachment a join structure s on s.id = a.structure_id"
        " where a.login = ? and a.space not in ('', 'SUPPRIME') and s.active = 1 and s.public = ? order by s.siret",
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


def structures_of_user(call: Call) -> dict[str, Any]:
    """`recuperer/structuresPourUtilisateur` (deprecated): every attached structure, or those of one space (7, 8)."""
    space = integer(call.body, "espaceFo")
    rows = call.store.all(
        "select s.* from attachment a join structure s on s.id = a.structure_id where a.login = ? order by s.siret",
        call.login,
    )
    return {
        "listeStructures": [
            {
                "idStructure": row["id"],
                "identifiantStructure": row["siret"],
                "designationStructure": row["name"],
                "typeIdentifiantStructure": "SIRET",
            }
            for row in rows
            if space is None or space == (RECEIVED_SPACE if row["public"] else ISSUED_SPACE)[0]
        ]
    }


def search_recipients(call: Call) -> dict[str, Any]:
    """`rechercher/destinataire`: public structures by SIRET, or by name, town or post code."""
    page = Page.asked(block(call.body, "parametresRecherche"))
    siret, words = text(call.body, "identifiant"), f"%{text(call.body, 'nomVilleCodePostal')}%"
    rows = call.store.all(
        "select * from structure where public = 1 and active = 1 and (? = '' or siret = ?)"
        " and (name like ? or town like ? or '18000' like ?) order by siret",
        *(siret, siret, words, words, words),
    )
    if not rows:
        raise Refusal(codes.NO_RESULT)
    return {
        "listeDestinataires": [
            {
                "idStructureCPP": row["id"],
                "siret": row["siret"],
                "nomDestinataire": row["name"],
                "adresseCodePostal": "18000",
                "adresseVille": row["town"],
            }
            for row in page.cut(rows)
        ],
        "parametresRetour": page.returned(min(len(rows), page.maximum)),
    }


def active_for_works(_call: Call) -> dict[str, Any]:
    """Nobody here has the space of public works."""
    return {"listeStructures": []}


def works_invoices(_call: Call) -> dict[str, Any]:
    """`facturesTravaux/rechercher`: there is none, in the words of that family."""
    raise Refusal(codes.NO_WORKS_RESULT)


def not_in_qualification(_call: Call) -> dict[str, Any]:
    """Published as « ne fonctionne pas sur l'espace de qualification », which this simulator stands for."""
    raise Refusal(codes.NOT_IN_QUALIFICATION)
