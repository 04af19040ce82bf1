"""Who may act on Chorus Pro: our application on PISTE, technical accounts, the structures that each stands for."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from chorus.conf import ENVIRONMENTS, configuration
from chorus.models.breaker import Breaker, growing
from chorus.steps import Advice, Step, advice
from suppliers.encryption import EncryptedTextField
from suppliers.models import Supplier
from suppliers.validators import validate_year

# Chorus Pro lets the password of a technical account live this long.
PASSWORD_LIFE = timedelta(days=424)
# Between two tries of a structure that refuses us, before half as much again by chance.
LONGEST_PAUSE = timedelta(minutes=40)
SUCCESS_TOLD_EVERY = timedelta(seconds=1)


class PisteApplication(models.Model):
    """The portal's application on PISTE, one row an environment: its token and its pace, shared by all workers."""

    environment = models.CharField(max_length=20, unique=True)
    token = EncryptedTextField(blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    # Somebody is fetching one; the others wait for it, or for this moment.
    token_lease_until = models.DateTimeField(null=True, blank=True)
    next_call_at = models.DateTimeField(null=True, blank=True)
    # PISTE answered 429: nobody calls before.
    paused_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "application PISTE"
        verbose_name_plural = "applications PISTE"

    def __str__(self):
        return self.environment


class Checked(models.Model):
    """What « Vérifier la connexion » asks and answers. The answer counts if its check began after the question."""

    asked_at = models.DateTimeField("vérification demandée le", null=True, blank=True, editable=False)
    checked_at = models.DateTimeField("vérifiée le", null=True, blank=True, editable=False)
    failing_step = models.CharField(
        "étape en défaut", max_length=20, choices=Step, blank=True, default="", editable=False
    )
    # What the step is about: an API, a SIRET, a date.
    failing_detail = models.CharField("précision", max_length=120, blank=True, default="", editable=False)

    class Meta:
        abstract = True

    @property
    def is_being_checked(self) -> bool:
        return bool(self.asked_at and (not self.checked_at or self.checked_at < self.asked_at))

    @classmethod
    def awaiting_check(cls):
        never = Q(checked_at__isnull=True) | Q(checked_at__lt=F("asked_at"))
        return cls.objects.filter(never, asked_at__isnull=False).order_by("asked_at")

    def ask(self) -> None:
        """Somebody wants to know: the next sweep answers."""
        type(self).objects.filter(pk=self.pk).update(asked_at=timezone.now())

    def answer(self, *, began, step: str, detail: str = "", **more) -> None:
        values = {"checked_at": began, "failing_step": step, "failing_detail": detail[:120], **more}
        type(self).objects.filter(pk=self.pk).update(**values)


class TechnicalAccountQuerySet(models.QuerySet):
    def in_use(self, environment: str):
        """Those that may act now, the portal's first: its own, and those of suppliers while they are allowed to."""
        found = self.filter(environment=environment, is_active=True).exclude(supplier__uses_chorus=False)
        if not configuration().own_accounts:
            found = found.of_portal()
        return found.order_by(F("supplier").asc(nulls_first=True), "pk")

    def of_portal(self):
        return self.filter(supplier__isnull=True)

    def stopped(self):
        """Those through which nothing leaves until a person or Chorus Pro says so."""
        return self.filter(Q(blocked_since__isnull=False) | Q(breaker__paused_since__isnull=False))

    def sending(self, at):
        """Those through which something may leave now."""
        shut = Breaker.objects.shut(at).values("account")
        return self.filter(blocked_since__isnull=True).exclude(pk__in=shut)


class TechnicalAccount(Checked):
    """A Chorus Pro technical account (`cpro-account`). Its password dies after 424 days.

    Without a supplier it is the portal's; with one it acts for that supplier alone, whatever else Chorus Pro lists.
    """

    supplier = models.ForeignKey(
        Supplier, models.PROTECT, null=True, blank=True, related_name="technical_accounts", verbose_name="fournisseur"
    )
    environment = models.CharField("environnement", max_length=20)
    login = models.CharField("identifiant technique", max_length=120)
    password = EncryptedTextField("mot de passe")
    password_expires_at = models.DateTimeField(
        "mot de passe valable jusqu'au", null=True, blank=True, validators=[validate_year]
    )
    is_active = models.BooleanField("utilisé", default=True)
    blocked_since = models.DateTimeField("bloqué depuis", null=True, blank=True, editable=False)
    blocked_reason = models.CharField("motif du blocage", max_length=300, blank=True, editable=False)
    last_success_at = models.DateTimeField("dernier dépôt réussi", null=True, blank=True, editable=False)
    attachments_read_at = models.DateTimeField("rattachements lus le", null=True, blank=True, editable=False)

    entered_at = models.DateTimeField("saisi le", null=True, blank=True, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="saisi par",
        editable=False,
    )  # fmt: skip
    retired_at = models.DateTimeField("retiré le", null=True, blank=True, editable=False)

    objects = TechnicalAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "compte technique"
        verbose_name_plural = "comptes techniques"
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "login"], condition=Q(supplier__isnull=True), name="account_once_per_environment"
            ),
            # Nobody learns that another supplier gave the same login.
            models.UniqueConstraint(fields=["environment", "supplier", "login"], name="own_account_once_per_supplier"),
            models.UniqueConstraint(
                fields=["environment", "supplier"], condition=Q(is_active=True), name="one_own_account_in_use"
            ),
        ]

    def __str__(self):
        return f"{self.login} ({ENVIRONMENTS.get(self.environment, self.environment)})"

    @property
    def expires_on(self) -> date | None:
        """The day on which the password dies, in Paris."""
        return timezone.localdate(self.password_expires_at) if self.password_expires_at else None

    @property
    def is_own(self) -> bool:
        """A supplier's."""
        return self.supplier_id is not None

    @property
    def advice(self) -> Advice | None:
        return advice(self.failing_step, self.failing_detail, own=self.is_own)

    def block(self, reason: str) -> None:
        """Our rights are wrong, no invoice is at fault. The first reason stays until the account works again."""
        TechnicalAccount.objects.filter(pk=self.pk, blocked_since__isnull=True).update(
            blocked_since=timezone.now(), blocked_reason=reason[:300]
        )

    def works(self) -> None:
        """A deposit passed. Told to the second or so: workers that all write one row would wait for each other."""
        now = timezone.now()
        if not self.last_success_at or self.last_success_at < now - SUCCESS_TOLD_EVERY:
            TechnicalAccount.objects.filter(pk=self.pk).update(last_success_at=now)
        if self.is_in_trouble:
            with Breaker.changing(self) as breaker:
                breaker.passed()

    @property
    def is_in_trouble(self) -> bool:
        """Whether its breaker counts something. What was read by the claim is near enough: the next success counts."""
        breaker = getattr(self, "breaker", None)
        return bool(breaker and (breaker.is_open or breaker.failing or breaker.refused))

    def end_trial(self, next_at) -> None:
        """A row that tried while the account rests came to its end."""
        breaker = getattr(self, "breaker", None)
        if breaker:
            breaker.end_trial(next_at)

    @property
    def is_paused(self) -> bool:
        """Whether nothing leaves until a person says so."""
        breaker = getattr(self, "breaker", None)
        return bool(breaker and breaker.paused_since)

    def resume(self) -> None:
        """A person has seen to what paused it."""
        with Breaker.changing(self) as breaker:
            breaker.resume()

    def unblock(self) -> None:
        """It works again: the step that failed is mended too."""
        blocked = TechnicalAccount.objects.filter(pk=self.pk, blocked_since__isnull=False)
        blocked.update(blocked_since=None, blocked_reason="", failing_step="", failing_detail="")
        self.probe_at_once()

    # --- How often a blocked account is tried ---

    def still_denied(self) -> None:
        """A probe was refused: the next one waits longer than this one did."""
        with Breaker.changing(self) as breaker:
            breaker.denied(configuration().retry_delay)

    def probe_at_once(self) -> None:
        """It works again, or somebody gave another password: what was refused before says nothing."""
        Breaker.objects.filter(account=self).update(denials=0, next_probe_at=None)

    @property
    def may_be_probed(self) -> bool:
        breaker = getattr(self, "breaker", None)
        return not (breaker and breaker.next_probe_at and breaker.next_probe_at > timezone.now())


