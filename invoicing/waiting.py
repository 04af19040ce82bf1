"""What was dropped is stored first, then read: at once by the page if a reader is free and there is time, else by a
worker, as are pages without text where Tesseract reads them and PDFs to be cut.

The database is the queue: an Upload that waits is claimed for a while, read, and ends. Who dies in between loses his
claim, and the next sweep reads it anew. A message only wakes the sweep.
"""

import logging
import time
from collections.abc import Sequence

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from invoicing import cutting, dropped, intake, opening, photos
from invoicing.deposits import ATTEMPTS, Answer, Deposit, Original, State, Upload, UploadPage
from invoicing.mails import tell_infected
from invoicing.opening import Document
from invoicing.reading import DEFAULT, Busy, Limits
from invoicing.typography import french
from suppliers.confined.child import Refused
from suppliers.confined.slots import Starved
from suppliers.photos import is_photo
from suppliers.scan import NoScanner, is_infected

logger = logging.getLogger(__name__)

TASK = "invoicing.tasks.read_waiting"
# How long the page waits for a reader; a worker does the rest.
PAGE_PATIENCE = 1.5
# More photographs than this take too long for a page.
PAGE_PHOTOS = 2
SWEEP_SECONDS, SWEEP_PATIENCE = 60.0, 20.0


def read_now(deposit: Deposit) -> list[Upload]:
    """Read what can be read while the page is asked for, leave the rest to a worker; gives what became of each."""
    begun_by = time.monotonic() + settings.PAGE_READING_SECONDS
    limits = opening.reading_limits(PAGE_PATIENCE, by_worker=False, until=begun_by + DEFAULT.wall_seconds)
    for upload in deposit.uploads.filter(state=State.WAITING, is_picture=False).exclude(answer=Answer.CUT):
        if time.monotonic() > begun_by or upload.originals.count() > PAGE_PHOTOS:
            continue
        if not read(upload, limits):
            break
    uploads = list(deposit.uploads.select_related("known"))
    if any(upload.is_waiting for upload in uploads):
        nudge()
    return uploads


def nudge() -> None:
    """Wake a worker; a lost message costs one interval."""
    try:
        current_app.send_task(TASK, retry=False)
    except (OperationalError, OSError):
        logger.warning("No message could be sent: waiting files are read at the next interval")


def sweep() -> None:
    """Read what waits, the oldest first, until nothing does, no reader comes free, or the time is over."""
    until = time.monotonic() + SWEEP_SECONDS
    limits = opening.reading_limits(SWEEP_PATIENCE, by_worker=True)
    tried: list[int] = []
    while time.monotonic() < until:
        upload = Upload.objects.due(timezone.now()).exclude(pk__in=tried).first()
        if upload is None:
            break
        tried.append(upload.pk)
        if not read(upload, limits, by_worker=True):
            break


def read(upload: Upload, limits: Limits, *, by_worker: bool = False) -> bool:
    """Claim it, read it, write what became of it. False when nothing can be read now: it goes on waiting."""
    if not upload.claim():
        return True
    try:
        _read_claimed(upload, limits, by_worker=by_worker)
    except opening.LeftToWorker:
        upload.leave_to_worker()
    except (Busy, NoScanner) as lacking:
        upload.release(lacks_scanner=isinstance(lacking, NoScanner), was_tried=isinstance(lacking, Starved))
        return False
    except intake.TakenOver:
        logger.warning("File %s was read by two at once", upload.pk)
    except opening.NotTaken as refusal:
        _end(upload, State.REFUSED, reason=str(refusal))
    except intake.AlreadyReceived as received:
        _end(upload, State.KNOWN, known=received.invoice)
    except Exception:
        # Ours, not the file's: it keeps its claim, and is tried again once that is over.
        logger.exception("File %s could not be read", upload.pk)
    return True


