"""Hand a file that came to the readers: an accepted document, or a French sentence that says why not and what to do."""

import hashlib
import math
import shutil
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings

from invoicing.reading import Limits, Reading, read_invoice
from invoicing.reading.refusals import REFUSALS
from suppliers.models import Supplier

NAME_LENGTH = 120


class NotTaken(Exception):
    """Nothing is made of the file. The message is what the supplier reads."""


class LeftToWorker(Exception):
    """It has pages without text: Tesseract reads them, and takes longer than a page can be waited for."""


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


def tesseract() -> str:
    """The program that reads pages without text; empty where there is none."""
    wanted = {"auto": "tesseract", "0": ""}.get(settings.OCR, settings.OCR)
    return (shutil.which(wanted) or "") if wanted else ""


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
