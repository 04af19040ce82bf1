"""What people want to know of Chorus Pro: « Regarder », and deposits that a supplier says he made himself."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from chorus.models.news import SetAside
from suppliers.days import date_format


class Look(models.Model):
    """« Regarder sur Chorus Pro »: who asked, when, and what a sweep saw. Kept: it is the proof behind a decision."""

    class Outcome(models.TextChoices):
        ASKED = "asked", "demandé"
        FOUND = "found", "trouvé"
        OTHER = "other", "autre chose à sa place"
        ABSENT = "absent", "introuvable"
        FAILED = "failed", "sans réponse"

    environment = models.CharField("environnement", max_length=20)
    submission = models.ForeignKey(
        "chorus.Submission", models.CASCADE, null=True, blank=True, related_name="looks", verbose_name="envoi"
    )
    # At which attempt the row was when the look was asked for.
    attempt = models.PositiveSmallIntegerField("tentative", default=0)
    set_aside = models.ForeignKey(
        SetAside, models.CASCADE, null=True, blank=True, related_name="looks", verbose_name="nouvelle mise de côté"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="demandé par")
    asked_at = models.DateTimeField("demandé le", default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField("regardé le", null=True, blank=True)
    outcome = models.CharField("résultat", max_length=10, choices=Outcome, default=Outcome.ASKED)
    told = models.CharField("ce qui a été vu", max_length=500, blank=True)

    class Meta:
        verbose_name = "regard sur Chorus Pro"
        verbose_name_plural = "regards sur Chorus Pro"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission"], condition=Q(outcome="asked"), name="one_look_asked_of_a_submission"
            ),
            models.UniqueConstraint(
                fields=["set_aside"], condition=Q(outcome="asked"), name="one_look_asked_of_a_set_aside"
            ),
            models.CheckConstraint(
                condition=Q(submission__isnull=False, set_aside__isnull=True)
                | Q(submission__isnull=True, set_aside__isnull=False),
                name="look_has_one_target",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["asked", "found", "other", "absent", "failed"]), name="look_outcome_is_known"
            ),
        ]

    def __str__(self):
        return f"{self.get_outcome_display()} ({date_format(timezone.localtime(self.asked_at), 'd/m/Y H:i')})"

    def claim(self, gone: datetime) -> bool:
        """Ours to carry out, unless another worker has had it since `gone`. Twice would be harmless, only wasteful."""
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=gone)
        asked = Look.objects.filter(free, pk=self.pk, outcome=self.Outcome.ASKED)
        return bool(asked.update(claimed_at=timezone.now()))

    def answered(self, outcome: str, told: str) -> None:
        Look.objects.filter(pk=self.pk, outcome=self.Outcome.ASKED).update(
            outcome=outcome, told=told[:500], looked_at=timezone.now()
        )


class Search(models.Model):
    """An invoice that people say its supplier deposited himself, looked for on Chorus Pro until we give up.

    Once found, its status is Chorus Pro's and no declaration any more: then this row means nothing.
    """

    class State(models.TextChoices):
        LOOKING = "looking", "en cours"
        NOT_FOUND = "not_found", "pas trouvée"

    invoice = models.OneToOneField("invoicing.Invoice", models.CASCADE, related_name="search", verbose_name="facture")
    environment = models.CharField("environnement", max_length=20)
    state = models.CharField("état", max_length=10, choices=State, default=State.LOOKING)
    # As typed on Chorus Pro, when it is not the invoice's own number.
    number = models.CharField("numéro utilisé sur Chorus Pro", max_length=20, blank=True)
    number_key = models.CharField(max_length=20, blank=True, editable=False, db_index=True)
    asked_at = models.DateTimeField("demandée le", default=timezone.now)
    due_at = models.DateTimeField("pas avant", default=timezone.now)
    looks = models.PositiveSmallIntegerField("recherches", default=0)

    class Meta:
        verbose_name = "recherche d'un dépôt"
        verbose_name_plural = "recherches de dépôts"
        indexes = [models.Index(fields=["state", "due_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["looking", "not_found"]), name="search_state_is_known")
        ]

    def __str__(self):
        return f"{self.invoice}, {self.get_state_display()}"

    def claim(self, until) -> bool:
        """Take this look; False when another worker was faster. Dead, it leaves it to the next, at `until`."""
        mine = Search.objects.filter(pk=self.pk, state=self.State.LOOKING, due_at=self.due_at)
        return bool(mine.update(due_at=until, looks=F("looks") + 1))

    def give_up(self) -> None:
        Search.objects.filter(pk=self.pk).update(state=self.State.NOT_FOUND)
