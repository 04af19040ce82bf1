"""An import from the file to its end: shown first, confirmed by a person, carried out by a worker.

Killed half-way it is taken up again from the start: what was done is then found as it should be, and nothing doubles.
"""

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.core.files.base import ContentFile
from import_export.results import RowResult
from kombu.exceptions import OperationalError

from suppliers.importing.kinds import KINDS, Kind
from suppliers.importing.reading import Row, Table, Unreadable, read_table
from suppliers.importing.resource import PlannedResource
from suppliers.models import Import, User

logger = logging.getLogger(__name__)

TASK = "suppliers.tasks.carry_imports_out"
SWEEP_SECONDS = 60.0
# Of what changes, the page shows the first ones; refused rows are all kept.
SHOWN = 200
COUNTED = {
    RowResult.IMPORT_TYPE_NEW: "created",
    RowResult.IMPORT_TYPE_UPDATE: "updated",
    RowResult.IMPORT_TYPE_SKIP: "unchanged",
}
BROKEN = "Le portail n'a pas su importer cette ligne. Prévenez l'équipe informatique\u00a0: le journal dit pourquoi."


def resource_of(kind: Kind, table: Table) -> PlannedResource:
    """Raises ValidationError when a column lacks."""
    return kind.resource(table, titles=kind.titles())


def give_in(kind: Kind, name: str, content: bytes, table: Table, *, by: User) -> Import:
    """Keep the file with what importing it would do."""
    counts, report = run(kind, table)
    return Import.objects.create(
        kind=kind.name,
        name=name[:200],
        file=ContentFile(content, name=name),
        sha256=hashlib.sha256(content).hexdigest(),
        by=by,
        report=report,
        **counts,
    )


def nudge() -> None:
    """Wake a worker; a lost message costs one interval."""
    try:
        current_app.send_task(TASK, retry=False)
    except (OperationalError, OSError):
        logger.warning("No message could be sent: confirmed imports are carried out at the next interval")


def sweep() -> None:
    """Carry out what was confirmed, the oldest first."""
    until, tried = time.monotonic() + SWEEP_SECONDS, []
    while time.monotonic() < until:
        imported = Import.objects.due().exclude(pk__in=tried).first()
        if imported is None:
            break
        tried.append(imported.pk)
        if imported.claim():
            _carry_out_claimed(imported)


def _carry_out_claimed(imported: Import) -> None:
    try:
        carry_out(imported)
    except Unreadable as error:
        # It was read before: the host is busy, or slower than then. The next sweep tries again.
        logger.warning("The file of import %s could not be opened now: %s", imported.pk, error)
        imported.release()


def carry_out(imported: Import) -> None:
    with imported.file.open("rb") as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != imported.sha256:
        logger.error("The file of import %s is not the one that was shown", imported.pk)
        return
    imported.finish(*run(KINDS[imported.kind], read_table(content), by=imported.confirmed_by))


def forget(now: datetime) -> None:
    old = Import.objects.filter(created_at__lt=now - timedelta(days=settings.IMPORTS_KEPT_DAYS)).exclude(file="")
    for imported in old:
        imported.forget()


def run(kind: Kind, table: Table, *, by: User | None = None) -> tuple[dict[str, int], dict]:
    """By nobody nothing is written."""
    resource = resource_of(kind, table)
    dataset = resource.dataset(table)
    groups = [rows for (rows,) in dataset]
    result = resource.import_data(dataset, use_transactions=False, by=by)
    told = list(zip(groups, result.rows, strict=True))
    refused = sorted(refusal for rows, row_result in told for refusal in _refused(rows, row_result))
    outcomes = Counter(COUNTED[each.import_type] for each in result.rows if each.import_type in COUNTED)
    counts = {name: outcomes[name] for name in COUNTED.values()}
    # What was refused or broke has no plan.
    plans = [each.plan for each in result.rows if hasattr(each, "plan")]
    return (
        {**counts, "rows": len(table.rows), "refused": len(refused)},
        {"titles": list(table.titles), "refused": refused, **_shown(plans)},
    )


def _refused(rows: list[Row], row_result) -> Iterator[tuple[int, str, list[str]]]:
    """Number, reason and cells of each row that is not imported."""
    reasons = getattr(row_result.validation_error, "reasons", {})
    for error in row_result.errors:
        logger.error("Rows from %s on could not be imported", rows[0].number, exc_info=error.error)
        reasons = dict.fromkeys((row.number for row in rows), BROKEN)
    for row in rows:
        if row.number in reasons:
            yield row.number, reasons[row.number], list(row.cells)


def _shown(plans: list) -> dict[str, list]:
    changes = [(plan.name, plan.is_new, plan.changes) for plan in plans if plan.changes]
    kept = [(plan.name, plan.kept) for plan in plans if plan.kept]
    return {"changes": changes[:SHOWN], "kept": kept[:SHOWN]}
