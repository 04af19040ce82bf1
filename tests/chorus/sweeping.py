"""A sweep, and the row it worked on."""

from chorus.models import Submission
from chorus.tasks import deposit_sweep


def sweep(times=1):
    for _ in range(times):
        deposit_sweep()


def the_submission(invoice) -> Submission:
    return Submission.objects.get(invoice=invoice)
