"""Photographs of a paper invoice: told by their first bytes, made into one PDF in a confined process."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from invoicing.reading import Limits
from invoicing.reading.result import Refused
from invoicing.reading.sandbox import ANSWER_LIMIT, read_bounded, run_child
from invoicing.reading.slots import reader_slot

logger = logging.getLogger(__name__)

CHILD = "invoicing.reading.photographs"
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# The first bytes of what telephones write besides JPEG: ISO 14496-12, « ftyp » and the brand.
HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}
FIRST_BYTES = 12
# Each photograph is decoded, reduced and written again in well under a second on a slow machine.
SECONDS_EACH = 1


def is_photo(head: bytes) -> bool:
    """Whether a file that begins so is a JPEG or a PNG."""
    return head.startswith((JPEG, PNG))


def is_heif(head: bytes) -> bool:
    """Whether it is a photograph as iPhones keep them for themselves."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS


def make_pdf(photos: Sequence[bytes], limits: Limits) -> bytes:
    """One PDF, a page for each photograph, in their order, no larger than `limits.file_size`.

    Raises Refused with a code of refusals.py, Busy when every reader of this host is at work.
    """
    limits = _for_so_many(limits, len(photos))
    with reader_slot(limits) as slot, slot.place() as place:
        (place / "job.json").write_text(json.dumps({"limits": asdict(limits), "photos": len(photos)}))
        for number, photo in enumerate(photos):
            (place / f"photo-{number}").write_bytes(photo)
        failed = run_child(place, slot, limits, reader=CHILD)
        if failed:
            raise Refused("photo-broken" if failed == "crashed" else "photo-too-heavy")
        return _collect(place, limits)


def _for_so_many(limits: Limits, count: int) -> Limits:
    more = SECONDS_EACH * (count - 1)
    return replace(
        limits,
        cpu_seconds=limits.cpu_seconds + more,
        wall_seconds=limits.wall_seconds + more,
        written_file=limits.file_size,
    )


def _collect(place: Path, limits: Limits) -> bytes:
    """What the child left. It may have been taken over: sizes are bounded, links not followed."""
    try:
        answer = json.loads(read_bounded(place / "answer.json", ANSWER_LIMIT))
        if answer.get("error"):
            logger.info("the reader of photographs stumbled: %.200r", answer["error"])
        if answer.get("refusal"):
            raise Refused(str(answer["refusal"]))
        made = read_bounded(place / "photos.pdf", limits.file_size)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise Refused("photo-broken") from None
    if not made.startswith(b"%PDF-"):
        raise Refused("photo-broken")
    return made
