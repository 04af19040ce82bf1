"""What the database holds of the deposits that people saw succeed, compared one by one."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from invoicing.deposits import State, Upload
from invoicing.lifecycle import Status
from invoicing.models import Invoice


def differences(deposits: Iterable[dict], suppliers: Iterable[int]) -> list[str]:
    """Sentences; none when each file that was dropped is one invoice of its own supplier, handed over where its page
    said so, under the number printed in it, and there is nothing else."""
    expected = {_dropped(made): made for made in deposits}
    found = Invoice.objects.filter(supplier__in=suppliers).values_list(
        "supplier_id", "document_sha256", "number", "status", "pk"
    )
    times = Counter((supplier, sha256) for supplier, sha256, *_ in found)
    told = [f"{expected[key]['file']} is there {times[key]} times" for key in expected if times[key] != 1]
    for supplier, sha256, number, status, pk in found:
        made = expected.get((supplier, sha256))
        if made is None:
            told.append(f"invoice {pk} of supplier {supplier} was dropped by nobody")
        else:
            told += _wrong(made, number, status, pk)
    waiting = Upload.objects.filter(deposit__supplier__in=suppliers, state=State.WAITING).count()
    return told + [f"{waiting} files still wait for a reader"] * bool(waiting)


def _dropped(made: dict) -> tuple[int, str]:
    return made["supplier"], hashlib.sha256(Path(made["file"]).read_bytes()).hexdigest()


def _wrong(made: dict, number: str, status: str, pk: int) -> Iterable[str]:
    if not number.endswith(made["number"]):
        yield f"{made['file']} became number {number}"
    if made["step"] == "confirmed" and (status, pk) != (Status.TO_REVIEW, made["invoice"]):
        yield f"{made['file']} was confirmed as invoice {made['invoice']} and is {pk}, {status}"
    if made["step"] != "confirmed" and status != Status.DRAFT:
        yield f"{made['file']} was not confirmed and is {status}"
