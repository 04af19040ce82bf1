"""A file that was read becomes a draft, or a French sentence that says why not and what to do.

Everything slow happens before the one short transaction: files are read in their own process (waiting.py), bytes and
pictures are written under names without meaning. Two posts at once meet at the constraint on (supplier, SHA-256).
"""

import contextlib
import hashlib
import math
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from invoicing import billing, proposals, replies
from invoicing.checks import number_key
from invoicing.credit_notes import find_origin, references_of
from invoicing.deposits import Deposit, Original, State, Upload
from invoicing.lifecycle import Status, TransitionError
from invoicing.matching import is_slip
from invoicing.models import Invoice, InvoiceEvent, InvoicePage, Kind, Reply
from invoicing.reading import Found, Limits, Reading, read_invoice
from invoicing.reading.refusals import REFUSALS
from invoicing.story import return_reason
from invoicing.typography import french
from invoicing.verdict import judge_and_keep
from orders.models import Buyer, Order, Recipient
from suppliers.models import Establishment, Supplier

STILL_REJECTED = french(
    "Ce PDF porte encore le numéro rejeté. Refaites-le dans votre logiciel avec un nouveau numéro et une nouvelle "
    "date, puis choisissez le nouveau PDF."
)
SAME_FILE = french("C'est le fichier que cette facture a déjà : choisissez le nouveau PDF.")
CORRECTED = "Numéro d'engagement corrigé d'après la commande"
NAME_LENGTH = 120


class NotTaken(Exception):
    """Nothing is made of the file. The message is what the supplier reads."""


class AlreadyReceived(Exception):
    """The same bytes came before: `invoice` is what they became."""

    def __init__(self, invoice: Invoice):
        super().__init__(invoice)
        self.invoice = invoice


class LeftToWorker(Exception):
    """It has pages without text: Tesseract reads them, and takes longer than a page can be waited for."""


class TakenOver(Exception):
    """The reading lasted so long that somebody else began it anew: this one leaves no trace."""


@dataclass(frozen=True)
class Document:
    """An accepted PDF: its bytes, their SHA-256, a name that can be shown, and what was read in it.

    `stored`: the name under which these bytes are kept already. `told`: what its history says of where it comes from.
    """

    content: bytes
    sha256: str
    name: str
    reading: Reading
    stored: str = ""
    told: str = ""


def read_document(content: bytes, supplier: Supplier, limits: Limits, *, by_worker: bool, **described) -> Document:
    """Read it in a process with limits. Raises NotTaken, Busy when every reader of this host is at work, and
    LeftToWorker, but to a worker."""
    own_sirets, program = set(supplier.establishments.values_list("siret", flat=True)), tesseract()
    reading = read_invoice(content, own_sirets=own_sirets, limits=limits, tesseract=program if by_worker else "")
    if reading.refusal:
        raise refused(reading.refusal.code)
    if reading.scans and program and not by_worker:
        raise LeftToWorker
    return Document(content, hashlib.sha256(content).hexdigest(), reading=reading, **described)


def make_drafts(upload: Upload, documents: Sequence[Document]) -> list[Invoice]:
    """A draft of each document, all or none. Raises NotTaken, AlreadyReceived or TakenOver, and then none was made."""
    deposit = upload.deposit
    drafts = [(document, *_propose(document.reading, deposit)) for document in documents]
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
        columns = _file_columns(upload, document, stored) | _dated(values)
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


def tesseract() -> str:
    """The program that reads pages without text; empty where there is none."""
    wanted = {"auto": "tesseract", "0": ""}.get(settings.OCR, settings.OCR)
    return (shutil.which(wanted) or "") if wanted else ""


def refuse_known(upload: Upload) -> None:
    """Raise AlreadyReceived when these very files have become an invoice that still stands."""
    _refuse_known(upload.deposit.supplier, upload.fingerprint)


def _refuse_known(supplier: Supplier, fingerprint: str) -> None:
    same = Q(document_sha256=fingerprint) | Q(upload__fingerprint=fingerprint)
    known = Invoice.objects.filter(same, supplier=supplier).exclude(status=Status.WITHDRAWN).first()
    if known:
        raise AlreadyReceived(known)


