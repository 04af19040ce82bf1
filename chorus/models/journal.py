"""The journal of calls, and when each sweep ran."""

from django.db import models
from django.utils import timezone

from suppliers.days import date_format


class Exchange(models.Model):
    """One call to Chorus Pro: what was asked and answered, without a secret or a file."""

    environment = models.CharField("environnement", max_length=20)
    account = models.ForeignKey(
        "chorus.TechnicalAccount",
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name="compte",
        related_name="exchanges",
    )
    submission = models.ForeignKey(
        "chorus.Submission", models.SET_NULL, null=True, blank=True, verbose_name="envoi", related_name="exchanges"
    )
    attempt = models.PositiveSmallIntegerField("tentative", null=True, blank=True)
    operation = models.CharField("opération", max_length=80)
    started_at = models.DateTimeField("le")
    duration_ms = models.PositiveIntegerField("durée (ms)")
    http_status = models.PositiveSmallIntegerField("HTTP", null=True, blank=True)
    code = models.IntegerField("codeRetour", null=True, blank=True)
    message_code = models.CharField("code du message", max_length=40, blank=True)
    label = models.CharField("libellé", max_length=300, blank=True)
    request_bytes = models.PositiveIntegerField("octets envoyés", default=0)
    response_bytes = models.PositiveIntegerField("octets reçus", default=0)
    error = models.CharField("erreur", max_length=60, blank=True)

    class Meta:
        verbose_name = "appel à Chorus Pro"
        verbose_name_plural = "journal des appels"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["started_at"])]

    def __str__(self):
        return f"{self.operation} {date_format(timezone.localtime(self.started_at), 'd/m/Y H:i:s')}"


class Sweep(models.Model):
    """The last time each sweep ran, whoever ran it: what tells that somebody sweeps at all."""

    name = models.CharField("passage", max_length=30, unique=True)
    began_at = models.DateTimeField("commencé le", null=True, blank=True)
    ended_at = models.DateTimeField("fini le", null=True, blank=True)

    class Meta:
        verbose_name = "passage"

    def __str__(self):
        return self.name

    @classmethod
    def begins(cls, name: str) -> None:
        cls.objects.update_or_create(name=name, defaults={"began_at": timezone.now()})

    @classmethod
    def ends(cls, name: str) -> None:
        cls.objects.filter(name=name).update(ended_at=timezone.now())


class Alarm(models.Model):
    """Something that lasts, told once: the row is there as long as it does."""

    name = models.CharField("alerte", max_length=80, unique=True)
    since = models.DateTimeField("depuis le", default=timezone.now)

    class Meta:
        verbose_name = "alerte"

    def __str__(self):
        return self.name

    @classmethod
    def lasts(cls, name: str, is_so: bool) -> "Alarm | None":
        """Its row, kept from the first time on; none once it is over."""
        if is_so:
            return cls.objects.get_or_create(name=name)[0]
        cls.objects.filter(name=name).delete()
        return None
