"""Who is told that a password dies."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q


class PasswordReminderQuerySet(models.QuerySet):
    def waiting(self, gone: datetime):
        """Not sent, and not in the hands of somebody who took it after `gone`."""
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=gone)
        return self.filter(free, sent_at__isnull=True).select_related("user").order_by("pk")


class PasswordReminder(models.Model):
    """One person to be told that the password of an account dies on a day, `days` before it; 0: it is dead."""

    account = models.ForeignKey("chorus.TechnicalAccount", models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    expires_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = PasswordReminderQuerySet.as_manager()

    class Meta:
        verbose_name = "rappel d'expiration"
        verbose_name_plural = "rappels d'expiration"
        constraints = [
            models.UniqueConstraint(fields=["account", "user", "expires_on", "days"], name="reminded_once"),
        ]

    def __str__(self):
        return f"{self.account} : {self.days} jours"

    def claim(self, now: datetime, *, before: datetime) -> bool:
        """Take it for the time of a mail; False when somebody else has it."""
        return bool(PasswordReminder.objects.waiting(before).filter(pk=self.pk).update(claimed_at=now))
