"""Every row against its file, and every file against the row that names it.

Whatever their number, a batch of rows and the names of one folder are kept in memory, and of a file one piece.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import F, Value
from django.utils import timezone

BATCH = 500
PIECE = 256 * 1024
# Files are written before their rows: a young one may still get its own.
YOUNG = timedelta(days=1)
# The column that holds the SHA-256 of a file, by the file's; the others are made anew from these, or shown only.
DIGESTS = {
    "invoicing.Invoice.document": "document_sha256",
    "invoicing.Invoice.plain_document": "plain_sha256",
    "invoicing.Original.file": "sha256",
    "invoicing.Attachment.file": "sha256",
    "suppliers.Import.file": "sha256",
}


@dataclass(frozen=True)
class Column:
    """A column that names files."""

    model: type[models.Model]
    name: str

    def __str__(self):
        return f"{self.model._meta.label}.{self.name}"

    def rows(self) -> Iterator[tuple[int, str, str]]:
        """(pk, file, SHA-256 or "") a batch at a time, whatever is written meanwhile."""
        digest = F(DIGESTS[str(self)]) if str(self) in DIGESTS else Value("")
        named = self.model._base_manager.exclude(**{self.name: ""}).annotate(digest=digest).order_by("pk")
        last = 0
        while found := list(named.filter(pk__gt=last).values_list("pk", self.name, "digest")[:BATCH]):
            yield from found
            last = found[-1][0]

    def names(self, pk: int, file: str) -> bool:
        """Whether that row still names this file."""
        return self.model._base_manager.filter(pk=pk, **{self.name: file}).exists()

    def known(self, files: Iterable[str]) -> set[str]:
        return set(self.model._base_manager.filter(**{f"{self.name}__in": files}).values_list(self.name, flat=True))


@dataclass(frozen=True)
class Fault:
    kind: str
    file: str
    row: str = ""


MISSING, ALTERED, ORPHAN = "manquant", "altéré", "orphelin"


def columns() -> Iterator[Column]:
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, models.FileField):
                yield Column(model, field.name)


def examine() -> Iterator[Fault | None]:
    """A fault, or None for a file that is as it was; files of rows first, then those of none."""
    for column in columns():
        for pk, file, digest in column.rows():
            kind = _fault_of(file, digest)
            # A row that went meanwhile took its file along.
            yield Fault(kind, file, f"{column} {pk}") if kind and column.names(pk, file) else None
    yield from (Fault(ORPHAN, file) for file in orphans())


def _fault_of(file: str, digest: str) -> str:
    if not digest:
        return "" if default_storage.exists(file) else MISSING
    try:
        with default_storage.open(file, "rb") as stored:
            return "" if _sha256(stored) == digest else ALTERED
    except FileNotFoundError:
        return MISSING


def _sha256(file) -> str:
    read = hashlib.sha256()
    while piece := file.read(PIECE):
        read.update(piece)
    return read.hexdigest()


def orphans() -> Iterator[str]:
    """Files that no row names, and that are no longer young."""
    before = timezone.now() - YOUNG
    found = stored()
    while names := list(islice(found, BATCH)):
        known = {name for column in columns() for name in column.known(names)}
        for name in names:
            if name not in known and default_storage.get_modified_time(name) < before:
                yield name


def stored(folder: str = "") -> Iterator[str]:
    """The name of every file of the storage, folder by folder."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}{name}" for name in files)
    for inner in folders:
        yield from stored(f"{folder}{inner}/")
