"""What is inside a deposited file: one XML, one PDF with its XML, or a lot of those (tar.gz or ZIP).

Nothing is extracted to a disk, and every size is bounded before a byte is kept.
"""

import gzip
import io
import logging
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from pypdf import PdfReader

from chorus.simulator import codes
from chorus.simulator.codes import Refusal

MEGABYTE = 1024 * 1024
FILE_LIMIT, LOT_LIMIT = 10 * MEGABYTE, 30 * MEGABYTE  # published: one file, then a compressed lot
UNPACKED_LIMIT, FILES_LIMIT = 120 * MEGABYTE, 500  # ours: a lot that grows beyond is taken for a bomb
ATTACHED_NAME = "factur-x.xml"
_GZIP, _ZIP, _PDF = b"\x1f\x8b", b"PK\x03\x04", b"%PDF-"

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class Unreadable(ValueError):
    """A file that holds no invoice we can read; the text is what the report says."""


@dataclass(frozen=True)
class Part:
    """One file of the deposit, under its own name."""

    name: str
    content: bytes

    @property
    def is_pdf(self) -> bool:
        return self.content.startswith(_PDF)


def parts_of(name: str, content: bytes) -> list[Part]:
    """The files of a deposit. Raises Refusal when it is too large, Unreadable when its archive is damaged."""
    packed = content.startswith((_GZIP, _ZIP))
    if len(content) > (LOT_LIMIT if packed else FILE_LIMIT):
        raise Refusal(codes.FLUX_TOO_LARGE)
    if not packed:
        return [Part(name, content)]
    opened = _from_zip(content) if content.startswith(_ZIP) else _from_tar(content)
    try:
        parts = list(_bounded(opened))
    except Refusal:
        raise
    except Exception as error:  # a damaged archive raises more than its library documents
        raise Unreadable("L'archive du flux est illisible.") from error
    if not parts:
        raise Unreadable("L'archive du flux ne contient aucun fichier.")
    return parts


def xml_of(part: Part, *, in_pdf: bool) -> bytes:
    """The XML of one part; `in_pdf`: the syntax wants a Factur-X. Raises Unreadable."""
    if part.is_pdf != in_pdf:
        raise Unreadable(f"Le fichier {part.name} n'est pas {'un PDF' if in_pdf else 'un XML'}.")
    return _attached(part) if in_pdf else part.content


def _attached(part: Part) -> bytes:
    try:
        found = PdfReader(io.BytesIO(part.content)).attachments.get(ATTACHED_NAME, [])
        content = bytes(found[0]) if found else b""
    except Exception as error:  # a damaged PDF raises whatever it likes
        raise Unreadable(f"Le fichier {part.name} est un PDF illisible.") from error
    if not content:
        raise Unreadable(f"Le fichier {part.name} ne contient pas de piece {ATTACHED_NAME}.")
    if len(content) > FILE_LIMIT:
        raise Refusal(codes.FLUX_TOO_LARGE)
    return content


def _bounded(opened: Iterator[Part]) -> Iterator[Part]:
    for rank, part in enumerate(opened):
        if rank >= FILES_LIMIT:
            raise Refusal(codes.FLUX_TOO_LARGE)
        yield part


def _from_zip(content: bytes) -> Iterator[Part]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = [row for row in archive.infolist() if not row.is_dir()]
        if sum(row.file_size for row in rows) > UNPACKED_LIMIT:
            raise Refusal(codes.FLUX_TOO_LARGE)
        for row in rows:
            with archive.open(row) as member:  # the size it says may be a lie
                yield Part(_base(row.filename), _at_most(member))


def _from_tar(content: bytes) -> Iterator[Part]:
    with (
        gzip.GzipFile(fileobj=io.BytesIO(content)) as unpacked,
        tarfile.open(fileobj=_Bounded(unpacked), mode="r|") as archive,
    ):
        for row in archive:
            member = archive.extractfile(row) if row.isreg() else None
            if member is not None:
                yield Part(_base(row.name), _at_most(member))


def _at_most(member) -> bytes:
    content = member.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise Refusal(codes.FLUX_TOO_LARGE)
    return content


def _base(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2][:200]


class _Bounded:
    """A stream that refuses to give more than the limit, whatever the archive asks for."""

    def __init__(self, stream):
        self._stream = stream
        self._left = UNPACKED_LIMIT

    def read(self, size: int) -> bytes:
        chunk = self._stream.read(min(size, MEGABYTE))
        self._left -= len(chunk)
        if self._left < 0:
            raise Refusal(codes.FLUX_TOO_LARGE)
        return chunk
