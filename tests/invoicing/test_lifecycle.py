import pytest
from django.db import connection

from invoicing.lifecycle import BALL, BEFORE_DEPOSIT, ON_CHORUS, TRANSITIONS, Status, TransitionError, may_move
from invoicing.models import Invoice
from tests.factories import InvoiceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.core]


class Meanwhile:
    """Lets somebody else act in the instant before the first update of an invoice."""

    def __init__(self, act):
        self.act = act

    def __call__(self, execute, sql, params, many, context):
        if self.act and sql.startswith('UPDATE "invoicing_invoice"'):
            act, self.act = self.act, None
            act()
        return execute(sql, params, many, context)


@pytest.mark.parametrize("status", [Status.RETURNED, Status.SENDING, Status.TO_SELF_DEPOSIT])
def test_a_deposit_recorded_by_two_at_once_is_told_once(status):
    one, other = InvoiceFactory(status=status), Invoice.objects.get()
    with connection.execute_wrapper(Meanwhile(other.mark_deposited)):
        one.mark_deposited()
    assert one.status == other.status == Status.DEPOSITED
    assert list(one.events.filter(kind="status").values_list("from_status", "to_status")) == [
        (status, Status.DEPOSITED)
    ]


def test_a_deposit_recorded_while_somebody_moves_the_invoice_tells_where_it_came_from():
    one, other = InvoiceFactory(status=Status.RETURNED), Invoice.objects.get()
    with connection.execute_wrapper(Meanwhile(lambda: other.withdraw(by=None))):
        one.mark_deposited()
    moves = list(one.events.filter(kind="status").values_list("from_status", "to_status"))
    assert moves == [(Status.RETURNED, Status.WITHDRAWN), (Status.WITHDRAWN, Status.DEPOSITED)]
    assert "Retirée" in one.events.get(kind="flag").reason


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
