"""The family `transverses`: health, files, the structures an account may invoice for, and small reference lists."""

from typing import Any

from chorus.simulator import codes
from chorus.simulator.codes import Refusal
from chorus.simulator.fields import required
from chorus.simulator.files import LIMIT, decoded, extension_of, keep
from chorus.simulator.office import Call
from chorus.simulator.reading import text


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


def active_suppliers(call: Call) -> dict[str, Any]:
    """Active structures this account is attached to with the space « Factures émises »."""
    return _active(call, public=False)


def active_recipients(call: Call) -> dict[str, Any]:
    return _active(call, public=True)


def _active(call: Call, *, public: bool) -> dict[str, Any]:
    rows = call.store.all(
        "select s.* from attachment a join structure s on s.id = a.structure_id"
        " where a.login = ? and s.active = 1 and s.public = ? order by s.siret",
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
