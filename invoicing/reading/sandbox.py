"""The parent's side: hand an untrusted PDF to a short-lived process with limits, and believe nothing it answers."""

import contextlib
import json
import logging
import math
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from invoicing.reading.refusals import REFUSALS
from invoicing.reading.result import Difference, Found, Part, Reading, Source
from suppliers.confined.limits import DEFAULT, Limits
from suppliers.confined.process import ANSWER_LIMIT, read_bounded, run_child
from suppliers.confined.slots import Slot, Starved, reader_slot

logger = logging.getLogger(__name__)

READER = "invoicing.reading.worker"
RECOGNISER = "invoicing.reading.ocr"
VALUE_LIMIT = 1_000
FACTS = ("embedded_xml", "signed", "is_marked", "is_locked", "guessed")


def read_invoice(
    content: bytes, *, own_sirets: Collection[str] = (), limits: Limits = DEFAULT, tesseract: str = ""
) -> Reading:
    """Read a PDF. Bad input gives a Reading with a refusal; only Busy is raised.

    `own_sirets`: establishments of the supplier who deposits; where none of his numbers is printed, another issues it.
    `tesseract`: path of the program that reads pages without text, for far longer than a page can wait; empty: none
    does.
    """
    refused = _refuse_at_once(content, limits)
    if refused:
        return _refusal(refused)
    with reader_slot(limits) as slot:
        job = _Job(slot, limits, sorted(own_sirets))
        reading, scans = _read(content, job, draws_scans=bool(tesseract))
        tables = dict(_recognised(scans, job, tesseract))
        if not tables:
            return reading
        again, _ = _read(content, job, tables=tables)
        # What Tesseract wrote is as hostile as the picture: if it breaks the reader, there is still the first reading.
        return reading if again.refusal else replace(again, scans=tuple(n for n in reading.scans if n not in tables))


@dataclass(frozen=True)
class _Job:
    """What every process of one reading shares."""

    slot: Slot
    limits: Limits
    own_sirets: list[str]


def _read(
    content: bytes, job: _Job, *, draws_scans: bool = False, tables: Mapping[int, bytes] | None = None
) -> tuple[Reading, dict[int, bytes]]:
    """One run of the reader, and the large pictures of pages without text it drew, by number."""
    with job.slot.place() as place:
        order = {"limits": asdict(job.limits), "own_sirets": job.own_sirets, "draws_scans": draws_scans}
        (place / "job.json").write_text(json.dumps(order))
        (place / "invoice.pdf").write_bytes(content)
        for number, table in (tables or {}).items():
            (place / f"ocr-{number}.tsv").write_bytes(table)
        failed = run_child(place, job.slot, job.limits, reader=READER)
        reading = _refusal(failed) if failed else _collect(place, job.limits)
        return reading, dict(_scans(place, reading, job.limits)) if draws_scans else {}


def _scans(place: Path, reading: Reading, limits: Limits) -> Iterator[tuple[int, bytes]]:
    for number in reading.scans[: limits.ocr_pages]:
        with contextlib.suppress(OSError, ValueError):
            yield number, _jpeg(place / f"scan-{number}.jpg", limits)


def _recognised(scans: Mapping[int, bytes], job: _Job, program: str) -> Iterator[tuple[int, bytes]]:
    """Tesseract's table of each page, until the time is up."""
    until = time.monotonic() + job.limits.ocr_seconds
    for number, picture in scans.items():
        left = min(until - time.monotonic(), job.limits.ocr_page_seconds)
        if left <= 1:
            return
        limits = replace(job.limits, wall_seconds=left, cpu_seconds=math.ceil(left))
        with job.slot.place() as place:
            (place / "job.json").write_text(json.dumps({"limits": asdict(limits), "program": program}))
            (place / "page.jpg").write_bytes(picture)
            # A page that was not read in its time is left out, whatever the reason: the others are worth having.
            with contextlib.suppress(OSError, ValueError, Starved):
                if not run_child(place, job.slot, limits, reader=RECOGNISER):
                    yield number, read_bounded(place / "page.tsv", ANSWER_LIMIT)


def _refuse_at_once(content: bytes, limits: Limits) -> str:
    if not content.strip(b"\0\t\n\r "):
        return "empty"
    if len(content) > limits.file_size:
        return "too-large"
    # Adobe's own reader looks for the header in the first kilobyte; mail programs put lines before it.
    return "" if b"%PDF-" in content[:1024] else "not-pdf"


def _refusal(code: str) -> Reading:
    return Reading(refusal=REFUSALS.get(code, REFUSALS["crashed"]))


def _collect(folder: Path, limits: Limits) -> Reading:
    """Turn the child's files into a Reading. A hostile PDF may have taken the child over: everything is checked."""
    try:
        answer = json.loads(read_bounded(folder / "answer.json", ANSWER_LIMIT))
        if answer.get("error"):
            # On a broken file stumbling is to be expected; on one we took it is ours to mend.
            level = logging.INFO if answer.get("refusal") else logging.WARNING
            logger.log(level, "the reader stumbled: %.200r", answer["error"])
        if answer.get("refusal"):
            return _refusal(answer["refusal"])
        return Reading(
            pages=int(answer["pages"]),
            has_text=bool(answer["has_text"]),
            fields={str(name): _found(found) for name, found in answer["fields"].items()},
            pictures=tuple(
                _picture(folder, number, limits) for number in range(min(answer["pictures"], limits.pictures))
            ),
            **{name: bool(answer[name]) for name in FACTS},
            **{name: tuple(int(number) for number in answer[name][: limits.pages]) for name in ("scans", "unread")},
            differences={str(name): _difference(told) for name, told in answer["differences"].items()},
            plain=_plain(folder, limits) if answer["plain"] else b"",
            parts=tuple(_parts(answer["parts"], int(answer["pages"]))),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return _refusal("crashed")


def _found(found: dict) -> Found:
    left, top, right, bottom = (min(max(float(edge), 0.0), 1.0) for edge in found["box"])
    return Found(
        str(found["value"])[:VALUE_LIMIT],
        int(found["page"]),
        (left, top, right, bottom),
        bool(found["sure"]),
        Source(found["source"]),
    )


def _difference(told: dict) -> Difference:
    return Difference(str(told["electronic"])[:VALUE_LIMIT], str(told["printed"])[:VALUE_LIMIT], bool(told["sure"]))


def _plain(folder: Path, limits: Limits) -> bytes:
    """The copy to deposit; none where it would be larger than what may be sent."""
    if (folder / "plain.pdf").lstat().st_size > limits.file_size:
        return b""
    copy = read_bounded(folder / "plain.pdf", limits.file_size)
    if not copy.startswith(b"%PDF-"):
        raise ValueError("not a PDF")
    return copy


def _parts(several: list[dict], pages: int) -> Iterator[Part]:
    """Neighbours that cover the document from its first page to its last; anything else was not read by us."""
    last = 0
    for part in several:
        found = Part(str(part["number"])[:VALUE_LIMIT], int(part["first"]), int(part["last"]))
        if found.first != last + 1 or not found.first <= found.last <= pages:
            raise ValueError("parts that do not follow one another")
        last = found.last
        yield found
    if several and last != pages:
        raise ValueError("pages that belong to no part")


def _picture(folder: Path, number: int, limits: Limits) -> bytes:
    return _jpeg(folder / f"page-{number}.jpg", limits)


def _jpeg(path: Path, limits: Limits) -> bytes:
    picture = read_bounded(path, limits.written_file)
    if not picture.startswith(b"\xff\xd8\xff"):
        raise ValueError("not a JPEG")
    return picture
