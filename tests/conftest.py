"""What every test shares: a closed network, an own folder for files, and where it runs."""

import gc
import os
import shutil
import socket
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connection

from agrilocal18.celery import app
from tests import emptying
from tests.invoices.engines import usable
from tests.typography import read_what_leaves

SHARED = Path(__file__).resolve().parents[2] / "shared"
LOOPBACK = {"127.0.0.1", "::1", "localhost", None, ""}

# Playwright's own event loop makes Django believe that synchronous tests run inside asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


# Thousands of tests are made and kept to the end: looking for rubbish among them finds none and takes seconds.
gc.disable()


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


# A busy machine draws its examples slowly: no fault of what is tested.
hypothesis.settings.register_profile("calm", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("calm")


def pytest_report_header(config):
    database = settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1]
    broker = settings.CELERY_BROKER_URL.split(":", 1)[0]
    return f"database: {database}, broker: {broker}"


def pytest_collection_modifyitems(items):
    for marker, reason in _missing().items():
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def _missing() -> dict[str, str]:
    """Marker -> why its tests cannot run on this machine. CI has all but the references and never goes without."""
    missing = {}
    if connection.vendor != "postgresql":
        missing["postgresql"] = "only PostgreSQL does this: give DATABASE_URL"
    if not SHARED.is_dir():
        missing["needs_shared"] = "the references beside the checkout (../shared) are not there"
    if not (shutil.which("chromium") or os.environ.get("CI")):
        missing["browser"] = "Chromium is not there: sudo apt install chromium"
    if not (shutil.which("tesseract") or os.environ.get("CI")):
        missing["ocr"] = "Tesseract is not there: sudo apt install tesseract-ocr tesseract-ocr-fra"
    if not (shutil.which("nginx") or os.environ.get("CI")):
        missing["nginx"] = "nginx is not there: sudo apt install nginx-light"
    if not (usable("cairo") or os.environ.get("CI")):
        missing["cairo"] = "Cairo is not there: sudo apt install libcairo2"
    return missing


@pytest.fixture
def memory_broker(monkeypatch):
    """Messages stay in this process, whatever broker it talked to before: connections that are open are set aside."""
    for name in ("broker_url", "broker_read_url", "broker_write_url"):
        monkeypatch.setitem(app.conf, name, "memory://localhost")
    monkeypatch.setitem(app.conf, "broker_transport_options", {})
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


@pytest.fixture(autouse=True, scope="session")
def _quickly_emptied():
    with pytest.MonkeyPatch.context() as patch:
        emptying.install(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def _closed_network():
    """No test leaves this machine, not even by accident."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            raise RuntimeError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    socket.socket.connect = guarded
    yield
    socket.socket.connect = connect


@pytest.fixture(autouse=True)
def _well_written(request, monkeypatch):
    """Whatever a test is about: the mails it sends and the PDFs it makes are in French as it is printed."""
    found = read_what_leaves(monkeypatch)
    yield
    if not request.node.get_closest_marker("odd_words"):
        assert found == []


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def shared() -> Path:
    """The folder of references; only for tests marked needs_shared."""
    return SHARED
