import pytest

from invoicing.lifecycle import BALL, BEFORE_DEPOSIT, ON_CHORUS, TRANSITIONS, Status, TransitionError, may_move
from invoicing.models import Invoice
from tests.factories import InvoiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.core]

EVERY_MOVE = [(source, target) for source in Status for target in Status]

# Said twice on purpose: once in the table, once here as the design says it.
BEFORE = {
    "draft": "to_review withdrawn",
    "to_review": "approved to_self_deposit outside returned withdrawn",
    "returned": "to_review withdrawn",
    "approved": "sending to_review returned to_self_deposit",
    "sending": "deposited returned approved",
    "to_self_deposit": "deposited to_review withdrawn",
    "outside": "to_review withdrawn",
    "withdrawn": "",
}


def test_every_status_has_a_row_a_ball_and_a_label():
    assert set(TRANSITIONS) == set(BALL) == set(Status)
    assert set(Status) == BEFORE_DEPOSIT | ON_CHORUS


def test_the_table_before_deposit_is_the_one_agreed():
    assert {source: set(BEFORE[source].split()) for source in BEFORE} == {
        status.value: {target.value for target in TRANSITIONS[status]} for status in BEFORE_DEPOSIT
    }


@pytest.mark.parametrize(("source", "target"), EVERY_MOVE)
def test_a_move_is_made_or_refused_as_the_table_says(source, target):
    invoice = InvoiceFactory(status=source)
    if may_move(source, target):
        invoice.move_to(target)
        assert invoice.status == target
        assert list(invoice.events.values_list("from_status", "to_status")) == [(source, target)]
    else:
        with pytest.raises(TransitionError):
            invoice.move_to(target)
        assert not invoice.events.exists()
    assert Invoice.objects.get().status == (target if may_move(source, target) else source)
