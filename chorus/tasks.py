"""What beat wakes. Each task sweeps what stands in the database: run twice or late, nothing is lost or doubled."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from chorus import accounts, deposit, directory, doubt, news, returns
from chorus.conf import configuration
from chorus.models import Exchange


def when_on(sweep):
    """Do nothing while Chorus Pro is switched off: the portal works without it."""

    def run():
        return sweep() if configuration().is_on else None

    run.__name__, run.__doc__ = sweep.__name__, sweep.__doc__
    return run


@shared_task(name="chorus.tasks.deposit")
@when_on
def deposit_sweep():
    """Queue what was approved, release what a dead worker held, send, settle doubts, try what was blocked."""
    accounts.check_connections()
    accounts.probe_blocked()
    deposit.queue_ready()
    deposit.release_expired()
    deposit.send_due()
    doubt.settle_due()
    carry_replies()


def carry_replies():
    """What suppliers answered to invoices that came back: the same steps."""
    returns.queue_written()
    returns.release_expired()
    returns.send_due()
    returns.settle_due()


@shared_task(name="chorus.tasks.news")
@when_on
def news_sweep():
    """Bring back what changed."""
    news.read_all()
    news.ask_silent()


@shared_task(name="chorus.tasks.directory")
@when_on
def directory_sweep():
    """Read recipients and attachments again."""
    accounts.read_all_attachments()
    directory.refresh_all()


@shared_task(name="chorus.tasks.housekeeping")
def housekeeping():
    """Forget calls older than the journal keeps."""
    Exchange.objects.filter(started_at__lt=timezone.now() - timedelta(days=configuration().journal_days)).delete()
