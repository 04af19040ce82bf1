"""Whatever the writing, the value comes out; whatever the page, the reader comes back, with work that fits the page."""

import sys
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.reading import labels
from invoicing.reading.extract import extract
from invoicing.reading.text import Page, Word
from suppliers.identifiers import is_siret
from tests.invoices.pen import grouped
from tests.invoices.style import DATES, MONEY, SIRETS, Style
from tests.invoices.values import some_values
from tests.invoicing.reading.typed import typed

MINUSES = ("-{}", "- {}", "({})", "{}-", "\u2212{}")
seeds = st.integers(0, 10_000)
wild = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
words = st.one_of(
    wild,
    st.sampled_from(
        [
            "Total",
            "HT",
            "TVA",
            "TTC",
            "Net",
            "à",
            "payer",
            "SIRET",
            "SIREN",
            "NIC",
            "IBAN",
            "N°",
            "facture",
            "avoir",
            "date",
            "échéance",
            "du",
            "le",
            "engagement",
            "service",
            "5,5",
            "%",
            "12,00",
            "€",
            "100000009",
            "00017",
            "12/05/2026",
            "BL",
            "Désignation",
            "Client",
        ]
    ),
)


def read(text, own=frozenset()):
    return {name: found.value for name, found in extract([typed(text)], own).items()}


@given(
    cents=st.integers(1, 99_999_999),
    money=st.sampled_from(MONEY),
    minus=st.sampled_from(MINUSES),
    below_zero=st.booleans(),
)
@settings(max_examples=60)
def test_an_amount_is_read_in_every_writing(cents, money, minus, below_zero):
    value = Decimal(cents) / 100 * (-1 if below_zero else 1)
    style = Style(*money, dated=0, groups=(14,), minus=minus)
    text = style.money(value).replace("\u202f", "\u00a0").replace("\u2212", "-")
    assert read(f"Total TTC : {text}")["total_ttc"] == f"{value:.2f}"


@given(day=st.dates(date(2010, 1, 1), date(2090, 12, 31)), style=st.sampled_from(DATES))
@settings(max_examples=60)
def test_a_date_is_read_in_every_writing(day, style):
    assert read(f"Date de facture : {style(day)}")["issue_date"] == day.isoformat()


@given(seed=seeds, groups=st.sampled_from(SIRETS), mark=st.sampled_from((" ", "\u00a0", ".", "-")))
@settings(max_examples=60)
def test_a_siret_is_read_in_every_grouping(seed, groups, mark):
    buyer = some_values(seed).buyer.siret
    found = read(f"Client\nSIRET : {grouped(buyer, *groups).replace(' ', mark)}", {"10000000900017"})
    assert {name: value for name, value in found.items() if name != "letterhead"} == {"buyer_siret": buyer}


@given(seed=seeds, apart=st.sampled_from((" NIC ", "\n", "   NIC : ", "\nNIC ")))
@settings(max_examples=40)
def test_a_siret_is_read_in_two_parts(seed, apart):
    own = some_values(seed).seller.siret
    assert is_siret(own)
    found = read(f"SIREN {grouped(own[:9], 3, 3, 3)}{apart}{own[9:]}", {own})
    assert found["supplier_siret"] == own


@given(st.lists(st.tuples(words, st.integers(-50, 700), st.integers(-50, 900), st.integers(1, 40)), max_size=60))
@settings(max_examples=150)
def test_it_comes_back_from_any_page(drawn):
    placed = tuple(
        Word(text, left, top, left + size * len(text) / 2, top + size)
        for text, left, top, size in drawn
        if text.strip()
    )
    for found in extract([Page(1, 595, 842, placed)], {"10000000900017"}).values():
        assert found.value
        assert found.page == 1


SAMPLES = {
    "a table": [
        "Total",
        "TVA",
        "5,5",
        "%",
        "Total",
        "HT",
        "N°",
        "12",
        "SIRET",
        "100000009",
        "du",
        "12/05/2026",
        "12,00",
        "1,00",
    ],
    "labels only": ["Total", "HT", "facture", "N°", "BL", "échéance", "SIRET", "IBAN"],
    "amounts only": ["12,00", "1,00", "20,00"],
    "one line": ["Facture", "n°", "12", "du", "12/05,", "13/05", "et", "14/05/2026"],
}


def steps_of(words_of_page, columns):
    """How many lines of our own code run for a page of these words."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        if "/invoicing/reading/" not in frame.f_code.co_filename:
            return None
        count += 1
        return trace

    page = Page(
        1,
        14400,
        14400,
        tuple(
            Word(
                text,
                40 + 45 * (number % columns),
                12 * (number // columns),
                80 + 45 * (number % columns),
                10 + 12 * (number // columns),
            )
            for number, text in enumerate(words_of_page)
        ),
    )
    sys.settrace(trace)
    try:
        extract([page], ())
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("columns", [12, 10_000])
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_work_grows_with_the_page_not_with_its_square(sample, columns):
    some = [SAMPLES[sample][number % len(SAMPLES[sample])] for number in range(1200)]
    few, many = steps_of(some[:300], columns), steps_of(some, columns)
    assert many < 6 * few


def test_no_label_can_take_long():
    """A pattern that backtracks would hang here, whatever the clock."""
    cell = typed(" ".join(["n°", "de", "la", "facture"] * 12)).words
    assert labels.find_labels(labels.Cell.of(typed("x"), 0, 0, cell))
