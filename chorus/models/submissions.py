"""Transport: one act of ours towards Chorus Pro, from the claim to its end."""

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from chorus.conf import configuration
from chorus.models.accounts import AttachedStructure, PisteApplication, TechnicalAccount
from chorus.models.flux import Flux, Transport
from invoicing.lifecycle import TransitionError
from invoicing.models import Invoice
from invoicing.replies import Reply


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
        working = AttachedStructure.objects.allowed(now).filter(account__in=TechnicalAccount.objects.sending(now))
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
    # Of the newest attempt that left: a claim is not yet a departure. Empty where Chorus Pro said it did not take it.
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
        indexes = [
            models.Index(fields=["status", "due_at"]),
            models.Index(fields=["environment", "deposited_at"]),
            models.Index(fields=["cpp_id"], name="submission_cpp_id"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} de {self.invoice}, {self.status_label}"

    @property
    def status_label(self) -> str:
        """Only an invoice is deposited; what is said of one is handed on."""
        is_said = self.status == self.Status.DEPOSITED and self.kind != self.Kind.DEPOSIT
        return "transmise" if is_said else self.get_status_display()

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

    def about_to_call(self, sha256: str = "") -> None:
        """Commit that the deposit, with the file of this fingerprint, may leave from now on.

        Killed later, the row is in doubt.
        """
        self.keep(calling_since=timezone.now(), sent_sha256=sha256)

    def _release(self, status, *, error="", **values) -> bool:
        return bool(self._still_mine().update(status=status, last_error=str(error)[:500], **values))

    def retry_later(self, error, *, at, strikes=0) -> bool:
        """Chorus Pro never took it: back in the queue, and its invoice may be taken back again."""
        with transaction.atomic():
            values = {"due_at": at, "calling_since": None, "sent_sha256": "", "strikes": strikes}
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
        return self._release(self.Status.BLOCKED, error=error, calling_since=None, sent_sha256="")

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
        # What was there already was not taken again, whosever it is.
        not_taken = {"sent_sha256": ""} if said_duplicate else {}
        values = {"doubt_since": now, "due_at": now, "absences": 0, "said_duplicate": said_duplicate, **not_taken}
        return self._release(self.Status.IN_DOUBT, error=error, **values)

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
