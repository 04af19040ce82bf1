"""What beat wakes for people."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from suppliers import entries, outbox
from suppliers.importing import runs
from suppliers.models.houses import forget_invitations


@shared_task(name="suppliers.tasks.send_mails")
def send_mails():
    """Send what waits in the outbox."""
    outbox.send_due()


@shared_task(name="suppliers.tasks.forget_mails")
def forget_mails():
    """Texts of mails are not kept for ever, nor addresses of people who were invited and did not come."""
    now = timezone.now()
    outbox.forget(now)
    forget_invitations(now - timedelta(days=settings.MAILS_KEPT_DAYS))


@shared_task(name=runs.TASK)
def carry_imports_out():
    """Do what agents confirmed."""
    runs.sweep()


@shared_task(name="suppliers.tasks.forget_sign_ins")
def forget_sign_ins():
    """How staff came in is known for a year; what they did then stays."""
    entries.forget_sign_ins(timezone.now() - timedelta(days=settings.SIGN_INS_KEPT_DAYS))


@shared_task(name="suppliers.tasks.forget_imports")
def forget_imports():
    """Files of imports are not kept for ever."""
    runs.forget(timezone.now())
