"""Transport: accounts, submissions, the journal of calls, and what came back that fits nowhere."""

from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from chorus.breaker import Breaker
from chorus.conf import configuration
from chorus.flux import Flux, Transport
from chorus.records import Cursor, Exchange, Look, PasswordReminder, RecipientChange, Search, SetAside, Sweep
from chorus.steps import Advice, Step, advice
from invoicing.lifecycle import TransitionError
from invoicing.models import Invoice
from invoicing.replies import Reply
from suppliers.encryption import EncryptedTextField
from suppliers.models import Supplier

# Chorus Pro lets the password of a technical account live this long.
PASSWORD_LIFE = timedelta(days=424)
SUCCESS_TOLD_EVERY = timedelta(seconds=1)

__all__ = [
    "PASSWORD_LIFE",
    "AttachedStructure",
    "Breaker",
    "ClaimLost",
    "Connection",
    "Cursor",
    "Exchange",
    "FacturxSupplier",
    "Look",
    "PasswordReminder",
    "PisteApplication",
    "RecipientChange",
    "Return",
    "Search",
    "SetAside",
    "Submission",
    "Sweep",
    "TechnicalAccount",
]


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
    password_expires_at = models.DateTimeField("mot de passe valable jusqu'au", null=True, blank=True)
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
        return f"{self.login} ({self.environment})"

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

    objects = AttachedStructureQuerySet.as_manager()

    class Meta:
        verbose_name = "structure rattachée"
        verbose_name_plural = "structures rattachées"
        constraints = [models.UniqueConstraint(fields=["account", "cpp_id"], name="structure_once_per_account")]
        indexes = [models.Index(fields=["siret"])]

    def __str__(self):
        return f"{self.name or self.siret}"


