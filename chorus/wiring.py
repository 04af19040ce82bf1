"""Joins the client of chorus/api to our database: token, pace and journal are rows that all workers share."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from chorus.api import Account, Call, Chorus, Unavailable
from chorus.conf import Configuration, configuration
from chorus.models import Exchange, PisteApplication, Submission, TechnicalAccount

logger = logging.getLogger(__name__)

# How long a sweep trusts the token it read: renewed early and dropped on 401, it outlives this by far.
TOKEN_KEPT = timedelta(minutes=1)
# Fetching one may wait for the common pace before its own deadline begins.
TOKEN_WAITS_FOR_PACE = timedelta(seconds=5)
TOKEN_AWAITED_EVERY = 0.1  # seconds
ROWS_AT_ONCE = 50
TOO_MANY = 429
PAUSE_SEEN_WITHIN = 1.0  # seconds


class DatabaseTokens:
    """The token of our PISTE application: fetched by one of those who find it missing, used by all.

    `lease` is how long one may take to fetch it, and the others wait for him: longer than a call's deadline.
    """

    def __init__(self, environment: str, lease: timedelta):
        self.environment, self._lease = environment, lease
        self._leased_until: datetime | None = None

    def _row(self):
        return PisteApplication.objects.filter(environment=self.environment)

    def get(self) -> str | None:
        waits_until = timezone.now() + self._lease
        while timezone.now() < waits_until:
            row = self._row().filter(token_expires_at__gt=timezone.now()).first()
            if row and row.token:
                return row.token
            if self._may_fetch():
                return None
            time.sleep(TOKEN_AWAITED_EVERY)
        raise Unavailable("piste/token", "nobody could fetch a token")

    def _may_fetch(self) -> bool:
        """Lease the fetching of a token; a worker that dies with it holds the others up until it ends, no longer."""
        PisteApplication.objects.get_or_create(environment=self.environment)
        now = timezone.now()
        free = Q(token_lease_until__isnull=True) | Q(token_lease_until__lte=now)
        missing = Q(token="") | Q(token_expires_at__isnull=True) | Q(token_expires_at__lte=now)
        if not self._row().filter(free, missing).update(token_lease_until=now + self._lease):
            return False
        self._leased_until = now + self._lease
        return True

    def put(self, token: str, expires_at) -> None:
        PisteApplication.objects.get_or_create(environment=self.environment)
        row = self._row().get()
        row.token, row.token_expires_at, row.token_lease_until = token, expires_at, None
        row.save(update_fields=["token", "token_expires_at", "token_lease_until"])

    def give_up(self) -> None:
        self._row().filter(token_lease_until=self._leased_until).update(token_lease_until=None)

    def drop(self, token: str) -> None:
        row = self._row().first()
        # Encrypted, so it cannot be compared in SQL: the date it came with can.
        if row and row.token == token:
            self._row().filter(token_expires_at=row.token_expires_at).update(token="", token_expires_at=None)


class Pace:
    """So many calls a second for all workers together: each call books the next free slot, then waits for it.

    After a 429 nobody calls for as long as PISTE asked: calls raise Unavailable at once. Without a limit a worker looks
    for that once a second only.
    """

    def __init__(self, environment: str, calls_per_second: float):
        self._row = PisteApplication.objects.filter(environment=environment)
        self.environment = environment
        self.gap = timedelta(seconds=1 / calls_per_second) if calls_per_second else timedelta(0)
        self._looked_at = 0.0

    def __call__(self) -> None:
        if self.gap:
            wait = self._book() - timezone.now()
            if wait > timedelta(0):
                time.sleep(wait.total_seconds())
        elif time.monotonic() - self._looked_at > PAUSE_SEEN_WITHIN:
            self._respect_pause(self._row.first())
            self._looked_at = time.monotonic()

    def _book(self):
        PisteApplication.objects.get_or_create(environment=self.environment)
        while True:
            row = self._row.get()
            self._respect_pause(row)
            slot = max(row.next_call_at or timezone.now(), timezone.now())
            unmoved = Q(next_call_at=row.next_call_at) if row.next_call_at else Q(next_call_at__isnull=True)
            if self._row.filter(unmoved).update(next_call_at=slot + self.gap):
                return slot

    def _respect_pause(self, row: PisteApplication | None) -> None:
        wait = row.paused_until - timezone.now() if row and row.paused_until else timedelta(0)
        if wait > timedelta(0):
            raise Unavailable(
                "piste", "quota exceeded a moment ago", http_status=TOO_MANY, retry_after=wait.total_seconds()
            )

    def pause(self, seconds: float) -> None:
        """429: what all workers together sent was too much."""
        until = timezone.now() + timedelta(seconds=seconds)
        PisteApplication.objects.get_or_create(environment=self.environment)
        shorter = Q(paused_until__isnull=True) | Q(paused_until__lt=until)
        self._row.filter(shorter).update(paused_until=until)


class KeptTokens:
    """A token kept at hand for one sweep, so that not each call reads it from the store that all share."""

    def __init__(self, shared: DatabaseTokens):
        self._shared = shared
        self._token: str | None = None
        self._until = timezone.now()

    def get(self) -> str | None:
        if timezone.now() >= self._until:
            self._token, self._until = self._shared.get(), timezone.now() + TOKEN_KEPT
        return self._token

    def put(self, token: str, expires_at) -> None:
        self._shared.put(token, expires_at)
        self._until = timezone.now()

    def give_up(self) -> None:
        self._shared.give_up()
        self._until = timezone.now()

    def drop(self, token: str) -> None:
        self._shared.drop(token)
        self._until = timezone.now()


class Journal:
    """One row a call, many written at once; a journal that cannot be written must not stop a deposit."""

    def __init__(self, account: TechnicalAccount, pace: Pace):
        self.account, self._pace = account, pace
        self.submission: Submission | None = None
        self._rows: list[Exchange] = []

    def __call__(self, call: Call) -> None:
        if call.http_status == TOO_MANY:
            self._pace.pause(
                configuration().retry_delay.total_seconds() if call.retry_after is None else call.retry_after
            )
        self._rows.append(
            Exchange(
                environment=self._pace.environment,
                account=self.account,
                submission=self.submission,
                attempt=self.submission and self.submission.attempt,
                operation=call.operation,
                started_at=call.started_at,
                duration_ms=int(call.duration_s * 1000),
                http_status=call.http_status,
                code=call.code,
                message_code=call.message_code[:40],
                label=call.label[:300],
                request_bytes=call.request_bytes,
                response_bytes=call.response_bytes,
                error=call.error,
            )
        )
        if len(self._rows) >= ROWS_AT_ONCE:
            self.write()

    def write(self) -> None:
        rows, self._rows = self._rows, []
        try:
            Exchange.objects.bulk_create(rows)
        except Exception:
            logger.exception("The journal of calls could not be written (%s)", ", ".join(row.operation for row in rows))


class Clients:
    """The clients of one sweep: one for each account, whose connection and token stay open from row to row.

    For one thread. A sweep is short and a password may change: what is kept ends with it.
    """

    def __init__(self, config: Configuration | None = None):
        self._config = config or configuration()
        lease = timedelta(seconds=self._config.call_deadline) + TOKEN_WAITS_FOR_PACE
        self._tokens = KeptTokens(DatabaseTokens(self._config.environment, lease))
        self._kept: dict[tuple, tuple[Chorus, Journal]] = {}

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *error) -> None:
        for client, _ in self._kept.values():
            client.close()

    @contextmanager
    def acting(self, account: TechnicalAccount, submission: Submission | None = None) -> Iterator[Chorus]:
        """A client that acts as `account`. Its calls are written to the journal at the end, all at once."""
        key = (account.pk, account.login, account.password)
        if key not in self._kept:
            self._kept[key] = self._open(account)
        client, journal = self._kept[key]
        journal.submission = submission
        try:
            yield client
        finally:
            journal.write()

    def _open(self, account: TechnicalAccount) -> tuple[Chorus, Journal]:
        config, pace = self._config, Pace(self._config.environment, self._config.calls_per_second)
        journal = Journal(account, pace)
        client = Chorus(
            api_url=config.api_url,
            token_url=config.token_url,
            client_id=config.client_id,
            client_secret=config.client_secret,
            account=Account(account.login, account.password),
            tokens=self._tokens,
            throttle=pace,
            journal=journal,
            deadline=config.call_deadline,
            timeout=(min(5, config.call_deadline), min(30, config.call_deadline)),
        )
        return client, journal


@contextmanager
def connect(
    account: TechnicalAccount, *, submission: Submission | None = None, config: Configuration | None = None
) -> Iterator[Chorus]:
    """A client that acts as `account` once."""
    with Clients(config) as clients, clients.acting(account, submission) as client:
        yield client


def at_once(act: Callable[[Any], Any], parts: Sequence) -> list:
    """`act` on each part, each in a thread and with a database connection of its own; here when there is but one.

    What is logged there bears the id of the task it is done for: the context goes along.
    """
    if len(parts) <= 1:
        return [act(part) for part in parts]

    def run(part):
        try:
            return act(part)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(parts)) as pool:
        acts = [pool.submit(copy_context().run, run, part) for part in parts]
        return [done.result() for done in acts]


def accounts_in_use(environment: str):
    """The technical accounts of this environment that may act now."""
    return TechnicalAccount.objects.in_use(environment)
