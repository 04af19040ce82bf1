"""The journal of what was destroyed because its time was over. It outlives what it tells of, and names none of it."""

from django.db import models


class Destruction(models.Model):
    """One list that the archives allowed to be destroyed. Counts grow as it goes; run again, the same row goes on."""

    visa = models.CharField("visa des archives", max_length=120)
    list_name = models.CharField("bordereau", max_length=200)
    list_sha256 = models.CharField("SHA-256 du bordereau", max_length=64, unique=True)
    began_at = models.DateTimeField("commencée le", auto_now_add=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    invoices = models.PositiveIntegerField("factures", default=0)
    orders = models.PositiveIntegerField("commandes", default=0)

    class Meta:
        verbose_name = "destruction"
        ordering = ["-began_at"]

    def __str__(self):
        return f"{self.list_name} ({self.visa})"
