"""`python -m chorus.simulator`: the simulator on its own, until Ctrl-C or SIGTERM."""

import argparse
import logging
import re
import signal
import sqlite3
import sys
import threading

from chorus.simulator import world
from chorus.simulator.simulator import Simulator
from chorus.simulator.store import StateOfAnotherVersion

DESCRIPTION = """\
Simulateur de PISTE et de Chorus Pro, sur de vrais échanges HTTP. Rien n'y est réel : structures, factures et mots de
passe sont inventés. Une facture déposée va toute seule jusqu'à l'acheteur, que vous jouez ensuite sur la page."""
ADDRESSES = """\
adresses (port 8020)
  jeton           http://127.0.0.1:8020/api/oauth/token        (client_credentials, formulaire ou HTTP Basic)
  API             http://127.0.0.1:8020/cpro/<famille>/v1/…     (mêmes chemins que api.piste.gouv.fr)
  page            http://127.0.0.1:8020/                        (jouer l'acheteur et le comptable, pannes, horloge)
  commandes       POST http://127.0.0.1:8020/_simulator/<verbe> (JSON ; un verbe inconnu donne leur liste)
"""
FAULTS = """\
pannes : sur la page, ou POST /_simulator/trouble {"kind": "lost_answer", "operation": "factures/soumettre", "times": 1}
essai  : python -m chorus.simulator --state simulateur.sqlite3 --verbose
"""


class Parser(argparse.ArgumentParser):
    def format_help(self) -> str:
        """With the no-break spaces of French, which would be unreadable in the texts above and below."""
        return re.sub(r" (?=[:;!?»] )|(?<=«) |(?<=Chorus) (?=Pro)", "\u00a0", super().format_help())


def parser() -> argparse.ArgumentParser:
    found = Parser(
        prog="python -m chorus.simulator",
        description=DESCRIPTION,
        epilog=f"{ADDRESSES}\n{_who()}\n{FAULTS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    _add_service(found.add_argument_group("le service"))
    _add_delays(found.add_argument_group("ce qui arrive tout seul, en secondes de son horloge"))
    _add_manners(found.add_argument_group("ses manières"))
    return found


def _who() -> str:
    """The credentials and the recipients, one a line."""
    lines = [
        "identifiants (fictifs)",
        f"  client_id       {world.CLIENT_ID}",
        f"  client_secret   {world.CLIENT_SECRET}",
    ]
    lines += ["comptes techniques (en-tête cpro-account : base64 de « login:mot de passe »)"]
    for account in world.ACCOUNTS:
        n = len(account.suppliers)
        who = f"{n} fournisseur{'s' if n > 1 else ''}" if n else "acheteur de tous les destinataires"
        lines.append(f"  {account.login} {account.password}   {who}")
    lines += ["fournisseurs (SIRET, idStructureCPP)"]
    for rank, supplier in enumerate(world.SUPPLIERS):
        lines.append(f"  {supplier.siret}  {world.SUPPLIER_ID_BASE + rank}  {supplier.name}")
    lines += ["destinataires (les cinq premiers sont ceux de la qualification)"]
    lines += [f"  {row.siret}  {row.name} : {row.wants}" for row in world.RECIPIENTS]
    return "\n".join(lines) + "\n"


def _add_service(group) -> None:
    group.add_argument("-h", "--help", action="help", help="montrer cette aide")
    group.add_argument("--host", default="127.0.0.1", help="adresse d'écoute (127.0.0.1 : cette machine seulement)")
    group.add_argument("--port", type=int, default=8020, help="port d'écoute, 0 pour un port libre (8020)")
    group.add_argument("--state", metavar="FICHIER", help="où garder l'état ; sans lui, tout s'oublie à l'arrêt")
    group.add_argument("--no-files", action="store_true", help="ne garder des fichiers que taille et empreinte")
    group.add_argument("--verbose", action="store_true", help="journal de chaque appel")


def _add_delays(group) -> None:
    delay = {"type": _delay, "metavar": "SECONDES"}
    by_hand = "« non » : à la main"
    group.add_argument("--routing-after", default=3.0, **delay, help=f"avant l'acheminement (3), {by_hand}")
    group.add_argument(
        "--available-after", default=3.0, **delay, help=f"puis avant la mise à disposition (3), {by_hand}"
    )
    group.add_argument(
        "--report-after", default=2.0, **delay, help="avant le compte rendu d'un flux (2), « non » : jamais"
    )
    group.add_argument("--flux-step", default=2.0, **delay, help=f"entre deux états d'un flux (2), {by_hand}")
    group.add_argument("--token-lifetime", type=int, default=3600, metavar="SECONDES", help="vie d'un jeton (3600)")
    group.add_argument(
        "--speed", type=float, default=1.0, metavar="N", help="secondes de son horloge par seconde réelle (1)"
    )


def _add_manners(group) -> None:
    group.add_argument("--quota", type=int, metavar="N", help="appels par seconde avant un 429 (sans limite)")
    group.add_argument(
        "--daily-quota", type=int, metavar="N", help="appels par jour de son horloge avant un 429 (sans limite)"
    )
    group.add_argument("--retry-after", action="store_true", help="un 429 dit combien attendre (Retry-After)")
    group.add_argument("--ocr", action="store_true", help="deposer/pdf rend ce qu'il a lu dans le PDF (sinon rien)")
    group.add_argument(
        "--missing-account-status", type=int, choices=(400, 401), default=401, help="réponse sans cpro-account (401)"
    )
    group.add_argument(
        "--no-recycling", action="store_true", help="les acheteurs ne peuvent plus mettre « à recycler »"
    )
    group.add_argument("--no-duplicate-check", action="store_true", help="accepter deux fois le même numéro")
    group.add_argument("--seed", type=int, metavar="N", default=18, help="graine des tirages de pannes (18)")


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
        report_after=asked.report_after,
        flux_step=asked.flux_step,
        token_lifetime=asked.token_lifetime,
        quota=asked.quota,
        daily_quota=asked.daily_quota,
        retry_after=asked.retry_after,
        ocr=asked.ocr,
        missing_account_status=asked.missing_account_status,
        recycling_allowed=not asked.no_recycling,
        seed=asked.seed,
        keep_files=not asked.no_files,
    )
    if asked.no_duplicate_check:
        simulator.set_duplicate_check(False)
    if asked.speed != 1:
        simulator.run_at(asked.speed)
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
