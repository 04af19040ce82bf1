"""Photographs of a paper invoice, made into one PDF in a confined process."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace

from invoicing.reading import Limits
from suppliers.confined.child import Refused
from suppliers.confined.process import run_child
from suppliers.confined.slots import reader_slot
from suppliers.photos import collect, refusal_of

CHILD = "invoicing.reading.photographs"
# Each photograph is decoded, reduced and written again in well under a second on a slow machine.
SECONDS_EACH = 1


def make_pdf(photos: Sequence[bytes], limits: Limits) -> bytes:
    """One PDF, a page for each photograph, in their order, no larger than `limits.file_size`.

    Raises Refused with a code of refusals.py, Busy when every reader of this host is at work.
    """
    limits = _for_so_many(limits, len(photos))
    with reader_slot(limits) as slot, slot.place() as place:
        (place / "job.json").write_text(json.dumps({"limits": asdict(limits), "photos": len(photos)}))
        for number, photo in enumerate(photos):
            (place / f"photo-{number}").write_bytes(photo)
        if failed := run_child(place, slot, limits, reader=CHILD):
            raise Refused(refusal_of(failed))
        return collect(place, "photos.pdf", b"%PDF-", limits)


def _for_so_many(limits: Limits, count: int) -> Limits:
    more = SECONDS_EACH * (count - 1)
    return replace(
        limits,
        cpu_seconds=limits.cpu_seconds + more,
        wall_seconds=limits.wall_seconds + more,
        written_file=limits.file_size,
    )
