"""An avoir and the invoice it corrects: which one it is, what is left of it, what to do by the stage it has reached."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import TextChoices

from invoicing.checks import number_key
from invoicing.lifecycle import BEFORE_DEPOSIT, FREE_NUMBER, Status
from invoicing.models import Invoice, Kind

S = Status

# « Mandatée » and what follows: the money is asked for, or on its way.
ORDERED = frozenset({S.ORDERED, S.AT_ACCOUNTANT, S.BOOKED, S.PAID})


class Stage(TextChoices):
    """How far the origin is: what can still be done instead of an avoir."""

    UNSENT = "unsent"
    SENT = "sent"
    ORDERED = "ordered"
    REJECTED = "rejected"
    ELSEWHERE = "elsewhere"


def stage_of(invoice: Invoice) -> Stage:
    if invoice.status in {S.OUTSIDE, S.WITHDRAWN}:
        return Stage.ELSEWHERE
    if invoice.status == S.REJECTED:
        return Stage.REJECTED
    if invoice.status in ORDERED:
        return Stage.ORDERED
    return Stage.UNSENT if invoice.status in BEFORE_DEPOSIT - {S.SENDING} else Stage.SENT


def find_origin(credit_note: Invoice) -> Invoice | None:
    """The supplier's invoice of this number: of the date that is given, else one past draft, else the latest."""
    key = number_key(credit_note.origin_number)
    if credit_note.kind != Kind.CREDIT_NOTE or not key:
        return None
    named = Invoice.objects.filter(supplier=credit_note.supplier_id, kind=Kind.INVOICE, number_key=key)
    candidates = list(named.exclude(status=S.WITHDRAWN).select_related("recipient").defer("reading", "verdict")[:20])
    dated = credit_note.origin_date
    return max(
        candidates,
        key=lambda one: (one.issue_date == dated, one.status not in FREE_NUMBER, one.pk),
        default=None,
    )


def references_of(origin: Invoice | None) -> dict[str, str]:
    """What an avoir takes over from the invoice it corrects, by field, where nothing else says it."""
    if origin is None:
        return {}
    said = {name: getattr(origin, name) for name in ("engagement_number", "service_code", "contract_number")}
    said["buyer_siret"] = origin.recipient.siret if origin.recipient else ""
    return {name: value for name, value in said.items() if value}


def counted(notes: Iterable[Invoice]) -> list[Invoice]:
    """Those that take something away: handed over, neither withdrawn nor refused."""
    return [note for note in notes if note.status not in {*FREE_NUMBER, S.REJECTED} and note.total_ttc]


def credited(notes: Iterable[Invoice]) -> Decimal:
    """What avoirs take from their origin, TTC, whatever sign their software writes."""
    return sum((abs(note.total_ttc) for note in counted(notes)), Decimal(0))


def net_of(origin: Invoice, notes: Iterable[Invoice]) -> Decimal | None:
    """What is left to pay of the origin, TTC."""
    return None if origin.total_ttc is None else origin.total_ttc - credited(notes)


def may_be_credited(invoice: Invoice) -> bool:
    """Whether its supplier may ask himself what to do when something was damaged or is missing."""
    return invoice.kind == Kind.INVOICE and stage_of(invoice) in {Stage.UNSENT, Stage.SENT, Stage.ORDERED}
