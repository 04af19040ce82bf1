"""The demonstration as a newcomer meets it: it starts, it ends, it says in one sentence why it does not start."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agrilocal18.demo.accounts import PASSWORD, PEOPLE
from agrilocal18.demo.browser import Browser
from agrilocal18.demo.environment import ROOT
from agrilocal18.demo.stage import free_port

PATIENCE = 180  # seconds, of a machine that does other things too


def demo(var: Path, *options: str, **environment: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "agrilocal18.demo", "--var", var, *options],
        cwd=ROOT,
        env={**os.environ, **{name: str(value) for name, value in environment.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(process: subprocess.Popen) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def descendants(pid: int) -> set[int]:
    """Every process below this one, now."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def read_until(process: subprocess.Popen, words: str) -> str:
    text, until = "", time.monotonic() + PATIENCE
    while words not in text:
        line = process.stdout.readline()
        if not line or time.monotonic() > until:
            process.kill()  # While it lives, its errors have no end to be read to.
            raise AssertionError(f"it never said « {words} »: {text}{process.stderr.read()}")
        text += line
    return text


def test_it_starts_ends_with_every_child_keeps_its_data_and_forgets_them(tmp_path):
    var, ports = tmp_path / "a folder", {"PORT": free_port(), "SIMULATOR_PORT": free_port()}
    process = demo(var, **ports)
    poster = read_until(process, "Ctrl-C")
    assert f"http://127.0.0.1:{ports['PORT']}/" in poster
    assert f"http://127.0.0.1:{ports['SIMULATOR_PORT']}/" in poster
    assert all(person.email in poster for person in PEOPLE)
    assert PASSWORD in poster
    assert Browser(f"http://127.0.0.1:{ports['PORT']}").get("/").form("login")
    assert len(list((var / "factures").glob("*.pdf"))) > 3

    children = descendants(process.pid)
    assert len(children) >= 4
    second = told(demo(var, PORT=free_port(), SIMULATOR_PORT=free_port()))
    assert second == (1, second[1], "The demonstration already runs: end it first with Ctrl-C in its terminal.\n")
    refused = told(demo(var, "--reset"))
    assert refused[0] == 1
    assert (var / "agrilocal18.sqlite3").exists()

    process.send_signal(signal.SIGINT)
    code, out, err = told(process)
    assert (code, err) == (0, "")
    assert "The data stay" in out
    assert alive(children) == set()

    assert (var / "agrilocal18.sqlite3").exists()
    assert told(demo(var, "--reset"))[0] == 0
    assert not var.exists()


@pytest.mark.parametrize("name", ["PORT", "SIMULATOR_PORT"])
def test_it_names_the_port_that_is_taken_and_how_to_choose_another(tmp_path, name):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        ports = {"PORT": free_port(), "SIMULATOR_PORT": free_port(), name: taken}
        code, _, err = told(demo(tmp_path / "var", **ports))

    assert code == 1
    assert err == (
        f"Port {taken} is taken by another program: choose another one, for example make demo {name}={taken + 1}\n"
    )


def test_it_refuses_a_port_that_is_none(tmp_path):
    code, _, err = told(demo(tmp_path / "var", PORT="quatre"))

    assert (code, err) == (1, "PORT=quatre is not a port: give a number from 1 to 65535.\n")
