"""Production on one machine, but for nginx: what the image and the compose file run, on a PostgreSQL and a Redis."""

import os
import re
from pathlib import Path

import django
from django.core.management import call_command

from agrilocal18 import health
from agrilocal18.demo.environment import environment
from agrilocal18.demo.services import Crew, Service
from agrilocal18.demo.stage import free_port
from tests.image import COMPOSE, serve

COMPLAINT = re.compile(r'^\{.*"level": "(?:ERROR|CRITICAL)".*|^Traceback.*', re.MULTILINE)


class Stage:
    """`open` makes this very process one of the portal's, on its empty migrated database; `begin` starts the others."""

    def __init__(self, var: Path, database: str, redis: str):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.logs = var / "logs"
        self.crew = Crew()
        usual = environment(var, web_port=self.port, simulator_port=self.port, send_delay=600, interval=60)
        self.environment = {
            # Chorus Pro is off: what is deposited here waits for an agent, and nothing would leave.
            **{name: value for name, value in usual.items() if not name.startswith("CHORUS_")},
            "DEMONSTRATION": "0",
            "BOARD_INTERVAL": "900",
            "LOG_FORMAT": "json",
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            # Each person comes from an address of his own, which the proxy in front would tell.
            "TRUSTED_PROXIES": "1",
        }

    def open(self) -> None:
        os.environ.update(self.environment)
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)

    def begin(self) -> None:
        bound = [word.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}") for word in serve()]
        self.web = self.service("web", *bound, is_healthy=lambda: health.web(self.port))
        worker = self.service("worker", *COMPOSE["worker"]["command"], is_healthy=health.worker)
        self.portal = (self.web, worker, self.service("beat", *COMPOSE["beat"]["command"]))
        self.crew.start(*self.portal, patience=120)

    def service(self, name: str, *command: str, is_healthy=lambda: True, **more: str) -> Service:
        log = self.logs / f"{name}.log"
        return Service(name, *command, environment={**self.environment, **more}, log=log, is_healthy=is_healthy)

    def complaints(self) -> list[str]:
        """What the portal's processes wrote as errors."""
        return [
            f"{service.name}: {line}"
            for service in self.portal
            for line in COMPLAINT.findall(service.log.read_text(errors="replace"))
        ]
