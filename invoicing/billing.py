"""Which orders an invoice bills, for how much, and what remains to bill of each. Sums are made in Python."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Q, QuerySet

from invoicing.matching import Ordered, Printed, beside, match, shares
from invoicing.models import Invoice, Kind
from orders.models import Order
from suppliers.models import Supplier

# How many orders a form looks through. Those with something to bill come first, however old.
LOOKED_THROUGH = 200


def remaining_ht(order: Order, *, besides: Invoice) -> Decimal:
    """HT left to bill of an order loaded with its billings, as if `besides` did not exist."""
    own = (billing.counted_ht for billing in order.billings.all() if billing.invoice_id == besides.pk)
    return order.remaining_ht + sum(own, Decimal(0))


def loaded(orders: QuerySet[Order]) -> list[Order]:
    """With everything their amounts and labels need, in a constant number of queries."""
    return list(orders.with_people().with_billings()[:LOOKED_THROUGH])


def open_first(orders: QuerySet[Order], kind: str = Kind.INVOICE, meant: Q | None = None) -> list[Order]:
    """Those that are `meant`, then those with something left to bill, then the latest.

    What a credit note gives back is not left to bill: for one, the latest. The numbers of all orders are read, the
    orders themselves only as far as a form looks.
    """
    first = set(orders.filter(meant).values_list("pk", flat=True)) if meant else set()
    remaining = orders.remaining_cents()
    is_open = {pk for pk, left in remaining.items() if left > 0} if kind == Kind.INVOICE else set()
    keys = sorted(remaining, key=lambda pk: (pk not in first, pk not in is_open))[:LOOKED_THROUGH]
    place = {pk: number for number, pk in enumerate(keys)}
    return sorted(loaded(orders.filter(pk__in=keys)), key=lambda order: place[order.pk])


def to_bill(orders: QuerySet[Order]) -> list[Order]:
    return [order for order in open_first(orders) if order.is_to_bill]


def proposed(orders: QuerySet[Order], printed: Printed, kind: str, start: Order | None = None) -> dict[Order, Decimal]:
    """What the invoice seems to bill of which orders, in a constant number of queries.

    `start`: the order its supplier began with.
    """
    known = {order.pk: order for order in _candidates(orders, printed, kind, start)}
    plain = {pk: as_ordered(order, kind) for pk, order in known.items()}
    chosen = beside(plain[start.pk], printed, plain.values()) if start else match(printed, plain.values())
    return {known[pk]: amount for pk, amount in shares(printed.total_ht, chosen).items()}


def open_ht(order: Order, kind: str, besides: Invoice | None = None) -> Decimal:
    """What an invoice may still bill of the order, or a credit note give back, as if `besides` did not exist."""
    left = remaining_ht(order, besides=besides) if besides else order.remaining_ht
    return max(order.total_ht - left if kind == Kind.CREDIT_NOTE else left, Decimal(0))


def as_ordered(order: Order, kind: str, besides: Invoice | None = None) -> Ordered:
    """The plain data of an order loaded with its people, billings and changes."""
    changes = (change for change in order.changes.all() if change.field == "engagement_number")
    return Ordered(
        key=order.pk,
        reference=order.reference,
        buyer=order.buyer_id,
        open_ht=open_ht(order, kind, besides),
        buyer_siret=order.buyer.recipient.siret if order.buyer.recipient else "",
        engagement_number=order.engagement_number,
        former_numbers=frozenset(change.old for change in changes if change.old),
        ordered_on=order.ordered_on,
        delivery_on=order.delivery_on,
    )


def _candidates(orders: QuerySet[Order], printed: Printed, kind: str, start: Order | None) -> list[Order]:
    """Those that the invoice names come before all others."""
    names = [name for name in (printed.reference, printed.engagement_number) if name]
    meant = Q(reference__in=names) | Q(engagement_number__in=names)
    if start:
        meant = Q(pk=start.pk) | Q(engagement_number=start.engagement_number, buyer=start.buyer_id)
    return open_first(orders.prefetch_related("changes"), kind, meant)


def held(amounts: dict[Order, Decimal], supplier: Supplier) -> dict[Order, Decimal]:
    """Those whose order is still the supplier's, and stays so until the transaction ends: a successor may take it over.

    Call it before the invoice is written: who moves orders takes their rows before those of drafts, too.
    """
    keys = Order.objects.filter(pk__in=[order.pk for order in amounts]).hold(supplier) if amounts else set()
    return {order: amount for order, amount in amounts.items() if order.pk in keys}


def bill(invoice: Invoice, amounts: dict[Order, Decimal]) -> None:
    """Write the billed orders of an invoice, held before; call it in the transaction that writes the invoice."""
    invoice.billed_orders.exclude(order__in=amounts).delete()
    for order, amount in amounts.items():
        invoice.billed_orders.update_or_create(order=order, defaults={"amount_ht": amount})


def common_references(orders: Iterable[Order]) -> dict[str, str]:
    """What the orders agree on, by field of the form. Nothing for a field where two of them differ."""
    said = {
        "engagement_number": {order.engagement_number for order in orders},
        "service_code": {order.service_code or order.buyer.usual_service for order in orders},
        "contract_number": {order.contract_number for order in orders},
        "buyer_siret": {order.buyer.recipient.siret if order.buyer.recipient else "" for order in orders},
    }
    return {name: values.pop() for name, values in said.items() if len(values) == 1 and values != {""}}
