"""What Chorus Pro says of the engagement numbers of the State's services: kept here, read there by `chorus`."""

from datetime import datetime

from django.db import models
from django.utils import timezone

from orders.models.buyers import ENGAGEMENT_MAX
from suppliers.models import Establishment


class StateEngagement(models.Model):
    """One number as Chorus Pro knows it for one of the supplier's structures. `is_known` is None until it answered."""

    environment = models.CharField("environnement", max_length=20)
    establishment = models.ForeignKey(Establishment, models.CASCADE, related_name="state_engagements")
    number = models.CharField("numéro d'engagement", max_length=ENGAGEMENT_MAX)
    is_known = models.BooleanField("connu de Chorus Pro", null=True, blank=True)
    read_at = models.DateTimeField("lu le", null=True, blank=True)
    due_at = models.DateTimeField("pas avant", default=timezone.now)

    class Meta:
        verbose_name = "engagement de l'État"
        verbose_name_plural = "engagements de l'État"
        constraints = [models.UniqueConstraint(fields=["establishment", "number"], name="state_engagement_once")]

    def __str__(self):
        return f"{self.number} ({self.establishment})"

    @classmethod
    def knows(cls, establishment, number: str) -> bool | None:
        """None when nobody asked, or nobody answered."""
        asked = cls.objects.filter(establishment=establishment, number=number)
        return asked.values_list("is_known", flat=True).first()

    def claim(self, until: datetime) -> bool:
        """Take this question; False when another worker was faster. Without an answer it comes back at `until`."""
        return bool(StateEngagement.objects.filter(pk=self.pk, due_at=self.due_at).update(due_at=until))

    def answered(self, is_known: bool, *, again_at: datetime) -> bool:
        """Keep the answer. Returns whether it is another one than before."""
        told = StateEngagement.objects.filter(pk=self.pk)
        told.update(is_known=is_known, read_at=timezone.now(), due_at=again_at)
        return is_known is not self.is_known
