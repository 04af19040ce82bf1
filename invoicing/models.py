"""The invoice, the orders it bills, and everything that ever happened to it."""

import uuid
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from invoicing.deposits import Deposit, Original, Upload, UploadPage
from invoicing.events import InvoiceEvent
from invoicing.lifecycle import (
    BALL,
    EDITABLE,
    FREE_NUMBER,
    LET_GO,
    OFFICIAL_LABELS,
    ON_CHORUS,
    SETTLED,
    UNSENT,
    Ball,
    Status,
    TransitionError,
    may_move,
)
from invoicing.querysets import InvoiceQuerySet
from invoicing.replies import Attachment, Reply
from invoicing.typography import french
from orders.models import CONTRACT_MAX, ENGAGEMENT_MAX, SERVICE_MAX, Buyer, Order, Recipient
from suppliers.encryption import EncryptedTextField
from suppliers.models import Establishment, IbanCall, Supplier

__all__ = [
    "Attachment",
    "BilledOrder",
    "Deposit",
    "Invoice",
    "InvoiceEvent",
    "InvoicePage",
    "Kind",
    "Original",
    "Reply",
    "Upload",
    "UploadPage",
]

SENDING_STOPPED_LABEL = "Envoi arrêté par le fournisseur"
TAKEN_BACK_LABEL = "Déclaration retirée\u00a0: la facture n'est pas déposée"
SENT_OUTSIDE_LABEL = "Envoyée à l'acheteur par le fournisseur"
FOLLOW_STOPPED, FOLLOW_RESUMED = "Suivi arrêté", "Suivi repris"
AWAITS_CALL = "L'IBAN imprimé attend d'être confirmé par téléphone : enregistrez d'abord le contre-appel."
MOVED_MEANWHILE = "Cette facture a changé entre-temps. Relisez-la avant de décider."
# Chorus Pro takes 20 characters. A draft keeps the number as printed, however long: the verdict says what is wrong.
NUMBER_MAX = 60


class Kind(models.TextChoices):
    INVOICE = "FACTURE", "facture"
    CREDIT_NOTE = "AVOIR", "avoir"


def document_path(invoice, filename):
    """A name without meaning: what the supplier called his file is kept in `document_name`."""
    return f"invoices/{timezone.now():%Y/%m}/{uuid.uuid4().hex}.pdf"


def picture_path(page, filename):
    return f"pages/{timezone.now():%Y/%m}/{uuid.uuid4().hex}.jpg"


def moment_of(day: date) -> datetime:
    """The moment that stands for a declared day: now for today, else its end. What was done that day came before."""
    if day >= timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


class Sendable(NamedTuple):
    """A stored PDF that may leave, the SHA-256 its bytes must have, and their number."""

    file: FieldFile
    sha256: str
    size: int