class AttachedStructureQuerySet(models.QuerySet):
    def routes(self):
        """Those of the accounts in use, in the order in which they are preferred: listed ones, a supplier's own account
        first."""
        accounts = TechnicalAccount.objects.in_use(configuration().environment)
        return self.filter(account__in=accounts.order_by()).order_by(
            F("missing_since").asc(nulls_first=True), F("account__supplier").asc(nulls_last=True), "account_id"
        )

    def allowed(self, at):
        """Those that Chorus Pro lists and that did not refuse us a moment ago."""
        return self.filter(Q(next_try_at__isnull=True) | Q(next_try_at__lte=at), missing_since__isnull=True)

    def of(self, submission):
        """The one through which its attempt left."""
        return self.filter(account=submission.account, cpp_id=submission.structure_cpp_id)

    def leading(self, siret, supplier):
        """The routes of one establishment: through the portal's accounts, or its own supplier's."""
        allowed = Q(account__supplier__isnull=True) | Q(account__supplier=supplier)
        return self.routes().filter(allowed, siret=siret)


class AttachedStructure(models.Model):
    """A supplier's structure for which an account may act, as Chorus Pro lists it; `cpp_id` is its idStructureCPP."""

    account = models.ForeignKey(TechnicalAccount, models.CASCADE, related_name="structures")
    siret = models.CharField("SIRET", max_length=20)
    cpp_id = models.BigIntegerField("identifiant Chorus Pro")
    name = models.CharField("nom", max_length=200, blank=True)
    # Left out of the last list. One wrong list must end nothing: a second one decides.
    missing_since = models.DateTimeField("absente de la liste depuis", null=True, blank=True)
    # Listed, and yet refused: the supplier took a right back.
    refusals = models.PositiveSmallIntegerField("refus de suite", default=0)
    next_try_at = models.DateTimeField("pas avant", null=True, blank=True)

    objects = AttachedStructureQuerySet.as_manager()

    class Meta:
        verbose_name = "structure rattachée"
        verbose_name_plural = "structures rattachées"
        constraints = [models.UniqueConstraint(fields=["account", "cpp_id"], name="structure_once_per_account")]
        indexes = [models.Index(fields=["siret"])]

    def __str__(self):
        return f"{self.name or self.siret}"

    def not_allowed(self) -> None:
        """What waits for it tries again, ever more rarely; a refusal long after the last one counts as the first."""
        now = timezone.now()
        in_a_row = self.next_try_at and now < self.next_try_at + 2 * LONGEST_PAUSE
        refusals = self.refusals + 1 if in_a_row else 1
        AttachedStructure.objects.filter(pk=self.pk).update(
            refusals=refusals, next_try_at=now + growing(configuration().retry_delay, refusals, LONGEST_PAUSE)
        )

    def try_at_once(self) -> None:
        """Somebody asked for a check, and all looks well: no need to wait."""
        AttachedStructure.objects.filter(pk=self.pk, next_try_at__isnull=False).update(next_try_at=None)


class Connection(Checked):
    """Whether the portal can act for a supplier on Chorus Pro; the last check and the step that failed."""

    Step = Step

    supplier = models.OneToOneField(Supplier, models.CASCADE, related_name="connection", verbose_name="fournisseur")
    works = models.BooleanField("fonctionne", default=False)
    through_own = models.BooleanField("par son propre compte", default=False, editable=False)
    # SIRETs of other establishments for which nothing may be deposited although the connection works.
    not_attached = models.CharField("établissements non rattachés", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "connexion d'un fournisseur"
        verbose_name_plural = "connexions des fournisseurs"

    def __str__(self):
        return f"{self.supplier}, {'fonctionne' if self.works else self.get_failing_step_display()}"

    @property
    def advice(self) -> Advice | None:
        return advice(self.failing_step, self.failing_detail, own=self.through_own)
