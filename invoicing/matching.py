"""Which of its supplier's orders an invoice bills: by engagement number, SIRET, amount and dates. Plain data only.

Rather no order than one of two that fit as well: the supplier is offered all of them and chooses.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# Of so many orders every sum is tried; of more they are billed one after the other.
MOST_SUMMED = 12
# Signs that hands and printers take for one another.
_CONFUSED = str.maketrans("OIL", "011")


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What the invoice says of its order, as far as it was read or typed."""

    reference: str = ""
    engagement_number: str = ""
    buyer_siret: str = ""
    total_ht: Decimal | None = None
    issue_date: date | None = None
    deliveries: frozenset[date] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """An order of the supplier. `open_ht`: what an invoice may still bill of it, or a credit note give back."""

    key: int
    reference: str
    buyer: int
    open_ht: Decimal
    buyer_siret: str = ""
    engagement_number: str = ""
    former_numbers: frozenset[str] = frozenset()
    ordered_on: date
    delivery_on: date | None = None

    @property
    def is_open(self) -> bool:
        return self.open_ht > 0


def match(printed: Printed, orders: Iterable[Ordered]) -> list[Ordered]:
    """The orders it bills: one, or all that are open under one number of one buyer. Empty when that cannot be told."""
    known = sorted(orders, key=lambda order: order.key)
    still = [order for order in known if order.is_open]
    named = [order for order in still if is_named(printed, order)]
    if named:
        return beside(named[0], printed, still)
    numbered = _bearing(printed.engagement_number, known)
    if numbered:
        # A number of theirs is no slip for another one, even when nothing is left to bill under it.
        return by_delivery(printed, _settle(printed, [order for order in numbered if order.is_open]))
    near = _settle(printed, _nearest(printed, still))
    silent = [order for order in still if not (printed.engagement_number and order.engagement_number)]
    return by_delivery(printed, near or _fitting(printed, _of_buyer(printed, silent)))


def beside(order: Ordered, printed: Printed, orders: Iterable[Ordered]) -> list[Ordered]:
    """The order the supplier started from, and when the invoice counts more, the others under its number."""
    if printed.total_ht is None or abs(printed.total_ht) <= order.open_ht or not order.engagement_number:
        return [order]
    others = [one for one in orders if one.is_open and one.key != order.key and _kin(one) == _kin(order)]
    return [order, *by_delivery(printed, others)]


def shares(total: Decimal | None, orders: Sequence[Ordered]) -> dict[int, Decimal]:
    """How much of each order, by its key, an invoice of this total HT bills; those it leaves alone are missing.

    One order bears whatever the invoice says. Of several, those that make the total exactly are billed, else each in
    turn as far as it goes, never more than what is open.
    """
    if total is None:
        return {order.key: order.open_ht for order in orders}
    if len(orders) == 1:
        return {orders[0].key: total}
    left, sign = abs(total), -1 if total < 0 else 1
    amounts = {}
    for order in _adding_up(left, orders) or orders:
        amounts[order.key] = sign * min(order.open_ht, left)
        left -= abs(amounts[order.key])
    return {key: amount for key, amount in amounts.items() if amount}


def clues(printed: Printed, order: Ordered) -> list[str]:
    """What speaks for this order, in French."""
    return [words for words, holds in _signs(printed, order).items() if holds]


def likeliest_first(printed: Printed, orders: Iterable[Ordered]) -> list[Ordered]:
    """A number before a buyer, a buyer before an amount, an amount before a day."""
    return sorted(
        by_delivery(printed, orders), key=lambda order: [not holds for holds in _signs(printed, order).values()]
    )


def _signs(printed: Printed, order: Ordered) -> dict[str, bool]:
    """What may speak for an order, the surest first, and whether it does."""
    return {
        "sa référence": is_named(printed, order),
        "le numéro d'engagement": bears(order, printed.engagement_number),
        "un numéro d'engagement proche": is_slip(printed.engagement_number, order.engagement_number),
        "le SIRET de l'acheteur": bool(printed.buyer_siret) and printed.buyer_siret == order.buyer_siret,
        "le SIREN de l'acheteur": _is_sister(printed.buyer_siret, order.buyer_siret),
        "le montant": _has_amount(printed, order),
        "la date de livraison": delivered(printed, order),
    }


# --- The reference and the engagement number ---


def is_named(printed: Printed, order: Ordered) -> bool:
    """Whether the invoice bears our own reference, be it where the buyer's number is expected."""
    return clean(order.reference) in {clean(number) for number in (printed.reference, printed.engagement_number)}


def clean(number: str) -> str:
    """Without what people put between the signs: « EJ 2026-014 » and « ej2026/014 » are one."""
    return re.sub(r"[\W_]", "", number).upper()


def bears(order: Ordered, number: str) -> bool:
    """Whether the order has this number, or had it before its buyer changed it."""
    wanted = clean(number)
    return bool(wanted) and wanted in {clean(one) for one in (order.engagement_number, *order.former_numbers)}


def is_slip(written: str, meant: str) -> bool:
    """Whether one number may be the other with a slip of the finger, of the printer or of the reader."""
    return _slips(written, meant) is not None and clean(written) != clean(meant)


def _bearing(number: str, orders: list[Ordered]) -> list[Ordered]:
    """Those that have the number now, else those that had it."""
    now = [order for order in orders if clean(number) and clean(order.engagement_number) == clean(number)]
    return now or [order for order in orders if bears(order, number)]


