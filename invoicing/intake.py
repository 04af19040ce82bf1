"""A file that was read becomes a draft, or a French sentence that says why not and what to do.

Everything slow happens before the one short transaction: files are read in their own process (waiting.py), bytes and
pictures are written under names without meaning. Two posts at once meet at the constraint on (supplier, SHA-256).
"""

import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from invoicing import billing, draft_values, proposals, replies
from invoicing.deposits import Deposit, Original, State, Upload
from invoicing.lifecycle import Status, TransitionError
from invoicing.matching import is_slip
from invoicing.models import Invoice, InvoiceEvent, InvoicePage, Reply
from invoicing.opening import Document, NotTaken
from invoicing.story import return_reason
from invoicing.typography import french
from invoicing.verdict import judge_and_keep
from orders.models import Order
from suppliers.models import Supplier

STILL_REJECTED = french(
    "Ce PDF porte encore le numéro rejeté. Refaites-le dans votre logiciel avec un nouveau numéro et une nouvelle "
    "date, puis choisissez le nouveau PDF."
)
SAME_FILE = french("C'est le fichier que cette facture a déjà : choisissez le nouveau PDF.")
CORRECTED = "Numéro d'engagement corrigé d'après la commande"


class AlreadyReceived(Exception):
    """The same bytes came before: `invoice` is what they became."""

    def __init__(self, invoice: Invoice):
        super().__init__(invoice)
        self.invoice = invoice


class TakenOver(Exception):
    """The reading lasted so long that somebody else began it anew: this one leaves no trace."""


def make_drafts(upload: Upload, documents: Sequence[Document]) -> list[Invoice]:
    """A draft of each document, all or none. Raises NotTaken, AlreadyReceived or TakenOver, and then none was made."""
    deposit = upload.deposit
    drafts = [(document, *draft_values.propose(document.reading, deposit)) for document in documents]
    rejected = deposit.instead_of
    if rejected and any(values.get("number_key") == rejected.number_key for _, values, _ in drafts):
        raise NotTaken(STILL_REJECTED)
    with _stored(upload, documents) as files, transaction.atomic():
        invoices = [_insert(upload, *draft, stored) for draft, stored in zip(drafts, files, strict=True)]
        if not upload.finish(State.TAKEN):
            raise TakenOver
    for invoice in invoices:
        judge_and_keep(invoice)
    return invoices


def replace_document(upload: Upload, document: Document) -> None:
    """Put it in the place of a draft's or a returned invoice's PDF. The number stays; what is read is proposed.

    Raises NotTaken when somebody changed the invoice since it was seen, AlreadyReceived, or TakenOver.
    """
    deposit = upload.deposit
    invoice, by = deposit.replaces, deposit.by
    former, made = invoice.document_name, made_files(invoice)
    values = proposals.columns(proposals.read_values(document.reading))
    for kept in ("number", "kind", "engagement_number", "service_code", "contract_number"):
        values.pop(kept, None)
    with _stored(upload, [document]) as [stored], transaction.atomic():
        columns = _file_columns(upload, document, stored) | draft_values.dated(values)
        try:
            invoice.edit(by=by, seen_revision=deposit.seen_revision, **columns)
        except TransitionError as moved:
            raise NotTaken(str(moved)) from moved
        invoice.pages.all().delete()
        _insert_pages(invoice, stored)
        _tell(invoice, "PDF remplacé", by=by, reason=french(f"« {former} » → « {document.name} »"))
        if not upload.finish(State.TAKEN):
            raise TakenOver
    delete_files(made)
    judge_and_keep(invoice)


def refuse_known(upload: Upload) -> None:
    """Raise AlreadyReceived when these very files have become an invoice that still stands."""
    _refuse_known(upload.deposit.supplier, upload.fingerprint)


def _refuse_known(supplier: Supplier, fingerprint: str) -> None:
    same = Q(document_sha256=fingerprint) | Q(upload__fingerprint=fingerprint)
    known = Invoice.objects.filter(same, supplier=supplier).exclude(status=Status.WITHDRAWN).first()
    if known:
        raise AlreadyReceived(known)


# --- Files and rows ---


@contextlib.contextmanager
def _stored(upload: Upload, documents: Sequence[Document]):
    """Write PDFs and page pictures where no URL reaches them; gives their names, and removes them if it comes to
    nothing."""
    files = [_store_files(document) for document in documents]
    try:
        yield files
    except Exception as failure:
        for document, stored in zip(documents, files, strict=True):
            _remove_files(document, stored)
        if isinstance(failure, IntegrityError):
            # The other of two simultaneous posts was faster.
            for document in documents:
                _refuse_known(upload.deposit.supplier, document.sha256)
        raise


