"""What changed of a buyer, who changed it and when: read by its people and by the Département, kept for good."""

from django.conf import settings
from django.db import models

from orders.models.buyers import Buyer, BuyerClosure


class BuyerChange(models.Model):
    """One change, in the words people read."""

    buyer = models.ForeignKey(Buyer, models.CASCADE, related_name="changes")
    at = models.DateTimeField("le", auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    field = models.CharField("donnée", max_length=30)
    old = models.CharField("avant", max_length=300, blank=True)
    new = models.CharField("après", max_length=300, blank=True)

    class Meta:
        verbose_name = "modification"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.get_field_label()}\u00a0: {self.old or '—'} → {self.new or '—'}"

    def get_field_label(self) -> str:
        model = BuyerClosure if self.field == Buyer.CLOSURE else Buyer._meta.get_field(self.field)
        return (model._meta if self.field == Buyer.CLOSURE else model).verbose_name
