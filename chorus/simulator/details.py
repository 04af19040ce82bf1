"""`factures/consulter/fournisseur` (the whole invoice) and `telecharger/groupe` (its files)."""

import base64
import io
import json
import sqlite3
import zipfile
from typing import Any

from chorus.simulator import codes, life
from chorus.simulator.clock import day
from chorus.simulator.codes import Refusal, TooLarge
from chorus.simulator.consult import seen_invoice
from chorus.simulator.fields import one_of
from chorus.simulator.office import Call
from chorus.simulator.reading import integer, items
from chorus.simulator.world import PIECE_TYPES

GROUP_LIMIT = 120 * 1024 * 1024
PIECE_LABELS = {code: label for _id, code, label in PIECE_TYPES}


def consult_invoice(call: Call) -> dict[str, Any]:
    invoice = seen_invoice(call, "identifiantFactureCPP")
    details = json.loads(invoice["details"])
    facture = {
        "identifiantFactureCPP": invoice["id"],
        "numeroFacture": invoice["number"],
        "statutFacture": invoice["status"],
        "modeDepot": invoice["mode"],
        "rejetTraite": bool(invoice["rejection_handled"]),
        "commentaire": invoice["comment"],
        "destinataire": _recipient(call, invoice),
        "fournisseur": _supplier(call, invoice),
        "cadreDeFacturation": {"codeCadreFacturation": invoice["cadre"]},
        "references": _references(call, invoice),
        "recapitulatifDeTva": _listed("ligneTva", _recaps(details), "LignesRecapitulativesTVA"),
        "montantTotal": _totals(invoice),
        "listeDesPiecesJointes": _listed("pieceJointe", _extras(call, invoice), "ListePiecesJointe"),
        "lignesDePoste": _listed("lignePoste", _lines(details), "LignesPoste"),
    }
    if invoice["piece_id"]:
        facture["pieceJointePrincipale"] = {"idPieceJointePrincipale": invoice["piece_id"]}
    return {"facture": _without_empty(facture)}


def _recipient(call: Call, invoice: sqlite3.Row) -> dict[str, Any]:
    row = call.store.one("select * from structure where id = ?", invoice["recipient_id"])
    service = call.store.one("select * from service where id = ?", invoice["service_id"])
    return {
        "idDestinataire": row["id"],
        "codeDestinataire": row["siret"],
        "libelleDestinataire": row["name"],
        "designationDestinataire": row["name"],
        "idServiceExecutant": service["id"] if service else None,
        "codeServiceExecutant": service["code"] if service else None,
        "libelleServiceExecutant": service["label"] if service else None,
        "miseEnPaiementDestinataire": bool(row["reports_payment"]),
    }


def _supplier(call: Call, invoice: sqlite3.Row) -> dict[str, Any]:
    row = call.store.one("select * from structure where id = ?", invoice["supplier_id"])
    return {
        "idFournisseur": row["id"],
        "typeIdentifiantFournisseur": "SIRET",
        "codeFournisseur": row["siret"],
        "raisonSocialeFournisseur": row["name"],
        "designationFournisseur": row["name"],
        "coordBancairesFournisseurId": invoice["bank_id"],
    }


def _references(call: Call, invoice: sqlite3.Row) -> dict[str, Any]:
    first = call.store.value("select min(at) from history where invoice_id = ?", invoice["id"])
    return {
        "dateFacture": invoice["invoice_date"],
        "dateDepot": invoice["deposit_date"],
        "dateCreationFacture": day(first),
        "codeDeviseFacture": "EUR",
        "libelleDeviseFacture": "Euro",
        "typeFacture": invoice["kind"],
        "typeTva": invoice["vat_type"],
        "numeroMarche": invoice["contract"],
        "numeroBonCommande": invoice["engagement"],
        "numeroFactureOrigine": invoice["origin"],
        "modePaiement": invoice["payment_mode"],
        "numeroDpMandat": invoice["payment_order"],
    }


def _totals(invoice: sqlite3.Row) -> dict[str, Any]:
    return {
        "montantHtTotal": invoice["total_ht"],
        "montantTVA": invoice["total_tva"],
        "montantTtcAvantRemiseGlobalTTC": round(invoice["total_ttc"] + (invoice["discount"] or 0), 6),
        "montantRemiseGlobaleTTC": invoice["discount"],
        "motifRemiseGlobaleTTC": invoice["discount_reason"],
        "montantTtcTotal": invoice["total_ttc"],
        "montantAPayer": invoice["net"],
    }


