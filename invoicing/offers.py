"""The orders a draft bills or may bill, as its page offers them: together with those under the same number."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from invoicing import billing, proposals
from invoicing.matching import Printed, clues
from invoicing.models import Invoice, Kind
from invoicing.typography import euros, french
from orders.models import Order


@dataclass(frozen=True)
class Offer:
    """Amounts in euros HT. `open_ht`: before this invoice; `billed` is None while it bills nothing of the order.

    `addition`: what the button « Ajouter » would bill. `why`: what speaks for an order that was proposed.
    """

    order: Order
    open_ht: Decimal
    billed: Decimal | None
    addition: Decimal
    is_credit: bool
    why: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        return f"order-{self.order.pk}"

    @property
    def action(self) -> str:
        """What the button « Ajouter » sends."""
        return f"add-{self.order.pk}"

    @property
    def left(self) -> Decimal:
        """After this invoice; below zero when it counts more than was left."""
        return self.open_ht - self.counted

    @property
    def counted(self) -> Decimal:
        return abs(self.billed or Decimal(0))

    @property
    def told(self) -> str:
        """Beside its field."""
        told = [f"{'Facturé avant cet avoir' if self.is_credit else 'Reste à facturer'} : {euros(self.open_ht)} HT"]
        if self.billed is not None and not self.is_credit:
            told = [f"{told[0]} ; {_after(self.left)}"]
        if self.why:
            told.append(f"Proposée d'après {', '.join(self.why)}")
        return french(". ".join(told) + ".")


@dataclass(frozen=True)
class Group:
    """The offered orders of one buyer under one number: they may stand on one invoice."""

    offers: list[Offer]

    @property
    def title(self) -> str:
        """What they come to together; empty for an order that stands alone."""
        if len(self.offers) == 1:
            return ""
        number = self.offers[0].order.engagement_number
        under = f"au numéro d'engagement {number}" if number else "sans numéro d'engagement"
        counted = sum((offer.counted for offer in self.offers), Decimal(0))
        told = f"{len(self.offers)} commandes {under} : {euros(counted)} HT comptés ici"
        left = sum((offer.left for offer in self.offers), Decimal(0))
        return french(told if self.offers[0].is_credit else f"{told} ; {_after(left)}")


def _after(left: Decimal) -> str:
    """What the invoice leaves to bill, or how much it counts too much."""
    return f"après cette facture : {euros(left)}" if left >= 0 else f"cette facture en compte {euros(-left)} de plus"


def groups(offers: Iterable[Offer]) -> list[Group]:
    return [Group(list(group)) for _, group in groupby(offers, key=lambda offer: _kin(offer.order))]


def offers_for(invoice: Invoice) -> list[Offer]:
    """Those it bills first, then those under the same numbers, then the others of its buyer."""
    billed = {row.order_id: row.amount_ht for row in invoice.billed_orders.all()}
    orders = invoice.supplier.orders.prefetch_related("changes")
    chosen = billing.recent(orders.filter(pk__in=billed))
    if invoice.buyer_id:
        orders = orders.filter(buyer=invoice.buyer_id)
    others = [order for order in billing.recent(orders) if order.pk not in billed and _may_be_billed(order, invoice)]
    shown = [*chosen, *others]
    place = {kin: number for number, kin in enumerate(dict.fromkeys(_kin(order) for order in shown))}
    printed, unassigned = proposals.printed_in(invoice.reading), _unassigned(invoice, billed)
    return [
        _offer(order, invoice, billed.get(order.pk), printed, unassigned)
        for order in sorted(shown, key=lambda order: place[_kin(order)])
    ]


def _kin(order: Order) -> tuple[int, str]:
    return order.buyer_id, order.engagement_number


def _may_be_billed(order: Order, invoice: Invoice) -> bool:
    return billing.open_ht(order, invoice.kind) > 0


def _unassigned(invoice: Invoice, billed: dict[int, Decimal]) -> Decimal:
    """What its orders do not account for yet, with the sign of the invoice."""
    return (invoice.total_ht or Decimal(0)) - sum(billed.values(), Decimal(0))


def _offer(order: Order, invoice: Invoice, billed: Decimal | None, printed: Printed, unassigned: Decimal) -> Offer:
    plain = billing.as_ordered(order, invoice.kind, besides=invoice)
    addition = min(plain.open_ht, abs(unassigned)) or plain.open_ht
    return Offer(
        order=order,
        open_ht=plain.open_ht,
        billed=billed,
        addition=-addition if unassigned < 0 else addition,
        is_credit=invoice.kind == Kind.CREDIT_NOTE,
        why=() if billed is None else tuple(clues(printed, plain)),
    )
