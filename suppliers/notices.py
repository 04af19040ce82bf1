"""Mail to all members when something happens to the account: a row, a claim, a sweep.

A worker killed between the mail and its record sends it again after a while; a mail that is not sent would be worse.
"""

import logging
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone

from suppliers.bank import PATIENCE, IbanNotice

logger = logging.getLogger(__name__)


def send_due(now: datetime | None = None) -> int:
    """Send what waits. Returns how many mails left."""
    now = now or timezone.now()
    return sum(_send(notice, now) for notice in IbanNotice.objects.waiting(now - PATIENCE)[:500])


def _send(notice: IbanNotice, now: datetime) -> bool:
    if not notice.claim(now):
        return False
    context = {"notice": notice, "portal": settings.SITE}
    subject = " ".join(render_to_string("suppliers/mail/iban_subject.txt", context).split())
    text = render_to_string("suppliers/mail/iban_message.txt", context)
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [notice.user.email])
    except OSError as error:  # SMTPException is one.
        logger.warning("Notice %s could not be sent: %s", notice.pk, type(error).__name__)
        return False
    IbanNotice.objects.filter(pk=notice.pk).update(sent_at=now)
    return True
