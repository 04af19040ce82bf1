"""A worker that dies: it does what the deposit task does and kills itself with SIGKILL at the named point.

No `finally`, no rollback, no goodbye, as when a machine loses its power.
"""

import multiprocessing
import os
import signal
import sys

from django.db import connections


def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner, name):
    setattr(owner, name, die)


def after(owner, name):
    whole = getattr(owner, name)

    def then_die(*args, **kwargs):
        whole(*args, **kwargs)
        die()

    setattr(owner, name, then_die)


def points():
    """Point -> before or after which method of which class; any of them where several are named."""
    from chorus.api import Chorus
    from chorus.models import Submission
    from invoicing.models import Invoice

    return {
        "inside the claim": (after, Invoice, "mark_sending"),
        "claimed": (after, Submission, "claim"),
        "before upload": (before, Chorus, "add_file"),
        "after upload": (after, Chorus, "add_file"),
        "piece kept": (after, Submission, "keep_piece"),
        "before the deposit leaves": (after, Submission, "about_to_call"),
        "after it is stored": (after, Chorus, "submit"),
        "inside the record": (after, Submission, "_keep_answer"),
        "recorded": (after, Submission, "record"),
    }


def points_of_a_return():
    from chorus.api import Chorus
    from chorus.models import Return
    from invoicing.models import Reply

    return {
        "return claimed": (after, Return, "claim"),
        "lines remembered": (after, Return, "remember"),
        "before the return's upload": (before, Chorus, "add_file"),
        "return uploaded": (after, Chorus, "add_file"),
        "before the answer leaves": (after, Return, "about_to_call"),
        "after the answer is taken": (after, Chorus, "complete", "recycle", "acknowledge_rejections"),
        "inside the return's record": (after, Reply, "mark_sent"),
        "return recorded": (after, Return, "done"),
    }


def points_without_file() -> list[str]:
    """What a worker passes whose answer carries no file."""
    return [point for point in points_of_a_return() if "upload" not in point]


def points_of_a_file():
    """A Factur-X from its claim to its receipt, then from its report to the record."""
    from chorus.api import Chorus
    from chorus.models import Submission
    from invoicing.models import Invoice

    return {
        "file claimed": (after, Submission, "claim"),
        "fingerprint kept": (after, Submission, "keep"),
        "before the file leaves": (after, Submission, "about_to_call"),
        "after the file is taken": (after, Chorus, "deposit_flux"),
        "inside the handing over": (after, Invoice, "note"),
        "handed over": (after, Submission, "hand_over"),
        "look taken": (after, Submission, "take_look"),
        "report read": (after, Chorus, "flux_report"),
        "report kept": (after, Submission, "keep_report"),
        "inside the record of the file": (after, Submission, "_keep_answer"),
        "file recorded": (after, Submission, "record"),
    }


def kill_a_worker_at(point: str) -> None:
    # Forked, for a process that starts Django anew takes two seconds.
    worker = multiprocessing.get_context("fork").Process(target=_work_until, args=(point,))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL


def _work_until(point: str) -> None:
    for each in connections.all():
        each.connection = None  # The parent's: left open, and a new one is made.
    how, owner, *names = {**points(), **points_of_a_return(), **points_of_a_file()}[point]
    for name in names:
        how(owner, name)
    from chorus.tasks import deposit_sweep

    deposit_sweep()
    sys.exit(f"the worker outlived « {point} »")
