"""Destroys what stands on a list, each thing in a transaction of its own: rows first, files after.

Killed at any moment, it is run again and goes on. A file whose row went and that nobody came to delete is nobody's, and
`check_files` names it.
"""

from collections.abc import Iterable
from datetime import date
from enum import Enum
from pathlib import Path

from django.core.files.storage import default_storage
from django.db.models import F, ProtectedError
from django.utils import timezone

from agrilocal18 import retention
from agrilocal18.retention import lists
from chorus.models import Submission
from invoicing import intake
from invoicing.deposits import Deposit, Upload
from invoicing.models import Attachment, Destruction, Invoice, Reply
from orders.models import Order
from suppliers.journals import erasing


class Outcome(Enum):
    GONE = "gone"
    # Something that stays, or that is next on the list, stands on it.
    HELD = "held"
    # What is there is no longer what the list says, or happened to it since.
    CHANGED = "changed"


def destroy(path: Path, destruction: Destruction, today: date) -> dict[Outcome, int]:
    """What became of the rows of the list. What others hold is tried again as long as something goes."""
    left, changed, gone = list(lists.read(path)), 0, 0
    while left:
        found = [(listed, _destroy(listed, destruction, today)) for listed in left]
        held = [listed for listed, outcome in found if outcome is Outcome.HELD]
        changed += sum(outcome is Outcome.CHANGED for _, outcome in found)
        went = sum(outcome is Outcome.GONE for _, outcome in found)
        gone, left = gone + went, held
        if not went:
            break
    if not left:
        Destruction.objects.filter(pk=destruction.pk, ended_at=None).update(ended_at=timezone.now())
    return {Outcome.GONE: gone, Outcome.HELD: len(left), Outcome.CHANGED: changed}


def _destroy(listed: lists.Listed, destruction: Destruction, today: date) -> Outcome:
    take = _take_invoice if listed.kind == lists.INVOICE else _take_order
    try:
        with erasing():
            files = take(listed, today)
            if files is None:
                return _why_not(listed)
            counted = "invoices" if listed.kind == lists.INVOICE else "orders"
            Destruction.objects.filter(pk=destruction.pk).update(**{counted: F(counted) + 1})
    except ProtectedError:
        return Outcome.HELD
    for name in files:
        default_storage.delete(name)
    return Outcome.GONE


def _why_not(listed: lists.Listed) -> Outcome:
    """It went when this list was run before; or it waits for its invoice, or changed."""
    model = Invoice if listed.kind == lists.INVOICE else Order
    if not model.objects.filter(pk=listed.pk).exists():
        return Outcome.GONE
    return Outcome.CHANGED


def _take_invoice(listed: lists.Listed, today: date) -> list[str] | None:
    """Its rows, and those that stand on it alone; the files that nobody names any more, or None."""
    due = retention.invoices(today).filter(pk=listed.pk, document_sha256=listed.sha256)
    invoice = Invoice.objects.select_for_update().filter(pk__in=due.values("pk")).first()
    if invoice is None:
        return None
    files = [name for _, name in intake.made_files(invoice)]
    attachments = Attachment.objects.filter(invoice=invoice)
    files += attachments.values_list("file", flat=True)
    Submission.objects.filter(invoice=invoice).delete()
    attachments.delete()
    Reply.objects.filter(invoice=invoice).delete()
    Deposit.objects.filter(replaces=invoice).update(replaces=None)
    Deposit.objects.filter(instead_of=invoice).update(instead_of=None)
    upload = invoice.upload
    invoice.delete()
    return [*files, *_take_upload(upload)]


def _take_upload(upload: Upload | None) -> Iterable[str]:
    """What it came from, once the last of its invoices went."""
    if upload is None or upload.invoices.exists():
        return []
    files = [*upload.originals.values_list("file", flat=True), *upload.pages.values_list("picture", flat=True)]
    deposit = upload.deposit
    upload.delete()
    if not deposit.uploads.exists():
        deposit.delete()
    return files


def _take_order(listed: lists.Listed, today: date) -> list[str] | None:
    due = retention.orders(today).filter(pk=listed.pk)
    order = Order.objects.select_for_update().filter(pk__in=due.values("pk")).first()
    if order is None:
        return None
    photos = list(order.receptions.exclude(photo="").values_list("photo", flat=True))
    order.delete()
    return photos
