"""When the money should come, and what is owed once that day is past: the public payment delay. Pure.

Code de la commande publique, R2192-10 to R2192-36. The delay begins with the arrival at the buyer (« Mise à
disposition »), never before the last delivery. One suspension before the payment is ordered interrupts it; the buyer
then has thirty days from the answer, or what was left of the delay if that is longer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from invoicing.checks.law import late_interest_on, value_on
from invoicing.lifecycle import Status

S = Status

ORDERED = frozenset({S.ORDERED, S.AT_ACCOUNTANT, S.BOOKED, S.PAID})
# Whoever has come so far has received the invoice, even if « Mise à disposition » was never told.
REACHED = ORDERED | {S.ACKNOWLEDGED, S.SERVICE_DONE, S.SUSPENDED, S.COMPLETED}
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Step:
    """A status on Chorus Pro, and the day on which it came."""

    status: Status
    day: date


@dataclass(frozen=True)
class Term:
    """The delay of one invoice.

    `since`: the day it began; `pay_by`: its last day, None while it is interrupted. `arrived` and `delivered`: what it
    began with, the later of the two. `is_told`: « Mise à disposition » itself was told; else a later step stands for
    it. `suspended` and `resumed`: the interruption. `ignored`: a second suspension, or one after « Mandatée », which
    interrupts nothing: the first such day.
    """

    days: int
    arrived: date
    delivered: date | None
    pay_by: date | None
    is_told: bool = True
    suspended: date | None = None
    resumed: date | None = None
    ignored: date | None = None

    @property
    def since(self) -> date:
        return max(self.arrived, self.delivered) if self.delivered else self.arrived

    @property
    def runs_from_delivery(self) -> bool:
        return self.since > self.arrived

    @property
    def is_interrupted(self) -> bool:
        return self.pay_by is None

    def is_past(self, today: date) -> bool:
        return self.pay_by is not None and self.pay_by < today


def term(steps: Iterable[Step], days: int, delivered: date | None) -> Term | None:
    """The delay as these steps, in the order they came, make it; None before the arrival, and after a rejection.

    A corrected recipient received it only when it arrived there: what came before « À recycler » does not count.
    """
    steps = _since_last(S.TO_REROUTE, list(steps))
    if not steps or steps[-1].status == S.REJECTED:
        return None
    told = [step.day for step in steps if step.status == S.AVAILABLE]
    arrived = told or [step.day for step in steps if step.status in REACHED]
    if not arrived:
        return None
    begun = Term(days, min(arrived), delivered, None, is_told=bool(told))
    return _interrupted(replace(begun, pay_by=begun.since + timedelta(days)), steps)


def _since_last(status: Status, steps: list[Step]) -> list[Step]:
    at = max((number for number, step in enumerate(steps) if step.status == status), default=-1)
    return steps[at + 1 :]


def _interrupted(running: Term, steps: Sequence[Step]) -> Term:
    """With its one interruption: by the first suspension, unless the payment was ordered before."""
    suspensions = [at for at, step in enumerate(steps) if step.status == S.SUSPENDED]
    ordered = next((at for at, step in enumerate(steps) if step.status in ORDERED), len(steps))
    first = next((at for at in suspensions if at < ordered), None)
    ignored = next((steps[at].day for at in suspensions if at != first), None)
    running = replace(running, ignored=ignored)
    if first is None:
        return running
    return _resumed(replace(running, suspended=steps[first].day), steps[first + 1 :])


def _resumed(suspended: Term, later: Sequence[Step]) -> Term:
    """Any step but another suspension says that the answer came: buyers skip « Complétée »."""
    resumed = next((step.day for step in later if step.status != S.SUSPENDED), None)
    if resumed is None:
        return replace(suspended, pay_by=None)
    left = suspended.pay_by - suspended.suspended
    new = timedelta(value_on("payment-days-resumed", resumed))
    return replace(suspended, resumed=resumed, pay_by=resumed + max(left, new))


@dataclass(frozen=True)
class Late:
    """What is owed besides the principal, in euros, `days` after the last day.

    `rate`: percent a year, None while the ECB's rate of that half-year is not recorded; `interest` then too.
    """

    days: int
    fee: Decimal
    rate: Decimal | None
    interest: Decimal | None


def late(pay_by: date, until: date, amount: Decimal, rate: Decimal | None = None) -> Late | None:
    """Interest on `amount` (TTC) and the fee for recovery; None when `until`, the day of payment or today, is in time.

    `rate`: the yearly percentage, where the portal was told it; by default that of the law's table on the first late
    day.
    """
    days = (until - pay_by).days
    if days <= 0:
        return None
    first = pay_by + timedelta(1)
    rate = late_interest_on(first) if rate is None else rate
    interest = None if rate is None else (amount * rate / 100 * days / 365).quantize(CENT, ROUND_HALF_UP)
    return Late(days, value_on("recovery-fee", first), rate, interest)