class Invoice(models.Model):
    """One invoice or credit note. Amounts in euros; `status` has one writer: `move_to` and the verbs around it."""

    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="invoices", verbose_name="fournisseur")
    establishment = models.ForeignKey(
        Establishment, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name="établissement"
    )
    buyer = models.ForeignKey(
        Buyer, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name="acheteur"
    )
    recipient = models.ForeignKey(
        Recipient, models.PROTECT, null=True, blank=True, related_name="invoices", verbose_name="destinataire"
    )
    orders = models.ManyToManyField(Order, through="BilledOrder", related_name="invoices", verbose_name="commandes")

    kind = models.CharField("type", max_length=10, choices=Kind, default=Kind.INVOICE)
    number = models.CharField("numéro", max_length=NUMBER_MAX, blank=True)
    number_key = models.CharField(max_length=NUMBER_MAX, blank=True, editable=False)
    origin_number = models.CharField("facture d'origine", max_length=NUMBER_MAX, blank=True)
    issue_date = models.DateField("date de la facture", null=True, blank=True)
    issue_year = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    delivery_dates = models.JSONField("dates de livraison", default=list, blank=True)
    due_date = models.DateField("échéance", null=True, blank=True)
    total_ht = models.DecimalField("total HT", max_digits=14, decimal_places=2, null=True, blank=True)
    total_tva = models.DecimalField("total TVA", max_digits=14, decimal_places=2, null=True, blank=True)
    total_ttc = models.DecimalField("total TTC", max_digits=14, decimal_places=2, null=True, blank=True)
    net_to_pay = models.DecimalField("net à payer", max_digits=14, decimal_places=2, null=True, blank=True)
    vat_lines = models.JSONField("TVA par taux", default=list, blank=True)
    engagement_number = models.CharField("numéro d'engagement", max_length=ENGAGEMENT_MAX, blank=True)
    service_code = models.CharField("code service", max_length=SERVICE_MAX, blank=True)
    contract_number = models.CharField("numéro de marché", max_length=CONTRACT_MAX, blank=True)
    # The account printed on the PDF: never in `reading`, which is stored as plain text.
    iban = EncryptedTextField("IBAN lu sur la facture", blank=True, editable=False)

    # The file or photographs it was made from; empty for what came before they were kept.
    upload = models.ForeignKey(Upload, models.PROTECT, null=True, blank=True, related_name="invoices", editable=False)
    document = models.FileField("PDF d'origine", upload_to=document_path, max_length=200)
    document_name = models.CharField("nom du fichier", max_length=200)
    document_sha256 = models.CharField("empreinte SHA-256", max_length=64, db_index=True)
    document_size = models.PositiveIntegerField("taille (octets)")
    # The same pages without what Chorus Pro would not take for a plain PDF; empty where none is needed.
    plain_document = models.FileField("copie à déposer", upload_to=document_path, max_length=200, blank=True)
    plain_sha256 = models.CharField("empreinte SHA-256 de la copie", max_length=64, blank=True)
    plain_size = models.PositiveIntegerField("taille de la copie (octets)", default=0)
    reading = models.JSONField("ce qui a été lu", default=dict, blank=True, encoder=DjangoJSONEncoder)
    verdict = models.JSONField("verdict", default=list, blank=True)
    verdict_at = models.DateTimeField("vérifiée le", null=True, blank=True)
    # Codes of the warnings its supplier passed over when he handed it over; who and when, the event tells.
    passed_over = models.JSONField(default=list, blank=True, editable=False)
    # Written with the verdict: something stops it that is not the engagement number the buyer has still to give.
    has_own_stop = models.BooleanField(default=False, editable=False)

    status = models.CharField("état", max_length=20, choices=Status, default=Status.DRAFT)
    status_at = models.DateTimeField("depuis le", default=timezone.now)
    # When an approved invoice may leave; until then the decision can be taken back.
    send_after = models.DateTimeField("part après le", null=True, blank=True, editable=False)
    # Chorus Pro's own clock for the status it gave last: the only one that news are compared with.
    chorus_status_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When a person last declared where it stands on Chorus Pro; empty when Chorus Pro itself tells.
    declared_at = models.DateTimeField("état déclaré le", null=True, blank=True, editable=False)
    # Since when no account of ours may read its state on Chorus Pro any more; what is shown is the last we knew.
    follow_stopped_at = models.DateTimeField("suivi arrêté le", null=True, blank=True, editable=False)
    # Once declared « à déposer par vos soins », the supplier may have sent it himself: look before sending.
    was_self_deposit = models.BooleanField(default=False, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField("reçue le", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = "facture"
        ordering = ["-pk"]
        permissions = [("review_invoice", "Peut laisser partir ou renvoyer une facture")]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "number_key", "issue_year"],
                condition=~Q(status__in=sorted(FREE_NUMBER)),
                name="invoice_number_once_a_year",
            ),
            # Two clicks, or two people at once, make one invoice.
            models.UniqueConstraint(
                fields=["supplier", "document_sha256"],
                condition=~Q(status=Status.WITHDRAWN),
                name="invoice_file_received_once",
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="invoice_status_is_known"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="invoice_kind_is_known"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(FREE_NUMBER))
                | Q(
                    ~Q(number_key=""),
                    issue_date__isnull=False,
                    issue_year__isnull=False,
                    total_ttc__isnull=False,
                    establishment__isnull=False,
                ),
                name="invoice_past_draft_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.APPROVED, Status.SENDING, *sorted(ON_CHORUS)])
                | Q(recipient__isnull=False),
                name="invoice_sent_has_recipient",
            ),
            models.CheckConstraint(
                condition=Q(declared_at__isnull=True) | Q(status__in=sorted(ON_CHORUS), chorus_status_at__isnull=True),
                name="invoice_declared_is_not_news",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "status_at"]),
            models.Index(fields=["supplier", "status"]),
            models.Index(fields=["buyer", "status"]),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.number or 'sans numéro'}"

    def save(self, *args, **kwargs):
        """An existing row names the fields it means to write, and never its status."""
        if not self._state.adding:
            fields = kwargs.get("update_fields")
            if fields is None or {"status", "status_at", "revision"} & set(fields):
                raise ValueError("save an existing invoice with update_fields, without its status")
        super().save(*args, **kwargs)

    # --- What people see ---

    @property
    def ball(self) -> Ball:
        return Ball.BUYER if self.waits_for_engagement else BALL[Status(self.status)]

    @property
    def waits_for_engagement(self) -> bool:
        """Whether the buyer's answer is all this draft waits for; the querysets say the same."""
        return bool(self.engagement_asked_at and not self.has_own_stop)

    @property
    def engagement_asked_at(self) -> datetime | None:
        """When the buyer was asked for the number this draft lacks; None when he was not, or gave it."""
        if self.status != Status.DRAFT or self.engagement_number:
            return None
        asked = [billed.order.engagement_asked_at for billed in self.billed_orders.all() if billed.awaits_engagement]
        return max(asked, default=None)

    @property
    def given_engagement(self) -> str:
        """The number the buyer gave because he was asked, not yet taken over by this draft; empty if there is none."""
        if self.status != Status.DRAFT or self.engagement_number:
            return ""
        orders = [billed.order for billed in self.billed_orders.all()]
        numbers = {order.engagement_number for order in orders}
        return numbers.pop() if len(numbers) == 1 and any(order.engagement_asked_at for order in orders) else ""

    @property
    def is_declared(self) -> bool:
        """Whether a person, not Chorus Pro, said where it stands."""
        return self.declared_at is not None

    @property
    def official_label(self) -> str:
        """Chorus Pro's own word, in small beside ours; « déclaré » when it comes from a person."""
        return "déclaré" if self.is_declared else OFFICIAL_LABELS.get(Status(self.status), "")

    @property
    def sent_outside_on(self) -> date | None:
        """The day its supplier says he sent it to a buyer who is not on Chorus Pro."""
        if self.status != Status.OUTSIDE:
            return None
        told = self.events.filter(kind=InvoiceEvent.Kind.DECLARED, recorded_at__gte=self.status_at).last()
        return timezone.localdate(told.occurred_at) if told else None

    @property
    def awaits_iban_call(self) -> bool:
        """Whether an account is printed that nobody confirmed by telephone: nothing is let go before somebody did.

        A credit note is deducted, not paid: its bank details play no part.
        """
        if not self.iban or self.kind == Kind.CREDIT_NOTE:
            return False
        return self.supplier.what_was_said_of(self.iban) != IbanCall.Outcome.CONFIRMED

    @property
    def to_send(self) -> Sendable:
        """What is deposited: the original, or its copy where there is one."""
        if self.plain_document:
            return Sendable(self.plain_document, self.plain_sha256, self.plain_size)
        return Sendable(self.document, self.document_sha256, self.document_size)

    @property
    def is_editable(self) -> bool:
        return self.status in EDITABLE

    @property
    def billed_ht(self) -> Decimal:
        return sum((billed.amount_ht for billed in self.billed_orders.all()), Decimal(0))

    @property
    def kept_originals(self) -> list[Original]:
        """What it was made from, where that is not its document itself: photographs, or a PDF that was cut."""
        originals = list(self.upload.originals.all()) if self.upload_id else []
        return [] if [one.sha256 for one in originals] == [self.document_sha256] else originals

    # --- Data, editable only in DRAFT and RETURNED ---

    def edit(self, *, by, seen_revision: int, **values) -> None:
        """Write data if nobody changed the invoice since `seen_revision`; raises TransitionError otherwise."""
        with transaction.atomic():
            won = Invoice.objects.filter(pk=self.pk, revision=seen_revision, status__in=EDITABLE).update(
                revision=F("revision") + 1, **values
            )
            if not won:
                raise TransitionError(MOVED_MEANWHILE)
            self.refresh_from_db()

    # --- Status: one writer ---

    def move_to(
        self, status, *, by=None, label="", reason="", acted_as="", seen_revision=None, only: Q | None = None, **values
    ) -> "InvoiceEvent":
        """Compare-and-set on the status (and on the revision a person saw), then the event, in one transaction.

        `label` says in the timeline what the status alone does not, `only` is a further condition on the row, `values`
        are further columns that change with the status. Raises TransitionError when the move is not in the table or
        when somebody else moved first.
        """
        source = Status(self.status)
        if not may_move(source, status):
            raise TransitionError(f"« {source.label} » ne peut pas devenir « {Status(status).label} ».")
        now = timezone.now()
        unchanged = Invoice.objects.filter(only or Q(), pk=self.pk, status=source)
        if seen_revision is not None:
            unchanged = unchanged.filter(revision=seen_revision)
        with transaction.atomic():
            if not unchanged.update(status=status, status_at=now, revision=F("revision") + 1, **values):
                raise TransitionError(MOVED_MEANWHILE)
            event = self.events.create(
                kind=InvoiceEvent.Kind.STATUS,
                from_status=source,
                to_status=status,
                by=by,
                acted_as=acted_as,
                label=label,
                reason=reason,
                occurred_at=now,
            )
        self._became(status=status, status_at=now, **values)
        self._count_revision(seen_revision)
        return event

    def _became(self, **values) -> None:
        """Say here what an update wrote, without reading the whole row again."""
        for name, value in values.items():
            setattr(self, name, value)

    def _count_revision(self, seen: int | None) -> None:
        if seen is None:
            self.refresh_from_db(fields=["revision"])
        else:
            self.revision = seen + 1

    def _decide(self, status, sources, **values) -> None:
        """A person's move. The table also allows what only Chorus Pro may do: SENDING may become RETURNED by a refusal,
        but nobody takes back what is leaving."""
        if self.status not in sources:
            raise TransitionError(MOVED_MEANWHILE)
        self.move_to(status, **values)

    def confirm(self, *, by, acted_as="", seen_revision, passed_over: list[str] | None = None) -> None:
        """The supplier stands by what was read, in spite of these warnings; the review begins."""
        self._decide(
            Status.TO_REVIEW, EDITABLE, by=by, acted_as=acted_as, seen_revision=seen_revision,
            passed_over=passed_over or [],
        )  # fmt: skip

    def approve(self, *, by, seen_revision=None) -> Status:
        """Let it go: to Chorus Pro if we may deposit it, else to whoever must. Returns where it went."""
        if self.awaits_iban_call:
            raise TransitionError(french(AWAITS_CALL))
        target = self.where_approval_leads()
        values = {
            Status.APPROVED: {"send_after": timezone.now() + timedelta(seconds=settings.SEND_DELAY)},
            Status.TO_SELF_DEPOSIT: {"was_self_deposit": True},
        }.get(target, {})
        self.move_to(target, by=by, seen_revision=seen_revision, **values)
        return target

    def where_approval_leads(self) -> Status:
        if self.recipient_id is None or self.recipient.is_known is False:
            return Status.OUTSIDE
        return Status.APPROVED if self.supplier.is_mandated else Status.TO_SELF_DEPOSIT

    def send_back(self, *, by, reason: str, seen_revision=None) -> None:
        self._decide(Status.RETURNED, UNSENT, by=by, reason=reason, seen_revision=seen_revision)

    def take_back(self, *, by, seen_revision=None) -> None:
        """An agent changes his mind before the claim: the invoice is under review again."""
        reason = "Décision reprise avant l'envoi"
        self._decide(Status.TO_REVIEW, LET_GO, by=by, reason=reason, seen_revision=seen_revision)

    def cancel_sending(self, *, by, seen_revision=None) -> None:
        """The supplier stops it before the claim, to correct it."""
        self._decide(
            Status.RETURNED, [Status.APPROVED], by=by, label=SENDING_STOPPED_LABEL, seen_revision=seen_revision
        )

    @property
    def was_stopped_by_supplier(self) -> bool:
        """Whether its supplier stopped the sending himself: nobody sent it back."""
        if self.status != Status.RETURNED:
            return False
        last = self.events.filter(to_status=Status.RETURNED).last()
        return bool(last and last.label == SENDING_STOPPED_LABEL)

    def withdraw(self, *, by, acted_as="", seen_revision=None) -> None:
        self.move_to(Status.WITHDRAWN, by=by, acted_as=acted_as, seen_revision=seen_revision)

    def hand_over(self, *, by, seen_revision) -> None:
        """Its supplier gave a mandate meanwhile and asks us to deposit it: the review begins anew."""
        if self.status != Status.TO_SELF_DEPOSIT or not self.supplier.is_mandated:
            raise TransitionError(MOVED_MEANWHILE)
        self.move_to(Status.TO_REVIEW, by=by, label="Dépôt confié au Département", seen_revision=seen_revision)

    def leave_to_supplier(self, *, by=None, reason="") -> None:
        """We may not deposit it (any more): the supplier does."""
        self.move_to(Status.TO_SELF_DEPOSIT, by=by, reason=reason, was_self_deposit=True)

    def mark_sending(self, *, seen_revision) -> None:
        """Claimed: nobody can take it back. The mandate may have ended since the approval, so it is looked at again."""
        self.move_to(Status.SENDING, seen_revision=seen_revision, only=Q(supplier__in=Supplier.objects.mandated()))

    def mark_waiting(self) -> None:
        """Chorus Pro never took it: it waits for the next attempt."""
        self.move_to(Status.APPROVED)

    def mark_waiting_if_sending(self) -> None:
        """As above, unless it went elsewhere meanwhile, whatever this copy says."""
        self.refresh_from_db(fields=["status", "revision"])
        if self.status == Status.SENDING:
            with suppress(TransitionError):
                self.mark_waiting()

    def mark_refused(self, reason: str, *, by=None) -> None:
        """Chorus Pro read it and said no, or an agent gave up sending it as it is: the supplier corrects it."""
        self.move_to(Status.RETURNED, reason=reason, by=by)

    def mark_deposited(self) -> None:
        """Chorus Pro has it. A fact: it is recorded whatever we believed, and staff are told when it does not fit."""
        try:
            if self.status in ON_CHORUS:
                raise TransitionError(MOVED_MEANWHILE)
            self.move_to(Status.DEPOSITED, seen_revision=self.revision)
        except TransitionError:
            self._be_deposited_whatever_we_believed()

    def _be_deposited_whatever_we_believed(self) -> None:
        """Compare-and-set on what was just read, read again until it holds: one move, one event."""
        self.refresh_from_db()
        while self.is_declared or self.status not in ON_CHORUS:
            with transaction.atomic():
                self._be_deposited_as_it_stands()
            self.refresh_from_db()

    def _be_deposited_as_it_stands(self) -> None:
        source, now = self.status, timezone.now()
        unmoved = Invoice.objects.filter(pk=self.pk, status=source, declared_at=self.declared_at)
        if not unmoved.update(status=Status.DEPOSITED, status_at=now, declared_at=None, revision=F("revision") + 1):
            return
        self.events.create(
            kind=InvoiceEvent.Kind.STATUS, from_status=source, to_status=Status.DEPOSITED, occurred_at=now
        )
        if self.is_declared and source in SETTLED:
            self.flag(f"« {self.get_status_display()} » était déclaré : Chorus Pro dit maintenant où elle en est.")
        elif not self.is_declared and not may_move(source, Status.DEPOSITED):
            self.flag(f"Déposée sur Chorus Pro alors qu'elle était « {self.get_status_display()} » sur le portail.")

    def declare(self, status, *, on: date, by, acted_as="", comment="", seen_revision) -> None:
        """A person says where it stands on Chorus Pro since the day `on`, first of all that it was deposited.

        The last declaration counts, so that one corrects the other, until Chorus Pro tells: its news replace them all.
        """
        first = self.status == Status.TO_SELF_DEPOSIT and status == Status.DEPOSITED
        if not (first or self.is_declared):
            raise TransitionError(MOVED_MEANWHILE)
        at = moment_of(on)
        with transaction.atomic():
            self._declared(seen_revision, status=status, status_at=at, declared_at=timezone.now())
            self._tell_declared(status, at, by=by, acted_as=acted_as, reason=comment)

    def take_declaration_back(self, *, by, acted_as="", seen_revision) -> None:
        """It was not deposited after all: its supplier's turn again, as long as only people said otherwise."""
        if not self.is_declared:
            raise TransitionError(MOVED_MEANWHILE)
        now, source = timezone.now(), self.status
        with transaction.atomic():
            self._declared(seen_revision, status=Status.TO_SELF_DEPOSIT, status_at=now, declared_at=None)
            self.events.create(
                kind=InvoiceEvent.Kind.STATUS, from_status=source, to_status=self.status, label=TAKEN_BACK_LABEL,
                by=by, acted_as=acted_as, occurred_at=now,
            )  # fmt: skip

    def _declared(self, seen_revision: int, **values) -> None:
        """Compare-and-set on what the person saw; Chorus Pro's news, which may come at once, win."""
        seen = Invoice.objects.filter(
            pk=self.pk, revision=seen_revision, status=self.status, declared_at=self.declared_at
        )
        if not seen.update(revision=F("revision") + 1, **values):
            raise TransitionError(MOVED_MEANWHILE)
        self.refresh_from_db()

    def declare_sent(self, *, on: date, by, acted_as="") -> None:
        """Sent to a buyer who is not on Chorus Pro. The status stays: nobody tells what follows."""
        self._tell_declared("", moment_of(on), by=by, acted_as=acted_as, label=SENT_OUTSIDE_LABEL)

    def _tell_declared(self, status, at: datetime, **values) -> None:
        self.events.create(kind=InvoiceEvent.Kind.DECLARED, to_status=status, occurred_at=at, **values)

    def apply_news(self, status: Status | None, at: datetime, *, word: str, comment="") -> bool:
        """Take over the status Chorus Pro gives, if newer than the one we have. Never fails for a reason of ours.

        `word` is Chorus Pro's own, `status` what it means, None for a word nobody knows: then our status stays and
        staff are told. Returns whether anything was applied. The history lines are kept by `add_history`.
        """
        source = Status(self.status)
        newer = Q(chorus_status_at__isnull=True) | Q(chorus_status_at__lt=at)
        if status:
            # Two changes within Chorus Pro's clock tick: what it says now is what counts.
            newer |= Q(chorus_status_at=at) & ~Q(status=status)
        values = {"status": status, "status_at": at} if status else {}
        with transaction.atomic():
            applied = Invoice.objects.filter(newer, pk=self.pk, status__in=ON_CHORUS).update(
                chorus_status_at=at, declared_at=None, revision=F("revision") + 1, **values
            )
            if applied and not status:
                self.flag(f"Chorus Pro annonce « {word} », un état que le portail ne connaît pas.", occurred_at=at)
            elif applied and source in SETTLED and status != source:
                self.flag(
                    f"« {source.label} » est devenu « {status.label} » : {comment or 'sans motif'}", occurred_at=at
                )
        if applied:
            self.refresh_from_db()
        return bool(applied)

    def add_history(self, external_id: str, status: Status | None, at: datetime, *, label: str, comment="") -> bool:
        """Keep one line of Chorus Pro's history, once whatever happens. Returns whether it was new."""
        _, created = InvoiceEvent.objects.get_or_create(
            external_id=external_id,
            defaults={
                "invoice": self,
                "kind": InvoiceEvent.Kind.NEWS,
                "to_status": status or "",
                "label": label,
                "reason": comment,
                "occurred_at": at,
            },
        )
        return created

    def stop_following(self, reason: str) -> bool:
        """Nobody of ours may read it on Chorus Pro any more. False when that was known."""
        return self._follow(stopped_before=False, at=timezone.now(), label=FOLLOW_STOPPED, reason=reason)

    def resume_following(self) -> bool:
        """It is read again, and what was missed has been caught up."""
        return self._follow(stopped_before=True, at=None, label=FOLLOW_RESUMED)

    def _follow(self, *, stopped_before: bool, at: datetime | None, label: str, reason="") -> bool:
        unchanged = Invoice.objects.filter(
            pk=self.pk, status__in=ON_CHORUS, follow_stopped_at__isnull=not stopped_before
        )
        with transaction.atomic():
            if not unchanged.update(follow_stopped_at=at):
                return False
            self.events.create(
                kind=InvoiceEvent.Kind.NOTE, label=label, reason=reason, occurred_at=at or timezone.now()
            )
        self.follow_stopped_at = at
        return True

    def note(self, text: str, *, by=None, acted_as="") -> "InvoiceEvent":
        """A remark everybody who sees the invoice can read."""
        return self.events.create(
            kind=InvoiceEvent.Kind.NOTE, reason=text, by=by, acted_as=acted_as, occurred_at=timezone.now()
        )

    def flag(self, text: str, *, occurred_at=None) -> "InvoiceEvent":
        """Something staff must know; they alone see it."""
        return self.events.create(kind=InvoiceEvent.Kind.FLAG, reason=text, occurred_at=occurred_at or timezone.now())

    def timeline(self) -> list["InvoiceEvent"]:
        """What everybody may read, oldest first: no flag for staff, and one line however often a thing was told.

        Chorus Pro tells the time of a status to the minute, so events of one minute stand in the order we learned them.
        """
        public = (
            self._still_believed()
            .exclude(kind=InvoiceEvent.Kind.FLAG)
            .exclude(from_status=Status.SENDING, to_status=Status.APPROVED)
            .select_related("by")
        )
        shown: list[InvoiceEvent] = []
        for event in sorted(public, key=lambda event: (event.occurred_at.replace(second=0, microsecond=0), event.pk)):
            repeated = shown and event.to_status and event.to_status == shown[-1].to_status and not event.reason
            if not repeated or event.kind == InvoiceEvent.Kind.DECLARED:
                shown.append(event)
        return shown

    def _still_believed(self):
        """Every event, without the declarations that Chorus Pro's own news replaced."""
        if self.status in ON_CHORUS and not self.is_declared:
            return self.events.exclude(kind=InvoiceEvent.Kind.DECLARED)
        return self.events.all()


