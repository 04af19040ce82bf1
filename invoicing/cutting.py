"""A PDF of several invoices becomes one PDF for each, in a confined process, once the supplier said so."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from invoicing import opening, typography
from invoicing.reading import Limits
from invoicing.typography import french
from suppliers.confined.child import Refused
from suppliers.confined.process import ANSWER_LIMIT, read_bounded, run_child
from suppliers.confined.slots import reader_slot

logger = logging.getLogger(__name__)

CHILD = "invoicing.reading.cutter"

# {"number": "F-12", "first": 1, "last": 2}, as Upload.parts keeps it.
Part = dict[str, Any]


def cut(content: bytes, parts: Sequence[Part], limits: Limits) -> list[bytes]:
    """A PDF for each part. Raises Refused with a code of refusals.py, Busy when no reader is free."""
    limits = replace(limits, written_file=limits.file_size)
    with reader_slot(limits) as slot, slot.place() as place:
        ranges = [[part["first"], part["last"]] for part in parts]
        (place / "job.json").write_text(json.dumps({"limits": asdict(limits), "ranges": ranges}))
        (place / "invoice.pdf").write_bytes(content)
        if run_child(place, slot, limits, reader=CHILD):
            raise Refused("not-cut")
        return _collect(place, len(parts), limits)


def _collect(place: Path, count: int, limits: Limits) -> list[bytes]:
    """What the child left. It may have been taken over: sizes are bounded, links not followed."""
    try:
        answer = json.loads(read_bounded(place / "answer.json", ANSWER_LIMIT))
        pieces = [] if answer.get("error") else [_piece(place, number, limits) for number in range(count)]
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise Refused("not-cut") from None
    if not pieces:
        logger.info("the cutter stumbled: %.200r", answer["error"])
        raise Refused("not-cut")
    return pieces


def _piece(place: Path, number: int, limits: Limits) -> bytes:
    piece = read_bounded(place / f"part-{number}.pdf", limits.file_size)
    if not piece.startswith(b"%PDF-"):
        raise ValueError("not a PDF")
    return piece


def named(name: str, part: Part) -> str:
    """« lot.pdf », its invoice F-12 → « lot F-12.pdf »."""
    return opening.showable_name(f"{name.removesuffix('.pdf')} {part['number']}.pdf")


def told(name: str, part: Part) -> str:
    return french(f"Découpée dans « {name} », {pages(part)}")


def pages(part: Part) -> str:
    return typography.pages(range(part["first"], part["last"] + 1))