class Connection(Checked):
    """Whether the portal can act for a supplier on Chorus Pro; the last check and the step that failed."""

    Step = Step

    supplier = models.OneToOneField(Supplier, models.CASCADE, related_name="connection")
    works = models.BooleanField("fonctionne", default=False)
    through_own = models.BooleanField("par son propre compte", default=False, editable=False)
    # SIRETs of other establishments for which nothing may be deposited although the connection works.
    not_attached = models.CharField("établissements non rattachés", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = "connexion d'un fournisseur"
        verbose_name_plural = "connexions des fournisseurs"

    def __str__(self):
        return f"{self.supplier} : {'fonctionne' if self.works else self.get_failing_step_display()}"

    @property
    def advice(self) -> Advice | None:
        return advice(self.failing_step, self.failing_detail, own=self.through_own)


class SubmissionQuerySet(models.QuerySet):
    def here(self):
        """Rows of this environment: another one's are never swept."""
        return self.filter(environment=configuration().environment)

    def deposits(self):
        return self.filter(kind=Submission.Kind.DEPOSIT)

    def due(self, at):
        """Deposits whose time has come and whose invoice is still approved."""
        return self.deposits().waiting(at).filter(invoice__in=Invoice.objects.ready_to_send(at))

    def waiting(self, at):
        """Queued, and not before their time; oldest first."""
        return self.here().filter(status=Submission.Status.QUEUED, due_at__lte=at).order_by("due_at", "pk")

    def routed(self):
        """With `route`, the structure through which a row would leave now; None when nobody attached its supplier."""
        routes = AttachedStructure.objects.leading(
            OuterRef("invoice__establishment__siret"), OuterRef("invoice__supplier")
        )
        return self.annotate(route=Subquery(routes.values("pk")[:1]))

    def sendable(self):
        """Rows whose account can work now and lists their supplier, as long as PISTE lets anything through."""
        now = timezone.now()
        stopped = PisteApplication.objects.filter(environment=configuration().environment, paused_until__gt=now)
        working = AttachedStructure.objects.filter(
            account__in=TechnicalAccount.objects.sending(now), missing_since__isnull=True
        )
        return self.routed().filter(~Exists(stopped), route__in=working)

    def wait_for_attachment(self) -> int:
        """Nobody attached these suppliers to an account of ours: nothing left, the invoices can still be taken back."""
        lost = self.routed().filter(status=Submission.Status.QUEUED, route__isnull=True)
        with transaction.atomic():
            rows = list(lost.select_for_update(skip_locked=True, of=("self",)))
            return Submission.objects.filter(pk__in=[row.pk for row in rows]).update(
                status=Submission.Status.BLOCKED,
                last_error="La structure du fournisseur n'est rattachée à aucun compte.",
            )


class Submission(Flux):
    """One act of ours towards Chorus Pro for one invoice, and everything needed to know whether it arrived.

    The columns below « frozen » are copied from the invoice by the claim, and describe the attempt under way.
    """

    class Kind(models.TextChoices):
        DEPOSIT = "deposit", "dépôt"
        COMPLETE = "complete", "réponse"
        RECYCLE = "recycle", "changement de destinataire"
        ACKNOWLEDGE = "acknowledge", "rejet traité"

    class Status(models.TextChoices):
        QUEUED = "queued", "en attente"
        SENDING = "sending", "en cours"
        DEPOSITED = "deposited", "déposée"
        REFUSED = "refused", "refusée"
        IN_DOUBT = "in_doubt", "incertaine"
        BLOCKED = "blocked", "bloquée (compte ou droits)"
        HELD = "held", "à regarder par une personne"
        AWAITING = "awaiting", "transmise, compte rendu attendu"

    OPEN = (Status.QUEUED, Status.SENDING, Status.IN_DOUBT, Status.BLOCKED, Status.HELD, Status.AWAITING)

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="submissions", verbose_name="facture")
    # What a person wrote, for every kind but the deposit.
    reply = models.OneToOneField(Reply, models.PROTECT, null=True, blank=True, related_name="submission")
    kind = models.CharField("acte", max_length=12, choices=Kind, default=Kind.DEPOSIT)
    status = models.CharField("état", max_length=10, choices=Status, default=Status.QUEUED)
    environment = models.CharField("environnement", max_length=20)
    attempt = models.PositiveSmallIntegerField("tentative", default=0)
    due_at = models.DateTimeField("pas avant", default=timezone.now)
    claimed_at = models.DateTimeField("prise le", null=True, blank=True)
    calling_since = models.DateTimeField("appel commencé le", null=True, blank=True)
    first_tried_at = models.DateTimeField(null=True, blank=True)
    doubt_since = models.DateTimeField("incertaine depuis", null=True, blank=True)
    # Searches made after the settling delay that did not find the invoice.
    absences = models.PositiveSmallIntegerField("recherches sans résultat", default=0)
    # Attempts that failed although Chorus Pro took others in between.
    strikes = models.PositiveSmallIntegerField("échecs propres à cet envoi", default=0)
    said_duplicate = models.BooleanField("Chorus Pro la dit déjà déposée", default=False)

    # Frozen by the claim.
    account = models.ForeignKey(TechnicalAccount, models.PROTECT, null=True, blank=True, verbose_name="compte")
    structure_cpp_id = models.BigIntegerField("structure du fournisseur", null=True, blank=True)
    recipient_siret = models.CharField("SIRET du destinataire", max_length=14, blank=True)
    number = models.CharField("numéro", max_length=20, blank=True)
    invoice_kind = models.CharField("type", max_length=10, blank=True)
    issue_date = models.DateField("date", null=True, blank=True)
    total_ttc = models.DecimalField("TTC", max_digits=14, decimal_places=2, null=True, blank=True)
    payload = models.JSONField("données envoyées", default=dict, blank=True)
    sent_sha256 = models.CharField("empreinte du fichier envoyé", max_length=64, blank=True)

    piece_id = models.BigIntegerField("pièce jointe", null=True, blank=True)
    cpp_id = models.BigIntegerField("identifiant Chorus Pro", null=True, blank=True)
    deposited_at = models.DateTimeField("déposée le", null=True, blank=True)
    heard_at = models.DateTimeField("dernières nouvelles le", null=True, blank=True)
    answer = models.JSONField("réponse de Chorus Pro", default=dict, blank=True)
    last_error = models.CharField("dernière erreur", max_length=500, blank=True)
    created_at = models.DateTimeField("créée le", auto_now_add=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "envoi"
        ordering = ["-pk"]
        permissions = [("settle_submission", "Peut regarder, renvoyer ou rendre un envoi à regarder")]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "kind"],
                condition=Q(status__in=["queued", "sending", "in_doubt", "blocked", "held", "awaiting"]),
                name="one_open_submission_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["environment", "cpp_id"],
                condition=Q(kind="deposit", cpp_id__isnull=False),
                name="chorus_invoice_adopted_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="deposit", reply__isnull=True)
                | Q(kind__in=["complete", "recycle", "acknowledge"], reply__isnull=False),
                name="submission_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        *("queued", "sending", "deposited", "refused", "in_doubt", "blocked", "held", "awaiting")
                    ]
                ),
                name="submission_status_is_known",
            ),
            models.CheckConstraint(condition=Q(transport__in=Transport.values), name="submission_transport_is_known"),
            models.CheckConstraint(
                condition=~Q(status="awaiting")
                | (Q(kind="deposit", transport="facturx", awaiting_since__isnull=False) & ~Q(flow_number="")),
                name="awaiting_has_flow_number",
            ),
            models.CheckConstraint(
                condition=~Q(status="deposited", kind="deposit") | Q(cpp_id__isnull=False),
                name="deposited_has_chorus_id",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sending", "in_doubt", "awaiting"])
                | Q(account__isnull=False, structure_cpp_id__isnull=False, claimed_at__isnull=False),
                name="submission_under_way_is_frozen",
            ),
        ]
        indexes = [models.Index(fields=["status", "due_at"]), models.Index(fields=["environment", "deposited_at"])]

    def __str__(self):
        return f"{self.get_kind_display()} de {self.invoice} : {self.get_status_display()}"

    # --- Claim ---

    def claim(self, *, frozen: dict) -> bool:
        """Take this row and its invoice together, or neither. False when somebody else moved one of them first."""
        now = timezone.now()
        values = {
            "status": self.Status.SENDING,
            "attempt": self.attempt + 1,
            "claimed_at": now,
            "calling_since": None,
            "piece_id": None,
            "flow_number": "",
            "flow_state": "",
            "first_tried_at": self.first_tried_at or now,
            **frozen,
        }
        unmoved = Submission.objects.filter(pk=self.pk, status=self.Status.QUEUED, attempt=self.attempt)
        try:
            with transaction.atomic(savepoint=False):
                if not unmoved.update(**values):
                    return False
                self._leaves()
        except TransitionError:
            return False
        self._became(values)
        return True

    def _became(self, values: dict) -> None:
        """Say here what an update wrote, without reading it again."""
        for name, value in values.items():
            setattr(self, name, value)

    # --- What the transport means for the invoice ---

    def _leaves(self) -> None:
        self.invoice.mark_sending(seen_revision=self.invoice.revision)

    def _waits(self) -> None:
        self.invoice.mark_waiting()

    def _is_refused(self, reason: str, by=None) -> None:
        self.invoice.mark_refused(reason, by=by)

    # --- While sending: every step is a compare-and-set on this attempt ---

    def _still_mine(self):
        return Submission.objects.filter(pk=self.pk, status=self.Status.SENDING, attempt=self.attempt)

    def keep(self, **values) -> None:
        """Commit a step of this attempt; raises ClaimLost when another worker has the row."""
        if not self._still_mine().update(**values):
            raise ClaimLost(self)
        self._became(values)

    def keep_piece(self, piece_id: int) -> None:
        self.keep(piece_id=piece_id)

    def about_to_call(self) -> None:
        """Commit that the deposit may leave from now on: killed later, the row is in doubt."""
        self.keep(calling_since=timezone.now())

    def _release(self, status, *, error="", **values) -> bool:
        return bool(self._still_mine().update(status=status, last_error=str(error)[:500], **values))

    def retry_later(self, error, *, at, strikes=0) -> bool:
        """Chorus Pro never took it: back in the queue, and its invoice may be taken back again."""
        with transaction.atomic():
            values = {"due_at": at, "calling_since": None, "strikes": strikes}
            if not self._release(self.Status.QUEUED, error=error, **values):
                return False
            self._waits()
        return True

    def postpone(self, error, *, at) -> bool:
        """A queued row that cannot be claimed as it is: those behind it go first."""
        waiting = Submission.objects.filter(pk=self.pk, status=self.Status.QUEUED, attempt=self.attempt)
        return bool(waiting.update(due_at=at, last_error=f"{type(error).__name__}: {error}"[:500]))

    def block(self, error) -> bool:
        """Our account or rights: nothing left, no invoice is at fault; resumes by itself once mended."""
        return self._release(self.Status.BLOCKED, error=error, calling_since=None)

    def hold(self, error) -> bool:
        """A person must look."""
        under_way = Submission.objects.filter(
            pk=self.pk,
            status__in=[self.Status.SENDING, self.Status.IN_DOUBT, self.Status.AWAITING],
            attempt=self.attempt,
        )
        return bool(under_way.update(status=self.Status.HELD, last_error=str(error)[:500]))

    def refuse(self, error, *, reason: str) -> bool:
        """Chorus Pro read this invoice and said no: it goes back to its supplier with the reason."""
        with transaction.atomic():
            if not self._release(self.Status.REFUSED, error=error, calling_since=None):
                return False
            self._is_refused(reason)
        return True

    def doubt(self, error, *, said_duplicate=False) -> bool:
        """It left and no clear answer came: look before anything else."""
        now = timezone.now()
        return self._release(
            self.Status.IN_DOUBT, error=error, doubt_since=now, due_at=now, absences=0, said_duplicate=said_duplicate
        )

    def record(self, *, cpp_id: int, answer: dict) -> bool:
        """Chorus Pro has it. Recorded however late the answer comes, and whoever believed what meanwhile.

        Returns False when it fits nowhere: this row names another invoice of Chorus Pro already, or another row of
        ours names this one. Then staff are told.
        """
        try:
            with transaction.atomic():
                if self._keep_answer(cpp_id, answer):
                    self.invoice.mark_deposited()
        except IntegrityError:
            self.invoice.flag(f"Le dépôt {cpp_id} de Chorus Pro appartient déjà à une autre facture : à regarder.")
            self.hold(f"Le dépôt {cpp_id} appartient déjà à une autre facture.")
            return False
        if self.cpp_id != cpp_id:
            self.invoice.flag(f"Chorus Pro annonce deux dépôts, {self.cpp_id} et {cpp_id} : à regarder.")
        return self.cpp_id == cpp_id

    def _keep_answer(self, cpp_id: int, answer: dict) -> bool:
        values = {
            "status": self.Status.DEPOSITED,
            "cpp_id": cpp_id,
            "answer": answer,
            "deposited_at": timezone.now(),
            "last_error": "",
        }
        kept = Submission.objects.filter(pk=self.pk).exclude(status=self.Status.DEPOSITED).update(**values)
        self._became(values) if kept else self.refresh_from_db()
        return bool(kept)

    # --- After an expired lease, a doubt or a blockage ---

    def requeue(self, *, source, at, error="") -> bool:
        """Back in the queue from `source`, its invoice approved again; attempts after the first look before sending."""
        with transaction.atomic():
            won = Submission.objects.filter(pk=self.pk, status=source, attempt=self.attempt).update(
                status=self.Status.QUEUED, due_at=at, calling_since=None, last_error=str(error)[:500]
            )
            if won:
                self.invoice.mark_waiting_if_sending()
        return bool(won)

    def settle_as_refused(self, *, reason: str, source=Status.IN_DOUBT) -> bool:
        """The doubt is over, Chorus Pro has another invoice under this number; or its report says no."""
        unmoved = Submission.objects.filter(pk=self.pk, status=source, attempt=self.attempt)
        with transaction.atomic():
            won = unmoved.update(status=self.Status.REFUSED)
            if won:
                self._is_refused(reason)
        return bool(won)

    # --- A held row, decided on by a person ---

    def _held(self):
        return Submission.objects.filter(pk=self.pk, status=self.Status.HELD, attempt=self.attempt)

    def send_again(self) -> bool:
        """Another attempt, which looks first. What may have left is in doubt: it is sent again only once its absence
        is believed. What never left waits in the queue, where every attempt after the first begins with a search. A
        file that Chorus Pro took is never sent twice: its report is asked for again."""
        if self.calling_since is None:
            return self.requeue(source=self.Status.HELD, at=timezone.now())
        if self.flow_number:
            return self.await_again()
        return bool(
            self._held().update(
                status=self.Status.IN_DOUBT,
                doubt_since=self.calling_since,
                due_at=timezone.now(),
                absences=0,
                said_duplicate=False,
            )
        )

    def give_back(self, *, by, reason: str) -> bool:
        """To the supplier, with the reason a person wrote. An answer that comes after all is still recorded."""
        with transaction.atomic():
            won = self._held().update(status=self.Status.REFUSED)
            if won:
                self._is_refused(reason, by=by)
        return bool(won)

    def expire(self) -> bool:
        """The worker that held this row is gone: in doubt if the deposit may have left, else back in the queue."""
        now = timezone.now()
        if self.calling_since:
            stuck = self._still_mine().filter(calling_since__isnull=False)
            return bool(
                stuck.update(
                    status=self.Status.IN_DOUBT,
                    doubt_since=now,
                    due_at=now,
                    absences=0,
                    last_error="Le service d'envoi s'est arrêté pendant l'appel.",
                )
            )
        with transaction.atomic():
            won = (
                self._still_mine()
                .filter(calling_since__isnull=True)
                .update(
                    status=self.Status.QUEUED, due_at=now, last_error="Le service d'envoi s'est arrêté avant l'appel."
                )
            )
            if won:
                self._waits()
        return bool(won)


