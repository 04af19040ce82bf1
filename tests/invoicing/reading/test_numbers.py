from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.reading.numbers import find_amounts

SIGNED = [
    "-{}",
    "- {}",
    "{}-",
    "({})",
    "{}- €",
    "{}-€",
    "{} € -",
    "{} €-",
    "-{} €",
    "({} €)",
    "({}) €",
    "€ -{}",
    "- € {}",
]
amounts = st.decimals(min_value=-999_999_999, max_value=999_999_999, places=2)


def amounts_in(text: str) -> list[Decimal]:
    return [amount.value for amount in find_amounts(text)]


def written(value: Decimal, thousands: str, comma: str) -> str:
    return f"{abs(value):,.2f}".replace(",", "_").replace(".", comma).replace("_", thousands)


@given(
    amounts, st.sampled_from([" ,", ".,", "',", ",.", " .", "'."]), st.sampled_from(["", " €", "€", " EUR", " euros"])
)
def test_it_reads_every_french_writing_of_an_amount(value, signs, currency):
    thousands, comma = signs
    text = written(value, thousands, comma) + currency
    assert amounts_in(text) == [abs(value)]


@given(amounts.filter(lambda value: value < 0), st.sampled_from(SIGNED))
def test_it_reads_the_signs_of_a_credit_note(value, writing):
    assert amounts_in(writing.format(written(value, " ", ","))) == [value]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("100,00- € 5,50- € 105,50- €", ["-100.00", "-5.50", "-105.50"]),
        ("100,00- 5,50- 105,50-", ["-100.00", "-5.50", "-105.50"]),
        ("-100,00 -5,50 -105,50", ["-100.00", "-5.50", "-105.50"]),
        ("100,00- € TTC", ["-100.00"]),
        ("12,50 - Port 3,00", ["12.50", "3.00"]),
        ("12,50 € - TVA", ["12.50"]),
    ],
)
def test_a_sign_belongs_to_the_amount_it_touches(text, values):
    assert [str(amount.value) for amount in find_amounts(text)] == values


@given(st.lists(amounts.map(abs), min_size=1, max_size=5))
def test_it_reads_amounts_side_by_side(values):
    text = "  ".join(written(value, ".", ",") for value in values)
    assert amounts_in(text) == values


@given(st.text(max_size=200))
def test_it_reads_any_text_without_failing_and_tells_where(text):
    for amount in find_amounts(text):
        assert 0 <= amount.start < amount.end <= len(text)
        assert abs(amount.value) < 10**20


@pytest.mark.parametrize(
    "text",
    [
        "5,50 %",
        "20%",
        "2026",
        "02.48.00.11.22",
        "02 48 00 11 22",
        "18/11/2026",
        "18.11.26",
        "100 000 009 00017",
        "F-12,30",
        "A12,30",
        "4,123 kg",
        "1.2.3,45",
        "0150Z",
        "",
    ],
)
def test_it_takes_no_rate_date_or_telephone_number_for_an_amount(text):
    assert list(find_amounts(text)) == []


def test_it_takes_whole_euros_only_with_their_sign():
    assert amounts_in("1 200 €") == [1200]
    assert amounts_in("120 EUR") == [120]
    assert amounts_in("120") == []


def test_it_tells_rate_base_and_tax_apart():
    assert [str(amount.value) for amount in find_amounts("TVA 5,50 % 100,00 5,50")] == ["100.00", "5.50"]
