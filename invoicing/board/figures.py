"""What is counted for the board: each function gives JSON, in a handful of queries whatever the number of rows.

Amounts are whole cents: SQLite has no decimal arithmetic, and JSON no decimals. Whoever changes a shape renames its
function: until the next count the page then waits, where it would stumble over the old one.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from django.db.models import BigIntegerField, Case, Count, F, Min, Q, Sum, When
from django.db.models.functions import Abs, Cast, Round

from invoicing.board.causes import CAUSES, lately, told
from invoicing.board.spans import AGES, DELAYS, PERIOD, aged, delayed
from invoicing.lifecycle import ON_CHORUS, Status
from invoicing.models import Invoice, InvoiceEvent, Kind
from orders.models import Buyer
from suppliers.models import Depositor, Supplier

S = Status

ENDED = (S.PAID, S.REJECTED, S.WITHDRAWN)
OPEN = tuple(status for status in Status if status not in ENDED)
# A draft's amount is nobody's word yet.
AWAITED = tuple(status for status in OPEN if status != S.DRAFT)
NAMED_BUYERS = 10
# Fewer invoices than that make no habit.
ENOUGH_INVOICES = 3
AT_A_TIME = 2000
A_DAY = timedelta(days=1)

PAYMENT_ASKED = (S.ORDERED, S.AT_ACCOUNTANT, S.BOOKED, S.PAID)
# The first time an invoice was there; buyers skip steps, so a later one stands for those before.
MILESTONES = {
    "handed": (S.TO_REVIEW,),
    "let_go": (S.APPROVED, S.TO_SELF_DEPOSIT),
    "deposited": (S.DEPOSITED,),
    "arrived": (S.AVAILABLE, S.ACKNOWLEDGED, S.SERVICE_DONE),
    "asked": PAYMENT_ASKED,
    "paid": (S.PAID,),
    "rerouted": (S.TO_REROUTE,),
}
# Step -> the milestones between which it lies.
STEPS = {
    "review": ("handed", "let_go"),
    "sending": ("let_go", "deposited"),
    "routing": ("deposited", "arrived"),
    "buyer": ("arrived", "asked"),
    "accountant": ("asked", "paid"),
}

# Each amount is made whole before anything is added up: a sum of SQLite's floating numbers would be off by cents.
_CENTS = Cast(Round(F("total_ttc") * 100), BigIntegerField())
CENTS = Case(When(kind=Kind.CREDIT_NOTE, then=-Abs(_CENTS)), default=_CENTS, output_field=BigIntegerField())


def standing(now: datetime) -> dict:
    """{"open": {status: {age: invoices}}, "ended": {status: invoices}}"""
    ages = {span.key: Count("pk", filter=aged(span, now)) for span in AGES}
    rows = Invoice.objects.filter(status__in=OPEN).order_by().values("status").annotate(**ages)
    ended = Invoice.objects.filter(status__in=ENDED).order_by().values_list("status").annotate(n=Count("pk"))
    return {"open": {row.pop("status"): row for row in rows}, "ended": dict(ended)}


def amounts(now: datetime) -> dict:
    """{status: {"n": invoices, "cents": of them}}, of what nobody was paid yet."""
    awaited = Invoice.objects.filter(status__in=AWAITED, received_on=None).order_by()
    rows = awaited.values("status").annotate(n=Count("pk"), cents=Sum(CENTS, default=0))
    return {row.pop("status"): row for row in rows}


def durations(now: datetime) -> dict:
    """{"steps": {step: {"n": invoices, "days": median}}, "buyers": [{"buyer", "name", "n", "days"}, the slowest first]}

    Of the invoices on which Chorus Pro gave its last word within the period.
    """
    steps, buyers = defaultdict(list), defaultdict(list)
    for invoice in _lately_moved(now).iterator(chunk_size=AT_A_TIME):
        for step, days in _days(invoice):
            steps[step].append(days)
            if step == "buyer":
                buyers[invoice["buyer"]].append(days)
    return {"steps": {step: _median(days) for step, days in steps.items()}, "buyers": _slowest(buyers)}


def _lately_moved(now: datetime):
    first = {
        name: Min("events__occurred_at", filter=Q(events__to_status__in=statuses))
        for name, statuses in MILESTONES.items()
    }
    moved = Invoice.objects.filter(status__in=ON_CHORUS, status_at__gte=now - PERIOD, kind=Kind.INVOICE)
    # What a person declared has days but no hours, and may be taken back.
    # Of their events only these are read: there are millions.
    telling = {status for statuses in MILESTONES.values() for status in statuses}
    told_by_chorus = moved.filter(declared_at=None, buyer__isnull=False, events__to_status__in=telling)
    return told_by_chorus.order_by().values("pk", "buyer").annotate(**first)


def _days(invoice: dict) -> Iterator[tuple[str, float]]:
    for step, (begins, ends) in STEPS.items():
        # One that went astray first arrived at somebody else's.
        if invoice[begins] and invoice[ends] and not (invoice["rerouted"] and "arrived" in (begins, ends)):
            # Chorus Pro's clock tells the minute, ours more: the one may seem to end before the other began.
            yield step, max((invoice[ends] - invoice[begins]) / A_DAY, 0)


def _median(days: list[float]) -> dict:
    return {"n": len(days), "days": round(median(days), 3)}


def _slowest(buyers: dict[int, list[float]]) -> list[dict]:
    known = [{"buyer": key, **_median(days)} for key, days in buyers.items() if len(days) >= ENOUGH_INVOICES]
    slowest = sorted(known, key=lambda buyer: (-buyer["days"], buyer["buyer"]))[:NAMED_BUYERS]
    names = dict(Buyer.objects.filter(pk__in=[one["buyer"] for one in slowest]).values_list("pk", "name"))
    return [{"name": names[one["buyer"]], **one} for one in slowest]


def returns(now: datetime) -> dict:
    """{cause: events of the period}"""
    counted = {cause: Count("pk", filter=told(cause, now)) for cause in CAUSES}
    return InvoiceEvent.objects.filter(lately(now)).order_by().aggregate(**counted)


def late(now: datetime) -> dict:
    """{"spans": {span: {"n", "cents"}}, "buyers": [{"buyer", "name", "n", "cents"}, most invoices first]}"""
    past = Invoice.objects.past_due(now).order_by()
    found = past.aggregate(
        **{f"{span.key}_n": Count("pk", filter=delayed(span, now)) for span in DELAYS},
        **{f"{span.key}_cents": Sum(CENTS, filter=delayed(span, now), default=0) for span in DELAYS},
    )
    buyers = past.values("buyer", name=F("buyer__name")).annotate(n=Count("pk"), cents=Sum(CENTS, default=0))
    return {
        "spans": {span.key: {what: found[f"{span.key}_{what}"] for what in ("n", "cents")} for span in DELAYS},
        "buyers": list(buyers.order_by("-n", "-cents", "buyer")[:NAMED_BUYERS]),
    }


def suppliers(now: datetime) -> dict:
    """{"portal": …, "himself": …, "undecided": …, "without": …} of the validated suppliers."""
    ticked = Q(uses_chorus=True)
    return Supplier.objects.filter(validated_at__isnull=False).aggregate(
        portal=Count("pk", filter=ticked & Q(depositor=Depositor.PORTAL)),
        himself=Count("pk", filter=ticked & Q(depositor=Depositor.SELF)),
        undecided=Count("pk", filter=ticked & Q(depositor=Depositor.NOBODY)),
        without=Count("pk", filter=~ticked),
    )
