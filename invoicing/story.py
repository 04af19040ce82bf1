"""What happened to an invoice, told to the one who reads it: who is named as a person, who as a house."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.text import capfirst

from invoicing.ball import Viewer, label
from invoicing.lifecycle import Status
from invoicing.models import Invoice, InvoiceEvent
from invoicing.typography import french

# What a person did, where the title names what follows: an agent's « À corriger » is corrected by somebody else.
DONE = {
    Status.TO_REVIEW: "transmis{e} par",
    Status.RETURNED: "renvoyé{e} par",
    Status.APPROVED: "accepté{e} par",
    Status.OUTSIDE: "accepté{e} par",
    Status.TO_SELF_DEPOSIT: "décidé par",
}


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    at: datetime
    title: str
    official: str
    # « transmise par », before the name.
    did: str
    who: str
    reason: str
    is_news: bool
    # Said by a person, on that day: the hour of `at` means nothing then.
    is_declared: bool
    recorded_at: datetime
    status: str


def story(invoice: Invoice, reader: Viewer) -> list[Line]:
    """The dated timeline, newest first."""
    return _without_echoes(told(invoice, reader, invoice.timeline()))[::-1]


def _without_echoes(lines: list[Line]) -> list[Line]:
    """Chorus Pro gives back with « Complétée » the very answer that stands here since it was written."""
    said: list[str] = []
    shown = []
    for line in lines:
        is_echo = line.is_news and line.reason and any(one.startswith(f"{line.reason}\n") for one in said)
        shown.append(replace(line, reason="") if is_echo else line)
        if not line.is_news:
            said.append(f"{line.reason}\n")
    return shown


def told(invoice: Invoice, reader: Viewer, events: list[InvoiceEvent]) -> list[Line]:
    """These events to this reader, in their order."""
    teams = _teams(invoice, events)
    return [_line(event, invoice, reader, teams) for event in events]


def declaration(invoice: Invoice, lines: list[Line]) -> Line | None:
    """Who said where the invoice stands, if a person did."""
    if not invoice.is_declared:
        return None
    return max((line for line in lines if line.is_declared), key=lambda line: line.recorded_at, default=None)


def _line(event: InvoiceEvent, invoice: Invoice, reader: Viewer, teams: dict) -> Line:
    return Line(
        at=event.occurred_at,
        title=french(capfirst(_title(event, invoice, reader))),
        official=event.official_label,
        did=_did(event, invoice),
        who=_who(event, invoice, reader, teams),
        reason=french(event.reason),
        is_news=event.kind == InvoiceEvent.Kind.NEWS,
        is_declared=event.kind == InvoiceEvent.Kind.DECLARED,
        recorded_at=event.recorded_at,
        status=event.to_status,
    )


def _title(event: InvoiceEvent, invoice: Invoice, reader: Viewer) -> str:
    """A status in the reader's own words, unless the event brings words of its own."""
    return event.title if _has_own_words(event) else label(invoice, event.to_status, reader)


def _did(event: InvoiceEvent, invoice: Invoice) -> str:
    return "par" if _has_own_words(event) else invoice.tell(DONE.get(Status(event.to_status), "par"))


def _has_own_words(event: InvoiceEvent) -> bool:
    return bool(event.label and event.kind != InvoiceEvent.Kind.NEWS) or not event.to_status


def _teams(invoice: Invoice, events: list[InvoiceEvent]) -> dict[str, set[int]]:
    people = {event.by_id for event in events if event.by_id}
    return {
        "supplier": set(invoice.supplier.members.filter(user__in=people).values_list("user_id", flat=True)),
        "buyer": set(invoice.buyer.members.filter(user__in=people).values_list("user_id", flat=True))
        if invoice.buyer
        else set(),
    }


def _who(event: InvoiceEvent, invoice: Invoice, reader: Viewer, teams: dict) -> str:
    """Members of one house read names; the others read the house, since a name may be an e-mail address."""
    if not event.by_id:
        return event.acted_as
    if event.by_id in teams["supplier"]:
        name = event.acted_as or str(event.by)
        return name if reader.is_supplier or reader.is_agent else str(invoice.supplier)
    if event.by_id in teams["buyer"]:
        return str(event.by) if reader.is_buyer or reader.is_agent else str(invoice.buyer)
    name = str(event.by) if reader.is_agent else "le Département"
    return f"{name}, au nom de {event.acted_as}" if event.acted_as else name


def return_reason(invoice: Invoice) -> str:
    """Why it came back to its supplier, in the words of whoever sent it back."""
    if invoice.status not in {Status.RETURNED, Status.SUSPENDED, Status.TO_REROUTE, Status.REJECTED}:
        return ""
    told = invoice.events.filter(to_status=invoice.status).order_by("occurred_at", "pk")
    if invoice.status != Status.RETURNED:
        told = told.exclude(reason="")  # Chorus Pro may tell one return in several lines, some without its motive.
    last = told.last()
    return french(last.reason) if last else ""
