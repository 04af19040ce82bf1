from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from chorus.api import parsing
from chorus.api.parsing import PARIS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2018-04-19", datetime(2018, 4, 19, 0, 0, tzinfo=PARIS)),
        ("2018-04-19 11:08", datetime(2018, 4, 19, 11, 8, tzinfo=PARIS)),
        ("2018-02-16T15:10:25.536+01:00", datetime(2018, 2, 16, 14, 10, 25, 536_000, tzinfo=UTC)),
        ("2026-07-01T10:00:00.000Z", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-09-14T22:57:02+0200", datetime(2026, 9, 14, 20, 57, 2, tzinfo=UTC)),
    ],
)
def test_it_reads_the_three_forms_of_a_date(value, expected):
    found = parsing.moment(value)
    assert found == expected
    assert found.tzinfo is PARIS


def test_it_takes_a_time_without_zone_as_paris_in_winter_and_in_summer():
    assert parsing.moment("2026-01-15 12:00").utcoffset() == timedelta(hours=1)
    assert parsing.moment("2026-07-15 12:00").utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize("value", [None, "", "demain", 12.5, [], {}, True, "0001-01-01T00:00:00+23:00", "99999"])
def test_it_reads_no_date_where_there_is_none(value):
    assert parsing.moment(value) is None
    assert parsing.day(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-03-31 23:59", date(2026, 3, 31)),
        ("2026-03-31T22:30:00Z", date(2026, 4, 1)),
        ("2026-03-31T00:00:00.000+02:00", date(2026, 3, 31)),
    ],
)
def test_it_reads_the_day_in_paris(value, expected):
    assert parsing.day(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1406.272", Decimal("1406.272")),
        (1326, Decimal(1326)),
        ("0.10", Decimal("0.10")),
        ("-12.5", Decimal("-12.5")),
        (None, None),
        ("", None),
        ("douze", None),
        ("NaN", None),
        ("Infinity", None),
        ("1E999999", None),
        ({}, None),
    ],
)
def test_it_reads_exact_amounts(value, expected):
    assert parsing.amount(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(12, 12), ("12", 12), (" -3 ", -3), (True, None), ("1.0", None), ("²", None), (None, None), ("9" * 5000, None)],
)
def test_it_reads_integers(value, expected):
    assert parsing.integer(value) == expected


@pytest.mark.parametrize("value", [True, "true", "TRUE", 1, "1", "Oui"])
def test_it_reads_yes(value):
    assert parsing.flag(value)


@pytest.mark.parametrize("value", [False, "false", 0, "", None, "Non", [], {"a": 1}])
def test_it_reads_no(value):
    assert not parsing.flag(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}]),
        ({"a": 1}, [{"a": 1}]),
        ([{"a": 1}, None, "x"], [{"a": 1}]),
        (None, []),
        ("x", []),
    ],
)
def test_it_takes_one_object_for_a_list_of_one(value, expected):
    assert parsing.items(value) == expected


@pytest.mark.parametrize(
    ("pages", "total", "expected"), [(3, 250, 3), (None, 250, 3), (1, 250, 3), (0, 0, 1), ("2", 0, 2), (None, 100, 1)]
)
def test_it_counts_pages_by_whichever_says_more(pages, total, expected):
    assert parsing.page_count(pages, page_size=100, total=total) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("JVBERg==", b"%PDF"), ("", None), (None, None), ("é", None), ([], None)]
)
def test_it_reads_a_file_in_base64(value, expected):
    assert parsing.file_bytes(value) == expected