class FacturxSupplier(models.Model):
    """A supplier whose invoices leave as Factur-X while CHORUS_FACTURX is on. Without a row: as plain PDFs."""

    supplier = models.OneToOneField(Supplier, models.CASCADE, related_name="facturx", verbose_name="fournisseur")
    since = models.DateTimeField("depuis le", auto_now_add=True)

    class Meta:
        verbose_name = "fournisseur en Factur-X"
        verbose_name_plural = "fournisseurs en Factur-X"

    def __str__(self):
        return str(self.supplier)


class Return(Submission):
    """Every kind but the deposit: carries a reply, and moves nothing but that reply. Statuses are read back as news."""

    class Meta:
        proxy = True
        verbose_name = "retour"

    def _leaves(self) -> None:
        """The reply was kept when it was written; the invoice stays where Chorus Pro put it."""

    def _waits(self) -> None:
        """As `_leaves`."""

    def _is_refused(self, reason: str, by=None) -> None:
        self.reply.mark_refused(reason, by=by)

    def remember(self, **values) -> None:
        """Commit, before anything leaves, what a later look compares with."""
        self.keep(payload={**self.payload, **values})

    def done(self, answer: dict) -> bool:
        """Chorus Pro took it. Recorded however late the answer comes."""
        open_still = Submission.objects.filter(pk=self.pk).exclude(status=self.Status.DEPOSITED)
        with transaction.atomic():
            won = open_still.update(
                status=self.Status.DEPOSITED, answer=answer, deposited_at=timezone.now(), last_error=""
            )
            if won:
                self.reply.mark_sent()
        return bool(won)


class ClaimLost(Exception):
    """Another worker has this row now: stop without sending."""
