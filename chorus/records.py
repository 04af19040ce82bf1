"""The journal of calls, how far the news were read, what is looked for, what fitted nowhere. Part of the models."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from orders.models import SERVICE_MAX, Recipient


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
        return f"{self.operation} {self.started_at:%d/%m/%Y %H:%M:%S}"


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
        return f"{self.account} : {self.position or 'jamais lu'}"

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
        return f"{self.invoice} : {self.get_state_display()}"

    def claim(self, until) -> bool:
        """Take this look; False when another worker was faster. Dead, it leaves it to the next, at `until`."""
        mine = Search.objects.filter(pk=self.pk, state=self.State.LOOKING, due_at=self.due_at)
        return bool(mine.update(due_at=until, looks=F("looks") + 1))

    def give_up(self) -> None:
        Search.objects.filter(pk=self.pk).update(state=self.State.NOT_FOUND)


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
        return f"{self.number} : {self.reason}"

    def file(self, *, by, reason: str) -> bool:
        """Close it by hand, with why. False when it is closed already."""
        still_open = SetAside.objects.filter(pk=self.pk, solved_at__isnull=True)
        return bool(still_open.update(solved_at=timezone.now(), filed_by=by, filed_reason=reason))


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
        return f"{self.get_outcome_display()} ({self.asked_at:%d/%m/%Y %H:%M})"

    def claim(self, gone: datetime) -> bool:
        """Ours to carry out, unless another worker has had it since `gone`. Twice would be harmless, only wasteful."""
        free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=gone)
        asked = Look.objects.filter(free, pk=self.pk, outcome=self.Outcome.ASKED)
        return bool(asked.update(claimed_at=timezone.now()))

    def answered(self, outcome: str, told: str) -> None:
        Look.objects.filter(pk=self.pk, outcome=self.Outcome.ASKED).update(
            outcome=outcome, told=told[:500], looked_at=timezone.now()
        )


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
