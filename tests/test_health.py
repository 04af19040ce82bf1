"""`/healthz` and `/readyz`: what restarts a process, and what tells that its parts work together."""

import json
import socket
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone

from agrilocal18 import readiness, tasks
from agrilocal18.celery import app
from chorus.models import Sweep
from suppliers.models import User


@pytest.fixture(autouse=True)
def _asked_anew():
    readiness.storage_of_late.forget()


@pytest.fixture
def ready(db):
    tasks.watch()


def asked(client) -> tuple[int, dict]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def failing(client) -> list[str]:
    status, said = asked(client)
    assert (status, said["ready"]) == (503, False)
    return [name for name, how in said["parts"].items() if how != "ok"]


def unused_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def test_it_is_alive_without_any_other_part(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_machines_ask_without_tls(client, ready, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get(path).status_code == 200
    assert client.get("/accessibilite/").status_code == 301


def test_it_is_ready_when_all_parts_work(client, ready):
    well = dict.fromkeys(["database", "broker", "storage", "sweep"], "ok")
    assert asked(client) == (200, {"ready": True, "parts": well})
    assert "no-store" in client.get("/readyz")["Cache-Control"]


def test_trying_the_storage_leaves_nothing_behind(client, ready):
    asked(client)
    assert default_storage.listdir("") == ([], [])


def test_it_is_not_ready_before_a_worker_ran(client, db):
    assert failing(client) == ["sweep"]


def test_a_silent_sweep_is_told(client, ready):
    Sweep.objects.update(began_at=timezone.now() - readiness.SILENT_AFTER + timedelta(minutes=1))
    assert asked(client)[0] == 200
    Sweep.objects.update(began_at=timezone.now() - readiness.SILENT_AFTER - timedelta(minutes=1))
    assert failing(client) == ["sweep"]


def test_a_folder_of_files_that_cannot_be_written_is_told(client, ready, settings, tmp_path):
    (tmp_path / "a file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "a file" / "media"
    assert failing(client) == ["storage"]


def test_the_storage_is_not_written_to_at_every_request(client, ready, settings, tmp_path):
    assert asked(client)[0] == 200
    (tmp_path / "a file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "a file" / "media"
    assert asked(client)[0] == 200


def test_a_broker_that_is_away_is_told(client, ready, monkeypatch):
    monkeypatch.setitem(app.conf, "broker_url", f"redis://127.0.0.1:{unused_port()}/0")
    monkeypatch.setitem(app.conf, "broker_write_url", f"redis://127.0.0.1:{unused_port()}/0")
    assert failing(client) == ["broker"]


def test_a_database_that_is_away_is_told_and_nothing_secret_is(client, ready, caplog):
    def gone(*args):
        raise RuntimeError("password=secret")

    with connection.execute_wrapper(gone):
        answer = client.get("/readyz")
    parts = json.loads(answer.content)["parts"]
    assert (answer.status_code, parts["database"], parts["sweep"]) == (503, "failing", "failing")
    assert b"secret" not in answer.content


def test_it_asks_nobody_who_he_is(client, ready):
    client.force_login(User.objects.create_user("a@example.org"))
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
