"""What the Département did not look over in time: twice REVIEW_DELAY, and nobody has to wait for it any more."""

from contextlib import suppress

from django.conf import settings

from invoicing import desk
from invoicing.lifecycle import TransitionError
from invoicing.models import Invoice
from invoicing.models.life import PATIENCE, UNREVIEWED_LABEL


def let_go() -> None:
    """Where REVIEW_LAPSE is on, what shows nothing leaves as an agent would let it go from the list."""
    if not settings.REVIEW_LAPSE:
        return
    waiting = Invoice.objects.past_review_delay(PATIENCE).with_risk().filter(is_clean=True).with_people()
    for invoice in waiting.prefetch_related("billed_orders__order").defer("reading").iterator(chunk_size=100):
        # An agent may win this race, or an account await its call.
        with suppress(TransitionError):
            desk.let_go_unopened(invoice, by=None, label=UNREVIEWED_LABEL, seen_revision=invoice.revision)
