"""What is written in the log: one line a thing, with the request's id, and nothing of anybody."""

import gzip
import io
import json
import logging
import os
import queue
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings as site
from django.urls import reverse
from django.utils import timezone
from django_guid import clear_guid, get_guid, set_guid
from django_guid.log_filters import CorrelationId
from pypdf import PdfReader

from agrilocal18.celery import app
from agrilocal18.logs import HIDDEN, JsonLine, TextLine, mask
from chorus.simulator import world
from chorus.tasks import deposit_sweep, news_sweep
from chorus.wiring import at_once
from invoicing.lifecycle import Status
from suppliers.models import User
from tests.chorus.conftest import account, portal, running_simulator, simulator  # noqa: F401
from tests.factories import BuyerFactory, MemberFactory, OrderFactory, RecipientFactory, SupplierFactory
from tests.invoicing.conftest import confirm, drop
from tests.people import signed_in

IBAN = "FR7630006000011234567890189"
GIVEN = "0123456789abcdef0123456789abcdef"


class Kept(logging.Handler):
    """What was logged, as JSON lines."""

    def __init__(self):
        super().__init__()
        self.setFormatter(JsonLine())
        self.addFilter(CorrelationId())
        self.lines: list[dict] = []

    def emit(self, record):
        self.lines.append(json.loads(self.format(record)))

    def of(self, logger: str) -> list[dict]:
        return [line for line in self.lines if line["logger"] == logger]


@pytest.fixture
def log():
    kept, root = Kept(), logging.getLogger()
    root.addHandler(kept)
    before, root.level = root.level, logging.INFO
    yield kept
    root.removeHandler(kept)
    root.setLevel(before)


# --- The line ---


def record(message="Bonjour", *args, **more):
    return logging.LogRecord("a.logger", logging.WARNING, __file__, 1, message, args, more.get("exc_info"))


