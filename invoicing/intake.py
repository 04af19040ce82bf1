"""A dropped PDF becomes a draft, or a French sentence that says why not and what to do.

Everything slow happens before the one short transaction: the file is read in its own process, its bytes and pictures
are written under names without meaning. Two clicks at once meet at the constraint on (supplier, SHA-256).
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from invoicing import billing, proposals
from invoicing.checks import number_key
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import Invoice, InvoiceEvent, InvoicePage
from invoicing.reading import Busy, Limits, Reading, read_invoice
from invoicing.reading.refusals import REFUSALS
from invoicing.typography import french
from invoicing.verdict import judge_and_keep
from orders.models import Buyer, Order, Recipient
from suppliers.models import Supplier

logger = logging.getLogger(__name__)

BUSY = french("Beaucoup de factures arrivent en ce moment. Réessayez dans un instant : rien n'a été enregistré.")
STILL_REJECTED = french(
    "Ce PDF porte encore le numéro rejeté. Refaites la facture dans votre logiciel avec un nouveau numéro et une "
    "nouvelle date, puis choisissez le nouveau PDF."
)
NAME_LENGTH = 120


class NotTaken(Exception):
    """The file was not taken and nothing was stored. The message is what the supplier reads."""


class AlreadyReceived(Exception):
    """The same bytes came before: `invoice` is what they became."""

    def __init__(self, invoice: Invoice):
        super().__init__(invoice)
        self.invoice = invoice


@dataclass(frozen=True)
class Document:
    """An accepted PDF: its bytes, their SHA-256, a name that can be shown, and what was read in it."""

    content: bytes
    sha256: str
    name: str
    reading: Reading


@dataclass(frozen=True)
class Claim:
    """What the supplier said when he dropped the file; anything may be missing."""

    supplier: Supplier
    order: Order | None = None
    buyer_siret: str = ""
    engagement_number: str = ""
    acted_as: str = ""
    # The rejected invoice this one is made in place of: its number is used up.
    instead_of: Invoice | None = None


def take_in(upload: UploadedFile, claim: Claim, *, by) -> Invoice:
    """Make a draft of an uploaded PDF. Raises NotTaken or AlreadyReceived, and then nothing was stored."""
    document = open_upload(upload, claim.supplier)
    values, amounts = _propose(document.reading, claim)
    if claim.instead_of and values.get("number_key") == claim.instead_of.number_key:
        raise NotTaken(STILL_REJECTED)
    stored = _store_files(document)
    try:
        with transaction.atomic():
            invoice = _insert(document, claim, stored, values, amounts, by)
    except IntegrityError:
        # The other of two simultaneous posts was faster.
        _remove_files(stored)
        _refuse_known(claim.supplier, document.sha256)
        raise
    judge_and_keep(invoice)
    return invoice


def replace_document(invoice: Invoice, upload: UploadedFile, *, by, seen_revision: int) -> None:
    """Put another PDF in the place of a draft's or a returned invoice's. The number stays; what is read is proposed.

    Raises NotTaken, AlreadyReceived, or TransitionError when somebody changed the invoice since `seen_revision`.
    """
    document = open_upload(upload, invoice.supplier)
    stored = _store_files(document)
    former = invoice.document_name
    values = proposals.columns(proposals.read_values(document.reading))
    for kept in ("number", "kind", "engagement_number", "service_code", "contract_number"):
        values.pop(kept, None)
    try:
        with transaction.atomic():
            invoice.edit(by=by, seen_revision=seen_revision, **_file_columns(document, stored), **_dated(values))
            invoice.pages.all().delete()
            _insert_pages(invoice, stored)
            _tell(invoice, "PDF remplacé", by=by, reason=french(f"« {former} » → « {document.name} »"))
    except (IntegrityError, TransitionError):
        _remove_files(stored)
        _refuse_known(invoice.supplier, document.sha256)
        raise
    judge_and_keep(invoice)


def open_upload(upload: UploadedFile, supplier: Supplier) -> Document:
    """Look at the size, then at the bytes, then read them in a process with limits."""
    if not upload.size:
        raise _refused("empty")
    if upload.size > settings.INVOICE_MAX_BYTES:
        raise _refused("too-large")
    content = upload.read()
    sha256 = hashlib.sha256(content).hexdigest()
    _refuse_known(supplier, sha256)
    try:
        own_sirets = set(supplier.establishments.values_list("siret", flat=True))
        reading = read_invoice(content, own_sirets=own_sirets, limits=_limits())
    except Busy:
        raise NotTaken(BUSY) from None
    if reading.refusal:
        logger.info("A PDF of %s bytes was refused: %s", len(content), reading.refusal.code)
        raise _refused(reading.refusal.code)
    return Document(content, sha256, showable_name(upload.name), reading)


def _limits() -> Limits:
    return Limits(readers=settings.READERS, file_size=settings.INVOICE_MAX_BYTES)


def showable_name(name: str | None) -> str:
    """The supplier's own name for his file, fit for a page and for a Content-Disposition header."""
    stem = PurePath((name or "").replace("\\", "/")).name.removesuffix(".pdf").removesuffix(".PDF")
    stem = "".join(sign for sign in stem if sign.isprintable() and sign not in '"<>|:*?/%;')
    return f"{stem.strip(' .')[:NAME_LENGTH] or 'facture'}.pdf"