def _extras(call: Call, invoice: sqlite3.Row) -> list[dict[str, Any]]:
    rows = call.store.all(
        "select e.*, p.extension from extra_piece e join piece p on p.id = e.piece_id"
        " where e.invoice_id = ? order by e.id",
        invoice["id"],
    )
    return [
        {
            "pieceJointeTypeCode": row["kind"],
            "pieceJointeTypeLibelle": PIECE_LABELS.get(row["kind"]),
            "pieceJointeDesignation": row["designation"],
            "pieceJointeNumeroLigneFacture": row["line"],
            "pieceJointeIdLiaison": row["id"],
            "pieceJointeId": row["piece_id"],
            "pieceJointeExtension": row["extension"],
        }
        for row in rows
    ]


def _recaps(details: dict[str, Any]) -> list[dict[str, Any]]:
    """The recap by rate, under the names that the answer uses."""
    return [_renamed(row, {"ligneTvaTaux": "ligneTvaTauxRefCode"}) for row in details.get("ligneTva", [])]


def _lines(details: dict[str, Any]) -> list[dict[str, Any]]:
    return [_renamed(row, {"lignePosteUnite": "lignePosteUniteLibelle"}) for row in details.get("lignePoste", [])]


def _renamed(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in row.items()}


def _listed(key: str, rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    figures = {f"pageCourante{name}": 1, f"pages{name}": min(1, len(rows))}
    return {key: rows, **figures, f"nbResultatsParPage{name}": max(10, len(rows)), f"total{name}": len(rows)}


def _without_empty(value: Any) -> Any:
    """Absent values are left out, at every level."""
    if isinstance(value, dict):
        return {key: _without_empty(part) for key, part in value.items() if part not in (None, "")}
    return [_without_empty(row) for row in value] if isinstance(value, list) else value


def download(call: Call) -> dict[str, Any]:
    """One PDF for one invoice alone; else a ZIP with a folder per invoice. Only the format PDF is known here."""
    one_of(call.body, "format", ("PDF",))
    with_extras = one_of(call.body, "avecPiecesJointesComplementaires", ("Oui", "Non"), optional=True) == "Oui"
    wanted = [{"idFacture": integer(row, "idFacture")} for row in items(call.body, "listeFacture")]
    if not wanted:
        raise Refusal(codes.FIELD_MISSING, "listeFacture")
    folders = {}
    for row in wanted:
        invoice = seen_invoice(Call(call.office, call.login, row), "idFacture")
        folders[f"{invoice['number'].replace('/', '_')}_{invoice['id']}"] = _files(call, invoice, with_extras)
        life.note_act(call.office, invoice["id"], "TELECHARGEMENT_FACTURE")
    content = _packed(folders)
    if len(content) > GROUP_LIMIT:
        raise TooLarge
    return {"fichierResultat": base64.b64encode(content).decode()}


def _files(call: Call, invoice: sqlite3.Row, with_extras: bool) -> dict[str, bytes]:
    ids = [invoice["piece_id"]] if invoice["piece_id"] else []
    if with_extras:
        ids += [row["pieceJointeId"] for row in _extras(call, invoice)]
    return dict(_file(call, piece_id) for piece_id in ids)


def _file(call: Call, piece_id: int) -> tuple[str, bytes]:
    row = call.store.one("select p.*, c.bytes from piece p join content c using (sha256) where p.id = ?", piece_id)
    if row["bytes"] is None:
        raise Refusal(codes.PIECE_UNKNOWN, "contenu non conservé par ce simulateur")
    return f"{piece_id}_{row['name'].replace('/', '_')}", row["bytes"]


def _packed(folders: dict[str, dict[str, bytes]]) -> bytes:
    every = [(folder, name, content) for folder, files in folders.items() for name, content in files.items()]
    if len(folders) == len(every) == 1:
        return every[0][2]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for folder, name, content in every:
            archive.writestr(f"{folder}/{name}", content)
    return packed.getvalue()
