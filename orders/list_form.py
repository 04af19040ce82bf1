"""What the lists of orders are narrowed to."""

from django.db.models import TextChoices

from orders.models import Order
from orders.models.querysets import OrderQuerySet
from orders.narrowing import Narrowing


class Show(TextChoices):
    ALL = "", "Toutes"
    TO_BILL = "a-facturer", "À facturer"
    NUMBERLESS = "sans-numero", "Numéro d'engagement manquant"


PARTS = {Show.TO_BILL: OrderQuerySet.to_bill, Show.NUMBERLESS: OrderQuerySet.lacking_engagement}


def of_buyer(asked, user) -> Narrowing:
    return _narrowing(asked, Order.objects.for_buyers_of(user), "supplier")


def of_supplier(asked, user) -> Narrowing:
    return _narrowing(asked, Order.objects.for_suppliers_of(user), "buyer")


def _narrowing(asked, orders: OrderQuerySet, partner: str) -> Narrowing:
    name = Order._meta.get_field(partner).verbose_name
    return Narrowing(
        asked, orders, words=f"Référence, {name} ou numéro d'engagement", states=Show, parts=PARTS, partner=partner,
        day="ordered_on", search=OrderQuerySet.search,
    )  # fmt: skip