def _read_claimed(upload: Upload, limits: Limits, *, by_worker: bool) -> None:
    if upload.attempts > ATTEMPTS:
        raise opening.refused("crashed")
    intake.refuse_known(upload)
    contents = [_content(original) for original in upload.originals.all()]
    if any(is_infected(content) for content in contents):
        _end(upload, State.REFUSED, reason=str(opening.refused("infected")), is_infected=True)
        return
    try:
        documents = _documents(upload, contents, limits, by_worker=by_worker)
    except Refused as refusal:
        raise opening.refused(str(refusal)) from None
    if _is_to_ask(upload, documents[0]):
        _ask(upload, documents[0])
    elif upload.deposit.replaces:
        intake.replace_document(upload, documents[0])
    else:
        intake.make_drafts(upload, documents)
    _drop_pages(upload)


def _content(original: Original) -> bytes:
    with original.file.open("rb") as file:
        return file.read()


def _documents(upload: Upload, contents: Sequence[bytes], limits: Limits, *, by_worker: bool) -> list[Document]:
    name = upload.name

    def read_one(content: bytes, **described) -> Document:
        if not upload.hold_on():
            raise intake.TakenOver
        return opening.read_document(content, upload.deposit.supplier, limits, by_worker=by_worker, **described)

    if is_photo(contents[0]):
        made = photos.make_pdf(contents, limits)
        if opening.tesseract() and not by_worker:
            raise opening.LeftToWorker
        named = opening.showable_name(f"{name.rpartition('.')[0]}.pdf")
        return [read_one(made, name=named, told=_told_photos(len(contents)))]
    if upload.answer != Answer.CUT:
        return [read_one(contents[0], name=name, stored=upload.originals.get().file.name)]
    cut = cutting.cut(contents[0], upload.parts, limits)
    return [
        read_one(piece, name=cutting.named(name, part), told=cutting.told(name, part))
        for piece, part in zip(cut, upload.parts, strict=True)
    ]


def _told_photos(count: int) -> str:
    return f"PDF fait de {count} photos, gardées avec lui" if count > 1 else "PDF fait d'une photo, gardée avec lui"


def _is_to_ask(upload: Upload, document: Document) -> bool:
    """Whether it seems to hold several invoices and the supplier has not said whether it does."""
    deposit = upload.deposit
    return bool(document.reading.parts) and not (upload.answer or deposit.replaces or deposit.instead_of)


def _ask(upload: Upload, document: Document) -> None:
    field = UploadPage._meta.get_field("picture")
    names = [intake.save_file(field, picture) for picture in document.reading.pictures]
    parts = [{"number": part.number, "first": part.first, "last": part.last} for part in document.reading.parts]
    with transaction.atomic():
        asked = upload.finish(State.ASKING, parts=parts, is_signed=document.reading.signed)
        if asked:
            rows = (UploadPage(upload=upload, number=number, picture=name) for number, name in enumerate(names, 1))
            UploadPage.objects.bulk_create(rows)
    if not asked:
        for name in names:
            field.storage.delete(name)


def _end(upload: Upload, state: State, **values) -> None:
    """It becomes no invoice: its bytes are not kept. What a death leaves of them goes with the leftovers."""
    with transaction.atomic():
        ended = upload.finish(state, **values)
        if ended and upload.is_infected:
            tell_infected(upload)
    if ended:
        dropped.drop_originals(upload.originals.all())
        _drop_pages(upload)


def _drop_pages(upload: Upload) -> None:
    """The pictures shown with the question, once it is answered."""
    if upload.state == State.ASKING:
        return
    for page in upload.pages.all():
        page.delete()
        page.picture.storage.delete(page.picture.name)


GIVEN_UP = french("Vous avez renoncé à ce fichier : il n'a pas été gardé.")


def give_up(upload: Upload, reason: str = GIVEN_UP) -> bool:
    """The supplier wants nothing made of a PDF that seems to hold several invoices."""
    given_up = upload.give_up(reason)
    if given_up:
        upload.refresh_from_db()
        dropped.drop_originals(upload.originals.all())
        _drop_pages(upload)
    return given_up
