"""The whole invoice: `factures/consulter/fournisseur` and, for the buyer, `factures/consulter/recipiendaire`.

Three lists inside it have pages of their own (10 rows unless asked otherwise), under block names that differ from
one operation to the other.
"""

import json
import math
import sqlite3
from dataclasses import dataclass
from typing import Any

from chorus.simulator import codes, life
from chorus.simulator.amounts import RATES
from chorus.simulator.clock import day
from chorus.simulator.codes import Refusal
from chorus.simulator.consult import seen_invoice
from chorus.simulator.office import Call
from chorus.simulator.paging import MAXIMUM, PAGE_SIZE
from chorus.simulator.reading import block, integer, text
from chorus.simulator.world import PIECE_TYPES, VAT_RATES

PIECE_LABELS = {code: label for _id, code, label in PIECE_TYPES}
RATE_LABELS = {code: label for code, label, _rate in VAT_RATES}
# What the description has for the supplier's answer only.
ONLY_ISSUED = {
    "destinataire": ("designationDestinataire", "miseEnPaiementDestinataire"),
    "fournisseur": ("raisonSocialeFournisseur",),
}


@dataclass(frozen=True)
class Inner:
    """A list inside the invoice: the request's block (by either name) and its keys, the suffix of its figures."""

    blocks: tuple[str, str]
    asked: str
    column: str
    figures: str


INNER = {
    "ligneTva": Inner(
        ("getpLigneRecapTva", "rechercheligneTvaRecap"),
        "ListeRecapitulatifTVA",
        "ListeRecapitulatifTVA",
        "LignesRecapitulativesTVA",
    ),
    "pieceJointe": Inner(
        ("getpListePiecesJointes", "recherchePj"), "ListePieceJointe", "ListePiecesJointes", "ListePiecesJointe"
    ),
    "lignePoste": Inner(("getpLignesPoste", "rechercheLignePoste"), "LignesPoste", "ListeLignesPoste", "LignesPoste"),
}


def consult_issued(call: Call) -> dict[str, Any]:
    invoice = seen_invoice(call, "identifiantFactureCPP")
    return {"facture": whole(call, invoice) | {"rejetTraite": bool(invoice["rejection_handled"])}}


def consult_received(call: Call) -> dict[str, Any]:
    """The same, for an account of the recipient."""
    invoice = life.find(call.office, integer(call.body, "identifiantFactureCPP"))
    if not call.may_act_for(invoice["recipient_id"]):
        raise Refusal(codes.NOT_ALLOWED)
    facture = whole(call, invoice)
    for party, names in ONLY_ISSUED.items():
        facture[party] = {key: value for key, value in facture[party].items() if key not in names}
    return {"facture": facture}


def whole(call: Call, invoice: sqlite3.Row) -> dict[str, Any]:
    details = json.loads(invoice["details"])
    facture = {
        "identifiantFactureCPP": invoice["id"],
        "numeroFacture": invoice["number"],
        "statutFacture": invoice["status"],
        "modeDepot": invoice["mode"],
        "commentaire": invoice["comment"],
        "destinataire": _recipient(call, invoice),
        "fournisseur": _supplier(call, invoice),
        "cadreDeFacturation": {"codeCadreFacturation": invoice["cadre"]},
        "references": _references(call, invoice),
        "recapitulatifDeTva": _listed(call, "ligneTva", [_recap(row) for row in details.get("ligneTva", [])]),
        "montantTotal": _totals(invoice),
        "listeDesPiecesJointes": _listed(call, "pieceJointe", extras(call, invoice)),
        "lignesDePoste": _listed(call, "lignePoste", [_line(row) for row in details.get("lignePoste", [])]),
    }
    if invoice["piece_id"]:
        facture["pieceJointePrincipale"] = {"idPieceJointePrincipale": invoice["piece_id"]}
    return _without_empty(facture)


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


def extras(call: Call, invoice: sqlite3.Row) -> list[dict[str, Any]]:
    """The additional pieces, in the order they were added."""
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


def _recap(row: dict[str, Any]) -> dict[str, Any]:
    """One rate, under the names that the answer uses."""
    code = row.get("ligneTvaTaux")
    named = {key: value for key, value in row.items() if key != "ligneTvaTaux"}
    if not code:
        return named
    return named | {
        "ligneTvaTauxRefCode": code,
        "ligneTvaTauxRefLibelle": RATE_LABELS.get(code),
        "ligneTvaTauxRefValeur": RATES.get(code),
    }


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """One line with its amounts; quantities and prices were checked at the deposit when they had to be."""
    named = {key: value for key, value in row.items() if key != "lignePosteUnite"}
    named["lignePosteUniteLibelle"] = row.get("lignePosteUnite")
    try:
        amount = float(row["lignePosteQuantite"]) * float(row["lignePosteMontantUnitaireHT"])
        amount -= float(row.get("lignePosteMontantRemiseHT") or 0)
        rate = RATES.get(row.get("lignePosteTauxTva") or "", row.get("lignePosteTauxTvaManuel"))
        vat = amount * float(rate or 0) / 100
    except (KeyError, TypeError, ValueError):
        return named
    return named | {
        "lignePosteMontantHtApresRemise": round(amount, 6),
        "lignePosteMontantTva": round(vat, 6),
        "lignePosteMontantTtcApresRemise": round(amount + vat, 6),
    }


def _listed(call: Call, key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The page asked for, and its figures."""
    inner = INNER[key]
    asked = block(call.body, inner.blocks[0]) or block(call.body, inner.blocks[1])
    sizes = (
        f"nbResultatsParPage{inner.asked}",
        f"nbResultatsParPageListe{inner.asked}",
    )  # one is so, with two « Liste »
    size = next((value for name in sizes if (value := integer(asked, name))), PAGE_SIZE)
    page = max(1, integer(asked, f"pageResultatDemandee{inner.asked}") or 1)
    rows = _sorted(rows, text(asked, f"triColonne{inner.column}"), text(asked, f"triSens{inner.column}"))[:MAXIMUM]
    figures = {
        f"pageCourante{inner.figures}": page,
        f"pages{inner.figures}": math.ceil(len(rows) / size),
        f"nbResultatsParPage{inner.figures}": size,
        f"total{inner.figures}": len(rows),
    }
    return {key: rows[(page - 1) * size : page * size], **figures}


def _sorted(rows: list[dict[str, Any]], column: str, way: str) -> list[dict[str, Any]]:
    """As deposited unless a column is named (`LignePosteNumero` sorts by `lignePosteNumero`); absent values last."""
    if not column:
        return rows
    name = column[0].lower() + column[1:]
    there = [row for row in rows if row.get(name) not in (None, "")]
    there.sort(key=lambda row: (isinstance(row[name], str), row[name]), reverse=way != "Ascendant")
    return there + [row for row in rows if row.get(name) in (None, "")]


def _without_empty(value: Any) -> Any:
    """Absent values are left out, at every level."""
    if isinstance(value, dict):
        return {key: _without_empty(part) for key, part in value.items() if part not in (None, "")}
    return [_without_empty(row) for row in value] if isinstance(value, list) else value
