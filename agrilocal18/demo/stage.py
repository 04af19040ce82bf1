"""The whole set-up on one machine: simulator, web, worker and beat on files, started together and ended together."""

import contextlib
import errno
import fcntl
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from agrilocal18.demo.environment import ROOT, environment
from agrilocal18.demo.prepare import SAMPLES
from agrilocal18.demo.services import Crew, Failed, Service
from chorus.simulator.remote import RemoteSimulator


class Stage:
    """`with Stage(var, web_port=8000, simulator_port=8020) as stage:` runs everything until the block ends.

    `var` is the folder that keeps the data, the mail, the logs. Durations in seconds: `life` of an invoice in each of
    its first states on the simulator, `grace` for the children to end. Raises Failed with a sentence for the terminal.
    """

    def __init__(
        self,
        var: Path,
        *,
        web_port: int,
        simulator_port: int,
        send_delay: int = 20,
        interval: float = 3,
        life: float = 3,
        grace: float = 10,
    ):
        self.var = var
        self.url = f"http://127.0.0.1:{web_port}"
        self.simulator = RemoteSimulator(f"http://127.0.0.1:{simulator_port}", timeout=5)
        self.ports = {"PORT": web_port, "SIMULATOR_PORT": simulator_port}
        self.delays = {"send_delay": send_delay, "interval": interval}
        self.life = life
        self.mail, self.samples, self.logs = var / "mail", var / SAMPLES, var / "logs"
        self.crew = Crew(grace)

    def __enter__(self) -> "Stage":
        try:
            self._start()
        except BaseException:
            self.crew.end()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.crew.end()
        self._lock.close()

    def _start(self) -> None:
        self.var.mkdir(parents=True, exist_ok=True)
        self._lock = lock(self.var)
        for name, port in self.ports.items():
            check_port(name, port)
        # Messages only wake sweeps of the database: those of the last time are worth nothing.
        for folder in ("broker", "broker-control"):
            shutil.rmtree(self.var / folder, ignore_errors=True)
        self.environment = environment(
            self.var, web_port=self.ports["PORT"], simulator_port=self.ports["SIMULATOR_PORT"], **self.delays
        )
        self.crew.start(self._simulator())
        self._prepare()
        self.crew.start(self._web(), self._worker(), self._beat())

    def _prepare(self) -> None:
        """Migrate, gather the static files, load the demonstration's data."""
        command = [sys.executable, "-m", "agrilocal18.demo.prepare"]
        done = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"The data could not be prepared.\n{done.stdout}{done.stderr}")

    def _simulator(self) -> Service:
        options = ["--port", str(self.ports["SIMULATOR_PORT"]), "--state", str(self.var / "simulator.sqlite3")]
        options += ["--routing-after", str(self.life), "--available-after", str(self.life)]
        return self._service("simulator", "chorus.simulator", *options, is_healthy=self.simulator.is_up)

    def _web(self) -> Service:
        options = ["--bind", f"127.0.0.1:{self.ports['PORT']}", "--threads", "8", "--no-control-socket"]
        return self._service("web", "gunicorn", "agrilocal18.wsgi", *options)

    def _worker(self) -> Service:
        options = ["--concurrency", "2", "--without-mingle", "--without-gossip"]
        return self._service("worker", "celery", "-A", "agrilocal18", "worker", "--loglevel", "INFO", *options)

    def _beat(self) -> Service:
        return self._service("beat", "celery", "-A", "agrilocal18", "beat", "--loglevel", "INFO", "--pidfile=")

    def _service(self, name: str, *command: str, is_healthy=None) -> Service:
        log = self.logs / f"{name}.log"
        is_healthy = is_healthy or (lambda: self._passes_check(name))
        return Service(name, *command, environment=self.environment, log=log, is_healthy=is_healthy)

    def _passes_check(self, part: str) -> bool:
        """The very check that the compose file makes."""
        command = [sys.executable, "-m", "agrilocal18.health", part]
        checked = subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, timeout=30)
        return checked.returncode == 0


def lock(var: Path):
    """Hold `var` for this process; the kernel lets go of it when the process ends, however it ends."""
    held = (var / "lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise Failed("The demonstration already runs: end it first with Ctrl-C in its terminal.") from None
    return held


def check_port(name: str, port: int) -> None:
    with contextlib.closing(socket.socket()) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError as error:
            why = "is taken by another program" if error.errno == errno.EADDRINUSE else "cannot be used"
            raise Failed(f"Port {port} {why}: choose another one, for example make demo {name}={port + 1}") from error


def free_port() -> int:
    with contextlib.closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]
