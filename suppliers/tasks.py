"""What beat wakes for the suppliers."""

from celery import shared_task

from suppliers import notices


@shared_task(name="suppliers.tasks.iban_notices")
def iban_notices():
    """Tell members by mail what happened to their account."""
    notices.send_due()
