"""What beat wakes for people."""

from celery import shared_task
from django.utils import timezone

from suppliers import outbox


@shared_task(name="suppliers.tasks.send_mails")
def send_mails():
    """Send what waits in the outbox."""
    outbox.send_due()


@shared_task(name="suppliers.tasks.forget_mails")
def forget_mails():
    """Texts of mails are not kept for ever."""
    outbox.forget(timezone.now())
