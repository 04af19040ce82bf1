"""Photographs people send: told by their first bytes, written anew in a confined process before they are kept."""

import json
import logging
from dataclasses import asdict
from pathlib import Path

from suppliers.confined.child import Refused
from suppliers.confined.limits import Limits
from suppliers.confined.process import ANSWER_LIMIT, read_bounded, run_child
from suppliers.confined.slots import reader_slot

logger = logging.getLogger(__name__)

CHILD = "suppliers.confined.pictures"
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# The first bytes of what telephones write besides JPEG: ISO 14496-12, « ftyp » and the brand.
HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}
FIRST_BYTES = 12


def is_photo(head: bytes) -> bool:
    """Whether a file that begins so is a JPEG or a PNG."""
    return head.startswith((JPEG, PNG))


def is_heif(head: bytes) -> bool:
    """Whether it is a photograph as iPhones keep them for themselves."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS


def cleaned(photo: bytes, limits: Limits) -> bytes:
    """The same picture as an upright JPEG with nothing beside its pixels, no larger than `limits.file_size`.

    Raises Refused with « photo-broken » or « photo-too-heavy », Busy when every reader of this host is at work.
    """
    with reader_slot(limits) as slot, slot.place() as place:
        (place / "job.json").write_text(json.dumps({"limits": asdict(limits)}))
        (place / "photo").write_bytes(photo)
        if failed := run_child(place, slot, limits, reader=CHILD):
            raise Refused(refusal_of(failed))
        return collect(place, "photo.jpg", JPEG, limits)


def refusal_of(failed: str) -> str:
    """What a child that went past its limits, or broke, says of the photograph it had."""
    return "photo-broken" if failed == "crashed" else "photo-too-heavy"


def collect(place: Path, name: str, start: bytes, limits: Limits) -> bytes:
    """What the child left. It may have been taken over: sizes are bounded, links not followed."""
    try:
        answer = json.loads(read_bounded(place / "answer.json", ANSWER_LIMIT))
        if answer.get("error"):
            logger.info("the reader of photographs stumbled: %.200r", answer["error"])
        if answer.get("refusal"):
            raise Refused(str(answer["refusal"]))
        made = read_bounded(place / name, limits.file_size)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise Refused("photo-broken") from None
    if not made.startswith(start):
        raise Refused("photo-broken")
    return made