def _nearest(printed: Printed, orders: list[Ordered]) -> list[Ordered]:
    """Those whose number is nearest to the printed one, when it is near enough and the buyer does not speak against."""
    slips = {}
    for order in _of_buyer(printed, orders) or [order for order in orders if _has_amount(printed, order)]:
        slips[order] = _slips(printed.engagement_number, order.engagement_number)
    least = min((slip for slip in slips.values() if slip is not None), default=None)
    return [order for order, slip in slips.items() if slip is not None and slip == least]


def _slips(written: str, meant: str) -> int | None:
    """How many slips lead from one to the other; None when they are two different numbers."""
    one, other = (clean(number).translate(_CONFUSED) for number in (written, meant))
    shortest = min(len(one), len(other))
    if shortest >= 6 and (one.endswith(other) or other.endswith(one)):
        return 1  # « EJ » or the year was left out.
    found = _distance(one, other)
    return found if shortest >= 4 and found <= (2 if shortest >= 10 else 1) else None


def _distance(one: str, other: str) -> int:
    """Signs changed, left out, added, or swapped with their neighbour."""
    before, row = [], list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, opposite in enumerate(other, 1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (sign != opposite))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == opposite:
                least = min(least, earlier[j - 2] + 1)
            row.append(least)
    return row[-1]


# --- The buyer ---


def _of_buyer(printed: Printed, orders: list[Ordered]) -> list[Ordered]:
    """Those of the printed buyer, or of the body he belongs to: an école has the SIREN of its commune."""
    if not printed.buyer_siret:
        return orders
    own = [order for order in orders if order.buyer_siret == printed.buyer_siret]
    return own or [order for order in orders if _is_sister(order.buyer_siret, printed.buyer_siret)]


def _is_sister(siret: str, other: str) -> bool:
    return bool(siret) and siret != other and siret[:9] == other[:9]


# --- The amount ---


def _has_amount(printed: Printed, order: Ordered) -> bool:
    return printed.total_ht is not None and abs(printed.total_ht) == order.open_ht


def _fitting(printed: Printed, orders: list[Ordered]) -> list[Ordered]:
    """The one order, or all those of one buyer under one number, that make the total; dates decide between several."""
    fits = [[order] for order in orders if _has_amount(printed, order)]
    fits += [group for group in _groups(orders) if len(group) > 1 and _makes_total(printed, group)]
    for agrees in (delivered, _ordered_before):
        fits = [fit for fit in fits if all(agrees(printed, order) for order in fit)] or fits
        if len(fits) == 1:
            return fits[0]
    is_likely = len(orders) == 1 and not fits and printed.buyer_siret
    return orders if is_likely and (_nearly_has_amount(printed, orders[0]) or delivered(printed, orders[0])) else []


def _nearly_has_amount(printed: Printed, order: Ordered) -> bool:
    """What is weighed comes out a little over or under what was ordered."""
    return printed.total_ht is not None and abs(abs(printed.total_ht) - order.open_ht) <= order.open_ht / 10


def _makes_total(printed: Printed, orders: list[Ordered]) -> bool:
    return printed.total_ht is not None and sum(order.open_ht for order in orders) == abs(printed.total_ht)


def _adding_up(total: Decimal, orders: Sequence[Ordered]) -> tuple[Ordered, ...]:
    """Some of these orders that make the total exactly, rather the first ones; empty if there are none."""
    sums: dict[Decimal, tuple[Ordered, ...]] = {Decimal(0): ()}
    for order in orders[:MOST_SUMMED]:
        for reached, chosen in list(sums.items()):
            sums.setdefault(reached + order.open_ht, (*chosen, order))
    return sums.get(total, ())


# --- The dates ---


def delivered(printed: Printed, order: Ordered) -> bool:
    """Whether the invoice says it was delivered on the day the order says."""
    return order.delivery_on in printed.deliveries


def _ordered_before(printed: Printed, order: Ordered) -> bool:
    return printed.issue_date is None or order.ordered_on <= printed.issue_date


def by_delivery(printed: Printed, orders: Iterable[Ordered]) -> list[Ordered]:
    """Those delivered on a printed day first, then the oldest."""
    return sorted(
        orders,
        key=lambda order: (not delivered(printed, order), order.delivery_on or order.ordered_on, order.key),
    )


# --- Several that would do ---


def _kin(order: Ordered) -> tuple[int, str]:
    """What orders must share to stand on one invoice."""
    return order.buyer, clean(order.engagement_number)


def _groups(orders: Iterable[Ordered]) -> list[list[Ordered]]:
    groups: dict[tuple[int, str], list[Ordered]] = {}
    for order in orders:
        groups.setdefault(_kin(order), []).append(order)
    return list(groups.values())


def _settle(printed: Printed, orders: list[Ordered]) -> list[Ordered]:
    """The orders of one buyer under one number: two canteens may use the same one. Empty when nothing decides."""
    groups = _groups(orders)
    for agrees in (_is_of_buyer, _has_or_makes_amount, _holds_delivered):
        if len(groups) == 1:
            break
        groups = [group for group in groups if agrees(printed, group)] or groups
    return groups[0] if len(groups) == 1 else []


def _is_of_buyer(printed: Printed, group: list[Ordered]) -> bool:
    return bool(printed.buyer_siret) and _of_buyer(printed, group) == group


def _has_or_makes_amount(printed: Printed, group: list[Ordered]) -> bool:
    return _makes_total(printed, group) or any(_has_amount(printed, order) for order in group)


def _holds_delivered(printed: Printed, group: list[Ordered]) -> bool:
    return any(delivered(printed, order) for order in group)
