"""Transport: accounts, submissions, the journal of calls, and what came back that fits nowhere."""

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from chorus.conf import configuration
from chorus.records import Cursor, Exchange, SetAside
from invoicing.lifecycle import Status as InvoiceStatus
from invoicing.lifecycle import TransitionError
from invoicing.models import Invoice
from invoicing.replies import Reply
from suppliers.encryption import EncryptedTextField
from suppliers.models import Supplier

__all__ = [
    "AttachedStructure",
    "ClaimLost",
    "Connection",
    "Cursor",
    "Exchange",
    "PisteApplication",
    "Return",
    "SetAside",
    "Submission",
    "TechnicalAccount",
]


class PisteApplication(models.Model):
    """The portal's application on PISTE, one row an environment: its token and its pace, shared by all workers."""

    environment = models.CharField(max_length=20, unique=True)
    token = EncryptedTextField(blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    next_call_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "application PISTE"
        verbose_name_plural = "applications PISTE"

    def __str__(self):
        return self.environment


class TechnicalAccount(models.Model):
    """A Chorus Pro technical account (`cpro-account`). Its password dies after 424 days."""

    environment = models.CharField("environnement", max_length=20)
    login = models.CharField("identifiant technique", max_length=120)
    password = EncryptedTextField("mot de passe")
    password_expires_at = models.DateTimeField("mot de passe valable jusqu'au", null=True, blank=True)
    is_active = models.BooleanField("utilisé", default=True)
    blocked_since = models.DateTimeField("bloqué depuis", null=True, blank=True, editable=False)
    blocked_reason = models.CharField("motif du blocage", max_length=300, blank=True, editable=False)
    last_success_at = models.DateTimeField("dernier dépôt réussi", null=True, blank=True, editable=False)
    attachments_read_at = models.DateTimeField("rattachements lus le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "compte technique"
        verbose_name_plural = "comptes techniques"
        constraints = [models.UniqueConstraint(fields=["environment", "login"], name="account_once_per_environment")]

    def __str__(self):
        return f"{self.login} ({self.environment})"

    def block(self, reason: str) -> None:
        """Our rights are wrong, no invoice is at fault. The first reason stays until the account works again."""
        TechnicalAccount.objects.filter(pk=self.pk, blocked_since__isnull=True).update(
            blocked_since=timezone.now(), blocked_reason=reason[:300]
        )

    def unblock(self) -> None:
        TechnicalAccount.objects.filter(pk=self.pk).update(blocked_since=None, blocked_reason="")


class AttachedStructure(models.Model):
    """A supplier's structure for which an account may act, as Chorus Pro lists it; `cpp_id` is its idStructureCPP."""

    account = models.ForeignKey(TechnicalAccount, models.CASCADE, related_name="structures")
    siret = models.CharField("SIRET", max_length=20)
    cpp_id = models.BigIntegerField("identifiant Chorus Pro")
    name = models.CharField("nom", max_length=200, blank=True)

    class Meta:
        verbose_name = "structure rattachée"
        verbose_name_plural = "structures rattachées"
        constraints = [models.UniqueConstraint(fields=["account", "cpp_id"], name="structure_once_per_account")]
        indexes = [models.Index(fields=["siret"])]

    def __str__(self):
        return f"{self.name or self.siret}"


class Connection(models.Model):
    """Whether the portal can act for a supplier on Chorus Pro; the last check and the step that failed."""

    class Step(models.TextChoices):
        NONE = "", "rien à signaler"
        OFF = "off", "Chorus Pro n'est pas branché sur ce portail"
        APPLICATION = "application", "l'application du portail n'est pas acceptée par PISTE"
        ACCOUNT = "account", "le compte technique du portail n'est pas accepté"
        ATTACHMENT = "attachment", "votre structure n'est pas encore rattachée au portail"
        UNREACHABLE = "unreachable", "Chorus Pro ne répond pas pour le moment"

    supplier = models.OneToOneField(Supplier, models.CASCADE, related_name="connection")
    asked_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField("vérifiée le", null=True, blank=True)
    works = models.BooleanField("fonctionne", default=False)
    failing_step = models.CharField("étape en défaut", max_length=20, choices=Step, blank=True, default="")

    class Meta:
        verbose_name = "connexion d'un fournisseur"
        verbose_name_plural = "connexions des fournisseurs"

    def __str__(self):
        return f"{self.supplier} : {'fonctionne' if self.works else self.get_failing_step_display()}"

    @property
    def is_being_checked(self) -> bool:
        return bool(self.asked_at and (not self.checked_at or self.checked_at < self.asked_at))


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
        """Queued, not before their time, for an account that is not blocked."""
        return (
            self.here()
            .filter(
                Q(account__isnull=True) | Q(account__blocked_since__isnull=True),
                status=Submission.Status.QUEUED,
                due_at__lte=at,
            )
            .order_by("due_at", "pk")
        )


class Submission(models.Model):
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

    OPEN = (Status.QUEUED, Status.SENDING, Status.IN_DOUBT, Status.BLOCKED, Status.HELD)

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
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "kind"],
                condition=Q(status__in=["queued", "sending", "in_doubt", "blocked", "held"]),
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
                condition=Q(status__in=["queued", "sending", "deposited", "refused", "in_doubt", "blocked", "held"]),
                name="submission_status_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="deposited", kind="deposit") | Q(cpp_id__isnull=False),
                name="deposited_has_chorus_id",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sending", "in_doubt"])
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
        try:
            with transaction.atomic():
                won = Submission.objects.filter(pk=self.pk, status=self.Status.QUEUED, attempt=self.attempt).update(
                    status=self.Status.SENDING,
                    attempt=F("attempt") + 1,
                    claimed_at=now,
                    calling_since=None,
                    piece_id=None,
                    first_tried_at=self.first_tried_at or now,
                    **frozen,
                )
                if not won:
                    return False
                self._leaves()
        except TransitionError:
            return False
        self.refresh_from_db()
        return True

    # --- What the transport means for the invoice ---

    def _leaves(self) -> None:
        self.invoice.mark_sending(seen_revision=self.invoice.revision)

    def _waits(self) -> None:
        self.invoice.mark_waiting()

    def _is_refused(self, reason: str) -> None:
        self.invoice.mark_refused(reason)

    # --- While sending: every step is a compare-and-set on this attempt ---

    def _still_mine(self):
        return Submission.objects.filter(pk=self.pk, status=self.Status.SENDING, attempt=self.attempt)

    def keep_piece(self, piece_id: int) -> None:
        if not self._still_mine().update(piece_id=piece_id):
            raise ClaimLost(self)
        self.piece_id = piece_id

    def about_to_call(self) -> None:
        """Commit that the deposit may leave from now on: killed later, the row is in doubt."""
        now = timezone.now()
        if not self._still_mine().update(calling_since=now):
            raise ClaimLost(self)
        self.calling_since = now

    def _release(self, status, *, error="", **values) -> bool:
        return bool(self._still_mine().update(status=status, last_error=str(error)[:500], **values))

    def retry_later(self, error, *, at) -> bool:
        """Chorus Pro never took it: back in the queue, and its invoice may be taken back again."""
        with transaction.atomic():
            if not self._release(self.Status.QUEUED, error=error, due_at=at, calling_since=None):
                return False
            self._waits()
        return True

    def block(self, error) -> bool:
        """Our account or rights: nothing left, no invoice is at fault; resumes by itself once mended."""
        return self._release(self.Status.BLOCKED, error=error, calling_since=None)

    def hold(self, error) -> bool:
        """A person must look."""
        under_way = Submission.objects.filter(
            pk=self.pk, status__in=[self.Status.SENDING, self.Status.IN_DOUBT], attempt=self.attempt
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
        first = Submission.objects.filter(pk=self.pk).exclude(status=self.Status.DEPOSITED)
        kept = first.update(
            status=self.Status.DEPOSITED, cpp_id=cpp_id, answer=answer, deposited_at=timezone.now(), last_error=""
        )
        self.refresh_from_db()
        return bool(kept)

    # --- After an expired lease, a doubt or a blockage ---

    def requeue(self, *, source, at, error="") -> bool:
        """Back in the queue from `source`, its invoice approved again; attempts after the first look before sending."""
        with transaction.atomic():
            won = Submission.objects.filter(pk=self.pk, status=source, attempt=self.attempt).update(
                status=self.Status.QUEUED, due_at=at, calling_since=None, last_error=str(error)[:500]
            )
            if won and self.invoice.status == InvoiceStatus.SENDING:
                self.invoice.mark_waiting()
        return bool(won)

    def settle_as_refused(self, *, reason: str) -> bool:
        """The doubt is over: Chorus Pro has another invoice under this number."""
        in_doubt = Submission.objects.filter(pk=self.pk, status=self.Status.IN_DOUBT, attempt=self.attempt)
        with transaction.atomic():
            won = in_doubt.update(status=self.Status.REFUSED)
            if won:
                self._is_refused(reason)
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


class Return(Submission):
    """Every kind but the deposit: carries a reply, and moves nothing but that reply. Statuses are read back as news."""

    class Meta:
        proxy = True
        verbose_name = "retour"

    def _leaves(self) -> None:
        """The reply was kept when it was written; the invoice stays where Chorus Pro put it."""

    def _waits(self) -> None:
        """As `_leaves`."""

    def _is_refused(self, reason: str) -> None:
        self.reply.mark_refused(reason)

    def remember(self, **values) -> None:
        """Commit, before anything leaves, what a later look compares with."""
        payload = {**self.payload, **values}
        if not self._still_mine().update(payload=payload):
            raise ClaimLost(self)
        self.payload = payload

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
