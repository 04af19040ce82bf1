"""What a breaker concludes from what it is told, whoever tells it: no call, no row."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chorus.models import Breaker
from chorus.models.breaker import MANY

pytestmark = pytest.mark.core

MINUTE = timedelta(minutes=1)


def fail(breaker: Breaker, invoice: int, *, claimed_at=None) -> bool:
    return breaker.failed(invoice, claimed_at=claimed_at or timezone.now(), pause=MINUTE)


def refuse(breaker: Breaker, supplier: int, refusal: str = "soumettre X") -> bool:
    return breaker.refuse(refusal, "Refus", supplier_id=supplier, invoice_id=100 + supplier)


@pytest.fixture
def resting() -> Breaker:
    breaker = Breaker()
    for invoice in range(MANY):
        fail(breaker, invoice)
    assert breaker.is_open
    return breaker


@pytest.fixture
def paused() -> Breaker:
    breaker = Breaker()
    assert [refuse(breaker, supplier) for supplier in range(MANY)] == [True] * (MANY - 1) + [False]
    assert breaker.paused_since
    return breaker


def test_while_the_account_rests_a_failure_is_no_invoices_own(resting):
    assert fail(Breaker(), 99)
    assert not fail(resting, 99)


def test_what_left_before_the_rest_does_not_make_it_longer(resting):
    rested_at = resting.rested_at
    fail(resting, 99, claimed_at=rested_at - MINUTE)
    assert (resting.rests, resting.rested_at) == (1, rested_at)
    fail(resting, 99, claimed_at=rested_at + MINUTE)
    assert resting.rests == 2
    assert resting.rested_at > rested_at


def test_one_invoice_that_is_taken_ends_a_rest(resting):
    resting.passed()
    assert not resting.is_open
    assert fail(resting, 99)


def test_a_straggler_that_is_taken_does_not_make_the_others_believed(paused):
    since = paused.paused_since
    paused.passed()
    assert paused.paused_since == since
    assert not refuse(paused, 50)


def test_another_refusal_while_it_is_paused_is_the_invoices_own(paused):
    since, reason = paused.paused_since, paused.paused_reason
    assert refuse(paused, 50, "soumettre Y")
    assert (paused.paused_since, paused.paused_reason) == (since, reason)
    assert not refuse(paused, 51)


def test_five_refusals_of_two_sorts_are_no_pause():
    breaker = Breaker()
    assert all(refuse(breaker, supplier, f"soumettre {supplier % 2}") for supplier in range(2 * MANY))
    assert not breaker.is_open


def test_resumed_it_lets_one_row_try_at_once(paused):
    paused.resume()
    assert paused.is_resuming
    assert paused.next_trial_at <= timezone.now()
    assert not refuse(paused, 50)
    assert paused.paused_since