class BilledOrder(models.Model):
    """How much of an order an invoice bills. What remains to bill is computed, never stored."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="billed_orders")
    order = models.ForeignKey(Order, models.PROTECT, related_name="billings", verbose_name="commande")
    amount_ht = models.DecimalField("montant HT facturé", max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = "commande facturée"
        verbose_name_plural = "commandes facturées"
        constraints = [models.UniqueConstraint(fields=["invoice", "order"], name="order_once_per_invoice")]

    def __str__(self):
        return f"{self.order} : {self.amount_ht} € HT"

    @property
    def is_draft(self) -> bool:
        return self.invoice.status == Status.DRAFT

    @property
    def counts(self) -> bool:
        """Whether it takes from what remains to bill: a withdrawn or rejected invoice bills nothing."""
        return self.invoice.status not in (Status.WITHDRAWN, Status.REJECTED)

    @property
    def counted_ht(self) -> Decimal:
        """What it takes from the order. Credit notes give back, whatever sign their software writes."""
        if not self.counts:
            return Decimal(0)
        return -abs(self.amount_ht) if self.invoice.kind == Kind.CREDIT_NOTE else self.amount_ht

    @property
    def awaits_engagement(self) -> bool:
        return bool(self.order.engagement_asked_at and not self.order.engagement_number)


class InvoicePage(models.Model):
    """The picture of one page, so that nobody has to open an untrusted PDF to read it."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField("page")
    picture = models.FileField(upload_to=picture_path, max_length=200)

    class Meta:
        verbose_name = "page"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["invoice", "number"], name="page_once_per_invoice")]

    def __str__(self):
        return f"page {self.number}"
