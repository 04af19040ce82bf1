"""How far the news were read, and what of them fitted nowhere."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Cursor(models.Model):
    """How far the news of an account were read, by Chorus Pro's own clock, and who is reading."""

    account = models.OneToOneField("chorus.TechnicalAccount", models.CASCADE, related_name="cursor")
    position = models.DateTimeField("lu jusqu'au", null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField("dernier passage", null=True, blank=True)
    last_error = models.CharField("dernière erreur", max_length=300, blank=True)

    class Meta:
        verbose_name = "lecture des nouvelles"
        verbose_name_plural = "lecture des nouvelles"

    def __str__(self):
        return f"{self.account}, {self.position or 'jamais lu'}"

    def take(self, duration: timedelta) -> bool:
        """Lease the sweep of this account; False while another worker has it."""
        now = timezone.now()
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        return bool(Cursor.objects.filter(free, pk=self.pk).update(lease_until=now + duration))

    def keep(self, duration: timedelta) -> None:
        """Still reading: the lease begins anew."""
        Cursor.objects.filter(pk=self.pk).update(lease_until=timezone.now() + duration)

    def release(self, *, position=None, error="") -> None:
        """End the sweep; a failed one leaves the position where it was."""
        values = {"lease_until": None, "swept_at": timezone.now(), "last_error": str(error)[:300]}
        if position:
            values["position"] = position
        Cursor.objects.filter(pk=self.pk).update(**values)


class SetAside(models.Model):
    """A piece of news that could not be applied: kept with its data, shown to staff, tried again at the next sweep."""

    environment = models.CharField("environnement", max_length=20)
    cpp_id = models.BigIntegerField("identifiant Chorus Pro")
    number = models.CharField("numéro", max_length=60, blank=True)
    row = models.JSONField("données reçues")
    reason = models.CharField("motif", max_length=500)
    seen_at = models.DateTimeField("vue le", auto_now=True)
    solved_at = models.DateTimeField("réglée le", null=True, blank=True)
    # An agent may file what no sweep can apply; the same news seen again opens it again.
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="classée par"
    )
    filed_reason = models.CharField("motif du classement", max_length=300, blank=True)

    class Meta:
        verbose_name = "nouvelle mise de côté"
        verbose_name_plural = "nouvelles mises de côté"
        ordering = ["-pk"]
        permissions = [("settle_setaside", "Peut relire ou classer une nouvelle mise de côté")]
        constraints = [models.UniqueConstraint(fields=["environment", "cpp_id"], name="set_aside_once")]

    def __str__(self):
        return f"{self.number} ({self.reason})"

    def file(self, *, by, reason: str) -> bool:
        """Close it by hand, with why. False when it is closed already."""
        still_open = SetAside.objects.filter(pk=self.pk, solved_at__isnull=True)
        return bool(still_open.update(solved_at=timezone.now(), filed_by=by, filed_reason=reason))
