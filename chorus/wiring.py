"""Joins the client of chorus/api to our database: token, pace and journal are rows that all workers share."""

import logging
import time
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from chorus.api import Account, Call, Chorus
from chorus.conf import Configuration, configuration
from chorus.models import Exchange, PisteApplication, Submission, TechnicalAccount

logger = logging.getLogger(__name__)


class DatabaseTokens:
    """The token of our PISTE application: fetched by whoever finds it missing, used by all."""

    def __init__(self, environment: str):
        self.environment = environment

    def _row(self):
        return PisteApplication.objects.filter(environment=self.environment)

    def get(self) -> str | None:
        row = self._row().filter(token_expires_at__gt=timezone.now()).first()
        return row.token or None if row else None

    def put(self, token: str, expires_at) -> None:
        PisteApplication.objects.get_or_create(environment=self.environment)
        row = self._row().get()
        row.token, row.token_expires_at = token, expires_at
        row.save(update_fields=["token", "token_expires_at"])

    def drop(self, token: str) -> None:
        row = self._row().first()
        # Encrypted, so it cannot be compared in SQL: the date it came with can.
        if row and row.token == token:
            self._row().filter(token_expires_at=row.token_expires_at).update(token="", token_expires_at=None)


class Pace:
    """So many calls a second for all workers together: each call books the next free slot, then waits for it."""

    def __init__(self, environment: str, calls_per_second: float):
        self.environment = environment
        self.gap = timedelta(seconds=1 / calls_per_second) if calls_per_second else timedelta(0)

    def __call__(self) -> None:
        wait = self._book() - timezone.now()
        if wait > timedelta(0):
            time.sleep(wait.total_seconds())

    def _book(self):
        if not self.gap:
            return timezone.now()
        PisteApplication.objects.get_or_create(environment=self.environment)
        while True:
            row = PisteApplication.objects.get(environment=self.environment)
            slot = max(row.next_call_at or timezone.now(), timezone.now())
            unmoved = Q(next_call_at=row.next_call_at) if row.next_call_at else Q(next_call_at__isnull=True)
            if PisteApplication.objects.filter(unmoved, pk=row.pk).update(next_call_at=slot + self.gap):
                return slot


class Journal:
    """Writes one row a call; a journal that cannot be written must not stop a deposit."""

    def __init__(self, environment: str, account: TechnicalAccount, submission: Submission | None):
        self.environment, self.account, self.submission = environment, account, submission

    def __call__(self, call: Call) -> None:
        try:
            Exchange.objects.create(
                environment=self.environment,
                account=self.account,
                submission=self.submission,
                operation=call.operation,
                started_at=call.started_at,
                duration_ms=int(call.duration_s * 1000),
                http_status=call.http_status,
                code=call.code,
                label=call.label[:300],
                error=call.error,
            )
        except Exception:
            logger.exception("The journal of calls could not be written (%s)", call.operation)


def connect(
    account: TechnicalAccount, *, submission: Submission | None = None, config: Configuration | None = None
) -> Chorus:
    """A client that acts as `account`; close it after use (it is a context manager)."""
    config = config or configuration()
    return Chorus(
        api_url=config.api_url,
        token_url=config.token_url,
        client_id=config.client_id,
        client_secret=config.client_secret,
        account=Account(account.login, account.password),
        tokens=DatabaseTokens(config.environment),
        throttle=Pace(config.environment, config.calls_per_second),
        journal=Journal(config.environment, account, submission),
        deadline=config.call_deadline,
        timeout=(min(5, config.call_deadline), min(30, config.call_deadline)),
    )


def accounts_in_use(environment: str):
    """The technical accounts of this environment that are switched on."""
    return TechnicalAccount.objects.filter(environment=environment, is_active=True)
