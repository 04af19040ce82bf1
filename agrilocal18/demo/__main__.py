"""`python -m agrilocal18.demo`: the portal and a simulator of Chorus Pro on this machine, until Ctrl-C."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from agrilocal18.demo.accounts import PASSWORD, PEOPLE
from agrilocal18.demo.environment import ROOT, environment
from agrilocal18.demo.prepare import EXPORT
from agrilocal18.demo.services import Failed
from agrilocal18.demo.stage import Stage, lock

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agrilocal18.demo", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="forget the data and stop")
    parser.add_argument("--shell", action="store_true", help="open a Django shell on the data")
    parser.add_argument("--var", type=Path, default=ROOT / "var" / "demo", help="folder of the data (var/demo)")
    return parser


def port(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not (value.isdigit() and 0 < int(value) < 65536):
        raise Failed(f"{name}={value} is not a port: give a number from 1 to 65535.")
    return int(value)


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    var = asked.var.resolve()
    for ending in ENDINGS:
        signal.signal(ending, signal.default_int_handler)
    try:
        if asked.reset:
            return reset(var)
        ports = {"web_port": port("PORT", 8000), "simulator_port": port("SIMULATOR_PORT", 8020)}
        return shell(var, **ports) if asked.shell else play(var, **ports)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Ended. The data stay; « make demo-reset » forgets them.")
        return 0


def play(var: Path, **ports: int) -> int:
    print("Starting the simulator, the site, the worker and beat…", flush=True)
    with Stage(var, **ports) as stage:
        print(poster(stage), flush=True)
        try:
            while True:
                time.sleep(0.5)
                stage.crew.check()
        finally:
            print("\nEnding…", flush=True)


def reset(var: Path) -> int:
    if var.exists():
        with lock(var):
            shutil.rmtree(var)
    print("The demonstration's data are forgotten.")
    return 0


def shell(var: Path, **ports: int) -> int:
    if not (var / "secrets.json").exists():
        raise Failed("There are no data yet: start the demonstration once with make demo.")
    children = environment(var, **ports, send_delay=20, interval=3)
    return subprocess.call([sys.executable, "manage.py", "shell"], cwd=ROOT, env=children)


def poster(stage: Stage) -> str:
    width = max(len(person.email) for person in PEOPLE)
    people = "\n".join(f"  {person.email:<{width}}  {stage.url}{person.start:<8} {person.part}" for person in PEOPLE)
    return f"""
The site       {stage.url}/
Chorus Pro     {stage.simulator.url}/   (the simulator: play the buyer and the accountant here)

Sign in with the password {PASSWORD} (or a code: see the mails)
{people}

Mails              {stage.url}/demonstration/courriels/
Invoices to drop   {stage.samples}
Orders to import   {stage.samples / EXPORT} (as the agent)
Logs               {stage.logs}
Ctrl-C ends everything; the data stay. « make demo-reset » forgets them.
"""


if __name__ == "__main__":
    sys.exit(main())
