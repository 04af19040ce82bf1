"""Whose account it is: the calls that confirmed it, the numbers known before it changed, who was told.

Part of the models, in a file of its own. Account numbers stand here as keyed hashes and masked.
"""

import uuid
from datetime import datetime, timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

# A thief changes the telephone number first, then the account: a number this young is not the one to call.
PHONE_QUARANTINE = timedelta(days=30)
# A mail that could not be sent, or whose sender died, is tried again after this.
PATIENCE = timedelta(hours=1)


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

    supplier = models.ForeignKey("suppliers.Supplier", models.CASCADE, related_name="iban_calls")
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
        return f"{self.masked_iban} : {self.get_outcome_display()}"

    @property
    def in_words(self) -> str:
        return f"{self.person or 'personne'}, au {self.phone}"


class IbanNoticeQuerySet(models.QuerySet):
    def waiting(self, before: datetime):
        """Not sent, and in nobody's hands since `before`."""
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=before)
        return self.filter(free, sent_at__isnull=True).select_related("user", "supplier").order_by("pk")


class IbanNotice(models.Model):
    """One member to be told by mail that something happened to the account."""

    class What(models.TextChoices):
        CHANGED = "changed", "nouvel IBAN dans le profil"
        PRINTED = "printed", "nouvel IBAN sur une facture"
        CONFIRMED = "confirmed", "IBAN confirmé par téléphone"
        DENIED = "denied", "IBAN non reconnu au téléphone"

    supplier = models.ForeignKey("suppliers.Supplier", models.CASCADE, related_name="iban_notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    what = models.CharField("événement", max_length=10, choices=What)
    masked_iban = models.CharField("IBAN", max_length=40)
    created_at = models.DateTimeField("le", default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)

    objects = IbanNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "message sur l'IBAN"
        verbose_name_plural = "messages sur l'IBAN"

    def __str__(self):
        return f"{self.get_what_display()} : {self.masked_iban}"

    def claim(self, now: datetime) -> bool:
        """Take it for the time of a mail; False when somebody else has it."""
        return bool(IbanNotice.objects.waiting(now - PATIENCE).filter(pk=self.pk).update(claimed_at=now))