def test_a_line_of_json_is_one_line_with_time_and_level():
    told = JsonLine().format(record("Deux\nlignes « é »"))
    assert "\n" not in told
    assert json.loads(told) | {"time": ""} == {
        "time": "",
        "level": "WARNING",
        "logger": "a.logger",
        "message": "Deux\nlignes « é »",
        "request_id": None,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", json.loads(told)["time"])


@pytest.mark.parametrize("line", [JsonLine(), TextLine()])
def test_an_exception_is_told_and_masked(line):
    try:
        raise ValueError(f"not {IBAN}")
    except ValueError:
        told = line.format(record("Oops", exc_info=sys.exc_info()))
    assert "ValueError: not " in told
    assert HIDDEN in told
    assert IBAN not in told


@pytest.mark.parametrize("line", [JsonLine(), TextLine()])
def test_arguments_are_masked_too(line):
    assert IBAN not in line.format(record("Account %s", IBAN))


@pytest.mark.parametrize(
    "words",
    [
        IBAN,
        "/compte/password/reset/key/3000-c2VjcmV0OjMwMDA=/",
        "fr76 3000 6000 0112 3456 7890 189",
        "FR76\u00a03000\u00a06000\u00a00112\u00a03456\u00a07890\u00a0189",
        "FR76-3000-6000-0112-3456-7890-189",
        "BE68 5390 0754 7034",
        "Authorization: Bearer secret-3000.6000",
        "cpro-account: c2VjcmV0OjMwMDA=",
        'password="3000"',
        "client_secret=3000&grant_type=x",
        '{"access_token": "3000"}',
        "postgres://portal:3000@db:5432/x",
    ],
)
def test_what_looks_secret_is_masked(words):
    told = mask(f"Before {words}, after")
    assert HIDDEN in told
    assert told.startswith("Before ")
    assert told.endswith(", after")
    assert not {"3000", "5390", "c2VjcmV0OjMwMDA="} & set(re.split(r"[^\w=]", told))


@pytest.mark.parametrize(
    "words",
    [
        "Invoice 12 of 20000001300017 moved to DEPOSITED",
        f"request {GIVEN}",
        "file ab12cd34ab12cd34ab12cd34ab12cd34.pdf",
        "GET factures/<int:pk>/ pk=3 200",
        "VAT FR40303265045, order EJ-2026-118",
    ],
)
def test_what_is_no_secret_stays(words):
    assert mask(words) == words


# --- The request and its id ---


def test_each_request_has_an_id_of_its_own(client, db, log):
    ids = {client.get("/accessibilite/")["X-Request-ID"] for _ in range(2)}
    assert len(ids) == 2
    assert {line["request_id"] for line in log.of("agrilocal18.requests")} == ids


def test_an_id_that_the_proxy_gives_is_kept(client, db, log):
    answer = client.get("/accessibilite/", headers={"X-Request-ID": GIVEN})
    assert answer["X-Request-ID"] == GIVEN
    assert log.of("agrilocal18.requests")[0]["request_id"] == GIVEN


@pytest.mark.parametrize("wrong", ["not-an-id", "x" * 5000, "<script>", "' OR 1=1"])
def test_an_id_that_is_none_is_neither_kept_nor_quoted(client, db, log, wrong):
    answer = client.get("/accessibilite/", headers={"X-Request-ID": wrong})
    assert re.fullmatch("[0-9a-f]{32}", answer["X-Request-ID"])
    assert wrong not in json.dumps(log.lines)


def test_a_request_is_one_line_without_its_address(db, log):
    client = signed_in(MemberFactory().user)
    client.get("/factures/", {"recherche": "Dupont"})
    client.get("/compte/password/reset/key/1-a-key/")
    client.get("/factures/4711/")
    client.get("/healthz")
    assert [(line["message"], line["ids"]) for line in log.of("agrilocal18.requests")] == [
        ("GET factures/ 200", {}),
        ("GET compte/password/reset/key/[masqué]/$ 200", {}),
        ("GET factures/<int:pk>/ pk=4711 404", {"pk": 4711}),
    ]
    assert "Dupont" not in json.dumps(log.lines)
    assert "a-key" not in json.dumps(log.lines)


# --- Into the tasks ---


heard = queue.SimpleQueue()


@app.task(name="tests.say")
def say():
    heard.put(get_guid())


def test_a_task_bears_the_id_of_who_sent_it(memory_broker):
    set_guid(GIVEN)
    try:
        say.delay()
    finally:
        clear_guid()
    say.delay()
    with start_worker(app, pool="solo", perform_ping_check=False):
        sent, made = heard.get(timeout=30), heard.get(timeout=30)
    assert sent == GIVEN
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert made != GIVEN


def test_what_threads_say_bears_it_too(log, db):
    set_guid(GIVEN)
    try:
        at_once(lambda part: logging.getLogger("tests.thread").info("part %s", part), [1, 2])
    finally:
        clear_guid()
    assert [line["request_id"] for line in log.of("tests.thread")] == [GIVEN, GIVEN]


# --- Nothing of anybody ---


@pytest.fixture
def order(account):  # noqa: F811
    supplier = SupplierFactory(siren=world.SUPPLIERS[0].siret[:9])
    college = BuyerFactory(recipient=RecipientFactory(siret=world.DEMO_RECIPIENTS[0].siret))
    return OrderFactory(supplier=supplier, buyer=college)


def secrets(portal) -> list[str]:  # noqa: F811
    return [site.SECRET_KEY, *site.FIELD_KEYS, world.CLIENT_SECRET, world.PLATFORM_ACCOUNT.password, IBAN]


def test_a_whole_journey_logs_no_account_no_secret_and_no_word_of_a_pdf(order, simulator, portal, caplog):  # noqa: F811
    """Read from the loggers themselves, before anything is masked."""
    caplog.set_level(logging.INFO)
    farmer, agent = signed_in(MemberFactory(supplier=order.supplier).user), User.objects.create_superuser("a@x.fr")
    farmer.post(reverse("suppliers:iban", args=[order.supplier.pk]), {"iban": IBAN})
    invoice = drop(farmer, order, lines=[f"IBAN : {IBAN}"])
    assert confirm(farmer, invoice).status_code == 302
    invoice.refresh_from_db()
    invoice.move_to(Status.APPROVED, by=agent, send_after=timezone.now())
    deposit_sweep()
    news_sweep()
    invoice.refresh_from_db()
    assert invoice.status in {Status.DEPOSITED, Status.ROUTING}
    assert farmer.get(reverse("invoicing:detail", args=[invoice.pk])).status_code == 200

    said = caplog.text
    assert "GET factures/<int:pk>/ pk=" in said
    with invoice.document.open("rb") as document:
        [page] = PdfReader(io.BytesIO(document.read())).pages
    printed = [line.strip() for line in page.extract_text().splitlines() if len(line.strip()) > 8]
    assert len(printed) > 8
    assert [words for words in [*printed, *secrets(portal), "3000600001"] if words in said] == []


# --- Sentry ---

REPORT = """
import logging
import sys
sys.modules["brotli"] = None  # what is sent is packed with it where it is there, else with gzip
import django
django.setup()
import sentry_sdk
from django.contrib.auth.decorators import login_not_required
from django.test import Client
from django.urls import path
from agrilocal18 import urls

def broken(iban):
    raise ValueError("not " + iban)

@login_not_required
def view(request, key):
    broken("FR76 3000 6000 0112 3456 7890 189")

try:
    broken("FR76 3000 6000 0112 3456 7890 189")
except ValueError:
    logging.getLogger("x").exception("Account %s, password=hunter2", "FR7630006000011234567890189")
urls.urlpatterns.append(path("broken/<str:key>/", view))
hidden = {"host": "localhost", "cookie": "sessionid=hidden"}
client = Client(raise_request_exception=False)
client.post("/broken/a-key/?q=Dupont", {"iban": "hidden"}, headers=hidden)
sentry_sdk.flush()
"""


class Sentry(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.heard.append(body.decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


@pytest.fixture
def sentry():
    with HTTPServer(("127.0.0.1", 0), Sentry) as server:
        server.heard = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_failure_is_reported_without_anybodys_data(sentry, tmp_path):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CHORUS_")},
        "DJANGO_SETTINGS_MODULE": "agrilocal18.settings",
        "VAR_DIR": str(tmp_path),
        "DEBUG": "1",
        "SENTRY_DSN": f"http://public@127.0.0.1:{sentry.server_port}/1",
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    done = subprocess.run([sys.executable, "-c", REPORT], env=environment, cwd=site.BASE_DIR, capture_output=True)
    heard = "".join(sentry.heard)
    assert "ValueError" in heard, done.stderr.decode()[-2000:]
    assert "broken/{key}/" in heard
    hidden = ["3000", "hunter2", "hidden", "a-key", "Dupont", "sessionid"]
    assert [words for words in hidden if words in heard] == []
