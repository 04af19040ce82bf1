"""What was dropped is stored first, then read: at once by the page if a reader is free and there is time, else by a
worker, as are pages without text where Tesseract reads them and PDFs to be cut.

The database is the queue: an Upload that waits is claimed for a while, read, and ends. Who dies in between loses his
claim, and the next sweep reads it anew. A message only wakes the sweep.
"""

import hashlib
import logging
import time
from collections.abc import Iterable, Sequence

from celery import current_app
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from invoicing import cutting, intake, photos
from invoicing.deposits import ATTEMPTS, Answer, Deposit, Original, State, Upload, UploadPage
from invoicing.mails import tell_infected
from invoicing.reading import DEFAULT, Busy, Limits
from invoicing.reading.result import Refused
from invoicing.typography import french
from suppliers.scan import NoScanner, is_infected

logger = logging.getLogger(__name__)

TASK = "invoicing.tasks.read_waiting"
# How long the page waits for a reader; a worker does the rest.
PAGE_PATIENCE = 1.5
# More photographs than this take too long for a page.
PAGE_PHOTOS = 2
SWEEP_SECONDS, SWEEP_PATIENCE = 60.0, 20.0
# Files of one supplier that may wait at once.
LONGEST_QUEUE = 100
TOO_MANY_WAIT = french(
    "Beaucoup de vos fichiers attendent déjà d'être lus. Attendez qu'ils le soient, puis déposez les autres."
)


# --- Stored ---


def receive(files: Sequence[UploadedFile], deposit: Deposit) -> Deposit:
    """Keep the files and the deposit (still unsaved) that says whose they are. Raises intake.NotTaken."""
    if Upload.objects.filter(deposit__supplier=deposit.supplier, state=State.WAITING).count() >= LONGEST_QUEUE:
        raise intake.NotTaken(TOO_MANY_WAIT)
    groups = [(group, _look(group)) for group in together(files)]
    stored = [[] if reason else [_store(file) for file in group] for group, reason in groups]
    try:
        with transaction.atomic():
            deposit.save()
            for position, ((group, reason), originals) in enumerate(zip(groups, stored, strict=True)):
                _insert(deposit, position, group, reason, originals)
    except Exception:
        _delete_files(original for originals in stored for original in originals)
        raise
    return deposit


def together(files: Sequence[UploadedFile]) -> list[list[UploadedFile]]:
    """Each PDF alone, all photographs as one, each where the first of them stood."""
    groups: list[list[UploadedFile]] = []
    photographs: list[UploadedFile] = []
    for file in files:
        if not photos.is_photo(_head(file)):
            groups.append([file])
        elif photographs:
            photographs.append(file)
        else:
            photographs = [file]
            groups.append(photographs)
    return groups


def _head(file: UploadedFile) -> bytes:
    file.seek(0)
    head = file.read(photos.FIRST_BYTES)
    file.seek(0)
    return head


def _look(group: Sequence[UploadedFile]) -> str:
    """Why these files are not even stored, as a code; empty when they are."""
    heads = [_head(file) for file in group]
    if any(photos.is_heif(head) for head in heads):
        return "heif"
    if not all(file.size for file in group):
        return "empty"
    if photos.is_photo(heads[0]):
        return "photo-too-large" if any(file.size > settings.PHOTO_MAX_BYTES for file in group) else ""
    return "too-large" if group[0].size > settings.INVOICE_MAX_BYTES else ""


def _store(file: UploadedFile) -> Original:
    """Written where no URL reaches it, piece by piece; its row is still to be saved."""
    field = Original._meta.get_field("file")
    head = _head(file)
    ending = {photos.JPEG[:3]: ".jpg", photos.PNG[:3]: ".png"}.get(head[:3], ".pdf")
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return Original(
        file=field.storage.save(field.generate_filename(None, f"original{ending}"), file),
        name=intake.showable_name(file.name, ending),
        sha256=digest.hexdigest(),
        size=file.size,
    )


def _insert(deposit: Deposit, position: int, group, reason: str, originals: list[Original]) -> None:
    upload = Upload.objects.create(
        deposit=deposit,
        position=position,
        name=originals[0].name if originals else intake.showable_name(group[0].name, ""),
        fingerprint=_fingerprint(originals),
        state=State.REFUSED if reason else State.WAITING,
        reason=str(intake.refused(reason)) if reason else "",
    )
    for number, original in enumerate(originals):
        original.upload, original.position = upload, number
    Original.objects.bulk_create(originals)


