"""The dated values: no day without an answer, no day with two."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from invoicing.checks import law

HORIZON = [date.today() + timedelta(days=30 * month) for month in range(61)]
# They may end: another row, or nothing, takes their place.
ENDING = {"franchise-cgi"}


@pytest.mark.parametrize("name", [name for name in law.NAMES if name not in ENDING])
def test_every_day_of_the_next_five_years_has_its_row(name):
    for day in HORIZON:
        row = law.row_on(name, day)
        assert row, f"no row of « {name} » on {day}: add one to invoicing/checks/law.py"
        assert row.value is not None or "to be read" in row.source


@pytest.mark.parametrize("name", law.NAMES)
def test_no_day_has_two_rows_and_none_falls_between(name):
    rows = list(law.rows_of(name))
    for former, later in pairwise(rows):
        assert former.until is not None
        assert later.since == former.until + timedelta(days=1)
    assert all(row.until is None or row.since <= row.until for row in rows)
    assert all(row.source for row in rows)


def test_a_value_belongs_to_its_days():
    assert law.value_on("franchise-cgi", date(2027, 12, 31))
    assert law.value_on("franchise-cgi", date(2028, 1, 1)) is None
    assert law.value_on("franchise-cibs", date(2026, 8, 31)) is None
    assert law.value_on("franchise-cibs", date(2026, 9, 1))
    assert law.value_on("new-mentions", date(2027, 8, 31)) != law.value_on("new-mentions", date(2027, 9, 1))


def test_late_interest_is_the_banks_rate_of_the_half_year_plus_eight():
    assert law.late_interest_on(date(2026, 3, 1)) == Decimal("10.15")


def test_a_rate_nobody_read_yet_gives_no_figure():
    unread = next(row for row in law.rows_of("ecb-rate") if row.value is None)
    assert law.late_interest_on(unread.since) is None


@pytest.mark.parametrize(
    ("goods", "rate"),
    [
        ("Pommes de terre", "5.5"),
        ("Vin rouge", "20"),
        ("Vinaigre", "5.5"),
        ("Bonbons au miel", "20"),
        ("Plants de thym", "10"),
    ],
)
def test_it_knows_the_likely_rate_of_goods(goods, rate):
    assert Decimal(rate) in law.likely_rates(goods, date(2026, 11, 21))
