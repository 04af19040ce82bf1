"""The family `structures`: who exists, what a recipient requires, its services, the spaces open to us."""

import sqlite3
from typing import Any

from chorus.simulator import codes
from chorus.simulator.clock import instant
from chorus.simulator.codes import Refusal
from chorus.simulator.office import Call
from chorus.simulator.paging import Page
from chorus.simulator.reading import block, flag, integer, text

ATTACHED = (
    "id in (select structure_id from attachment where login = ?)"
    " or id in (select structure_id from account where login = ?)"
)
STATES = {"ACTIF": 1, "INACTIF": 0, "ACTIVE": 1, "INACTIVE": 0}
SERVICES_SINCE = "2016-10-25 17:42"
CLOSED = "SUPPRIME"
STRUCTURE_ATTACHMENT_OFFSET, SERVICE_ATTACHMENT_OFFSET = 700_000_000, 800_000_000  # an id from the other one
ISSUED_SPACE, RECEIVED_SPACE = (8, "Factures émises"), (7, "Factures reçues")


def search_structures(call: Call) -> dict[str, Any]:
    """Public structures, and private ones: those attached only, unless `restreindreStructuresPrivees` is false."""
    asked, page = block(call.body, "structure"), Page.asked(block(call.body, "parametres"))
    found = [row for row in _candidates(call, text(asked, "identifiantStructure")) if _matches(row, asked)]
    if page.column == "DesignationStructure":
        found.sort(key=lambda row: row["name"], reverse=page.descending)
    listed = [_listed(row) for row in page.cut(found)]
    return {"listeStructures": listed, "parametresRetour": page.returned(min(len(found), page.maximum))}


def _candidates(call: Call, siret: str) -> list[sqlite3.Row]:
    sql = "select * from structure where (? = '' or siret = ?)"
    if flag(call.body, "restreindreStructuresPrivees") is False:
        return call.store.all(f"{sql} order by siret", siret, siret)
    return call.store.all(f"{sql} and (public = 1 or {ATTACHED}) order by siret", siret, siret, call.login, call.login)


def _matches(row: sqlite3.Row, asked: dict[str, Any]) -> bool:
    kind, state = text(asked, "typeStructure"), text(asked, "statutStructure")
    name = (text(asked, "raisonSocialeStructure") or text(asked, "libelleStructure")).casefold()
    return (
        text(asked, "typeIdentifiantStructure") in ("", "SIRET")
        and (not kind or (kind == "PUBLIQUE") == bool(row["public"]))
        and (not state or STATES.get(state) == row["active"])
        and name in row["name"].casefold()
    )


def _listed(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "idStructureCPP": row["id"],
        "identifiantStructure": row["siret"],
        "typeIdentifiantStructure": "SIRET",
        "designationStructure": row["name"],
        "statut": "ACTIVE" if row["active"] else "INACTIVE",
    }


def _visible(call: Call, key: str, body: dict[str, Any] | None = None) -> sqlite3.Row:
    """A public structure, or one that the account is attached to."""
    structure_id = integer(call.body if body is None else body, key)
    sql = f"select * from structure where id = ? and (public = 1 or {ATTACHED})"
    row = call.store.one(sql, structure_id, call.login, call.login)
    if row is None:
        raise Refusal(codes.STRUCTURE_UNKNOWN)
    return row


def consult_structure(call: Call) -> dict[str, Any]:
    row = _visible(call, "idStructureCPP")
    return {
        "informationGenerales": _identity(call, row),
        "adressePostaleDuSiege": {
            "adresse": "1 place de l'Exemple",
            "codePostal": "18000",
            "ville": row["town"],
            "pays": "FR",
        },
        "parametres": {
            "codeServiceDoitEtreRenseigne": bool(row["service"]),
            "numeroEJDoitEtreRenseigne": bool(row["engagement"]),
            "gestionNumeroEJOuCodeService": bool(row["either"]),
            "estMoaUniquement": False,
            "getaMoa": False,
            "estValideurDelegue": False,
            "recevoirDonneesViaEDI": False,
            "connexionEDI": False,
            "nonDiffusibleInsee": False,
            "statutMiseEnPaiementNestPasRemonte": not row["reports_payment"],
        },
    }


