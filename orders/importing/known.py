"""Whom and what the rows of a file name, looked up at once for all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from orders.models import Buyer, Order
from suppliers.identifiers import clean_digits, format_siret
from suppliers.importing.columns import alike
from suppliers.importing.resource import portions
from suppliers.models import Establishment, Supplier


class Nobody(Exception):
    """It names nobody, or several. The message says so and what to do, in French."""


@dataclass
class Known:
    """Buyers by the SIRET of their recipient, suppliers by SIRET and SIREN, orders by reference."""

    buyers: dict[str, list[Buyer]] = field(default_factory=dict)
    by_siret: dict[str, Supplier] = field(default_factory=dict)
    by_siren: dict[str, Supplier] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)

    @classmethod
    def of(cls, *, references: Iterable[str], buyers: Iterable[str], suppliers: Iterable[str]) -> "Known":
        """From the cells of a file, whatever stands in them."""
        known, sirets = cls(), {_siret(cell) for cell in suppliers}
        for some in portions({_siret(cell) for cell in buyers}):
            for buyer in Buyer.objects.filter(recipient__siret__in=some).select_related("recipient"):
                known.buyers.setdefault(buyer.recipient.siret, []).append(buyer)
        for some in portions(sirets):
            places = Establishment.objects.filter(siret__in=some).select_related("supplier__successor")
            known.by_siret |= {place.siret: place.supplier for place in places}
        for some in portions({siret[:9] for siret in sirets}):
            known.by_siren |= {supplier.siren: supplier for supplier in _suppliers(some)}
        for some in portions(references):
            known.orders |= orders_by_reference(some)
        return known

    def buyer(self, siret: str, name: str) -> Buyer:
        """One SIRET may pay for several canteens: then the name decides. Raises Nobody."""
        candidates = self.buyers.get(siret, [])
        if not candidates:
            raise Nobody(
                f"Aucun acheteur n'a le SIRET {format_siret(siret)}. Corrigez-le, ou créez d'abord l'acheteur et son "
                "destinataire Chorus Pro."
            )
        if len(candidates) == 1:
            return candidates[0]
        named = [buyer for buyer in candidates if alike(buyer.name) == alike(name)]
        if len(named) == 1:
            return named[0]
        names = ", ".join(f"« {buyer} »" for buyer in candidates)
        raise Nobody(
            f"Plusieurs acheteurs ont le SIRET {format_siret(siret)} : {names}. Écrivez le nom de l'un d'eux dans la "
            "colonne de l'acheteur."
        )

    def supplier(self, siret: str) -> Supplier:
        """A new establishment of a legal unit we know is its own: orders are the legal unit's. Raises Nobody."""
        found = self.by_siret.get(siret) or self.by_siren.get(siret[:9])
        if found is None:
            raise Nobody(
                f"Aucun fournisseur n'a le SIRET {format_siret(siret)}. Corrigez-le, ou importez d'abord la liste des "
                "fournisseurs."
            )
        return found


def _suppliers(sirens: list[str]) -> QuerySet[Supplier]:
    return Supplier.objects.filter(siren__in=sirens).select_related("successor")


def _siret(cell: str) -> str:
    return clean_digits(cell).zfill(14)


def orders_by_reference(references: list[str]) -> dict[str, Order]:
    """With all that a plan reads of each."""
    found = Order.objects.filter(reference__in=references).select_related("buyer", "supplier", "imported")
    return {order.reference: order for order in found.with_billings().prefetch_related("receptions")}
