"""A worker that dies. Run as a program: `python -m tests.chorus.killed_worker POINT`.

It does what the deposit task does, in a process of its own, and kills itself with SIGKILL at the named point: no
`finally`, no rollback, no goodbye, as when a machine loses its power.
"""

import os
import signal
import sys

import django


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

    return {
        "return claimed": (after, Return, "claim"),
        "lines remembered": (after, Return, "remember"),
        "return uploaded": (after, Chorus, "add_file"),
        "before the answer leaves": (after, Return, "about_to_call"),
        "after the answer is taken": (after, Chorus, "complete"),
        "return recorded": (after, Return, "done"),
    }


def main(point: str) -> None:
    django.setup()
    how, owner, name = {**points(), **points_of_a_return()}[point]
    how(owner, name)
    from chorus.tasks import deposit_sweep

    deposit_sweep()
    sys.exit(f"the worker outlived « {point} »")


if __name__ == "__main__":
    main(sys.argv[1])
