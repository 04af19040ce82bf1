"""`python -m chorus.simulator`: the simulator on its own, until Ctrl-C or SIGTERM."""

import argparse
import logging
import signal
import sqlite3
import sys
import threading

from chorus.simulator import world
from chorus.simulator.simulator import Simulator
from chorus.simulator.store import StateOfAnotherVersion


def parser() -> argparse.ArgumentParser:
    description = "Simulateur de PISTE et de Chorus\u00a0Pro. Rien n'y est réel."
    parser = argparse.ArgumentParser(prog="python -m chorus.simulator", description=description)
    parser.add_argument(
        "--host", default="127.0.0.1", help="adresse d'écoute (par défaut\u00a0: cette machine seulement)"
    )
    parser.add_argument("--port", type=int, default=8020, help="port d'écoute, 0 pour un port libre (8020)")
    parser.add_argument("--state", help="fichier où garder l'état\u00a0; sans lui, tout s'oublie à l'arrêt")
    delay = {"type": _delay, "default": 3.0, "metavar": "SECONDES"}
    by_hand = "«\u00a0non\u00a0»\u00a0: à la main"
    parser.add_argument("--routing-after", **delay, help=f"délai avant l'acheminement (3), {by_hand}")
    parser.add_argument("--available-after", **delay, help=f"puis avant la mise à disposition (3), {by_hand}")
    parser.add_argument("--quota", type=int, help="appels par seconde et par application avant un 429 (aucun)")
    parser.add_argument("--seed", type=int, default=18, help="graine des tirages de pannes (18)")
    parser.add_argument("--no-files", action="store_true", help="ne garder des fichiers que taille et empreinte")
    parser.add_argument("--no-duplicate-check", action="store_true", help="accepter deux fois le même numéro")
    parser.add_argument("--verbose", action="store_true", help="journal de chaque appel")
    return parser


def _delay(value: str) -> float | None:
    return None if value == "non" else float(value)


def main(arguments: list[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if asked.verbose else logging.INFO, format="%(asctime)s %(message)s")
    try:
        simulator = _open(asked)
    except (StateOfAnotherVersion, sqlite3.Error) as error:
        print(f"L'état ne peut pas être ouvert\u00a0: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"L'adresse {asked.host}:{asked.port} n'est pas libre ({error.strerror}).", file=sys.stderr)
        print("Choisissez un autre port avec --port.", file=sys.stderr)
        return 1
    _serve(simulator)
    return 0


def _open(asked: argparse.Namespace) -> Simulator:
    simulator = Simulator(
        asked.port,
        host=asked.host,
        state=asked.state,
        routing_after=asked.routing_after,
        available_after=asked.available_after,
        quota=asked.quota,
        seed=asked.seed,
        keep_files=not asked.no_files,
    )
    if asked.no_duplicate_check:
        simulator.set_duplicate_check(False)
    return simulator


def _serve(simulator: Simulator) -> None:
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    with simulator:
        print(f"Simulateur de Chorus\u00a0Pro\u00a0: {simulator.url}/", flush=True)
        print(f"Jeton\u00a0: {simulator.token_url}, client_id {world.CLIENT_ID}", flush=True)
        print(f"Compte technique\u00a0: {world.PLATFORM_ACCOUNT.login}", flush=True)
        ended.wait()


if __name__ == "__main__":
    sys.exit(main())