def _fingerprint(originals: Sequence[Original]) -> str:
    if len(originals) == 1:
        return originals[0].sha256
    return hashlib.sha256("".join(original.sha256 for original in originals).encode()).hexdigest()


def forget(deposit: Deposit) -> None:
    """Nothing was made of it, and its supplier reads why: no row and no file stay, except that of a virus for staff."""
    if deposit.uploads.filter(is_infected=True).exists():
        deposit.mark_seen()
        return
    originals = list(Original.objects.filter(upload__deposit=deposit))
    deposit.delete()
    _delete_files(originals)


def drop(upload: Upload) -> None:
    """No invoice stands on it: its row and its files go."""
    originals = list(upload.originals.all())
    upload.delete()
    _delete_files(originals)


def _delete_files(originals: Iterable[Original]) -> None:
    for original in originals:
        original.file.storage.delete(original.file.name)


# --- Read ---


def read_now(deposit: Deposit) -> list[Upload]:
    """Read what can be read while the page is asked for, leave the rest to a worker; gives what became of each."""
    begun_by = time.monotonic() + settings.PAGE_READING_SECONDS
    limits = intake.reading_limits(PAGE_PATIENCE, by_worker=False, until=begun_by + DEFAULT.wall_seconds)
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
    limits = intake.reading_limits(SWEEP_PATIENCE, by_worker=True)
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
    except intake.LeftToWorker:
        upload.leave_to_worker()
    except (Busy, NoScanner) as lacking:
        upload.release(lacks_scanner=isinstance(lacking, NoScanner))
        return False
    except intake.TakenOver:
        logger.warning("File %s was read by two at once", upload.pk)
    except intake.NotTaken as refusal:
        _end(upload, State.REFUSED, reason=str(refusal))
    except intake.AlreadyReceived as received:
        _end(upload, State.KNOWN, known=received.invoice)
    except Exception:
        # Ours, not the file's: it keeps its claim, and is tried again once that is over.
        logger.exception("File %s could not be read", upload.pk)
    return True


def _read_claimed(upload: Upload, limits: Limits, *, by_worker: bool) -> None:
    if upload.attempts > ATTEMPTS:
        raise intake.refused("crashed")
    intake.refuse_known(upload)
    contents = [_content(original) for original in upload.originals.all()]
    if any(is_infected(content) for content in contents):
        _end(upload, State.REFUSED, reason=str(intake.refused("infected")), is_infected=True)
        return
    try:
        documents = _documents(upload, contents, limits, by_worker=by_worker)
    except Refused as refusal:
        raise intake.refused(str(refusal)) from None
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


def _documents(upload: Upload, contents: Sequence[bytes], limits: Limits, *, by_worker: bool) -> list[intake.Document]:
    name = upload.name

    def read_one(content: bytes, **described) -> intake.Document:
        if not upload.hold_on():
            raise intake.TakenOver
        return intake.read_document(content, upload.deposit.supplier, limits, by_worker=by_worker, **described)

    if photos.is_photo(contents[0]):
        made = photos.make_pdf(contents, limits)
        if intake.tesseract() and not by_worker:
            raise intake.LeftToWorker
        named = intake.showable_name(f"{name.rpartition('.')[0]}.pdf")
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


def _is_to_ask(upload: Upload, document: intake.Document) -> bool:
    """Whether it seems to hold several invoices and the supplier has not said whether it does."""
    deposit = upload.deposit
    return bool(document.reading.parts) and not (upload.answer or deposit.replaces or deposit.instead_of)


def _ask(upload: Upload, document: intake.Document) -> None:
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
    """It becomes no invoice: its bytes are not kept."""
    originals = list(upload.originals.all())
    with transaction.atomic():
        ended = upload.finish(state, **values)
        if ended:
            upload.originals.all().delete()
        if ended and upload.is_infected:
            tell_infected(upload)
    if ended:
        _delete_files(originals)
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
        originals = list(upload.originals.all())
        upload.originals.all().delete()
        _delete_files(originals)
        _drop_pages(upload)
    return given_up
