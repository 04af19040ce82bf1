"""Mail before a technical password dies, once per person and threshold: a row, a claim, a sweep.

A worker killed between the mail and its record sends it again after a while; a mail that is not sent would be worse.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from chorus.conf import configuration
from chorus.models import PasswordReminder, TechnicalAccount
from suppliers.models import User

logger = logging.getLogger(__name__)

DEAD = 0
# A mail that could not be sent, or whose sender died, is tried again after this.
PATIENCE = timedelta(hours=1)


def remind(now: datetime | None = None) -> int:
    """Write the rows that are due, then send what waits. Returns how many mails left."""
    now = now or timezone.now()
    queue(now)
    return sum(_send(reminder, now) for reminder in PasswordReminder.objects.waiting(now - PATIENCE))


def queue(now: datetime) -> None:
    """A row for each person to tell; run twice, the constraint makes it harmless."""
    thresholds = configuration().password_reminders
    horizon = now + timedelta(days=max(thresholds, default=0))
    for account in _in_use().filter(password_expires_at__lte=horizon):
        rows = [
            PasswordReminder(account=account, user=user, expires_on=account.expires_on, days=reached(account, now))
            for user in recipients(account)
        ]
        PasswordReminder.objects.bulk_create(rows, ignore_conflicts=True)


def _in_use() -> QuerySet[TechnicalAccount]:
    return TechnicalAccount.objects.in_use(configuration().environment).select_related("supplier")


def reached(account: TechnicalAccount, now: datetime) -> int:
    """The nearest threshold that was passed; 0 once the password is dead. An account found late is told of one only."""
    left = account.password_expires_at - now
    if left <= timedelta(0):
        return DEAD
    passed = [days for days in configuration().password_reminders if left <= timedelta(days=days)]
    return min(passed, default=max(configuration().password_reminders))


def recipients(account: TechnicalAccount) -> QuerySet[User]:
    """Staff who see the accounts; of a supplier's own account his people too."""
    told = Q(is_superuser=True) | _may("view_technicalaccount")
    people = Q(pk__in=User.objects.filter(told, is_staff=True).values("pk"))
    if account.is_own:
        people |= Q(supplier_memberships__supplier=account.supplier_id)
    return User.objects.filter(people, is_active=True).distinct()


def _may(codename: str) -> Q:
    group = Q(groups__permissions__codename=codename, groups__permissions__content_type__app_label="chorus")
    own = Q(user_permissions__codename=codename, user_permissions__content_type__app_label="chorus")
    return group | own


def _send(reminder: PasswordReminder, now: datetime) -> bool:
    if not reminder.claim(now, before=now - PATIENCE):
        return False
    account = _in_use().filter(pk=reminder.account_id).first()
    if account is None or account.expires_on != reminder.expires_on or reminder.user not in recipients(account):
        reminder.delete()  # Renewed, removed, or no longer his business.
        return False
    try:
        send_mail(*_words(reminder, account), settings.DEFAULT_FROM_EMAIL, [reminder.user.email])
    except OSError as error:  # SMTPException is one.
        logger.warning("Reminder %s could not be sent: %s", reminder.pk, type(error).__name__)
        return False
    PasswordReminder.objects.filter(pk=reminder.pk).update(sent_at=now)
    return True


def _words(reminder: PasswordReminder, account: TechnicalAccount) -> tuple[str, str]:
    """Subject and text."""
    context = {
        "account": account,
        "dead": reminder.days == DEAD,
        "is_his": account.is_own and account.supplier.members.filter(user=reminder.user).exists(),
        "portal": settings.SITE,
    }
    subject = render_to_string("chorus/mail/password_subject.txt", context)
    return " ".join(subject.split()), render_to_string("chorus/mail/password_message.txt", context)
