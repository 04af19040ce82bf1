"""The set-up of production on one machine: PostgreSQL, Redis, a simulator, beat, and workers with several processes."""

import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

import django
from django.core.management import call_command

from agrilocal18.demo.environment import environment
from agrilocal18.demo.services import Crew, Service
from agrilocal18.demo.stage import free_port
from chorus.simulator.remote import RemoteSimulator
from tests.chaos import orders
from tests.chaos.places import GivenRedis, OwnRedis

MOST_ENDINGS = 10  # more, and the workers cannot live here at all
INTERVAL = 0.5  # seconds between two sweeps
GRACE = 3  # seconds to end by themselves, once everything was counted
SIMULATOR_OPTIONS = ("--routing-after", "non", "--available-after", "non")


@dataclass(frozen=True)
class Patience:
    """Delays in seconds; what takes hours on the real service takes seconds here, in the same proportions."""

    call_deadline: float = 0.5
    lease: float = 5
    settling_delay: float = 4
    doubt_deadline: float = 8
    retry_delay: float = 0.25
    search_lag: float = 1.5

    def __str__(self) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {value:g} s" for name, value in asdict(self).items())

    def environment(self) -> dict[str, str]:
        return {
            "CHORUS_CALL_DEADLINE": str(self.call_deadline),
            "CHORUS_LEASE": str(self.lease),
            "CHORUS_SETTLING_DELAY": str(self.settling_delay),
            "CHORUS_DOUBT_DEADLINE": str(self.doubt_deadline),
            "CHORUS_RETRY_DELAY": str(self.retry_delay),
            "CHORUS_REQUIREMENTS_AGE": "3600",
            "CHORUS_SILENCE_AGE": "86400",
            "CHORUS_CALLS_PER_SECOND": "0",
            "CHORUS_NEWS_INTERVAL": str(INTERVAL),
            "CHORUS_DIRECTORY_INTERVAL": "86400",
        }


class Simulated:
    """A simulator in a process of its own, and the environment that leads the portal to it."""

    def __init__(self, var: Path, database: str, **settings: str):
        port = free_port()
        self.var = var
        self.environment = {
            **environment(var, web_port=free_port(), simulator_port=port, send_delay=0, interval=INTERVAL),
            "DATABASE_URL": database,
            **settings,
        }
        self.simulator = RemoteSimulator(f"http://127.0.0.1:{port}")
        self.crew = Crew(grace=GRACE)
        self._port = port

    def open(self, *options: str) -> None:
        """Start the simulator, and make this very process one of the portal's, on its empty migrated database."""
        options = ("--port", str(self._port), "--state", str(self.var / "simulator.sqlite3"), *options)
        service = self.service("simulator", "chorus.simulator", *SIMULATOR_OPTIONS, *options)
        service.is_healthy = self.simulator.is_up
        self.crew.start(service)
        os.environ.update(self.environment)
        django.setup()
        call_command("migrate", verbosity=0)

    def service(self, name: str, *command: str) -> Service:
        log = self.var / "logs" / f"{name}.log"
        return Service(name, *command, environment=self.environment, log=log, is_healthy=lambda: True)


class Stage(Simulated):
    """`open` the far side, then `begin`. `workers` Celery workers of `processes` processes each obey the orders."""

    def __init__(
        self,
        var: Path,
        database: str,
        redis: OwnRedis | GivenRedis,
        *,
        patience: Patience,
        workers: int,
        processes: int,
        mutant: bool,
    ):
        self.orders = var / "orders"
        orders.prepare(self.orders)
        super().__init__(
            var,
            database,
            **patience.environment(),
            REDIS_URL=redis.url,
            CHAOS_ORDERS=str(self.orders),
            CHAOS_MUTANT="1" if mutant else "",
        )
        self.ended_by_themselves = 0
        self._workers = [self._worker(number, processes) for number in range(workers)]

    def _worker(self, number: int, processes: int) -> Service:
        options = ["--hostname", f"chaos{number}@%h", "--concurrency", str(processes), "--loglevel", "WARNING"]
        options += ["--without-mingle", "--without-gossip"]
        return self.service(f"worker{number}", "celery", "-A", "tests.chaos.worker", "worker", *options)

    def begin(self) -> None:
        beat = self.service("beat", "celery", "-A", "agrilocal18", "beat", "--loglevel", "WARNING", "--pidfile=")
        self.crew.start(*self._workers, beat)

    def supervise(self) -> None:
        """What production's supervisor does: a worker that ended is started again. Raises Failed for anything else."""
        for worker in self._workers:
            if not worker.is_running:
                self.ended_by_themselves += 1
                if self.ended_by_themselves > MOST_ENDINGS:
                    worker.check()
                worker.start()
        self.crew.check()

    def cut_power(self) -> None:
        """One whole worker goes at once, with all its processes, and comes back."""
        worker = self._workers[0]
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
        worker.start()