def _identity(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    identity = {
        "idStructureCPP": row["id"],
        "identifiantStructure": row["siret"],
        "typeIdentifiantStructure": "SIRET",
        "raisonSocialeStructure": row["name"],
        "libelleStructure": row["name"],
        "structurePriveePublique": "PUBLIQUE" if row["public"] else "PRIVEE",
    }
    expires = call.store.value(
        "select expires_at from account where structure_id = ? and login = ?", row["id"], call.login
    )
    if expires is not None:
        identity["dateExpirationMotPasseCompteTech"] = instant(expires)
    return identity


def search_spaces(call: Call) -> dict[str, Any]:
    """The space of this account on the structure: « Factures émises » of a supplier, « Factures reçues » of a buyer."""
    asked = block(call.body, "structure")
    page = Page.asked(block(call.body, "parametresRechercherEspaces"))
    rows = call.store.all(
        "select s.*, a.space from attachment a join structure s on s.id = a.structure_id"
        " where a.login = ? and a.space != '' and (s.id = ? or s.siret = ?)",
        *(call.login, integer(asked, "idStructure"), text(asked, "identifiantStructure")),
    )
    listed = [_listed_space(row) for row in page.cut(rows)]
    return {"listeEspace": listed, "parametresRetour": page.returned(len(rows))}


def _listed_space(row: sqlite3.Row) -> dict[str, Any]:
    code, label = RECEIVED_SPACE if row["public"] else ISSUED_SPACE
    return {
        "idEspaceFo": code,
        "codeEspace": code,
        "libelleEspace": label,
        "etatCourant": "SUPPRIME" if row["space"] == CLOSED else "ACTIVE",
        "typeHabilitation": "MODIFICATION" if row["space"] == CLOSED else row["space"],
    }


def search_services(call: Call) -> dict[str, Any]:
    structure = _visible(call, "idStructure")
    page = Page.asked(block(call.body, "parametresRechercherServicesStructure"))
    column = {"LibelleService": "label", "EstActif": "active"}.get(page.column, "code")
    way = "desc" if page.column and page.descending else "asc"
    rows = call.store.all(f"select * from service where structure_id = ? order by {column} {way}", structure["id"])
    listed = [_listed_service(row) for row in page.cut(rows)]
    return {"listeServices": listed, "parametresRetour": page.returned(min(len(rows), page.maximum))}


def _listed_service(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "idService": row["id"],
        "codeService": row["code"],
        "libelleService": row["label"],
        "dateDbtService": SERVICES_SINCE,
        "estActif": bool(row["active"]),
        "statutService": "ACTIF" if row["active"] else "INACTIF",
    }


def consult_service(call: Call) -> dict[str, Any]:
    structure = _visible(call, "idStructure")
    sql = "select * from service where id = ? and structure_id = ?"
    row = call.store.one(sql, integer(call.body, "idService"), structure["id"])
    if row is None:
        raise Refusal(codes.STRUCTURE_SERVICE_UNKNOWN)
    return {
        "informationsGenerales": {
            "codeService": row["code"],
            "nomService": row["label"],
            "descriptionService": row["label"],
        },
        "adressePostale": {
            "adresse": "1 place de l'Exemple",
            "codePostal": "18000",
            "ville": structure["town"],
            "pays": "FR",
        },
        "parametres": {
            "numeroEngagement": bool(row["engagement"]),
            "miseEnPaiement": bool(structure["reports_payment"]),
            "dateCreation": SERVICES_SINCE,
            "dateDebutValidite": SERVICES_SINCE,
        },
    }


def list_attachments(call: Call) -> dict[str, Any]:
    """`lister/rattachementsutilisateur`: the services of a structure that this account is attached to."""
    structure = _attached(call)
    page = Page.asked(block(call.body, "parametresListerRattachementsStructureUtilisateur"))
    rows = call.store.all("select * from service where structure_id = ? order by code", structure["id"])
    listed = [
        {
            "idRattachement": row["id"] + SERVICE_ATTACHMENT_OFFSET,
            "idService": row["id"],
            "codeService": row["code"],
            "nomService": row["label"],
            "statutRattachement": "VALIDEE",
        }
        for row in page.cut(rows)
    ]
    return {
        "idStructure": structure["id"],
        "identifiantStructure": structure["siret"],
        "designationStructure": structure["name"],
        "premierService": False,
        "listeServices": listed,
        "parametresRetour": page.returned(min(len(rows), page.maximum)),
    }


def _attached(call: Call) -> sqlite3.Row:
    row = call.store.one(
        "select s.* from attachment a join structure s on s.id = a.structure_id"
        " where a.login = ? and (s.id = ? or s.siret = ?)",
        *(call.login, integer(call.body, "idStructure"), text(call.body, "identifiantStructure")),
    )
    if row is None:
        raise Refusal(codes.STRUCTURE_UNKNOWN)
    return row


def own_attachments(call: Call) -> dict[str, Any]:
    """`utilisateurs/monCompte/recuperer/rattachements`: every structure of this account, with its services."""
    page = Page.asked(block(call.body, "parametresRecherche"))
    rows = call.store.all(
        "select s.* from attachment a join structure s on s.id = a.structure_id where a.login = ? order by s.id",
        call.login,
    )
    listed = [_own_attachment(call, row) for row in page.cut(rows)]
    return {
        "listeStructureRattachement": listed,
        "parametresRetour": page.returned(min(len(rows), page.maximum)),
    }


def _own_attachment(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    services = call.store.all("select * from service where structure_id = ? order by code", row["id"])
    return {
        "idRattachementStructure": row["id"] + STRUCTURE_ATTACHMENT_OFFSET,
        "idStructure": row["id"],
        "identifiantStructure": row["siret"],
        "typeIdentifiantStructure": "SIRET",
        "designationStructure": row["name"],
        "roleUtilisateur": "UTILISATEUR_PERSONNEL",
        "statutRattachementStructure": "VALIDEE",
        "statutUtilisateur": "ACTIF",
        "listeServicesRattache": [
            _listed_service(service) | {"statutRattachementService": "VALIDEE"} for service in services
        ],
    }
