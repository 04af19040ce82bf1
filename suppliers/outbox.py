"""Sends what stands in the outbox: claimed, sent, recorded.

A sender killed between the server's answer and its record sends that one letter again after a while; a letter that
never comes would be worse.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Min, Q
from django.utils import timezone

from suppliers.letters import letter
from suppliers.models.mail import IN_STATE, KINDS, WAITS, Mail, State

logger = logging.getLogger(__name__)

# People written to in one sweep, and how long it may last: well within a claim.
PEOPLE, SECONDS = 200, 300.0


def send_due(now: datetime | None = None) -> int:
    """Send what may leave, the oldest first. Returns how many letters left."""
    now, until, sent = now or timezone.now(), time.monotonic() + SECONDS, 0
    with closing(get_connection()) as connection:
        for mails in letters(still_true(_waiting(now), now)):
            if time.monotonic() > until or not _answers(connection):
                break
            sent += _send(mails, connection, now)
    return sent


def _waiting(now: datetime) -> list[Mail]:
    """All that may leave to those who wait longest: a digest is never cut in two."""
    due = Mail.objects.due(now)
    oldest = due.order_by().values("user", "address").annotate(first=Min("due_at")).order_by("first")[:PEOPLE]
    people, addresses = ([row[name] for row in oldest if row[name]] for name in ("user", "address"))
    theirs = Q(user__in=people) | Q(user=None, address__in=addresses)
    return list(due.filter(theirs).select_related("user").order_by("due_at", "pk"))


def still_true(mails: list[Mail], now: datetime) -> list[Mail]:
    """Those that are worth telling; the others are dropped. As many queries as kinds, however many rows."""
    by_kind = defaultdict(list)
    for mail in mails:
        by_kind[mail.kind].append(mail)
    kept = {mail.pk for name, rows in by_kind.items() for mail in _true_of(name, rows) if mail.can_be_read}
    dropped = [mail.pk for mail in mails if mail.pk not in kept]
    if dropped:
        Mail.objects.due(now).filter(pk__in=dropped).update(dropped_at=now)
    return [mail for mail in mails if mail.pk in kept]


def _true_of(name: str, mails: list[Mail]) -> list[Mail]:
    what = KINDS.get(name)
    if what is None:
        return []
    if what.still is None:
        return mails
    true = what.still({mail.about for mail in mails})
    return [mail for mail in mails if mail.told in true]


def letters(mails: Iterable[Mail]) -> list[list[Mail]]:
    """What waits for one person goes together, account and bank matters each alone."""
    grouped = defaultdict(list)
    for mail in mails:
        grouped[mail.to, mail.pk if mail.goes_alone else None].append(mail)
    return list(grouped.values())


def _answers(connection) -> bool:
    """A mail server that is down is no letter's fault: all wait for the next sweep."""
    try:
        connection.open()
    except OSError as error:  # SMTPException is one.
        logger.warning("The mail server does not answer: %s", _in_short(error))
        return False
    return True


def _send(mails: list[Mail], connection, now: datetime) -> bool:
    rows = Mail.objects.filter(pk__in=[mail.pk for mail in mails])
    if not Mail.objects.claim([mail.pk for mail in mails], now):
        return False
    try:
        connection.send_messages([letter(mails)])
    except Exception as error:
        # One letter that cannot leave, whatever the reason, must not hold up the others.
        logger.warning("Letter %s could not be sent: %s", mails[0].pk, _in_short(error))
        _put_off(rows, max(mail.attempts for mail in mails) + 1, error, now)
        connection.close()
        return False
    rows.update(sent_at=now, last_error="")
    return True


def _put_off(rows, attempts: int, error: Exception, now: datetime) -> None:
    wait = WAITS[min(attempts, len(WAITS)) - 1]
    rows.update(attempts=attempts, due_at=now + wait, claimed_at=None, last_error=_in_short(error)[:100])


def _in_short(error: Exception) -> str:
    """Its class and the server's code: its words quote addresses."""
    refused = getattr(error, "recipients", {}).values()
    codes = [getattr(error, "smtp_code", ""), *(code for code, _ in refused)]
    return " ".join(str(part) for part in (type(error).__name__, *codes) if part)


def forget(now: datetime) -> None:
    """Texts older than MAILS_KEPT_DAYS, unless they still wait; the rows go on saying who was told of what."""
    old = Mail.objects.filter(created_at__lt=now - timedelta(days=settings.MAILS_KEPT_DAYS)).exclude(subject="")
    old.exclude(IN_STATE[State.WAITING]).update(subject="", happened="", to_do="", action="", path="", address="")
