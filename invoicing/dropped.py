"""Files as they come: looked at, stored with the rows that say whose they are, and deleted again."""

import hashlib
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from invoicing import opening
from invoicing.deposits import Deposit, Original, State, Upload
from invoicing.typography import french
from suppliers import photos

# Files of one supplier that may wait at once.
LONGEST_QUEUE = 100
TOO_MANY_WAIT = french(
    "Beaucoup de vos fichiers attendent déjà d'être lus. Attendez qu'ils le soient, puis déposez les autres."
)


def receive(files: Sequence[UploadedFile], deposit: Deposit) -> Deposit:
    """Keep the files and the deposit (still unsaved) that says whose they are. Raises opening.NotTaken."""
    if Upload.objects.filter(deposit__supplier=deposit.supplier, state=State.WAITING).count() >= LONGEST_QUEUE:
        raise opening.NotTaken(TOO_MANY_WAIT)
    groups = [(group, _look(group)) for group in together(files)]
    stored = [[] if reason else [_store(file) for file in group] for group, reason in groups]
    try:
        with transaction.atomic():
            deposit.save()
            for position, ((group, reason), originals) in enumerate(zip(groups, stored, strict=True)):
                _insert(deposit, position, group, reason, originals)
    except Exception:
        delete_files(original for originals in stored for original in originals)
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
        name=opening.showable_name(file.name, ending),
        sha256=digest.hexdigest(),
        size=file.size,
    )


def _insert(deposit: Deposit, position: int, group, reason: str, originals: list[Original]) -> None:
    upload = Upload.objects.create(
        deposit=deposit,
        position=position,
        name=originals[0].name if originals else opening.showable_name(group[0].name, ""),
        fingerprint=_fingerprint(originals),
        state=State.REFUSED if reason else State.WAITING,
        reason=str(opening.refused(reason)) if reason else "",
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
    drop_originals(Original.objects.filter(upload__deposit=deposit))
    deposit.delete()


def drop(upload: Upload) -> None:
    """No invoice stands on it: its row and its files go."""
    drop_originals(upload.originals.all())
    upload.delete()


def drop_originals(originals: Iterable[Original]) -> None:
    """The file first: of a row without its file the leftovers know what is still to do, of a file alone nobody does."""
    for original in originals:
        original.file.storage.delete(original.file.name)
        original.delete()


def delete_files(originals: Iterable[Original]) -> None:
    for original in originals:
        original.file.storage.delete(original.file.name)
