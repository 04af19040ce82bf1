"""`manage.py doctor`: each part is broken for real, is named, and comes with the line that mends it."""

import socketserver
import threading
from datetime import timedelta
from io import StringIO

import pytest
from celery.contrib.testing.worker import start_worker
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from agrilocal18 import doctor, readiness, tasks
from agrilocal18.celery import app
from chorus.models import Sweep, TechnicalAccount
from chorus.simulator import world
from tests.chorus.conftest import account, portal, running_simulator, simulator  # noqa: F401
from tests.factories import SupplierFactory
from tests.test_health import unused_port

pytestmark = pytest.mark.django_db


def of(title) -> doctor.Finding:
    return next(found for found in doctor.diagnose() if found.title == title)


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """One part is asked after; the others, some of which wait for an answer, are not."""

    def only(title):
        monkeypatch.setattr(doctor, "PARTS", [part for part in doctor.PARTS if part.title == title])
        return of(title)

    return only


@pytest.fixture
def no_broker(monkeypatch):
    for name in ("broker_url", "broker_read_url", "broker_write_url"):
        monkeypatch.setitem(app.conf, name, f"redis://127.0.0.1:{unused_port()}/0")


@pytest.fixture
def greeting():
    """A server that says one line to whoever connects, and reads what he says."""
    servers = []

    def start(line: bytes) -> int:
        class Door(socketserver.StreamRequestHandler):
            def handle(self):
                if line.endswith(b"\0"):
                    self.rfile.read(len(b"zINSTREAM\0agrilocal18") + 8)
                self.wfile.write(line)
                self.rfile.readline()
                self.wfile.write(b"250 hello\r\n")
                self.rfile.readline()

        servers.append(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Door))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1].server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


# --- The command ---


def said() -> tuple[str, int]:
    out, code = StringIO(), 0
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        code = end.code
    return out.getvalue().replace("\u00a0", " "), code


def test_it_says_how_to_mend_and_fails(alone, settings):
    settings.DISK_FREE_MIN = 10**18
    alone("Disque")
    text, code = said()
    assert code == 1
    fault, remedy, summary = text.splitlines()
    assert fault.startswith("À RÉPARER  Disque : ")
    assert remedy.strip() == "→ Libérez de la place ou agrandissez le disque de VAR_DIR et de MEDIA_ROOT."
    assert summary == "1 à réparer."


def test_it_passes_when_all_is_well(alone):
    alone("Disque")
    text, code = said()
    assert (code, text.splitlines()[-1]) == (0, "Tout va bien.")


def test_one_part_that_breaks_does_not_hide_the_others(monkeypatch):
    def broken():
        raise RuntimeError("password=hunter2")

    parts = [doctor.Part("Première", "Réparez-la.", broken), doctor.Part("Seconde", "", lambda: None)]
    monkeypatch.setattr(doctor, "PARTS", parts)
    first, second = doctor.diagnose()
    assert (first.is_ill, first.mend, second.is_ill) == (True, "Réparez-la.", False)
    assert "hunter2" not in first.told


def test_it_tries_every_part():
    assert [part.title for part in doctor.PARTS] == [
        *("Réglages", "Base de données", "Migrations", "Broker", "Workers", "Beat", "Proxys"),
        *("Fichiers", "Courrier", "Antivirus", "Pages sans texte", "Clés", "Chorus Pro", "Disque", "Horloge"),
    ]
    assert all(part.mend.endswith(".") for part in doctor.PARTS)


# --- Each part ---


def test_settings_that_are_no_productions(alone, settings):
    settings.DEBUG = True
    found = alone("Réglages")
    assert found.is_ill
    assert "security.W018" in found.told


def test_a_database_for_demonstrations_only(alone, settings):
    found = alone("Base de données")
    assert found.is_ill == (connection.vendor == "sqlite")
    settings.DEMONSTRATION = True
    assert not of("Base de données").is_ill


def test_a_database_that_is_away(alone, monkeypatch):
    alone("Base de données")

    def gone():
        raise connection.Database.OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", gone)
    assert (of("Base de données").is_ill, of("Base de données").mend) == (
        True,
        "Lancez PostgreSQL et vérifiez DATABASE_URL.",
    )


def test_a_migration_that_was_not_applied(alone, settings):
    assert not alone("Migrations").is_ill
    settings.MIGRATION_MODULES = {}
    recorder = MigrationRecorder(connection)
    # Where the tests made the tables at once, none is written down as applied.
    if recorder.has_table():
        recorder.record_unapplied(*MigrationLoader(connection).graph.leaf_nodes("chorus")[0])
    found = of("Migrations")
    assert (found.is_ill, found.mend) == (True, "Lancez « manage.py migrate ».")


