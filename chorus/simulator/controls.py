"""What a test or a program may do to the simulator: look at what is stored, play the buyer, order faults, move time.

The same verbs are methods of `Simulator` and of `RemoteSimulator`; over HTTP they are `POST /_simulator/<verb>` with
a JSON object of arguments, answered `{"result": …}`, or `{"error": …}` with status 400.
"""

import inspect
import json
from collections import Counter
from datetime import datetime
from typing import Any

from chorus.simulator import life, progress, world
from chorus.simulator.clock import instant, moment_of
from chorus.simulator.codes import BadRequest, Refusal
from chorus.simulator.flux import life as flux_life
from chorus.simulator.office import Office
from chorus.simulator.quota import Quota
from chorus.simulator.reading import body_of
from chorus.simulator.store import add_account, add_recipient, add_service, add_supplier, populate, structure_id_of
from chorus.simulator.wire import Reply, Request, as_json

VERBS = (
    "invoices", "counts", "answers", "history", "play", "advance", "run_at", "now", "trouble", "troubles", "calm",
    "taken", "calls", "set_duplicate_check", "reset", "add_recipient", "add_supplier", "set_recipient", "set_service",
    "attach", "detach", "add_account", "set_password", "expire_password", "subscribe", "describe", "fluxes",
    "finish_flux", "set_quota",
)  # fmt: skip
INVOICES = """
 select i.id cpp_id, s.siret supplier_siret, s.name supplier_name, r.siret recipient_siret, r.name recipient_name,
 i.number, i.kind, i.status, i.status_comment,
 i.invoice_date, i.deposit_date, i.total_ttc, i.engagement engagement_number, coalesce(v.code, '') service_code,
 i.comment, i.mode, i.flow flow_number, i.piece_id, p.sha256 piece_sha256, p.size piece_size, p.name piece_name,
 (select count(*) from extra_piece e where e.invoice_id = i.id) extra_pieces,
 (select group_concat(e.designation, ', ') from extra_piece e where e.invoice_id = i.id) extra_names,
 i.rejection_handled, i.login, i.deposited_at, i.status_at
 from invoice i join structure s on s.id = i.supplier_id join structure r on r.id = i.recipient_id
 left join service v on v.id = i.service_id left join piece p on p.id = i.piece_id
"""
FLUXES = """
 select f.number, f.name, f.syntax, f.login, f.sha256, f.state, f.state_at, f.deposited_at, f.errors, f.technical,
 (select count(*) from invoice i where i.flow = f.number) invoices
 from flux f order by f.id
"""


