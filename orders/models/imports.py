"""What imports brought to an order, to be told from what a person keyed in the portal."""

from django.db import models
from django.utils import timezone


class ImportedOrder(models.Model):
    """`brought`: field -> text, only of what an import itself wrote; `lines`: those of the file, as lists of texts."""

    order = models.OneToOneField("orders.Order", models.CASCADE, related_name="imported")
    brought = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "commande importée"
        verbose_name_plural = "commandes importées"

    def __str__(self):
        return str(self.order)