def test_a_broker_that_is_away(alone, monkeypatch, memory_broker):
    assert not alone("Broker").is_ill
    monkeypatch.setitem(app.conf, "broker_write_url", f"redis://127.0.0.1:{unused_port()}/0")
    assert of("Broker").is_ill


def test_workers_that_answer(alone, memory_broker):
    with start_worker(app, pool="solo", perform_ping_check=False) as worker:
        found = alone("Workers")
    assert (found.is_ill, found.told) == (False, worker.hostname)


def test_no_worker(alone, memory_broker):
    assert alone("Workers").told == "aucun ne répond"


def test_workers_behind_a_broker_that_is_away(alone, no_broker):
    assert alone("Workers").mend == "Réparez d'abord le broker."


def test_a_silent_beat(alone):
    assert alone("Beat").told == "dernier passage : jamais"
    tasks.watch()
    assert not of("Beat").is_ill
    Sweep.objects.update(began_at=timezone.now() - readiness.SILENT_AFTER - timedelta(seconds=1))
    assert of("Beat").is_ill


def test_files_that_cannot_be_written(alone, settings, tmp_path):
    assert not alone("Fichiers").is_ill
    (tmp_path / "a file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "a file" / "media"
    assert of("Fichiers").is_ill


def test_a_mail_server_that_is_away(alone, settings, greeting):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = greeting(b"220 hello\r\n")
    assert not alone("Courrier").is_ill
    settings.EMAIL_PORT = unused_port()
    assert of("Courrier").is_ill


def test_mails_that_reach_nobody(alone, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert alone("Courrier").mend == "Donnez EMAIL_URL=smtp+tls://…"


def test_a_scanner_that_is_away(alone, settings, greeting):
    assert alone("Antivirus").told == "non branché (CLAMD)"
    settings.CLAMD = f"127.0.0.1:{greeting(b'stream: OK' + bytes(1))}"
    assert of("Antivirus").told == "clamd répond"
    settings.CLAMD = f"127.0.0.1:{unused_port()}"
    assert of("Antivirus").is_ill


def program(tmp_path, languages):
    path = tmp_path / "tesseract"
    path.write_text(f"#!/bin/sh\nprintf '{languages}'\n")
    path.chmod(0o755)
    return str(path)


def test_a_tesseract_without_french(alone, settings, tmp_path):
    assert not alone("Pages sans texte").is_ill
    settings.OCR = program(tmp_path, r"eng\nfra\n")
    assert of("Pages sans texte").told == "Tesseract lit le français"
    settings.OCR = program(tmp_path, r"eng\n")
    assert of("Pages sans texte").is_ill
    settings.OCR = str(tmp_path / "nothing")
    assert of("Pages sans texte").is_ill


def test_keys_that_were_lost(alone, settings):
    assert not alone("Clés").is_ill
    SupplierFactory(iban="FR7630006000011234567890189")
    assert of("Clés").told == "valeurs essayées : 1"
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    found = of("Clés")
    assert (found.is_ill, "suppliers.Supplier.iban" in found.told) == (True, True)
    assert "FR76" not in found.told


def test_chorus_pro_is_asked_only_where_it_is_on(alone):
    assert alone("Chorus Pro").told == "débranché (CHORUS_ENVIRONMENT)"


def test_chorus_pro_with_a_wrong_account(alone, account, portal, simulator):  # noqa: F811
    assert not alone("Chorus Pro").is_ill
    TechnicalAccount.objects.update(login="nobody")
    found = of("Chorus Pro")
    assert found.is_ill
    assert world.CLIENT_SECRET not in found.told
    TechnicalAccount.objects.update(is_active=False)
    assert of("Chorus Pro").told == "aucun compte technique en service"


def test_chorus_pro_that_is_away(alone, account, portal):  # noqa: F811
    away = f"http://127.0.0.1:{unused_port()}"
    portal.CHORUS = {**portal.CHORUS, "API_URL": away, "TOKEN_URL": away}
    assert alone("Chorus Pro").is_ill


def test_a_clock_that_is_wrong(alone, monkeypatch):
    assert not alone("Horloge").is_ill
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(minutes=1))
    assert of("Horloge").is_ill == (connection.vendor == "postgresql")
