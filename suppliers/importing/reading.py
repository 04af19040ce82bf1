"""The parent's side: have an untrusted list opened in a confined process, and believe nothing it says."""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from suppliers.confined.limits import Limits
from suppliers.confined.process import read_bounded, run_child
from suppliers.confined.slots import Busy, reader_slot
from suppliers.typography import french

logger = logging.getLogger(__name__)

CHILD = "suppliers.importing.child"
# `rows` without the titles; `members` of the archive that an XLSX is, and how many bytes they come to.
BOUNDS = {"rows": 10_000, "columns": 60, "cell": 2_000, "members": 2_000, "unzipped": 100_000_000}
MEMORY = 512 * 1024 * 1024
SECONDS, PATIENCE = 20, 5.0
ANSWER_BYTES = 60_000_000
AGAIN = "Exportez de nouveau la liste, en CSV ou en XLSX."
REFUSALS = {
    "empty": f"Ce fichier ne contient aucune ligne sous ses titres. {AGAIN}",
    "old-excel": "Ce fichier est au format de l'ancien Excel (.xls). Enregistrez-le au format .xlsx ou CSV.",
    "not-a-table": f"Ce fichier n'est ni un CSV ni un XLSX. {AGAIN}",
    "broken": f"Ce fichier ne s'ouvre pas : il est abîmé, protégé par un mot de passe ou n'est pas un tableau. {AGAIN}",
    "too-heavy": "Ce fichier est trop lourd à ouvrir. Gardez la feuille à importer seule, puis recommencez.",
    "too-slow": "Ce fichier est trop long à ouvrir. Gardez la feuille à importer seule, puis recommencez.",
    "too-many-rows": "Ce fichier a plus de 10\u202f000 lignes. Coupez-le en plusieurs fichiers.",
    "too-many-columns": f"Ce fichier a plus de {BOUNDS['columns']} colonnes. Gardez celles qui servent.",
    "busy": "Le portail lit déjà d'autres fichiers. Recommencez dans une minute.",
    "too-long-cell": "Une case de ce fichier dépasse 2\u202f000 caractères. Vérifiez les guillemets du CSV.",
}


class Unreadable(Exception):
    """The file cannot be taken; the message is two French sentences for people."""

    def __init__(self, code: str):
        super().__init__(french(REFUSALS.get(code, REFUSALS["broken"])))


@dataclass(frozen=True)
class Row:
    """`number`: the one a spreadsheet shows it under. `cells` as written, one for each title, then what has none."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    titles: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(content: bytes) -> Table:
    """The first sheet of an XLSX, or a CSV. Raises Unreadable."""
    if not content.strip(b"\0\t\n\r ;,"):
        raise Unreadable("empty")
    limits = _limits()
    try:
        with reader_slot(limits) as slot, slot.place() as place:
            (place / "job.json").write_text(json.dumps({"limits": asdict(limits), "bounds": BOUNDS}))
            (place / "table").write_bytes(content)
            if failed := run_child(place, slot, limits, reader=CHILD):
                raise Unreadable(failed)
            return _collect(place)
    except Busy:
        raise Unreadable("busy") from None


def _limits() -> Limits:
    return Limits(
        readers=settings.READERS,
        workplace=str(settings.READERS_ROOT),
        cpu_seconds=SECONDS,
        wall_seconds=SECONDS,
        memory=MEMORY,
        written_file=ANSWER_BYTES,
        patience=PATIENCE,
    )


def _collect(place: Path) -> Table:
    """A hostile file may have taken the child over: its answer is bounded and made of texts, or it is none."""
    try:
        told = json.loads(read_bounded(place / "answer.json", ANSWER_BYTES))
        if told.get("error"):
            logger.info("the reader of lists stumbled: %.200r", told["error"])
        if told.get("refusal"):
            raise Unreadable(str(told["refusal"]))
        (_, titles), *rows = told["rows"][: BOUNDS["rows"] + 1]
        titles = tuple(str(title).strip() for title in titles)
        table = Table(titles, tuple(_row(int(number), cells, len(titles)) for number, cells in rows))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unreadable("broken") from None
    if not table.rows:
        raise Unreadable("empty")
    return table


def _row(number: int, cells: list, width: int) -> Row:
    texts = [str(cell) for cell in cells]
    return Row(number, tuple(texts + [""] * (width - len(texts))))
