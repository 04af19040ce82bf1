"""Which orders an invoice bills, for how much, and what remains to bill of each. Sums are made in Python."""

from collections.abc import Iterable
from decimal import Decimal

from django.db.models import QuerySet

from invoicing.models import Invoice
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


def matching(orders: QuerySet[Order], *, reference: str, engagement_number: str, total_ht) -> list[Order]:
    """The orders an invoice surely bills: the one it names, the only one with its engagement number, or those that
    share this number and make its total."""
    named = to_bill(orders.filter(reference=reference)) if reference else []
    if named or not engagement_number:
        return named
    left = to_bill(orders.filter(engagement_number=engagement_number))
    one_buyer = len({order.buyer_id for order in left}) == 1
    if len(left) == 1 or (one_buyer and sum(order.remaining_ht for order in left) == total_ht):
        return left
    return []


def amounts_for(chosen: list[Order], total_ht: Decimal | None) -> dict[Order, Decimal]:
    """What is billed of each: all that remains; of a single order, what the invoice says."""
    if len(chosen) == 1 and total_ht is not None:
        return {chosen[0]: total_ht}
    return {order: order.remaining_ht for order in chosen}


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
