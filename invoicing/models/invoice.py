"""The invoice as a whole: what was read and confirmed of it, and what people see."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from invoicing.deposits import Answer, Original, Upload
from invoicing.lifecycle import (
    AVOIR_LABELS,
    BALL,
    EDITABLE,
    FREE_NUMBER,
    OFFICIAL_LABELS,
    ON_CHORUS,
    Ball,
    Status,
    TransitionError,
    buyer_label,
)
from invoicing.models.declarations import Declarations
from invoicing.models.life import MOVED_MEANWHILE, Life
from invoicing.models.news import News
from invoicing.models.off_order import NoOrder, OffOrder
from invoicing.models.payment import Payment
from invoicing.models.querysets import InvoiceQuerySet
from invoicing.models.timeline import Timeline
from invoicing.replies import AskedFor
from invoicing.typography import french
from orders.models import CONTRACT_MAX, ENGAGEMENT_MAX, SERVICE_MAX, Buyer, Order, Recipient
from suppliers.encryption import EncryptedTextField
from suppliers.models import Establishment, IbanCall, Supplier

# Chorus Pro takes 20 characters. A draft keeps the number as printed, however long: the verdict says what is wrong.
NUMBER_MAX = 60


class Kind(models.TextChoices):
    INVOICE = "FACTURE", "facture"
    CREDIT_NOTE = "AVOIR", "avoir"


# What a sentence written for both says of each.
WORDS = {
    Kind.INVOICE: {"la_facture": "la facture", "cette_facture": "cette facture", "elle": "elle", "la": "la", "e": "e"},
    Kind.CREDIT_NOTE: {"la_facture": "l'avoir", "cette_facture": "cet avoir", "elle": "il", "la": "le", "e": ""},
}


def document_path(invoice, filename):
    """A name without meaning: what the supplier called his file is kept in `document_name`."""
    return f"invoices/{timezone.now():%Y/%m}/{uuid.uuid4().hex}.pdf"


class Sendable(NamedTuple):
    """A stored PDF that may leave, the SHA-256 its bytes must have, and their number."""

    file: FieldFile
    sha256: str
    size: int


# What lists add up: indexes hold it, and by whom they narrow, so that the long history of a house is not read for that.
SUMMED = ["kind", "status", "total_ht", "total_ttc"]


class Invoice(Life, Declarations, News, OffOrder, Payment, Timeline):
    """One invoice or credit note: what it says, amounts in euros. Its bases, one subject each, hold what moves it."""

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
    origin_date = models.DateField("date de la facture d'origine", null=True, blank=True)
    # The invoice of this number, where the portal holds it.
    origin = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="credit_notes", editable=False
    )
    issue_date = models.DateField("date de la facture", null=True, blank=True)
    issue_year = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    delivery_dates = models.JSONField("dates de livraison", default=list, blank=True)
    delivery_notes = models.JSONField("bons de livraison", default=list, blank=True)
    due_date = models.DateField("échéance", null=True, blank=True)
    total_ht = models.DecimalField("total HT", max_digits=14, decimal_places=2, null=True, blank=True)
    total_tva = models.DecimalField("total TVA", max_digits=14, decimal_places=2, null=True, blank=True)
    total_ttc = models.DecimalField("total TTC", max_digits=14, decimal_places=2, null=True, blank=True)
    net_to_pay = models.DecimalField("net à payer", max_digits=14, decimal_places=2, null=True, blank=True)
    vat_lines = models.JSONField("TVA par taux", default=list, blank=True)
    engagement_number = models.CharField("numéro d'engagement", max_length=ENGAGEMENT_MAX, blank=True)
    service_code = models.CharField("code service", max_length=SERVICE_MAX, blank=True)
    contract_number = models.CharField("numéro de marché", max_length=CONTRACT_MAX, blank=True)
    # The account printed on the PDF, or as its supplier corrected it: never in `reading`, which is plain text.
    iban = EncryptedTextField("IBAN de la facture", blank=True, editable=False)
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
    # Written with the verdict: something stops it that is not the engagement number the buyer has still to give.
    has_own_stop = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField("reçue le", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = InvoiceQuerySet.as_manager()
    # Filled by `InvoiceQuerySet.with_asked_for`.
    asked_for = ""

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
            models.CheckConstraint(condition=Q(no_order__in=["", *NoOrder.values]), name="invoice_no_order_is_known"),
            models.CheckConstraint(
                condition=Q(disowned_at__isnull=True) | ~Q(no_order=""), name="invoice_disowned_is_off_order"
            ),
            models.CheckConstraint(
                condition=Q(received_on__isnull=True) | Q(unpaid_on__isnull=True), name="invoice_paid_or_unpaid"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "status_at"]),
            models.Index(fields=["supplier", "status"]),
            models.Index(fields=["buyer", "status"]),
            models.Index(fields=["supplier", "-id"], include=[*SUMMED, "buyer"], name="invoice_of_supplier"),
            models.Index(fields=["buyer", "-id"], include=[*SUMMED, "supplier"], name="invoice_of_buyer"),
            models.Index(fields=["-id"], condition=~Q(no_order=""), name="invoice_off_order"),
            # Whether and how it counts for the orders it bills.
            models.Index(fields=["id"], include=["kind", "status"], name="invoice_counts"),
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
    def official_label(self) -> str:
        """Chorus Pro's own word, in small beside ours; « déclaré » when it comes from a person."""
        return "déclaré" if self.is_declared else OFFICIAL_LABELS.get(Status(self.status), "")

    @property
    def asked_for_label(self) -> str:
        return AskedFor(self.asked_for).label if self.asked_for else ""

    @property
    def awaits_iban_call(self) -> bool:
        """Whether an account is printed that nobody confirmed by telephone: nothing is let go before somebody did.

        A credit note is deducted, not paid: its bank details play no part.
        """
        if not self.iban or self.kind == Kind.CREDIT_NOTE:
            return False
        return self.supplier.what_was_said_of(self.iban) != IbanCall.Outcome.CONFIRMED

    @property
    def has_stop(self) -> bool:
        return any(problem.get("level") == "stop" for problem in self.verdict)

    @property
    def to_send(self) -> Sendable:
        """What is deposited: the original, or its copy where there is one."""
        if self.plain_document:
            return Sendable(self.plain_document, self.plain_sha256, self.plain_size)
        return Sendable(self.document, self.document_sha256, self.document_size)

    def get_status_display(self) -> str:
        return self.avoir_label(self.status) or Status(self.status).label

    @property
    def buyer_label(self) -> str:
        """Its status to its buyer, where « vous » is not the producer."""
        return self.avoir_label(self.status) or buyer_label(self.status)

    def avoir_label(self, status: str) -> str:
        """What such a status means for an avoir; empty where it means the same as for an invoice."""
        return AVOIR_LABELS.get(Status(status), "") if self.is_avoir else ""

    @property
    def is_avoir(self) -> bool:
        return self.kind == Kind.CREDIT_NOTE

    def tell(self, sentence: str, **values: object) -> str:
        """« {La_facture} est retiré{e} », of an invoice or of an avoir."""
        words = WORDS[Kind(self.kind)]
        at_start = {name.capitalize(): said.capitalize() for name, said in words.items()}
        return french(sentence.format(**words, **at_start, **values))

    @property
    def with_article(self) -> str:
        """As in the middle of a sentence: « la facture F2026-0147 », « l'avoir AV-12 »."""
        return f"l'{self}" if self.is_avoir else f"la {self}"

    @property
    def deliveries(self) -> list[date]:
        return [date.fromisoformat(day) for day in self.delivery_dates]

    @property
    def is_invoice(self) -> bool:
        return self.kind == Kind.INVOICE

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

    @property
    def is_photograph(self) -> bool:
        """Whether its document was made of photographs."""
        return bool(self.kept_originals) and self.upload.answer != Answer.CUT

    @property
    def joined(self) -> models.QuerySet:
        """The documents that leave with it; those of later answers aside."""
        return self.attachments.filter(reply=None)

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