def _store_files(document: Document) -> dict[str, Any]:
    pdf, picture = Invoice._meta.get_field("document"), InvoicePage._meta.get_field("picture")
    return {
        "document": document.stored or save_file(pdf, document.content),
        "plain_document": save_file(pdf, document.reading.plain) if document.reading.plain else "",
        "pages": [save_file(picture, content) for content in document.reading.pictures],
    }


def save_file(field, content: bytes) -> str:
    return field.storage.save(field.generate_filename(None, field.name), ContentFile(content))


def _remove_files(document: Document, stored: dict[str, Any]) -> None:
    for name in filter(None, ("" if document.stored else stored["document"], stored["plain_document"])):
        Invoice._meta.get_field("document").storage.delete(name)
    for name in stored["pages"]:
        InvoicePage._meta.get_field("picture").storage.delete(name)


def made_files(invoice: Invoice) -> list[tuple[Storage, str]]:
    """What we made for it, and that can be made again; a file as it came is an Original's."""
    made = [invoice.plain_document, *(page.picture for page in invoice.pages.all())]
    if not Original.objects.filter(file=invoice.document.name).exists():
        made.append(invoice.document)
    return [(file.storage, file.name) for file in made if file]


def delete_files(files: Iterable[tuple[Storage, str]]) -> None:
    for storage, name in files:
        storage.delete(name)


def _file_columns(upload: Upload, document: Document, stored: dict[str, Any]) -> dict[str, Any]:
    plain = document.reading.plain
    return {
        "upload": upload,
        "document": stored["document"],
        "plain_document": stored["plain_document"],
        "plain_sha256": hashlib.sha256(plain).hexdigest() if plain else "",
        "plain_size": len(plain),
        "document_name": document.name,
        "document_sha256": document.sha256,
        "document_size": len(document.content),
        "reading": proposals.to_json(document.reading),
    }


def _insert(upload: Upload, document: Document, values, amounts, stored) -> Invoice:
    deposit = upload.deposit
    columns = _file_columns(upload, document, stored)
    amounts = billing.held(amounts, deposit.supplier)
    invoice = Invoice.objects.create(supplier=deposit.supplier, created_by=deposit.by, **columns, **values)
    _insert_pages(invoice, stored)
    billing.bill(invoice, amounts)
    who = {"by": deposit.by, "acted_as": deposit.acted_as}
    _tell(invoice, "PDF déposé sur le portail", reason=document.told, to_status=Status.DRAFT, **who)
    _tell_correction(invoice, amounts)
    if deposit.instead_of:
        _acknowledge(deposit.instead_of, invoice, deposit)
    return invoice


def _tell_correction(invoice: Invoice, amounts: dict[Order, Any]) -> None:
    read, kept = proposals.found_in(invoice.reading).get("engagement_number"), invoice.engagement_number
    order = next((order for order in amounts if order.engagement_number == kept), None)
    if read and order and is_slip(read.value, kept):
        _tell(
            invoice, CORRECTED, by=None, reason=french(f"Le PDF dit « {read.value} », la commande {order} « {kept} »")
        )


def _acknowledge(rejected: Invoice, new: Invoice, deposit: Deposit) -> None:
    """The rejection is treated: a new invoice was made in its place."""
    told = french(f"Refait {rejected.with_article}, d'après le motif de l'acheteur : « {return_reason(rejected)} »")
    new.note(told, by=deposit.by, acted_as=deposit.acted_as)
    # Somebody treated the rejection in the same instant: the new draft stands on its own.
    with contextlib.suppress(TransitionError):
        replies.write(
            rejected,
            kind=Reply.Kind.ACKNOWLEDGE,
            by=deposit.by,
            seen_revision=deposit.seen_revision,
            acted_as=deposit.acted_as,
            redone_as=new,
        )


def _insert_pages(invoice: Invoice, stored: dict[str, Any]) -> None:
    InvoicePage.objects.bulk_create(
        InvoicePage(invoice=invoice, number=number, picture=name) for number, name in enumerate(stored["pages"], 1)
    )


def _tell(invoice: Invoice, label: str, *, by, **values) -> None:
    kind = InvoiceEvent.Kind.STATUS if "to_status" in values else InvoiceEvent.Kind.EDIT
    invoice.events.create(kind=kind, label=label, by=by, occurred_at=timezone.now(), **values)
