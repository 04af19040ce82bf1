"""Two writings of one number, and two numbers that look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.checks import (
    number_key,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [("fa 2026/014", "FA2026-014"), ("F-12", "F 12"), ("2026_001", "2026-001"), (" 12 ", "12"), ("A+B", "a/b")],
)
def test_it_sees_that_two_writings_are_one_number(one, other):
    assert number_key(one) == number_key(other)


@pytest.mark.parametrize(("one", "other"), [("2026-1-11", "2026-11-1"), ("F-012", "F-12"), ("12", "112")])
def test_it_keeps_different_numbers_apart(one, other):
    assert number_key(one) != number_key(other)


@given(st.text(max_size=40))
def test_its_number_key_is_stable_and_never_longer_than_the_number(number):
    key = number_key(number)
    assert len(key) <= len(number.upper())
    assert number_key(key) == key
    assert number_key(number.lower()) == number_key(number.upper().lower())
