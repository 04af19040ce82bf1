"""The commands of docker-compose.yml and of the Dockerfile, run as they stand with the settings of production.

On DATABASE_URL and REDIS_URL where they are given (a database of its own), else on SQLite and the file-system broker.
"""

import base64
import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import requests
from psycopg import sql

from agrilocal18.demo.stage import free_port
from tests.image import COMPOSE, ROOT, serve

DATABASE = f"agrilocal18_containers_{os.getpid()}"
PATIENCE = 120  # seconds, of a machine that does other things too


@contextlib.contextmanager
def own_database(url: str):
    """A database beside the one given, dropped at the end."""
    if not url:
        yield ""
        return
    with psycopg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))


@pytest.fixture
def production(tmp_path):
    """The environment of a container; every name is one of the compose file or of .env.example."""
    redis = os.environ.get("REDIS_URL", "")
    with own_database(os.environ.get("DATABASE_URL", "")) as database:
        yield {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "READ_DOT_ENV": "0",
            "SECRET_KEY": base64.b64encode(os.urandom(48)).decode(),
            "FIELD_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "FIELD_HASH_KEY": "unchanging, and long enough to be a key",
            "ALLOWED_HOSTS": "factures.example.org",
            "SITE_CONTACT_EMAIL": "aide@example.org",
            **dict.fromkeys(["LEGAL_PUBLISHER", "LEGAL_DIRECTOR", "LEGAL_HOST", "LEGAL_DPO"], "Département d'essai"),
            "TRUSTED_PROXIES": "1",
            "EMAIL_URL": "memorymail://",
            "VAR_DIR": str(tmp_path),
            "STATIC_ROOT": str(tmp_path / "static"),
            "PORT": str(free_port()),
            **({"DATABASE_URL": database} if database else {}),
            # Another number than the tests': their messages are not ours.
            **({"REDIS_URL": urlunsplit(urlsplit(redis)._replace(path="/14"))} if redis else {}),
        }


def run(command: list[str], environment: dict) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)


@contextlib.contextmanager
def running(commands: dict[str, list[str]], environment: dict, logs: Path):
    started = []
    try:
        for name, command in commands.items():
            with (logs / f"{name}.log").open("wb") as log:
                started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(PATIENCE)


def becomes(healthy: bool, part: str, environment: dict) -> bool:
    until = time.monotonic() + PATIENCE
    while (run(COMPOSE[part]["healthcheck"]["test"][1:], environment).returncode == 0) != healthy:
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def is_ready(environment: dict) -> bool:
    until = time.monotonic() + PATIENCE
    url = f"http://127.0.0.1:{environment['PORT']}/readyz"
    while time.monotonic() < until:
        if requests.get(url, headers={"Host": "factures.example.org"}, timeout=30).status_code == 200:
            return True
        time.sleep(0.2)
    return False


def test_it_migrates_starts_and_tells_its_health(production, tmp_path):
    assert run(["python", "manage.py", "collectstatic", "--no-input"], production).returncode == 0
    assert run(COMPOSE["migrate"]["command"], production).returncode == 0
    web = [f"127.0.0.1:{production['PORT']}" if word == "0.0.0.0:8000" else word for word in serve()]
    assert web != serve()
    commands = {"web": web, "worker": COMPOSE["worker"]["command"], "beat": COMPOSE["beat"]["command"]}
    assert run(COMPOSE["beat"]["healthcheck"]["test"][1:], production).returncode == 1

    with running(commands, production, logs=tmp_path):
        unwell = [part for part in commands if not becomes(True, part, production)]
        assert unwell == [], (tmp_path / f"{unwell[0]}.log").read_text()
        # What beat sends a minute later.
        assert run(["celery", "-A", "agrilocal18", "call", "agrilocal18.tasks.watch"], production).returncode == 0
        assert is_ready(production)
        doctor = run(["python", "manage.py", "doctor"], production)
        ill = re.findall("^À RÉPARER  (.*?)\u00a0:", doctor.stdout, re.MULTILINE)
        assert ill == ([] if "DATABASE_URL" in production else ["Base de données"]), doctor.stdout
        assert doctor.returncode == bool(ill)

    assert becomes(False, "web", production)


def test_it_passes_the_deploy_check_without_chorus(production):
    check = run(["python", "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "INFO"], production)

    assert check.returncode == 0, check.stderr
