"""What follows a deposit: the supplier's answers (`completer`, `recycler`, `traiterRejet`) and the buyer's act."""

import sqlite3
from typing import Any

from chorus.simulator import codes, life
from chorus.simulator.clock import day, minute
from chorus.simulator.codes import Refusal
from chorus.simulator.fields import limited, required
from chorus.simulator.files import attach, check_extra_pieces
from chorus.simulator.office import Call
from chorus.simulator.reading import block, integer, items, text
from chorus.simulator.routing import Route, check_route


def complete(call: Call) -> dict[str, Any]:
    """`completer`: documents, a comment or both on a suspended invoice, which becomes COMPLETEE."""
    invoice = _own(call, integer(call.body, "identifiantFactureCPP"))
    if not _awaits(call, invoice, "SUSPENDUE"):
        raise Refusal(codes.NOT_SUSPENDED)
    comment = limited(call.body, "commentaire", 2000)
    attach(call, invoice["id"], check_extra_pieces(call))
    life.change(call.office, invoice["id"], "COMPLETEE", comment=comment, author=life.SUPPLIER)
    return {
        "identifiantFactureCPP": invoice["id"],
        "numeroFacture": invoice["number"],
        "dateTraitement": minute(call.clock.now()),
    }


def recycle(call: Call) -> dict[str, Any]:
    """`recycler`: recipient, service or engagement corrected; number and amounts stay. What is not given is kept.

    The resulting status is not established for the real service: here DEPOSEE again, with a new date of deposit.
    """
    invoice = _own(call, integer(call.body, "identifiantFactureCPP"))
    if not _awaits(call, invoice, "A_RECYCLER"):
        raise Refusal(codes.NOT_TO_RECYCLE)
    route = _corrected(call, invoice)
    recipient_id, service_id = check_route(call, route)
    comment, now = limited(call.body, "commentaire", 2000), call.clock.now()
    call.store.run(
        "update invoice set recipient_id = ?, service_id = ?, engagement = ?, deposit_date = ?, deposited_at = ?"
        " where id = ?",
        *(recipient_id, service_id, route.engagement, day(now), now, invoice["id"]),
    )
    life.change(call.office, invoice["id"], "DEPOSEE", comment=comment, author=life.SUPPLIER)
    after = life.find(call.office, invoice["id"])
    return {
        "identifiantFactureCPP": after["id"],
        "numeroFacture": after["number"],
        "statutFacture": after["status"],
        "dateDepot": after["deposit_date"],
    }


def handle_rejections(call: Call) -> dict[str, Any]:
    """`traiterRejet`: the supplier says he has dealt with these rejected invoices. All of them, or none."""
    given = items(call.body, "listeDemandePaiement")
    if not given:
        raise Refusal(codes.FIELD_MISSING, "listeDemandePaiement")
    invoices = [_own(call, integer(row, "idDemandePaiement")) for row in given]
    if any(invoice["status"] != "REJETEE" for invoice in invoices):
        raise Refusal(codes.NOT_REJECTED)
    for invoice in invoices:
        call.store.run("update invoice set rejection_handled = 1 where id = ?", invoice["id"])
        life.note_act(call.office, invoice["id"], "TRAITEMENT_REJET")
    return {}


def treat(call: Call) -> dict[str, Any]:
    """`traiter/recue`: one step by an account of the recipient."""
    invoice = life.find(call.office, integer(call.body, "idFacture"))
    if not call.may_write_for(invoice["recipient_id"]):
        raise Refusal(codes.NOT_ALLOWED)
    status = required(call.body, "nouveauStatut")
    order, reason = text(call.body, "numeroDPMandat"), text(call.body, "motif")
    life.play(call.office, invoice["id"], status, reason, payment_order=order, author=call.login)
    return {
        "idFacture": invoice["id"],
        "numeroFacture": invoice["number"],
        "dateTraitement": minute(call.clock.now()),
        "nouveauStatut": status,
    }


def _own(call: Call, invoice_id: int | None) -> sqlite3.Row:
    invoice = life.find(call.office, invoice_id)
    if not call.may_write_for(invoice["supplier_id"]):
        raise Refusal(codes.NOT_ALLOWED)
    return invoice


def _awaits(call: Call, invoice: sqlite3.Row, status: str) -> bool:
    """Whether the invoice waits for an answer in this status. Without the check for duplicates an answer is taken a
    second time, as a deposit is: what is then stored twice is what our proofs count."""
    if invoice["status"] == status:
        return True
    last = call.store.one("select author from history where invoice_id = ? order by id desc limit 1", invoice["id"])
    return not call.office.duplicate_check and last["author"] == life.SUPPLIER


def _corrected(call: Call, invoice: sqlite3.Row) -> Route:
    given = block(call.body, "destinataire")
    before = call.store.one(
        "select s.siret, coalesce(v.code, '') code from structure s left join service v on v.id = ? where s.id = ?",
        invoice["service_id"],
        invoice["recipient_id"],
    )
    siret = text(given, "codeDestinataire") or before["siret"]
    kept = before["code"] if siret == before["siret"] else ""
    engagement = limited(block(call.body, "reference"), "numeroBonCommande", 50) or invoice["engagement"]
    return Route(siret=siret, service_code=text(given, "codeServiceExecutant") or kept, engagement=engagement)
