"""A delivery without an order on Agrilocal: why, as its supplier says, and what its buyer knows of it. Part of the
invoice."""

from decimal import Decimal

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from invoicing.lifecycle import ATTACHABLE, DISOWNABLE, Status, TransitionError
from invoicing.models.events import InvoiceEvent
from invoicing.models.life import MOVED_MEANWHILE
from invoicing.typography import euros, french
from orders.models import Order

ATTACHED = "Commande rattachée par l'acheteur"
DISOWNED = "L'acheteur ne connaît pas cette livraison"
RECOGNISED = "L'acheteur reconnaît cette livraison"


class NoOrder(models.TextChoices):
    """Why there is no order."""

    ADDED = "added", "Ajout à la livraison"
    PHONE = "phone", "Commande par téléphone"
    NOT_ENTERED = "not_entered", "Commande pas encore saisie"
    UNRELATED = "unrelated", "Sans rapport avec Agrilocal"


class OffOrder(models.Model):
    """« Hors commande »: as long as `no_order` says why, the invoice bills no order."""

    no_order = models.CharField("hors commande", max_length=20, choices=NoOrder, blank=True)
    # Since when its buyer says that he does not know this delivery.
    disowned_at = models.DateTimeField("livraison inconnue de l'acheteur depuis le", null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_off_order(self) -> bool:
        return bool(self.no_order)

    @property
    def may_be_attached(self) -> bool:
        return self.is_off_order and self.status in ATTACHABLE

    @property
    def may_be_disowned(self) -> bool:
        return self.is_off_order and self.status in DISOWNABLE

    def attach(self, order: Order, *, by, seen_revision: int, **references: str) -> None:
        """The buyer names the order: all of the invoice is billed of it, with these references that it lacked.

        Raises TransitionError.
        """
        amount = self.total_ht or Decimal(0)
        told = [f"{order.reference} : {euros(amount)} HT"]
        told += [f"{self._meta.get_field(name).verbose_name} {value}" for name, value in references.items()]
        with transaction.atomic():
            if not Order.objects.filter(pk=order.pk).hold(self.supplier):
                raise TransitionError(MOVED_MEANWHILE)
            self._answer(ATTACHABLE, seen_revision, no_order="", disowned_at=None, **references)
            self.billed_orders.create(order=order, amount_ht=amount)
            self._tell_answer(InvoiceEvent.Kind.EDIT, ATTACHED, ", ".join(told), by=by)

    def disown(self, *, by, reason: str, seen_revision: int) -> None:
        """The buyer knows nothing of the delivery. What was approved goes back to the desk. Raises TransitionError."""
        now = timezone.now()
        if self.status == Status.APPROVED and self.may_be_disowned:
            self.move_to(
                Status.TO_REVIEW, by=by, label=DISOWNED, reason=reason, seen_revision=seen_revision, disowned_at=now
            )
            self.disowned_at = now
            return
        with transaction.atomic():
            self._answer(DISOWNABLE, seen_revision, disowned_at=now)
            self._tell_answer(InvoiceEvent.Kind.NOTE, DISOWNED, reason, by=by)

    def recognise(self, *, by, seen_revision: int) -> None:
        """He remembers it after all. Raises TransitionError."""
        with transaction.atomic():
            self._answer(ATTACHABLE, seen_revision, disowned_at=None)
            self._tell_answer(InvoiceEvent.Kind.NOTE, RECOGNISED, "", by=by)

    def _answer(self, statuses, seen_revision: int, **values) -> None:
        seen = type(self).objects.filter(pk=self.pk, revision=seen_revision, status__in=statuses).exclude(no_order="")
        if not seen.update(revision=F("revision") + 1, **values):
            raise TransitionError(MOVED_MEANWHILE)
        self.refresh_from_db()

    def _tell_answer(self, kind: str, label: str, reason: str, *, by) -> None:
        self.events.create(kind=kind, label=label, reason=french(reason), by=by, occurred_at=timezone.now())