def _refused(code: str) -> NotTaken:
    refusal = REFUSALS.get(code, REFUSALS["crashed"])
    return NotTaken(f"{refusal.message} {refusal.remedy}")


def _refuse_known(supplier: Supplier, sha256: str) -> None:
    known = Invoice.objects.filter(supplier=supplier, document_sha256=sha256).exclude(status=Status.WITHDRAWN).first()
    if known:
        raise AlreadyReceived(known)


# --- What the draft proposes: what was typed, then the order, then the PDF ---


def _propose(reading: Reading, claim: Claim) -> tuple[dict[str, Any], dict[Order, Any]]:
    """The columns of the draft, and how much it bills of which orders."""
    read = proposals.read_values(reading)
    amounts = _amounts(claim, read)
    ordered = billing.common_references(amounts)
    typed = {"engagement_number": claim.engagement_number, "buyer_siret": claim.buyer_siret}
    known = read | ordered | {name: value for name, value in typed.items() if value}
    recipient = find_recipient(known.get("buyer_siret", ""))
    values = {
        **_dated(proposals.columns(known)),
        "establishment": _establishment(claim.supplier, read.get("supplier_siret")),
        "recipient": recipient,
        "buyer": find_buyer(amounts, recipient),
    }
    return values, amounts


def _amounts(claim: Claim, read: dict[str, Any]) -> dict[Order, Any]:
    if claim.order:
        chosen = billing.recent(Order.objects.filter(pk=claim.order.pk))
    else:
        orders = claim.supplier.orders.all()
        if claim.buyer_siret:
            orders = orders.filter(buyer__recipient__siret=claim.buyer_siret)
        chosen = billing.matching(
            orders,
            reference=read.get("order_reference", ""),
            engagement_number=claim.engagement_number or read.get("engagement_number", ""),
            total_ht=read.get("total_ht"),
        )
    return billing.amounts_for(chosen, read.get("total_ht"))


def _dated(values: dict[str, Any]) -> dict[str, Any]:
    """With the columns that follow from the number and the date."""
    derived = {}
    if "number" in values:
        derived["number_key"] = number_key(values["number"])
    if "issue_date" in values:
        derived["issue_year"] = values["issue_date"].year if values["issue_date"] else None
    return values | derived


def find_recipient(siret: str) -> Recipient | None:
    """The recipient with this SIRET; a new one is looked up in Chorus Pro's directory later."""
    return Recipient.objects.get_or_create(siret=siret)[0] if siret else None


def find_buyer(billed: dict[Order, Any], recipient: Recipient | None) -> Buyer | None:
    """The canteen of the billed orders; without an order, the only one this recipient receives for."""
    if billed:
        return next(iter(billed)).buyer
    buyers = list(recipient.buyers.all()[:2]) if recipient else []
    return buyers[0] if len(buyers) == 1 else None


def _establishment(supplier: Supplier, siret: str | None):
    own = {establishment.siret: establishment for establishment in supplier.establishments.all()}
    return own.get(siret or "") or (next(iter(own.values())) if len(own) == 1 else None)


# --- Files and rows ---


def _store_files(document: Document) -> dict[str, Any]:
    """Write the PDF and its page pictures where no URL reaches them; gives their names."""
    pdf, picture = Invoice._meta.get_field("document"), InvoicePage._meta.get_field("picture")
    return {
        "document": _save(pdf, document.content),
        "pages": [_save(picture, content) for content in document.reading.pictures],
    }


def _save(field, content: bytes) -> str:
    return field.storage.save(field.generate_filename(None, field.name), ContentFile(content))


def _remove_files(stored: dict[str, Any]) -> None:
    Invoice._meta.get_field("document").storage.delete(stored["document"])
    for name in stored["pages"]:
        InvoicePage._meta.get_field("picture").storage.delete(name)


def _file_columns(document: Document, stored: dict[str, Any]) -> dict[str, Any]:
    return {
        "document": stored["document"],
        "document_name": document.name,
        "document_sha256": document.sha256,
        "document_size": len(document.content),
        "reading": proposals.to_json(document.reading),
    }


def _insert(document, claim, stored, values, amounts, by) -> Invoice:
    invoice = Invoice.objects.create(
        supplier=claim.supplier, created_by=by, **_file_columns(document, stored), **values
    )
    _insert_pages(invoice, stored)
    billing.bill(invoice, amounts)
    _tell(invoice, "PDF déposé sur le portail", by=by, acted_as=claim.acted_as, to_status=Status.DRAFT)
    return invoice


def _insert_pages(invoice: Invoice, stored: dict[str, Any]) -> None:
    InvoicePage.objects.bulk_create(
        InvoicePage(invoice=invoice, number=number, picture=name) for number, name in enumerate(stored["pages"], 1)
    )


def _tell(invoice: Invoice, label: str, *, by, **values) -> None:
    kind = InvoiceEvent.Kind.STATUS if "to_status" in values else InvoiceEvent.Kind.EDIT
    invoice.events.create(kind=kind, label=label, by=by, occurred_at=timezone.now(), **values)
