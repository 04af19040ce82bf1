"""The life of a stored invoice: what may follow what, who plays it, and what happens by itself.

Sources: transition table of the reference compiled from the AIFE's pages. Chorus Pro is more lenient than a tidy
diagram: recipients skip steps, and the accountant's system (Hélios) sends some late. `force` plays those.
"""

import sqlite3
from collections.abc import Iterable

from chorus.simulator.codes import MOVE_IMPOSSIBLE, NO_SUCH_INVOICE, REASON_REQUIRED, Refusal
from chorus.simulator.office import Office

LABELS = {
    "A_VALIDER_1": "À valider",
    "DEPOSEE": "Déposée",
    "EN_COURS_ACHEMINEMENT": "En cours d'acheminement",
    "MISE_A_DISPOSITION": "Mise à disposition",
    "PRISE_EN_COMPTE_DESTINATAIRE": "Prise en compte",
    "SUSPENDUE": "Suspendue",
    "COMPLETEE": "Complétée",
    "A_RECYCLER": "À recycler",
    "REJETEE": "Rejetée",
    "SERVICE_FAIT": "Service fait",
    "MANDATEE": "Mandatée",
    "MISE_A_DISPOSITION_COMPTABLE": "Mise à disposition du comptable",
    "COMPTABILISEE": "Comptabilisée",
    "MISE_EN_PAIEMENT": "Mise en paiement",
    "SUPPRIMEE": "Supprimée",
    "ABANDONNEE": "Abandonnée",
}
SUPPLIER = "Fournisseur"  # who wrote a line of the history
NEEDS_REASON = frozenset({"SUSPENDUE", "REJETEE", "A_RECYCLER"})
FREE_NUMBER = ("SUPPRIMEE", "ABANDONNEE")  # the number of such an invoice may be used again

_ACCOUNTANT = ("MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE", "MISE_EN_PAIEMENT")
_BUYER = (
    "PRISE_EN_COMPTE_DESTINATAIRE",
    "SUSPENDUE",
    "A_RECYCLER",
    "REJETEE",
    "SERVICE_FAIT",
    "MANDATEE",
    *_ACCOUNTANT,
)
MOVES: dict[str, tuple[str, ...]] = {
    "DEPOSEE": ("EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION"),
    "EN_COURS_ACHEMINEMENT": ("MISE_A_DISPOSITION", "A_RECYCLER"),
    "MISE_A_DISPOSITION": _BUYER,
    "PRISE_EN_COMPTE_DESTINATAIRE": _BUYER,
    "COMPLETEE": _BUYER,
    "SERVICE_FAIT": _BUYER,
    "SUSPENDUE": ("REJETEE", "MISE_A_DISPOSITION"),
    "MANDATEE": ("SUSPENDUE", "REJETEE", *_ACCOUNTANT),
    "MISE_A_DISPOSITION_COMPTABLE": ("COMPTABILISEE", "MISE_EN_PAIEMENT"),
    "COMPTABILISEE": ("MISE_EN_PAIEMENT",),
}


def moves(office: Office, status: str) -> tuple[str, ...]:
    """Statuses that the buyer, the accountant or the system may set next."""
    allowed = MOVES.get(status, ())
    if not office.options.recycling_allowed:
        allowed = tuple(target for target in allowed if target != "A_RECYCLER")
    return tuple(target for target in allowed if target != status)


def play(
    office: Office,
    invoice_id: int,
    status: str,
    comment: str = "",
    *,
    at: int | None = None,
    force: bool = False,
    payment_order: str = "",
    author: str = "",
) -> None:
    """One step of the buyer or of the accountant. Raises Refusal when the step is not possible.

    `force` skips the table and the duty to give a reason. `at` (milliseconds) dates the step: when it is older than
    the current status, the step enters the history and the current status stays.
    """
    with office.store.transaction():
        invoice = find(office, invoice_id)
        if not force:
            _judge(office, invoice, status, comment)
        change(office, invoice_id, status, comment=comment, at=at, author=author)
        if payment_order:
            office.store.run("update invoice set payment_order = ? where id = ?", payment_order, invoice_id)


def _judge(office: Office, invoice: sqlite3.Row, status: str, comment: str) -> None:
    allowed = moves(office, invoice["status"])
    if status not in allowed:
        raise Refusal(MOVE_IMPOSSIBLE, f"{invoice['status']} -> {status} (possibles : {', '.join(allowed) or 'aucun'})")
    if status in NEEDS_REASON and not comment.strip():
        raise Refusal(REASON_REQUIRED)


def find(office: Office, invoice_id: int | None) -> sqlite3.Row:
    invoice = office.store.one("select * from invoice where id = ?", invoice_id)
    if invoice is None:
        raise Refusal(NO_SUCH_INVOICE)
    return invoice


def change(
    office: Office, invoice_id: int, status: str, *, comment: str = "", at: int | None = None, author: str = ""
) -> None:
    """Write the history line and, unless a newer status is already there, the current status."""
    now = office.clock.now()
    at = now if at is None else at
    office.store.insert("history", invoice_id=invoice_id, status=status, at=at, comment=comment, author=author)
    office.store.run(
        "update invoice set status = ?, status_at = ?, status_comment = ?, changed_at = ?, next_at = ?"
        " where id = ? and status_at <= ?",
        *(status, at, comment, min(at, now), next_step_at(office, status, at), invoice_id, at),
    )


def note_act(office: Office, invoice_id: int, code: str, login: str = "") -> None:
    """An act of a user (`histoAction`): it changes no status."""
    office.store.insert("act", invoice_id=invoice_id, code=code, at=office.clock.now(), login=login)


def next_step_at(office: Office, status: str, at: int) -> int | None:
    """When the system itself moves the invoice on, None for never."""
    delay = {
        "DEPOSEE": office.options.routing_after,
        "EN_COURS_ACHEMINEMENT": office.options.available_after,
    }.get(status)
    return None if delay is None else at + round(delay * 1000)


AUTOMATIC = {"DEPOSEE": "EN_COURS_ACHEMINEMENT", "EN_COURS_ACHEMINEMENT": "MISE_A_DISPOSITION"}


def catch_up(office: Office) -> None:
    """Play the automatic steps that are due, each dated when it was due."""
    while due := _due(office):
        for invoice in due:
            target = AUTOMATIC[invoice["status"]]
            change(office, invoice["id"], target, at=invoice["next_at"], author="Chorus Pro")


def _due(office: Office) -> Iterable[sqlite3.Row]:
    sql = "select id, status, next_at from invoice where next_at <= ? order by next_at limit 500"
    return office.store.all(sql, office.clock.now())
