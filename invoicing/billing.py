"""Which orders an invoice bills, for how much, and what remains to bill of each. Sums are made in Python."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Case, Q, QuerySet, When

from invoicing.matching import Ordered, Printed, beside, match, shares
from invoicing.models import Invoice, Kind
from orders.models import Order

# How many recent orders a form looks through; older ones are reached from their own page.
RECENT = 200


def remaining_ht(order: Order, *, besides: Invoice) -> Decimal:
    """HT left to bill of an order loaded with its billings, as if `besides` did not exist."""
    own = (billing.counted_ht for billing in order.billings.all() if billing.invoice_id == besides.pk)
    return order.remaining_ht + sum(own, Decimal(0))


def recent(orders: QuerySet[Order]) -> list[Order]:
    """With everything their amounts and labels need, in a constant number of queries."""
    return list(orders.with_people().with_billings()[:RECENT])


def to_bill(orders: QuerySet[Order]) -> list[Order]:
    return [order for order in recent(orders) if order.is_to_bill]


def proposed(orders: QuerySet[Order], printed: Printed, kind: str, start: Order | None = None) -> dict[Order, Decimal]:
    """What the invoice seems to bill of which orders, in a constant number of queries.

    `start`: the order its supplier began with.
    """
    known = {order.pk: order for order in _candidates(orders, printed, start)}
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


def _candidates(orders: QuerySet[Order], printed: Printed, start: Order | None) -> list[Order]:
    """The latest orders, before them those that the invoice names, however old."""
    names = [name for name in (printed.reference, printed.engagement_number) if name]
    meant = Q(reference__in=names) | Q(engagement_number__in=names)
    if start:
        meant = Q(pk=start.pk) | Q(engagement_number=start.engagement_number, buyer=start.buyer_id)
    meant_first = Case(When(meant, then=0), default=1)
    return recent(orders.order_by(meant_first, "-ordered_on", "-pk").prefetch_related("changes"))


def bill(invoice: Invoice, amounts: dict[Order, Decimal]) -> None:
    """Write the billed orders of an invoice; call it in the transaction that writes the invoice."""
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
