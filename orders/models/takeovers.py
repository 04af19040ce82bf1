"""A farm goes on under another SIREN: who takes over, which orders follow, and the way back."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from orders.models.orders import Order, OrderChange
from orders.signals import orders_moved
from suppliers.models import Supplier
from suppliers.typography import french

NAME_SHOWN = 80


class TakeoverRefused(Exception):
    """The message is a French sentence for people."""

    def __init__(self, message: str):
        super().__init__(french(message))


class TakeoverChanged(TakeoverRefused):
    """An order was placed, billed or moved since the agent read what would move."""

    def __init__(self):
        super().__init__("Une commande ou une facture a changé entre-temps : relisez ce qui passe, puis confirmez.")


def why_not(supplier: Supplier, successor: Supplier) -> str:
    """What speaks against this successor, in a French sentence; empty when nothing does.

    Who was taken over himself is refused: that alone keeps suppliers from succeeding each other in a circle.
    """
    if supplier == successor:
        return (
            "C'est le SIREN de ce fournisseur lui-même. Sous le même SIREN, fermez l'ancien établissement et ajoutez "
            "le nouveau dans sa fiche."
        )
    if not successor.validated_at:
        return f"{successor} n'est pas encore validé : validez-le d'abord dans sa fiche."
    if successor.successor:
        return f"{successor} est lui-même repris par {successor.successor} : donnez le SIREN de ce dernier."
    if supplier.successor:
        return f"{supplier} est déjà repris par {supplier.successor} : rouvrez cette page pour lire ce qui est fait."
    return ""


@dataclass(frozen=True)
class Share:
    """What becomes of a supplier's open orders: those that may move, those delivered before, those billed in part."""

    moving: list[Order]
    delivered: list[Order]
    part_billed: list[Order]

    @classmethod
    def of(cls, supplier: Supplier, on: date) -> "Share":
        """A draft bills nothing yet. What was delivered before the day, the former company bills itself."""
        orders = list(supplier.orders.with_people().with_billings().order_by("pk"))
        unbilled = [order for order in orders if not order.is_billed]
        return cls(
            moving=[order for order in unbilled if not order.delivery_on or order.delivery_on >= on],
            delivered=[order for order in unbilled if order.delivery_on and order.delivery_on < on],
            part_billed=[order for order in orders if order.is_billed and order.is_to_bill],
        )

    @property
    def seen(self) -> str:
        """Which orders move: what the page showed is compared with what is moved."""
        return hashlib.sha256(" ".join(str(order.pk) for order in self.moving).encode()).hexdigest()


class TakeoverQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(undone_at__isnull=True)


