"""The orders a draft bills or may bill, as its page offers them: together with those under the same number."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.db.models import Q

from invoicing import billing, proposals
from invoicing.matching import Printed, clues, likeliest_first, match
from invoicing.models import Invoice, Kind
from invoicing.typography import day, euros, french
from orders.list_form import search
from orders.models import Order
from orders.models.querysets import OrderQuerySet

# As many orders as a phone shows; the others are in one list.
MOST_SHOWN = 5
MOST_SOUGHT = 100


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


@dataclass(frozen=True)
class OtherDraft:
    """Another draft that bills this order."""

    order: Order
    pk: int


@dataclass(frozen=True)
class Offers:
    """`shown`: with an amount each; `listed`: in one list to choose from, which `is_cut` where there are too many."""

    shown: list[Offer]
    listed: list[Offer]
    other_drafts: list[OtherDraft]
    is_cut: bool

    @property
    def all(self) -> list[Offer]:
        return [*self.shown, *self.listed]


def groups(offers: Iterable[Offer]) -> list[Group]:
    return [Group(list(group)) for _, group in groupby(offers, key=lambda offer: _kin(offer.order))]


def order_choices(orders: Iterable[Order]) -> list[tuple[str, list[tuple[int, str]]]]:
    """Orders to choose from in one list, those of a buyer together."""
    by_buyer = sorted(orders, key=lambda order: (str(order.buyer), order.buyer_id))
    return [
        (str(buyer), [(order.pk, order_label(order)) for order in own])
        for buyer, own in groupby(by_buyer, key=lambda order: order.buyer)
    ]


def order_label(order: Order) -> str:
    left = f"reste {euros(order.remaining_ht)} HT" if order.is_to_bill else "entièrement facturée"
    delivery = f", livraison du {day(order.delivery_on)}" if order.delivery_on else ""
    return f"{order.reference}, {left}{delivery}"


def offers_for(invoice: Invoice, posted: Container[str] = (), sought: str = "") -> Offers:
    """Those it bills first, then those under the same numbers, then the likeliest. Whatever was `posted` is shown; of
    the others only what is `sought`, if anything is: so none is out of reach, however many there are."""
    billed = {row.order_id: row.amount_ht for row in invoice.billed_orders.all()}
    orders = invoice.supplier.orders.prefetch_related("changes")
    chosen, meant = billing.loaded(orders.filter(pk__in=billed)), _meant(orders, sought)
    known = billing.open_first(orders, invoice.kind, Q(pk__in=meant))
    printed, unassigned = proposals.printed_in(invoice.reading), _unassigned(invoice, billed)
    open_orders = [order for order in known if order.pk not in billed and billing.open_ht(order, invoice.kind) > 0]
    others = _likeliest_first(invoice, open_orders, printed)
    offers = [_offer(order, invoice, billed.get(order.pk), printed, unassigned) for order in [*chosen, *others]]
    near = {order.pk for order in [*chosen, *_near(invoice, chosen, others, unassigned)]}
    shown = [offer for offer in offers if offer.order.pk in near or offer.field in posted]
    place = {kin: number for number, kin in enumerate(dict.fromkeys(_kin(offer.order) for offer in shown))}
    return Offers(
        shown=sorted(shown, key=lambda offer: place[_kin(offer.order)]),
        listed=[offer for offer in offers if offer not in shown and (offer.order.pk in meant or not sought)],
        other_drafts=_other_drafts(invoice, chosen or _taken(invoice, known, printed)),
        is_cut=len(known) >= billing.LOOKED_THROUGH,
    )


def words_sought(typed: str) -> str:
    return " ".join(typed.replace("\0", " ").split())[:MOST_SOUGHT]


def _meant(orders: OrderQuerySet, sought: str) -> set[int]:
    return set(search(orders, sought).values_list("pk", flat=True)) if sought else set()


def _kin(order: Order) -> tuple[int, str]:
    return order.buyer_id, order.engagement_number


def _likeliest_first(invoice: Invoice, orders: list[Order], printed: Printed) -> list[Order]:
    known = {order.pk: order for order in orders}
    return [
        known[one.key]
        for one in likeliest_first(printed, [billing.as_ordered(order, invoice.kind) for order in orders])
    ]


def _near(invoice: Invoice, chosen: list[Order], others: list[Order], unassigned: Decimal) -> list[Order]:
    """The few that may well be on it too; once its total is counted, only those under the same numbers."""
    kins = {_kin(order) for order in chosen}
    near = [order for order in others if _kin(order) in kins]
    if unassigned or not chosen:
        near += [order for order in others if order not in near and invoice.buyer_id in (None, order.buyer_id)]
    return near[:MOST_SHOWN]


def _other_drafts(invoice: Invoice, orders: list[Order]) -> list[OtherDraft]:
    return [OtherDraft(order, draft.pk) for order in orders for draft in _drafts(order, invoice)]


def _taken(invoice: Invoice, orders: list[Order], printed: Printed) -> list[Order]:
    """The orders it would have been proposed, if another draft had not been faster."""
    drafts = {order.pk: _drafts(order, invoice) for order in orders}
    taken = {order.pk: order for order in orders if drafts[order.pk]}
    freed = [billing.as_ordered(order, invoice.kind, besides=drafts[pk][0]) for pk, order in taken.items()]
    return [taken[order.key] for order in match(printed, freed)]


def _drafts(order: Order, invoice: Invoice) -> list[Invoice]:
    """The other drafts of its kind that bill the order."""
    drafts = [billing.invoice for billing in order.billings.all() if billing.is_draft]
    return [draft for draft in drafts if draft.pk != invoice.pk and draft.kind == invoice.kind]


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