class Controls:
    def __init__(self, office: Office, calls: Counter[str], quota: Quota):
        self.office = office
        self._quota = quota
        self._store = office.store
        self._calls = calls

    # --- looking

    def invoices(self, supplier: str | None = None, number: str | None = None) -> list[dict[str, Any]]:
        """Every stored invoice in the order of deposit, twins included; may be narrowed by SIRET and number."""
        with self._store.transaction():
            progress.catch_up(self.office)
            rows = self._store.all(
                f"{INVOICES} where (? is null or s.siret = ?) and (? is null or i.number = ?) order by i.id",
                *(supplier, supplier, number, number),
            )
        return [_told(dict(row)) for row in rows]

    def latest(self, words: str, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        """The last invoices first, whose number, SIRET or engagement contains `words`; and how many there are."""
        like = f"%{words.replace('%', '')}%"
        where = "where (? = '%%' or i.number like ? or s.siret like ? or r.siret like ? or i.engagement like ?)"
        values = (like,) * 5
        with self._store.transaction():
            progress.catch_up(self.office)
            rows = self._store.all(f"{INVOICES} {where} order by i.id desc limit ? offset ?", *values, limit, offset)
            total = self._store.value(f"select count(*) from ({INVOICES} {where})", *values)
        return [_told(dict(row)) for row in rows], total

    def counts(self) -> list[dict[str, Any]]:
        """Stored invoices per (supplier, number), whatever their status: the proof of « exactly once »."""
        rows = self._store.all(
            "select s.siret supplier_siret, i.number, count(*) count from invoice i"
            " join structure s on s.id = i.supplier_id group by i.supplier_id, i.number order by 1, 2"
        )
        return [dict(row) for row in rows]

    def answers(self) -> list[dict[str, Any]]:
        """How often `completer`, `recycler` and `traiterRejet` were taken for each invoice."""
        rows = self._store.all(
            "select invoice_id cpp_id, case status when 'COMPLETEE' then 'completer' else 'recycler' end operation,"
            " count(*) count from history where author = ? group by 1, 2 union all"
            " select invoice_id, 'traiterRejet', count(*) from act where code = 'TRAITEMENT_REJET' group by 1",
            life.SUPPLIER,
        )
        return [dict(row) for row in rows]

    def history(self, cpp_id: int) -> list[dict[str, Any]]:
        """Status lines of one invoice, oldest first."""
        sql = "select id, status, at, comment, author from history where invoice_id = ? order by at, id"
        return [dict(row) | {"at": instant(row["at"])} for row in self._store.all(sql, cpp_id)]

    def fluxes(self) -> list[dict[str, Any]]:
        """Every deposited flux, oldest first: number, state, SHA-256 of the file, invoices stored, errors."""
        with self._store.transaction():
            progress.catch_up(self.office)
            rows = self._store.all(FLUXES)
        return [_told_flux(dict(row)) for row in rows]

    def finish_flux(self, number: str, state: str = "") -> dict[str, Any]:
        """End a flux now: as its invoices deserve, or in `state` with nothing integrated. Raises LookupError."""
        with self._store.transaction():
            progress.catch_up(self.office)
            flux = self._store.one("select * from flux where number = ?", number)
            if flux is None:
                raise LookupError(f"Aucun flux {number} dans le simulateur.")
            flux_life.end(self.office, flux, state)
        return next(row for row in self.fluxes() if row["number"] == number)

    def calls(self) -> dict[str, int]:
        """Calls received per operation (`factures/soumettre`, `token`…), whatever became of them."""
        return dict(self._calls)

    def describe(self) -> dict[str, Any]:
        """Credentials and addresses a client needs, and the state of the switches."""
        return {
            "client_id": world.CLIENT_ID,
            "client_secret": world.CLIENT_SECRET,
            "accounts": [{"login": account.login, "password": account.password} for account in world.ACCOUNTS],
            "duplicate_check": self.office.duplicate_check,
            "now": self.now(),
            "speed": self.office.clock.speed,
        }

    # --- buyer, accountant, time

    def play(
        self, cpp_id: int, status: str, comment: str = "", *, at: str | None = None, force: bool = False
    ) -> dict[str, Any]:
        """One step by the buyer or the accountant. Raises ValueError when the table of moves forbids it.

        `force` plays it all the same (skipped, out of order or unknown statuses); `at` (ISO) dates it, and a step
        older than the current status only enters the history.
        """
        moment = None if at is None else moment_of(datetime.fromisoformat(at))
        try:
            with self._store.transaction():
                progress.catch_up(self.office)
                life.play(self.office, cpp_id, status, comment, at=moment, force=force, author="Acheteur (simulateur)")
        except Refusal as refusal:
            raise ValueError(f"{refusal.label} (facture {cpp_id})") from refusal
        return self._invoice(cpp_id)

    def advance(self, seconds: float) -> str:
        """Move the clock on; returns the new time (ISO)."""
        self.office.clock.advance(seconds)
        return self.now()

    def run_at(self, speed: float) -> str:
        """From now on `speed` seconds pass in each real second."""
        self.office.clock.run_at(speed)
        return self.now()

    def now(self) -> str:
        return instant(self.office.clock.now())

    # --- faults

    def trouble(
        self,
        kind: str,
        *,
        operation: str | None = None,
        times: int | None = 1,
        probability: float | None = None,
        **options: Any,
    ) -> None:
        """Order a fault (kinds and options: `faults.KINDS`). Raises ValueError for one that does not exist."""
        self.office.faults.order(kind, operation=operation, times=times, probability=probability, **options)

    def troubles(self) -> list[dict[str, Any]]:
        return self.office.faults.ordered()

    def taken(self) -> dict[str, int]:
        """How many calls each kind of fault has struck."""
        return dict(self.office.faults.taken)

    def calm(self) -> None:
        """No fault any more; the duplicate check stays as it is."""
        self.office.faults.calm()

    def set_quota(self, per_second: int | None = None, per_day: int | None = None) -> None:
        """Calls of the application beyond which PISTE answers 429; None: as many as one likes. Until the restart."""
        self._quota.per_second, self._quota.per_day = per_second, per_day

    def set_duplicate_check(self, on: bool) -> None:
        """Off: a number is stored as often as it comes, and an answer to a return is taken again."""
        self.office.duplicate_check = on

    def reset(self) -> None:
        """Back to the first day: only the fixed world, real time, no fault. Ids are not given again."""
        with self._store.transaction():
            self._store.empty()
            self.office.clock.reset()
            populate(self._store, self.office.clock.now())
        self.office.faults.calm()
        self.office.faults.taken.clear()
        self._calls.clear()

    # --- who exists

    def add_recipient(
        self, siret: str, name: str, *, services: list[dict[str, Any]] | None = None, **flags: Any
    ) -> int:
        """Returns its `idStructureCPP`. Flags as `world.Recipient`; services as `world.Service`."""
        listed = tuple(world.Service(**service) for service in services or ())
        recipient = world.Recipient(siret=siret, name=name, services=listed, **flags)
        with self._store.transaction():
            return add_recipient(self._store, recipient)

    def add_supplier(self, siret: str, name: str, *, login: str | None = world.PLATFORM_ACCOUNT.login) -> int:
        """Returns its `idStructureCPP`; attached to `login` unless that is None."""
        with self._store.transaction():
            structure_id = add_supplier(self._store, world.Supplier(siret=siret, name=name))
            if login is not None:
                self._store.insert("attachment", login=login, structure_id=structure_id)
        return structure_id

    def set_recipient(self, siret: str, **flags: bool) -> None:
        """`active`, `service`, `engagement`, `either`, `reports_payment`."""
        self._set("structure", ("active", "service", "engagement", "either", "reports_payment"), flags, siret=siret)

    def set_service(self, siret: str, code: str, **flags: bool) -> None:
        """`active`, `engagement`; the service is added when the recipient has none of that code."""
        structure_id = structure_id_of(self._store, siret)
        known = self._store.one("select 1 from service where structure_id = ? and code = ?", structure_id, code)
        if not known:
            add_service(self._store, structure_id, world.Service(code=code, label=code))
        self._set("service", ("active", "engagement"), flags, structure_id=structure_id, code=code)

    def attach(self, siret: str, login: str = world.PLATFORM_ACCOUNT.login, *, space: str = "MODIFICATION") -> None:
        """« Factures émises » as `space`: MODIFICATION, CONSULTATION_UNIQUEMENT, SUPPRIME, or empty when never open."""
        structure_id = structure_id_of(self._store, siret)
        sql = "insert or replace into attachment (login, structure_id, space) values (?, ?, ?)"
        self._store.run(sql, login, structure_id, space)

    def detach(self, siret: str, login: str = world.PLATFORM_ACCOUNT.login) -> None:
        structure_id = structure_id_of(self._store, siret)
        self._store.run("delete from attachment where login = ? and structure_id = ?", login, structure_id)

    def add_account(
        self, login: str, password: str, siret: str, *, suppliers: list[str] | None = None, active_in: float = 0
    ) -> None:
        """A technical account of the structure `siret`, attached to these suppliers (SIRETs).

        It is refused (401) for `active_in` seconds: on the real service about half an hour.
        """
        account = world.TechnicalAccount(login=login, password=password, siret=siret, suppliers=tuple(suppliers or ()))
        with self._store.transaction():
            add_account(self._store, account, self.office.clock.now(), active_in=active_in)

    def set_password(self, password: str, login: str = world.PLATFORM_ACCOUNT.login) -> None:
        """Someone reset the technical account: the old password is refused from now on."""
        self._store.run("update account set password = ? where login = ?", password, login)

    def subscribe(self, families: list[str]) -> None:
        """The API families the PISTE application is subscribed to; the others answer 403."""
        self._store.run("update application set families = ?", " ".join(families))

    def expire_password(self, login: str = world.PLATFORM_ACCOUNT.login, *, in_seconds: float = 0) -> None:
        """The technical password dies then; a large number gives it life again."""
        expires_at = self.office.clock.now() + round(in_seconds * 1000)
        self._store.run("update account set expires_at = ? where login = ?", expires_at, login)

    def _set(self, table: str, allowed: tuple[str, ...], flags: dict[str, bool], **key: object) -> None:
        unknown = set(flags) - set(allowed)
        if unknown:
            raise ValueError(f"Réglage inconnu : {', '.join(sorted(unknown))}.")
        where = " and ".join(f"{name} = ?" for name in key)
        for name, value in flags.items():
            self._store.run(f"update {table} set {name} = ? where {where}", int(value), *key.values())

    def _invoice(self, cpp_id: int) -> dict[str, Any]:
        return _told(dict(self._store.one(f"{INVOICES} where i.id = ?", cpp_id)))

    # --- over HTTP

    def answer(self, request: Request) -> Reply:
        """`POST /_simulator/<verb>`. A JSON content type is asked, which a page of another site cannot send."""
        verb = request.path.removeprefix("/_simulator/")
        if verb not in VERBS or request.method != "POST":
            return as_json(404, {"error": f"Verbe inconnu : {verb}. Verbes : {', '.join(VERBS)} (POST)."})
        if request.headers.get("Content-Type", "").partition(";")[0] != "application/json":
            return as_json(415, {"error": "Le corps doit être en application/json."})
        try:
            return as_json(200, {"result": self._do(verb, body_of(request.body or b"{}"))})
        except (ValueError, LookupError, TypeError, OverflowError, BadRequest) as error:
            return as_json(400, {"error": str(error)})

    def _do(self, verb: str, arguments: dict[str, Any]) -> Any:
        method = getattr(self, verb)
        inspect.signature(method).bind(**arguments)
        return json.loads(json.dumps(method(**arguments)))


def _told_flux(row: dict[str, Any]) -> dict[str, Any]:
    moments = {name: instant(row[name]) for name in ("deposited_at", "state_at")}
    lists = {name: json.loads(row[name]) for name in ("errors", "technical")}
    return row | moments | lists | {"ended": row["state"] not in flux_life.PASSED}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    row["deposited_at"], row["status_at"] = instant(row["deposited_at"]), instant(row["status_at"])
    row["rejection_handled"] = bool(row["rejection_handled"])
    return row
