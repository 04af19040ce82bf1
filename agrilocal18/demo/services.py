"""Child processes that never outlive their parent, each with a log of its own."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Failed(Exception):
    """The set-up cannot go on; the message is for the person at the terminal."""


def _end_with_parent() -> None:
    """Even if the parent is killed outright, the kernel tells this child to end."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Service:
    """One child in a process group of its own, so that its own children end with it and Ctrl-C reaches it through us.

    `is_healthy` is asked again and again after the start; it must answer within seconds.
    """

    def __init__(
        self, name: str, *command: str, environment: dict[str, str], log: Path, is_healthy: Callable[[], bool]
    ):
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.is_healthy = is_healthy
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *self.command],
                env=self.environment,
                cwd=Path(__file__).resolve().parents[2],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def check(self) -> None:
        """Raise Failed with the end of its log if it is gone."""
        if not self.is_running:
            raise Failed(f"{self.name} ended by itself (code {self.process.returncode}).\n{self.last_words()}")

    def last_words(self, lines: int = 15) -> str:
        words = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join(f"  {self.name} | {line}" for line in words) + f"\n  (all of it: {self.log})"

    def ask_to_end(self) -> None:
        """Only the first process is asked: it ends its own children in good order."""
        if self.is_running:
            self.process.terminate()

    def end(self, grace: float) -> None:
        """Wait until it is gone; what lingers in its group after `grace` seconds is killed."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(grace)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Crew:
    """Services that live and end together, started wave after wave; the last wave ends first.

    `grace`: seconds they have to end by themselves.
    """

    def __init__(self, grace: float = 10):
        self.grace = grace
        self.waves: list[tuple[Service, ...]] = []

    def start(self, *services: Service, patience: float = 40) -> None:
        """Start them all at once and return when each is healthy. Raises Failed if one ends or is never healthy."""
        self.waves.append(services)
        for service in services:
            service.start()
        waiting, until = list(services), time.monotonic() + patience
        while waiting:
            self.check()
            waiting = [service for service in waiting if not service.is_healthy()]
            if waiting and time.monotonic() > until:
                raise Failed(f"{waiting[0].name} does not answer.\n{waiting[0].last_words()}")
            time.sleep(0.1)

    def check(self) -> None:
        for wave in self.waves:
            for service in wave:
                service.check()

    def end(self) -> None:
        for wave in reversed(self.waves):
            for service in wave:
                service.ask_to_end()
            for service in wave:
                service.end(self.grace)
        self.waves.clear()
