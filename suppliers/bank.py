"""Whose account it is: the calls that confirmed it, the numbers known before it changed.

Part of the models, in a file of its own. Account numbers stand here as keyed hashes and masked.
"""

import uuid
from datetime import timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

# A thief changes the telephone number first, then the account: a number this young is not the one to call.
PHONE_QUARANTINE = timedelta(days=30)


def rib_path(row, filename):
    """A name without meaning."""
    return f"rib/{timezone.now():%Y/%m}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()}"


class PhoneChange(models.Model):
    """A number that somebody of the supplier's replaced. What agents type needs no row: they know whom they called."""

    supplier = models.ForeignKey("suppliers.Supplier", models.CASCADE, related_name="phone_changes")
    old = models.CharField("ancien numéro", max_length=30, blank=True)
    new = models.CharField("nouveau numéro", max_length=30, blank=True)
    at = models.DateTimeField("le", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="par", related_name="+")

    class Meta:
        verbose_name = "changement de téléphone"
        verbose_name_plural = "changements de téléphone"
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.old or 'aucun'} → {self.new or 'aucun'}"


class IbanCall(models.Model):
    """One « contre-appel »: who telephoned whom, when, at which number, and what the person said of the account."""

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", "La personne confirme cet IBAN"
        DENIED = "denied", "La personne ne reconnaît pas cet IBAN"
        UNREACHED = "unreached", "Personne n'a répondu"

    supplier = models.ForeignKey(
        "suppliers.Supplier",
        models.CASCADE,
        related_name="iban_calls",
        verbose_name="fournisseur",
    )
    iban_hash = models.CharField(max_length=64, editable=False)
    masked_iban = models.CharField("IBAN", max_length=40)
    outcome = models.CharField("réponse", max_length=10, choices=Outcome)
    phone = models.CharField("numéro appelé", max_length=100)
    person = models.CharField("personne jointe", max_length=120, blank=True)
    called_at = models.DateTimeField("appelée le")
    rib = models.FileField("RIB", upload_to=rib_path, max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name="par", related_name="+")
    recorded_at = models.DateTimeField("enregistré le", auto_now_add=True)

    class Meta:
        verbose_name = "contre-appel"
        verbose_name_plural = "contre-appels"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["supplier", "iban_hash"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["confirmed", "denied", "unreached"]), name="iban_call_outcome_is_known"
            ),
            models.CheckConstraint(condition=~Q(outcome="confirmed") | ~Q(rib=""), name="iban_confirmed_with_rib"),
        ]

    def __str__(self):
        return f"{self.masked_iban}, {self.get_outcome_display()}"

    @property
    def in_words(self) -> str:
        return f"{self.person or 'personne'}, au {self.phone}"
