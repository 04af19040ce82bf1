"""What the board shows: figures of the whole portal, counted by beat and only read by the page."""

from django.db import models
from django.utils import timezone


class BoardFigure(models.Model):
    """The last count of one figure. Its shape is that of the function of its name (`invoicing.board`)."""

    name = models.CharField("chiffre", max_length=40, unique=True)
    data = models.JSONField("valeurs")
    counted_at = models.DateTimeField("compté le", default=timezone.now)

    class Meta:
        verbose_name = "chiffre du tableau de bord"

    def __str__(self):
        return self.name

    @classmethod
    def keep(cls, name: str, data) -> None:
        cls.objects.update_or_create(name=name, defaults={"data": data, "counted_at": timezone.now()})
