from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.reading.dates import MONTHS, find_dates
from invoicing.reading.layout import fold
from tests.invoices.pen import MONTHS as ACCENTED

days = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))
WRITINGS = (
    "{0.day:02d}/{0.month:02d}/{0.year}",
    "{0.day}/{0.month}/{0.year}",
    "{0.day:02d}.{0.month:02d}.{0.year}",
    "{0.day:02d}-{0.month:02d}-{0.year}",
    "{0.day:02d} / {0.month:02d} / {0.year}",
    "{0:%d/%m/%y}",
    "{0:%Y-%m-%d}",
    "{0.day} {month} {0.year}",
    "{0.day:02d} {MONTH} {0.year}",
    "le {0.day} {month} {0:%y}",
    "{0.day}-{month}-{0.year}",
)


def values(text):
    return [found.value for found in find_dates(fold(text))]


@given(days, st.sampled_from(WRITINGS))
def test_it_reads_every_writing_of_a_date(day, writing):
    month = ACCENTED[day.month - 1]
    assert values(writing.format(day, month=month, MONTH=month.upper())) == [day]


@given(days, days, st.sampled_from([" au ", " et ", ", ", " - "]))
def test_it_reads_two_dates_of_one_line(first, second, link):
    text = f"du {first:%d/%m/%Y}{link}{second:%d/%m/%Y}"
    assert values(text) == [first, second]


@given(st.text(max_size=200))
def test_it_reads_any_text_without_failing_and_tells_where(text):
    folded = fold(text)
    for found in find_dates(folded):
        assert 2000 <= found.value.year <= 2099
        assert 0 <= found.start < found.end <= len(folded)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("le 1er mai 2026", [(5, 1)]),
        ("Mardi 12 mai 2026", [(5, 12)]),
        ("3 juil. 2026", [(7, 3)]),
        ("3 juin 2026", [(6, 3)]),
        ("12 sept 2026", [(9, 12)]),
        ("12 déc. 26", [(12, 12)]),
        ("les 4, 11 et 18 mai 2026", [(5, 4), (5, 11), (5, 18)]),
        ("du 4 au 8 mai 2026", [(5, 4), (5, 8)]),
        ("04/05, 11/05 et 18/05/2026", [(5, 4), (5, 11), (5, 18)]),
        ("2026-045 du 12/05/2026", [(5, 12)]),
    ],
)
def test_it_reads_words_short_forms_and_lists(text, expected):
    assert values(text) == [date(2026, month, day) for month, day in expected]


@pytest.mark.parametrize(
    "text", ["31/02/2026", "12/13/2026", "02.48.00.11.22", "01/12/1999", "F2026-05-12-3", "100,00", "12/05", "mai 2026"]
)
def test_it_takes_nothing_else_for_a_date(text):
    assert values(text) == []


def test_it_folds_sign_for_sign():
    for text in ("Échéance", "ŒUVRE ﬁn", "İstanbul", *MONTHS):
        assert len(fold(text)) == len(text)
