"""The list whose visa the archives give: a CSV file, one row for each thing that may be destroyed."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils import timezone

from invoicing.models import Invoice
from orders.models import Order
from suppliers.spreadsheets import as_text

INVOICE, ORDER = "facture", "commande"
HEADER = ("nature", "clé", "numéro", "SIREN du fournisseur", "date", "dernier changement", "SHA-256 du PDF")


@dataclass(frozen=True)
class Listed:
    kind: str
    pk: int
    sha256: str


def write(path: Path, things: Iterable[Invoice | Order]) -> int:
    """Into a new file; how many rows."""
    count = 0
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for thing in things:
            writer.writerow(as_text(cell) for cell in _row(thing))
            count += 1
    return count


def _row(thing: Invoice | Order) -> tuple[str | int | date | None, ...]:
    siren = thing.supplier.siren
    if isinstance(thing, Invoice):
        last = timezone.localdate(thing.status_at)
        return (INVOICE, thing.pk, thing.number, siren, thing.issue_date, last, thing.document_sha256)
    created = timezone.localdate(thing.created_at)
    return (ORDER, thing.pk, thing.reference, siren, thing.ordered_on or created, thing.delivery_on or created, "")


def read(path: Path) -> Iterator[Listed]:
    """Raises ValueError when it is no such list."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        if tuple(next(rows, ())) != HEADER:
            raise ValueError("other columns")
        for kind, pk, *_, sha256 in rows:
            if kind not in (INVOICE, ORDER):
                raise ValueError(f"unknown kind {kind}")
            yield Listed(kind, int(pk), sha256)


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
