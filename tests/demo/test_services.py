"""Children end with their parent, and their end is told."""

import os
import signal
import subprocess
import sys
import time

import pytest

from agrilocal18.demo.services import Crew, Failed, Service

LASTING = "import time; print('awake', flush=True); time.sleep(600)"
PARENT = """
import sys, time
from pathlib import Path
from agrilocal18.demo.services import Service
child = Service("child", "timeit", "-n1", "-r1", "import time; time.sleep(600)", environment={}, log=Path(sys.argv[1]),
                is_healthy=lambda: True)
child.start()
print(child.process.pid, flush=True)
time.sleep(600)
"""


def service(tmp_path, *statements: str, is_healthy=lambda: True) -> Service:
    """A child that runs these statements; `timeit` is a module that does."""
    command = ["timeit", "-n1", "-r1", *statements]
    return Service("child", *command, environment={}, log=tmp_path / "child.log", is_healthy=is_healthy)


def within(seconds: float, condition) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] == "Z"


def test_it_waits_until_a_child_is_healthy_and_ends_it(tmp_path):
    log = tmp_path / "child.log"
    child = service(tmp_path, LASTING, is_healthy=lambda: "awake" in log.read_text())
    crew = Crew()
    crew.start(child)
    crew.check()
    assert "awake" in log.read_text()

    crew.end()

    assert not child.is_running
    assert is_gone(child.process.pid)


def test_it_names_the_child_that_died_and_quotes_its_last_words(tmp_path):
    crew = Crew()
    with pytest.raises(Failed) as told:
        crew.start(service(tmp_path, "import os; print('alas', flush=True); os._exit(3)", is_healthy=lambda: False))
    crew.end()

    assert "child ended by itself (code 3)." in str(told.value)
    assert "child | alas" in str(told.value)
    assert str(tmp_path / "child.log") in str(told.value)


def test_it_gives_up_on_a_child_that_is_never_healthy(tmp_path):
    crew = Crew()
    with pytest.raises(Failed, match="child does not answer"):
        crew.start(service(tmp_path, LASTING, is_healthy=lambda: False), patience=0.3)
    crew.end()


def test_it_kills_the_grandchildren_that_linger(tmp_path):
    log = tmp_path / "child.log"
    sleeper = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
    spawn = f"import subprocess, sys; print({sleeper}.pid, flush=True)"
    child = service(tmp_path, spawn, "import time; time.sleep(600)", is_healthy=lambda: log.read_text().strip())
    crew = Crew()
    crew.start(child)
    grandchild = int(log.read_text().split()[0])
    assert not is_gone(grandchild)

    crew.end()

    assert within(5, lambda: is_gone(grandchild))


def test_it_ends_children_whose_parent_was_killed(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tmp_path / "log"], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert not is_gone(child)

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert within(5, lambda: is_gone(child))
