"""What the lists of orders are narrowed to."""

from django.db.models import Q, TextChoices

from orders.models import Order
from orders.models.querysets import OrderQuerySet
from orders.narrowing import Narrowing, with_partner_named


class Show(TextChoices):
    ALL = "", "Toutes"
    TO_BILL = "a-facturer", "À facturer"
    NUMBERLESS = "sans-numero", "Numéro d'engagement manquant"


PARTS = {Show.TO_BILL: OrderQuerySet.to_bill, Show.NUMBERLESS: OrderQuerySet.lacking_engagement}


def of_buyer(asked, user) -> Narrowing:
    return _narrowing(asked, Order.objects.for_buyers_of(user), "supplier")


def of_supplier(asked, user) -> Narrowing:
    return _narrowing(asked, Order.objects.for_suppliers_of(user), "buyer")


def search(orders: OrderQuerySet, words: str) -> OrderQuerySet:
    """Orders whose reference, partner or engagement number holds these words."""
    if not words:
        return orders
    found = Q(reference__icontains=words) | Q(engagement_number__icontains=words) | with_partner_named(orders, words)
    return orders.filter(found)


def _narrowing(asked, orders: OrderQuerySet, partner: str) -> Narrowing:
    name = Order._meta.get_field(partner).verbose_name
    return Narrowing(
        asked, orders, words=f"Référence, {name} ou numéro d'engagement", states=Show, parts=PARTS, partner=partner,
        day="ordered_on", search=search,
    )  # fmt: skip
