"""What beat wakes. Each task sweeps what stands in the database: run twice or late, nothing is lost or doubled."""

import logging
from collections.abc import Callable
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from chorus import (
    accounts,
    checkup,
    deposit,
    directory,
    doubt,
    engagements,
    following,
    looks,
    mails,
    news,
    returns,
    self_deposits,
)
from chorus.conf import configuration
from chorus.facturx import reports
from chorus.models import Exchange, Sweep

logger = logging.getLogger(__name__)


def when_on(sweep):
    """Do nothing while Chorus Pro is switched off: the portal works without it. Staff see when it ran last."""
    name = sweep.__name__.removesuffix("_sweep")

    def run():
        if configuration().is_on:
            Sweep.begins(name)
            sweep()
            Sweep.ends(name)

    run.__name__, run.__doc__ = sweep.__name__, sweep.__doc__
    return run


def each_in_turn(*steps: Callable[[], object]) -> None:
    """Every step, whatever became of those before: one that stops must not stop the exchange. What went wrong first is
    raised at the end, so that the sweep does not count as done."""
    failures = []
    for step in steps:
        try:
            step()
        except Exception as failure:
            logger.exception("The step %s.%s stopped", step.__module__, step.__name__)
            failures.append(failure)
    if failures:
        raise failures[0]


@shared_task(name="chorus.tasks.deposit")
@when_on
def deposit_sweep():
    """Look for those who asked, queue what was approved, release what a dead worker held, send, settle doubts, try
    what was blocked, ask for engagements of the State."""
    each_in_turn(
        checkup.answer_checks,
        looks.answer_asked,
        directory.read_asked,
        accounts.probe_blocked,
        following.release_blocked,
        following.leave_unmandated,
        deposit.queue_ready,
        deposit.release_expired,
        deposit.send_due,
        reports.follow_due,
        doubt.settle_due,
        carry_replies,
        accounts.forget_retired,
        engagements.check_due,
    )


def carry_replies():
    """What suppliers answered to invoices that came back: the same steps."""
    each_in_turn(
        returns.queue_written,
        following.drop_replies,
        returns.release_expired,
        returns.send_due,
        returns.settle_due,
    )


@shared_task(name="chorus.tasks.news")
@when_on
def news_sweep():
    """Bring back what changed, of what we may still read."""
    each_in_turn(
        following.stop,
        following.resume,
        news.read_all,
        news.ask_silent,
        self_deposits.queue_declared,
        self_deposits.look_due,
    )


@shared_task(name="chorus.tasks.directory")
@when_on
def directory_sweep():
    """Read recipients and attachments again."""
    each_in_turn(accounts.read_all_attachments, directory.refresh_all)


@shared_task(name="chorus.tasks.reminders")
@when_on
def reminders_sweep():
    """Tell in time that a technical password dies."""
    mails.remind()


@shared_task(name="chorus.tasks.housekeeping")
def housekeeping():
    """Forget calls older than the journal keeps."""
    Exchange.objects.filter(started_at__lt=timezone.now() - timedelta(days=configuration().journal_days)).delete()
