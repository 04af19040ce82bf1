"""What the database says of the portal's work, for `/metrics`: as many queries whatever the number of rows.

What happens in workers is read here from the rows it leaves, so that workers have nothing to publish. What was read
of late is told from the newest READ_BACK rows.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from agrilocal18 import readiness
from chorus import watch
from chorus.conf import configuration
from chorus.models import Exchange, Submission, Sweep
from invoicing.checks import Level
from invoicing.deposits import State, Upload
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from suppliers.models import Mail
from suppliers.models.mail import IN_STATE
from suppliers.models.mail import State as MailState

HOUR = timedelta(hours=1)
READ_BACK = 500
QUANTILES = (0.5, 0.95, 1)
# Name -> what it tells, without the prefix « agrilocal_ »; docs/operations.md shows the same.
TOLD = {
    "queue_rows": "rows that wait, by queue",
    "queue_age_seconds": "age of the oldest of them",
    "sweep_age_seconds": "since a sweep began, by sweep",
    "sweep_duration_seconds": "how long a sweep took that ended since",
    "deposits_last_hour": "invoices that Chorus Pro took",
    "calls_last_hour": "calls to Chorus Pro by class: ok, Refused, Denied, Unavailable, …",
    "drafts_last_hour": "invoices read, by verdict: clean, warn, stop",
    "reading_seconds": "from the drop to the verdict of these, by quantile",
    "exchange_level": "each figure of the status line: 0 good, 1 to watch, 2 to treat",
    "disk_free_bytes": "free on the fullest disk of this machine's files",
}


class Figures:
    """A collector of prometheus_client: asked at each scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        yield from _queues(now)
        yield from _sweeps(now)
        yield _deposits(now)
        yield _calls(now)
        yield from _drafts(now)
        yield _levels()
        yield _disk()


def _gauge(name: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"agrilocal_{name}", TOLD[name], labels=labels)


def _age(oldest: datetime | None, now: datetime) -> float:
    return max((now - oldest).total_seconds(), 0) if oldest else 0


def _queues(now: datetime) -> list[GaugeMetricFamily]:
    rows, age = _gauge("queue_rows", "queue"), _gauge("queue_age_seconds", "queue")
    for name, waiting in {**_waiting(now), **_submissions()}.items():
        rows.add_metric([name], waiting["n"])
        age.add_metric([name], _age(waiting["oldest"], now))
    return [rows, age]


def _waiting(now: datetime) -> dict[str, dict]:
    """Queue -> how many, and since when the oldest."""
    mails = Mail.objects.filter(sent_at=None, dropped_at=None).aggregate(
        n=Count("pk", filter=IN_STATE[MailState.WAITING] & Q(due_at__lte=now)),
        oldest=Min("due_at", filter=IN_STATE[MailState.WAITING] & Q(due_at__lte=now)),
        failed=Count("pk", filter=IN_STATE[MailState.FAILED]),
        failed_since=Min("created_at", filter=IN_STATE[MailState.FAILED]),
    )
    return {
        "reading": _counted(Upload.objects.filter(state=State.WAITING), "deposit__created_at"),
        "review": _counted(Invoice.objects.filter(status=Status.TO_REVIEW), "status_at"),
        "to_send": _counted(Invoice.objects.ready_to_send(now), "send_after"),
        "mails": {"n": mails["n"], "oldest": mails["oldest"]},
        "mails_failed": {"n": mails["failed"], "oldest": mails["failed_since"]},
    }


def _counted(rows, since: str) -> dict:
    return rows.order_by().aggregate(n=Count("pk"), oldest=Min(since))


def _submissions() -> dict[str, dict]:
    """Those that are not at their end, each state a queue; one that is empty is told too."""
    found = Submission.objects.here().filter(status__in=Submission.OPEN).order_by()
    by_status = {
        row.pop("status"): row for row in found.values("status").annotate(n=Count("pk"), oldest=Min("created_at"))
    }
    return {f"submissions_{status}": by_status.get(status, {"n": 0, "oldest": None}) for status in Submission.OPEN}


def _sweeps(now: datetime) -> list[GaugeMetricFamily]:
    age, took = _gauge("sweep_age_seconds", "sweep"), _gauge("sweep_duration_seconds", "sweep")
    for sweep in Sweep.objects.filter(began_at__isnull=False).order_by("name"):
        age.add_metric([sweep.name], _age(sweep.began_at, now))
        if sweep.ended_at and sweep.ended_at >= sweep.began_at:
            took.add_metric([sweep.name], (sweep.ended_at - sweep.began_at).total_seconds())
    return [age, took]


def _deposits(now: datetime) -> GaugeMetricFamily:
    family = _gauge("deposits_last_hour")
    family.add_metric([], Submission.objects.here().deposits().filter(deposited_at__gte=now - HOUR).count())
    return family


def _calls(now: datetime) -> GaugeMetricFamily:
    family = _gauge("calls_last_hour", "class")
    here = Exchange.objects.filter(environment=configuration().environment, started_at__gte=now - HOUR)
    counted = dict(here.order_by().values_list("error").annotate(n=Count("pk")))
    for name in ("", *watch.CLASSES):
        counted.setdefault(name, 0)
    for name, n in sorted(counted.items()):
        family.add_metric([name or "ok"], n)
    return family


def _drafts(now: datetime) -> list[GaugeMetricFamily]:
    """A file about which its supplier was asked something waited for him: it says nothing of the reading."""
    newest = Invoice.objects.order_by("-pk").annotate(dropped_at=F("upload__deposit__created_at"))
    rows = newest.values_list("created_at", "dropped_at", "upload__answer", "verdict")[:READ_BACK]
    # Chosen here: the database would look for them through all that is older.
    of_late = [row for row in rows if row[0] >= now - HOUR and row[1]]
    verdicts, reading = _gauge("drafts_last_hour", "verdict"), _gauge("reading_seconds", "quantile")
    counted = Counter(_verdict_of(problems) for *_, problems in of_late)
    for verdict in ("clean", *Level):
        verdicts.add_metric([verdict], counted[verdict])
    seconds = sorted((made - dropped).total_seconds() for made, dropped, answer, _ in of_late if not answer)
    for share in QUANTILES if seconds else ():
        reading.add_metric([str(share)], _quantile(seconds, share))
    return [verdicts, reading]


def _verdict_of(problems: list[dict]) -> str:
    levels = {problem["level"] for problem in problems}
    return next((level for level in (Level.STOP, Level.WARN) if level in levels), "clean")


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which so many of them are."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _levels() -> GaugeMetricFamily:
    family = _gauge("exchange_level", "figure")
    for sign in watch.signs():
        family.add_metric([sign.name], list(watch.Level).index(sign.level))
    return family


def _disk() -> GaugeMetricFamily:
    family = _gauge("disk_free_bytes")
    family.add_metric([], readiness.free_bytes())
    return family
