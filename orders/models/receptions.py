"""What arrived of each line: said by the buyer, as often as goods arrive. Never asked for before billing."""

import uuid
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from orders.models.lines import OrderLine
from orders.models.orders import Order, OrderChanged


def photo_path(reception, filename):
    """A name without meaning."""
    return f"receptions/{timezone.now():%Y/%m}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()}"


class ReceptionManager(models.Manager):
    def record(self, order: Order, said: list["Reception"], *, by, seen_revision: int) -> list["Reception"]:
        """Keep what is new in what was said; the same said twice changes nothing.

        Raises OrderChanged if the order is no longer at the revision that was seen.
        """
        with transaction.atomic():
            stored = order.lock()
            known = newest_of(stored)
            new = [reception for reception in said if not reception.repeats(known.get(reception.line_id))]
            if new and stored.revision != seen_revision:
                raise OrderChanged
            for reception in new:
                reception.by = by
                reception.save(force_insert=True)
            if new:
                order.bump(stored)
        return new

    def erase_photos(self, before: datetime) -> None:
        """Delete the photographs of what was said before then; the words stay. Stopped halfway, it is done again."""
        for reception in self.filter(at__lt=before).exclude(photo=""):
            reception.photo.storage.delete(reception.photo.name)
            reception.photo, reception.photo_erased_at = "", timezone.now()
            reception.save(update_fields=["photo", "photo_erased_at"])


class Reception(models.Model):
    """One word on one line. It keeps what was ordered then: lines may change, or go, after it was said."""

    class Outcome(models.TextChoices):
        CONFORM = "conform", "Reçu conforme"
        PART = "part", "Reçu en partie"
        REFUSED = "refused", "Refusé"

    order = models.ForeignKey(Order, models.CASCADE, related_name="receptions", verbose_name="commande")
    line = models.ForeignKey(OrderLine, models.SET_NULL, null=True, related_name="+", verbose_name="ligne")
    description = models.CharField("produit", max_length=200)
    unit = models.CharField("unité", max_length=20)
    ordered = models.DecimalField("quantité commandée", max_digits=12, decimal_places=3)
    outcome = models.CharField("réception", max_length=10, choices=Outcome)
    quantity = models.DecimalField("quantité reçue", max_digits=12, decimal_places=3)
    reason = models.CharField("motif", max_length=300, blank=True)
    photo = models.FileField("photo", upload_to=photo_path, max_length=200, blank=True)
    photo_erased_at = models.DateTimeField("photo effacée le", null=True, blank=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    at = models.DateTimeField("le", default=timezone.now)

    objects = ReceptionManager()

    class Meta:
        verbose_name = "réception"
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["conform", "part", "refused"]), name="reception_outcome_is_known"
            )
        ]
        indexes = [models.Index(fields=["at"], condition=~Q(photo=""), name="reception_with_photo")]

    def __str__(self):
        return f"{self.description}\u00a0: {self.get_outcome_display()}"

    @classmethod
    def of(cls, line: OrderLine, outcome: str, *, quantity: Decimal | None = None, **more) -> "Reception":
        """Unsaved. The quantity is asked for where only a part came."""
        received = {cls.Outcome.CONFORM: line.quantity, cls.Outcome.REFUSED: Decimal(0)}.get(outcome, quantity)
        return cls(
            order_id=line.order_id, line=line, description=line.description, unit=line.unit, ordered=line.quantity,
            outcome=outcome, quantity=received, **more,
        )  # fmt: skip

    def speaks_of(self, line: OrderLine) -> bool:
        """Whether the line still is the goods it was said of. Another quantity ordered is compared, not forgotten."""
        return (self.line_id, self.description, self.unit) == (line.pk, line.description, line.unit)

    def repeats(self, known: "Reception | None") -> bool:
        said = ("outcome", "quantity", "ordered", "reason")
        return bool(known) and not self.photo and all(getattr(self, name) == getattr(known, name) for name in said)


def newest_of(order: Order) -> dict[int, Reception]:
    """What counts of each line, by its primary key; lines nobody spoke of are missing."""
    lines, newest = {line.pk: line for line in order.lines.all()}, {}
    for reception in order.receptions.all():
        line = lines.get(reception.line_id)
        if line and reception.speaks_of(line):
            newest.setdefault(line.pk, reception)
    return newest