def reading_limits(patience: float, *, by_worker: bool, until: float = math.inf) -> Limits:
    """`patience`, `until`: as in Limits."""
    # Tesseract is at work for long: where there are several readers, one is always left to the pages.
    readers = max(settings.READERS - 1, 1) if by_worker else settings.READERS
    return Limits(
        readers=readers,
        file_size=settings.INVOICE_MAX_BYTES,
        patience=patience,
        until=until,
        workplace=str(settings.READERS_ROOT),
    )


def showable_name(name: str | None, ending: str = ".pdf") -> str:
    """The supplier's own name for his file, fit for a page and for a Content-Disposition header."""
    base = PurePath((name or "").replace("\\", "/")).name
    stem = base[: -len(ending)] if base.lower().endswith(ending) else base
    stem = "".join(sign for sign in stem if sign.isprintable() and sign not in '"<>|:*?/%;')
    return f"{stem.strip(' .')[:NAME_LENGTH] or 'facture'}{ending}"


def refused(code: str) -> NotTaken:
    refusal = REFUSALS.get(code, REFUSALS["crashed"])
    return NotTaken(f"{refusal.message} {refusal.remedy}")


# --- What the draft proposes: what was typed, then the order, then the PDF ---


def _propose(reading: Reading, claim: Deposit) -> tuple[dict[str, Any], dict[Order, Any]]:
    """The columns of the draft, and how much it bills of which orders."""
    read = proposals.read_values(reading)
    origin = _origin(claim.supplier, read)
    amounts = _amounts(claim, read) or _of_origin(origin, read)
    ordered = billing.common_references(amounts)
    typed = {"engagement_number": claim.engagement_number, "buyer_siret": claim.buyer_siret}
    known = references_of(origin) | read | ordered | {name: value for name, value in typed.items() if value}
    if known.get("engagement_number") in {order.reference for order in amounts}:
        del known["engagement_number"]  # Our own reference, printed where the buyer's number is expected.
    recipient = find_recipient(known.get("buyer_siret", ""))
    values = {
        **_dated(proposals.columns(known)),
        "establishment": _establishment(claim.supplier, reading.fields.get("supplier_siret")),
        "recipient": recipient,
        "buyer": find_buyer(amounts, recipient),
    }
    if values.get("kind") == Kind.CREDIT_NOTE:
        values["due_date"] = None
    return values, amounts


def _origin(supplier: Supplier, read: dict[str, Any]) -> Invoice | None:
    said = {name: read[name] for name in ("kind", "origin_number", "origin_date") if name in read}
    return find_origin(Invoice(supplier=supplier, **said))


def _of_origin(origin: Invoice | None, read: dict[str, Any]) -> dict[Order, Any]:
    """An avoir on the invoice of a single order gives back to that order."""
    orders = list(origin.orders.with_people()[:2]) if origin and "total_ht" in read else []
    return {orders[0]: read["total_ht"]} if len(orders) == 1 else {}


def _amounts(claim: Deposit, read: dict[str, Any]) -> dict[Order, Any]:
    orders = claim.supplier.orders.all()
    if claim.buyer_siret and not claim.order:
        orders = orders.filter(buyer__recipient__siret=claim.buyer_siret)
    typed = {"engagement_number": claim.engagement_number, "buyer_siret": claim.buyer_siret}
    printed = proposals.printed({**read, **{name: value for name, value in typed.items() if value}})
    return billing.proposed(orders, printed, read.get("kind", Kind.INVOICE), start=claim.order)


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


def _establishment(supplier: Supplier, printed: Found | None) -> Establishment | None:
    """The one whose SIRET is printed; the only one where nobody's is. Another's invoice is not taken as his own."""
    own = {establishment.siret: establishment for establishment in supplier.establishments.all()}
    if printed and (printed.sure or printed.value in own):
        return own.get(printed.value)
    return next(iter(own.values())) if len(own) == 1 else None


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
