"""What Chorus Pro says differently of a recipient."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from orders.models import SERVICE_MAX, Recipient


class RecipientChange(models.Model):
    """What Chorus Pro says differently of a recipient since it was read last: told once, open until it is solved."""

    class Kind(models.TextChoices):
        VANISHED = "vanished", "n'est plus connu de Chorus Pro"
        INACTIVE = "inactive", "est inactif sur Chorus Pro"
        DEMANDS = "demands", "a changé ses exigences"
        SERVICE = "service", "a fermé un service"

    # These end by themselves once Chorus Pro says the contrary; the others once an agent has seen them.
    TROUBLE = (Kind.VANISHED, Kind.INACTIVE)

    environment = models.CharField("environnement", max_length=20)
    recipient = models.ForeignKey(
        Recipient, models.CASCADE, related_name="changes", verbose_name="destinataire Chorus Pro"
    )
    kind = models.CharField("changement", max_length=10, choices=Kind)
    service_code = models.CharField("code service", max_length=SERVICE_MAX, blank=True)
    before = models.CharField("avant", max_length=200, blank=True)
    after = models.CharField("maintenant", max_length=200, blank=True)
    seen_at = models.DateTimeField("vu le", default=timezone.now)
    solved_at = models.DateTimeField("réglé le", null=True, blank=True)
    solved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="réglé par"
    )

    class Meta:
        verbose_name = "changement chez un destinataire"
        verbose_name_plural = "changements chez les destinataires"
        ordering = ["-pk"]
        permissions = [("settle_recipientchange", "Peut marquer comme vu un changement chez un destinataire")]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "recipient", "kind", "service_code"],
                condition=Q(solved_at__isnull=True),
                name="recipient_change_told_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["vanished", "inactive", "demands", "service"]), name="recipient_change_is_known"
            ),
        ]

    def __str__(self):
        return f"{self.recipient} {self.get_kind_display()}"

    def solve(self, *, by=None) -> bool:
        """False when it was solved already."""
        still_open = RecipientChange.objects.filter(pk=self.pk, solved_at__isnull=True)
        return bool(still_open.update(solved_at=timezone.now(), solved_by=by))
