"""The public payment delay, as pure days: where it begins, what interrupts it, what is owed once it is past."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.lifecycle import ON_CHORUS, Status
from invoicing.payment import ORDERED, Step, late, term

S = Status
ARRIVED = date(2026, 3, 2)


def day(number: int) -> date:
    return ARRIVED + timedelta(number)


def steps(*told: tuple[Status, int]) -> list[Step]:
    return [Step(status, day(number)) for status, number in told]


def pay_by(*told, days=30, delivered=None):
    found = term(steps(*told), days, delivered)
    return found and found.pay_by and (found.pay_by - ARRIVED).days


@pytest.mark.parametrize("days", [30, 50, 60])
def test_the_delay_begins_with_the_arrival(days):
    assert pay_by((S.DEPOSITED, -2), (S.ROUTING, -1), (S.AVAILABLE, 0), (S.SERVICE_DONE, 6), days=days) == days


def test_never_before_the_last_delivery():
    assert pay_by((S.AVAILABLE, 0), delivered=day(5)) == 35
    assert pay_by((S.AVAILABLE, 0), delivered=day(-5)) == 30
    assert term(steps((S.AVAILABLE, 0)), 30, day(5)).runs_from_delivery
    assert not term(steps((S.AVAILABLE, 0)), 30, day(-5)).runs_from_delivery


def test_nothing_runs_before_the_arrival():
    assert term([], 30, None) is None
    assert term(steps((S.DEPOSITED, 0), (S.ROUTING, 1)), 30, day(0)) is None


def test_a_buyer_who_skips_the_arrival_has_received_it_by_his_next_step():
    found = term(steps((S.DEPOSITED, -1), (S.SERVICE_DONE, 3), (S.ORDERED, 8)), 30, None)
    assert (found.arrived, found.is_told) == (day(3), False)


@pytest.mark.parametrize(
    ("suspended", "answered", "end"),
    [
        (5, 9, 9 + 30),  # 25 days were left: the new delay of thirty is longer.
        (29, 40, 40 + 30),
        (35, 60, 60 + 30),  # Suspended after its day: thirty days all the same.
    ],
)
def test_a_suspension_opens_thirty_days_from_the_answer(suspended, answered, end):
    assert pay_by((S.AVAILABLE, 0), (S.SUSPENDED, suspended), (S.COMPLETED, answered)) == end


def test_the_rest_of_a_longer_delay_counts_if_it_is_longer():
    assert pay_by((S.AVAILABLE, 0), (S.SUSPENDED, 5), (S.COMPLETED, 9), days=60) == 9 + 55
    assert pay_by((S.AVAILABLE, 0), (S.SUSPENDED, 25), (S.COMPLETED, 29), days=50) == 29 + 30


def test_interrupted_as_long_as_no_answer_came():
    found = term(steps((S.AVAILABLE, 0), (S.SUSPENDED, 5)), 30, None)
    assert (found.pay_by, found.is_interrupted, found.suspended) == (None, True, day(5))
    assert not found.is_past(day(500))


def test_a_buyer_who_goes_on_without_saying_completed_had_his_answer():
    found = term(steps((S.AVAILABLE, 0), (S.SUSPENDED, 5), (S.ORDERED, 12)), 30, None)
    assert (found.resumed, found.pay_by) == (day(12), day(42))


def test_a_second_suspension_interrupts_nothing():
    told = [(S.AVAILABLE, 0), (S.SUSPENDED, 5), (S.COMPLETED, 9), (S.SUSPENDED, 20)]
    found = term(steps(*told), 30, None)
    assert (found.pay_by, found.ignored) == (day(39), day(20))


def test_nor_does_one_after_the_payment_was_ordered():
    found = term(steps((S.AVAILABLE, 0), (S.ORDERED, 4), (S.SUSPENDED, 6)), 30, None)
    assert (found.pay_by, found.suspended, found.ignored) == (day(30), None, day(6))


def test_a_corrected_recipient_has_his_own_arrival():
    told = [(S.AVAILABLE, 0), (S.TO_REROUTE, 4)]
    assert term(steps(*told), 30, None) is None
    assert pay_by(*told, (S.ROUTING, 6), (S.AVAILABLE, 7)) == 37


def test_a_rejection_ends_it():
    assert term(steps((S.AVAILABLE, 0), (S.REJECTED, 4)), 30, None) is None


told = st.lists(st.tuples(st.sampled_from(sorted(ON_CHORUS)), st.integers(0, 400)), max_size=8)


@given(told, st.sampled_from([30, 50, 60]), st.none() | st.integers(-30, 60))
def test_whatever_is_told_the_delay_is_never_shorter_than_the_law(told, days, delivered):
    told = sorted(told, key=lambda step: step[1])
    delivered = None if delivered is None else day(delivered)
    found = term(steps(*told), days, delivered)
    if found is None:
        return
    assert found.since >= found.arrived
    assert delivered is None or found.since >= delivered
    assert found.pay_by is None or found.pay_by >= found.since + timedelta(days)
    assert not (found.is_interrupted and found.resumed)
    if any(Status(status) in ORDERED for status, _ in told[-1:]):
        assert not found.is_interrupted


# --- What is owed ---


def test_in_time_nothing_is_owed():
    assert late(day(30), day(30), Decimal("1000")) is None
    assert late(day(30), day(2), Decimal("1000")) is None


def test_interest_and_fee():
    """1 000,00 € for 30 days at 2,15 + 8 points: 1000 × 10,15 % × 30 / 365."""
    owed = late(day(30), day(60), Decimal("1000"))
    assert (owed.days, owed.rate, owed.interest, owed.fee) == (30, Decimal("10.15"), Decimal("8.34"), 40)


def test_a_rate_that_is_not_known_gives_no_figure():
    owed = late(date(2026, 7, 15), date(2026, 8, 15), Decimal("1000"))
    assert (owed.days, owed.rate, owed.interest, owed.fee) == (31, None, None, 40)
    told = late(date(2026, 7, 15), date(2026, 8, 15), Decimal("1000"), rate=Decimal("10"))
    assert told.interest == Decimal("8.49")


def test_the_rate_is_that_of_the_first_late_day():
    """Late from 1 July: the first half-year's rate plays no part, however the day before was."""
    assert late(date(2026, 6, 30), date(2026, 7, 2), Decimal("1000")).rate is None
    assert late(date(2026, 6, 29), date(2026, 7, 2), Decimal("1000")).rate == Decimal("10.15")
