"""What was dropped and never became an invoice somebody confirmed is kept for a while, then goes, files and all.

A draft has never left its supplier's hands: no move leads back to it (lifecycle.py).
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import ProtectedError

from invoicing import dropped, intake, waiting
from invoicing.deposits import UNFINISHED, UNTAKEN, Deposit, Original, State, Upload
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from invoicing.typography import french
from suppliers.journals import erasing

logger = logging.getLogger(__name__)

TOO_LATE = french("Vous n'avez pas dit si ce fichier contient plusieurs factures : il n'a pas été gardé.")


def clear(now: datetime) -> None:
    before = now - timedelta(days=settings.UPLOADS_KEPT_DAYS)
    for draft in unconfirmed(before):
        _delete_draft(draft)
    for upload in Upload.objects.filter(state=State.ASKING, deposit__created_at__lt=before):
        waiting.give_up(upload, TOO_LATE)
    dropped.drop_originals(unwanted())
    for upload in abandoned(before):
        dropped.drop(upload)
    Deposit.objects.filter(created_at__lt=before, uploads=None).delete()


def unconfirmed(before: datetime):
    """Drafts that nobody has touched since."""
    drafts = Invoice.objects.filter(status=Status.DRAFT, created_at__lt=before)
    return drafts.exclude(events__occurred_at__gte=before)


def abandoned(before: datetime):
    """Uploads of which no invoice is left and that wait for nothing. What staff must hear of a virus stays as a row."""
    ended = Upload.objects.filter(deposit__created_at__lt=before, is_infected=False, invoices=None)
    return ended.exclude(state__in=UNFINISHED)


def unwanted():
    """Refused files, infected ones among them, whose reader died before it deleted them."""
    return Original.objects.filter(upload__state__in=UNTAKEN)


def _delete_draft(draft: Invoice) -> None:
    """Its row and what was made of its file, unless it was confirmed this instant, or something stands on it."""
    made = intake.made_files(draft)
    try:
        with erasing():
            if Invoice.objects.select_for_update().filter(pk=draft.pk, status=Status.DRAFT).first() is None:
                return
            # A deposit that replaced its PDF and the draft hold one another.
            Deposit.objects.filter(replaces=draft).update(replaces=None)
            draft.delete()
    except ProtectedError:
        logger.info("Draft %s is old, and something stands on it", draft.pk)
        return
    intake.delete_files(made)