class Takeover(models.Model):
    """An agent's word that another company took over from a supplier: kept for good, also once it is undone.

    `Supplier.successor` says the same of the one in force. Nothing of the box, the mandate or the account is copied.
    """

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="takeovers", verbose_name="fournisseur")
    successor = models.ForeignKey(Supplier, models.PROTECT, related_name="takeovers_made", verbose_name="repris par")
    on = models.DateField("reprise le")
    stated_at = models.DateTimeField("notée le", auto_now_add=True)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="notée par")
    undone_at = models.DateTimeField("annulée le", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="annulée par"
    )
    orders = models.ManyToManyField(Order, related_name="takeovers", verbose_name="commandes passées")

    objects = TakeoverQuerySet.as_manager()

    class Meta:
        verbose_name = "reprise"
        ordering = ["-stated_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier"], condition=Q(undone_at__isnull=True), name="one_takeover_in_force_per_supplier"
            ),
            models.CheckConstraint(condition=~Q(supplier=F("successor")), name="takeover_is_by_another"),
        ]

    def __str__(self):
        return french(f"{self.supplier} → {self.successor}")

    @classmethod
    def state(cls, supplier: Supplier, successor: Supplier, *, on: date, by, seen: str) -> "Takeover":
        """The successor goes on, and the orders that were shown are his. Raises TakeoverRefused or TakeoverChanged."""
        with transaction.atomic():
            supplier, successor = _held(supplier, successor)
            if reason := why_not(supplier, successor):
                raise TakeoverRefused(reason)
            takeover = cls.objects.create(supplier=supplier, successor=successor, on=on, stated_by=by)
            takeover._name_successor(successor)
            takeover._take_over(by, seen)
        return takeover

    def move_further(self, *, by, seen: str) -> None:
        """What was freed or placed since follows too. Raises TakeoverRefused or TakeoverChanged."""
        with transaction.atomic():
            _held(self.supplier, self.successor)
            self._refuse_undone()
            self._take_over(by, seen)

    def undo(self, *, by) -> None:
        """The orders go back, unless one of them is billed by the successor. Raises TakeoverRefused."""
        with transaction.atomic():
            _held(self.supplier, self.successor)
            self._refuse_undone()
            orders = self._held_orders(self.orders.all())
            if reason := self._why_not_undone(orders):
                raise TakeoverRefused(reason)
            self.undone_at, self.undone_by = timezone.now(), by
            self.save(update_fields=["undone_at", "undone_by"])
            self._name_successor(None)
            self._move(orders, self.successor, self.supplier, by)

    @property
    def why_not_undone(self) -> str:
        """What speaks against undoing it now; empty when nothing does."""
        return french(self._why_not_undone(list(self.orders.with_billings().order_by("pk"))))

    def _why_not_undone(self, orders: Iterable[Order]) -> str:
        """An order that went on with a later takeover, or that the successor billed, does not come back."""
        gone = [order.reference for order in orders if order.supplier_id != self.successor_id]
        if gone:
            return f"Ces commandes sont passées plus loin : {_some(gone)}. Annulez d'abord la reprise suivante."
        billed = [order.reference for order in orders if order.is_billed]
        if billed:
            return (
                f"{self.successor} a déjà facturé des commandes reprises : {_some(billed)}. La reprise ne s'annule que "
                "si ces factures sont d'abord retirées."
            )
        return ""

    def _refuse_undone(self) -> None:
        if not Takeover.objects.in_force().filter(pk=self.pk).exists():
            raise TakeoverRefused("Cette reprise est déjà annulée : rouvrez la page du fournisseur.")

    def _name_successor(self, successor: Supplier | None) -> None:
        Supplier.objects.filter(pk=self.supplier_id).update(successor=successor)
        self.supplier.successor = successor

    def _take_over(self, by, seen: str) -> None:
        self._held_orders(self.supplier.orders.all())
        share = Share.of(self.supplier, self.on)
        if share.seen != seen:
            raise TakeoverChanged
        self.orders.add(*share.moving)
        self._move(share.moving, self.supplier, self.successor, by, part_billed=share.part_billed)

    def _held_orders(self, orders) -> list[Order]:
        """Nobody bills them until the transaction ends; read after the lock, so that what was billed is seen."""
        keys = list(orders.order_by("pk").select_for_update().values_list("pk", flat=True))
        return list(Order.objects.filter(pk__in=keys).with_billings().order_by("pk"))

    def _move(self, orders: list[Order], giver: Supplier, taker: Supplier, by, part_billed: Collection[Order] = ()):
        keys = [order.pk for order in orders]
        Order.objects.filter(pk__in=keys).update(supplier=taker, revision=F("revision") + 1)
        OrderChange.objects.bulk_create(
            OrderChange(order_id=key, field="supplier", old=_named(giver), new=_named(taker), by=by) for key in keys
        )
        orders_moved.send(Takeover, takeover=self, orders=orders, part_billed=part_billed, by=by)


def _held(*suppliers: Supplier) -> list[Supplier]:
    """Their rows as they are now, kept from others until the transaction ends; always locked in the same order."""
    rows = Supplier.objects.filter(pk__in=[one.pk for one in suppliers]).order_by("pk").select_for_update()
    by_key = {row.pk: row for row in rows}
    return [by_key[one.pk] for one in suppliers]


def _named(supplier: Supplier) -> str:
    return f"{supplier.name[:NAME_SHOWN]} ({supplier.siren})"


def _some(references: list[str]) -> str:
    shown = ", ".join(references[:5])
    return shown if len(references) <= 5 else f"{shown} et {len(references) - 5} autres"
