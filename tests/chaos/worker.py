"""The site's own Celery application whose workers obey orders: `celery -A tests.chaos.worker worker`."""

import functools
import os
from pathlib import Path

import django

from agrilocal18.celery import app  # noqa: F401 (what « celery -A » looks for)
from tests.chaos.orders import POINTS, obey
from tests.chorus import killed_worker

django.setup()

ORDERS = Path(os.environ["CHAOS_ORDERS"])


def watch(point: str, early: bool, owner: type, name: str) -> None:
    """Make every call of `owner.name` pass `point`, before it if `early`, else after it."""
    whole = getattr(owner, name)

    @functools.wraps(whole)
    def watched(*args, **kwargs):
        if early:
            obey(ORDERS, point)
        result = whole(*args, **kwargs)
        if not early:
            obey(ORDERS, point)
        return result

    setattr(owner, name, watched)


def mutate() -> None:
    """The mutant takes silence for failure and sends again without looking: deposits, and answers to returns."""
    from django.utils import timezone

    from chorus import deposit, doubt, returns
    from chorus.models import Submission

    def send_again(submission):
        return submission.requeue(source=Submission.Status.IN_DOUBT, at=timezone.now())

    deposit.find_ours = lambda submission, client: None
    returns.has_trace = lambda act, history: False
    doubt.settle = returns.settle = send_again


def hurry() -> None:
    """A killed sweep of news holds its lease for minutes, which is longer than a round lasts."""
    from chorus import news
    from chorus.conf import configuration

    news.SWEEP_LEASE = configuration().lease


known = killed_worker.points() | killed_worker.points_of_a_return()
for point in POINTS:
    how, owner, *names = known[point]
    for name in names:
        watch(point, how is killed_worker.before, owner, name)
hurry()
if os.environ.get("CHAOS_MUTANT"):
    mutate()
