"""Lists of orders as a file to keep."""

from collections.abc import Iterator

from django.http import HttpResponse
from django.utils import timezone

from orders.models import Order
from orders.models.querysets import OrderQuerySet
from suppliers.models import User
from suppliers.spreadsheets import Cell, download

AT_A_TIME = 500
HEADER = (
    "Référence", "Commandée le", "Livraison le", "Lieu de livraison", "Acheteur", "Fournisseur", "Numéro d'engagement",
    "Code service", "Numéro de marché", "Total HT", "Total TTC", "Facturé HT", "Reste à facturer HT",
)  # fmt: skip


def export(orders: OrderQuerySet, wanted: str, *, by: User) -> HttpResponse:
    rows = (_row(order) for order in _each(orders))
    return download(f"commandes-{timezone.localdate():%Y-%m-%d}", wanted, HEADER, rows, by=by, of=Order)


def _each(orders: OrderQuerySet) -> Iterator[Order]:
    return orders.with_people().with_billings().iterator(chunk_size=AT_A_TIME)


def _row(order: Order) -> list[Cell]:
    return [
        order.reference,
        order.ordered_on,
        order.delivery_on,
        order.delivery_place,
        str(order.buyer),
        str(order.supplier),
        order.engagement_number,
        order.service_code,
        order.contract_number,
        order.total_ht,
        order.total_ttc,
        order.billed_ht,
        order.remaining_ht,
    ]
