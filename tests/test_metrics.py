"""`/metrics`: who may read it, and that each figure tells what stands in the database."""

import json
import re
import subprocess
import sys
import time
from datetime import timedelta

import pytest
import requests
from django.conf import settings as site
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from agrilocal18 import tasks
from agrilocal18.demo.stage import free_port
from agrilocal18.figures import TOLD
from chorus.models import Exchange, Submission, Sweep
from chorus.tasks import deposit_sweep
from invoicing.deposits import Deposit, State, Upload
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from suppliers.models import Mail
from suppliers.models.mail import ATTEMPTS
from tests.chorus.conftest import (  # noqa: F401
    account,
    approved,
    college,
    portal,
    running_simulator,
    simulator,
    supplier,
)
from tests.factories import InvoiceFactory, MemberFactory, OrderFactory, UserFactory
from tests.invoicing.conftest import drop
from tests.people import signed_in

TOKEN = "a-token"


@pytest.fixture(autouse=True)
def _on(settings):
    settings.METRICS_TOKEN = TOKEN


def scraped(client) -> dict[str, float]:
    """`name{label}` -> value."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return read(answer.content.decode())


def read(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(sample.labels.values())
            name = sample.name.removeprefix("agrilocal_")
            found[f"{name}{{{labels}}}" if labels else name] = sample.value
    return found


def test_there_is_no_such_page_without_a_token(client, db, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer another"}, {"Authorization": "Bearer é"}])
def test_nobody_reads_it_without_the_token(db, given):
    client = signed_in(UserFactory(is_staff=True, is_superuser=True))
    answer = client.get("/metrics", headers=given)
    assert (answer.status_code, answer.content) == (401, b"")


def test_each_queue_tells_how_many_and_how_old(client, db):
    order = OrderFactory()
    dropped = Deposit.objects.create(supplier=order.supplier, by=MemberFactory(supplier=order.supplier).user)
    Upload.objects.create(deposit=dropped, position=0, name="a.pdf", state=State.WAITING)
    Deposit.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    for minutes in (5, 10):
        InvoiceFactory(status=Status.TO_REVIEW, status_at=timezone.now() - timedelta(minutes=minutes))
    Mail.objects.all().delete()
    told = {"user": UserFactory(), "kind": "member", "about": 1, "due_at": timezone.now() - timedelta(minutes=2)}
    Mail.objects.create(**told)
    Mail.objects.create(**told | {"about": 2, "attempts": ATTEMPTS})
    Mail.objects.create(**told | {"about": 3, "due_at": timezone.now() + timedelta(hours=1)})

    found = scraped(client)
    rows = {name: value for name, value in found.items() if name.startswith("queue_rows") and value}
    assert rows == {
        "queue_rows{reading}": 1,
        "queue_rows{review}": 2,
        "queue_rows{mails}": 1,
        "queue_rows{mails_failed}": 1,
    }
    for queue, minutes in {"reading": 3, "review": 10, "mails": 2}.items():
        assert found[f"queue_age_seconds{{{queue}}}"] // 60 == minutes


def test_what_waits_at_chorus_pro_and_what_left(client, approved):  # noqa: F811
    waiting, left = approved(send_after=timezone.now() - timedelta(minutes=4)), approved()
    assert scraped(client)["queue_rows{to_send}"] == 2
    deposit_sweep()
    Submission.objects.filter(invoice=waiting).update(status=Submission.Status.HELD)
    left.refresh_from_db()
    found = scraped(client)
    assert left.status == Status.DEPOSITED
    assert (found["queue_rows{submissions_held}"], found["queue_rows{submissions_queued}"]) == (1, 0)
    assert found["deposits_last_hour"] == 2
    assert found["sweep_age_seconds{deposit}"] < 60
    assert found["exchange_level{held}"] == 2
    assert found["exchange_level{accounts}"] == 0


def test_calls_are_told_by_their_class(client, portal):  # noqa: F811
    for error, hours in [("", 0), ("", 0), ("Refused", 0), ("Unavailable", 2)]:
        began = timezone.now() - timedelta(hours=hours)
        Exchange.objects.create(
            environment="simulator", operation="x", started_at=began, duration_ms=1, http_status=200, error=error
        )
    found = scraped(client)
    assert (found["calls_last_hour{ok}"], found["calls_last_hour{Refused}"]) == (2, 1)
    assert found["calls_last_hour{Unavailable}"] == 0


def test_it_tells_verdicts_and_how_long_they_took(client, db):
    order = OrderFactory()
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    drop(farmer, order)
    stopped = drop(farmer, order, number="F2026-0148", buyer_siret="")
    Invoice.objects.filter(pk=stopped.pk).update(
        verdict=[{"code": "x", "level": "warn"}, {"code": "y", "level": "stop"}]
    )
    Deposit.objects.update(created_at=timezone.now() - timedelta(seconds=40))
    found = scraped(client)
    assert [found[f"drafts_last_hour{{{verdict}}}"] for verdict in ("clean", "warn", "stop")] == [1, 0, 1]
    assert 39 < found["reading_seconds{1}"] < 60
    Invoice.objects.update(created_at=timezone.now() - timedelta(hours=2))
    found = scraped(client)
    assert found["drafts_last_hour{clean}"] == 0
    assert "reading_seconds{1}" not in found


def test_a_sweep_that_stops_grows_old(client, db):
    tasks.watch()
    Sweep.objects.update(began_at=timezone.now() - timedelta(minutes=7))
    assert scraped(client)["sweep_age_seconds{watch}"] // 60 == 7


def test_requests_are_counted_by_route(client, db):
    before = scraped(client)
    for path in ("/factures/1/", "/factures/2/", "/nothing-here-1/", "/nothing-here-2/"):
        client.get(path)
    client.generic("INVENTED", "/healthz")
    found = scraped(client)
    counted = {name: value - before.get(name, 0) for name, value in found.items() if "requests_total" in name}
    assert counted["http_requests_total{GET,factures/<int:pk>/,302}"] == 2
    assert counted["http_requests_total{other,healthz,405}"] == 1
    assert counted["http_requests_total{GET,(no page),404}"] == 2
    assert found["http_duration_seconds_count{factures/<int:pk>/}"] >= 2
    assert not re.search("nothing|INVENTED", json.dumps(found))


def test_a_scrape_costs_as_much_with_many_rows(client, approved):  # noqa: F811
    scraped(client)
    with CaptureQueriesContext(connection) as few:
        scraped(client)
    for _ in range(5):
        approved(), approved(status=Status.TO_REVIEW)
    deposit_sweep()
    with CaptureQueriesContext(connection) as many:
        scraped(client)
    assert len(many) == len(few) < 32


def test_the_document_lists_every_figure():
    document = (site.BASE_DIR / "docs" / "operations.md").read_text()
    lines = [f"| `agrilocal_{name}` | {told} |" for name, told in TOLD.items()]
    assert [line for line in lines if line not in document] == []


# --- Several processes ---


def test_the_processes_of_gunicorn_count_together(tmp_path):
    """Each answers on its own; whichever is scraped tells the sum."""
    port = free_port()
    environment = {
        "PATH": "/usr/bin:/bin", "READ_DOT_ENV": "0", "DEBUG": "1", "HTTPS": "0", "VAR_DIR": str(tmp_path),
        "METRICS_TOKEN": TOKEN, "TMPDIR": str(tmp_path),
    }  # fmt: skip
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, env=environment, cwd=site.BASE_DIR, check=True)
    command = ["gunicorn", "agrilocal18.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "3", "--no-control-socket"]
    log = tmp_path / "log"
    with (
        log.open("wb") as told,
        subprocess.Popen([sys.executable, "-m", *command], env=environment, cwd=site.BASE_DIR, stderr=told) as server,
    ):
        try:
            url = f"http://127.0.0.1:{port}"
            until_up(url)
            before = counted(url)
            for _ in range(30):
                requests.get(f"{url}/healthz", timeout=30)
            assert counted(url) - before == 30
            assert list(tmp_path.glob("agrilocal18-metrics-*"))
            requests.get(f"{url}/accessibilite/?q=searched", timeout=30)
        finally:
            server.terminate()
    assert list(tmp_path.glob("agrilocal18-metrics-*")) == []
    assert "agrilocal18.requests" in log.read_text()
    assert "searched" not in log.read_text()


def until_up(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return requests.get(f"{url}/healthz", timeout=30).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.2)
    raise AssertionError("gunicorn does not answer")


def counted(url: str) -> float:
    answer = requests.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
    return read(answer.text)["http_requests_total{GET,healthz,200}"]
