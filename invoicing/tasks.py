"""What beat and a deposit wake. It reads what stands in the database: run twice or late, nothing is lost or doubled."""

from celery import shared_task
from django.utils import timezone

from invoicing import dated_mails, leftovers, unreviewed, waiting
from invoicing.board import counting


@shared_task(name=waiting.TASK)
def read_waiting():
    """Read the files that no page could read at once."""
    waiting.sweep()


@shared_task(name="invoicing.tasks.clear_leftovers")
def clear_leftovers():
    """Delete what was dropped long ago and never confirmed."""
    leftovers.clear(timezone.now())


@shared_task(name="invoicing.tasks.let_go_unreviewed")
def let_go_unreviewed():
    """Let go what was not looked over in time, where the Département decided so."""
    unreviewed.let_go()


@shared_task(name="invoicing.tasks.tell_dates")
def tell_dates():
    """Tell people what is due because a day came."""
    dated_mails.tell()


@shared_task(name="invoicing.tasks.count_board")
def count_board():
    """Count what the board of the agents shows."""
    counting.count_all()
