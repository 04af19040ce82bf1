"""Which orders an invoice bills: the number, the SIRET, the amount and the dates, each alone and against the others."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.matching import (
    MOST_SUMMED,
    Ordered,
    Printed,
    beside,
    by_delivery,
    clean,
    clues,
    is_slip,
    likeliest_first,
    match,
    shares,
)
from tests.factories import siret

ISSUED = date(2026, 11, 2)
COLLEGE, OTHER, STRANGER = siret(1), siret(2), siret(3)


def an_order(key=1, *, ht="100", buyer=1, **values) -> Ordered:
    usual = {
        "reference": f"AGL-2026-{key:05d}",
        "buyer_siret": siret(buyer),
        "engagement_number": f"EJ-{key * 7919:06d}",
        "ordered_on": ISSUED - timedelta(days=10),
        "delivery_on": ISSUED - timedelta(days=key),
    }
    return Ordered(key=key, open_ht=Decimal(ht), buyer=buyer, **{**usual, **values})


def an_invoice(**values) -> Printed:
    return Printed(**{"total_ht": Decimal(100), "issue_date": ISSUED, **values})


def keys(orders) -> list[int]:
    return [order.key for order in orders]


SIX = [an_order(key, buyer=key) for key in range(1, 7)]


# --- One clue at a time ---


def test_its_number_tells_one_order_of_many():
    assert [keys(match(an_invoice(engagement_number=one.engagement_number), SIX)) for one in SIX] == [
        [one.key] for one in SIX
    ]


def test_its_reference_comes_first_wherever_it_is_printed():
    assert keys(match(an_invoice(reference=SIX[1].reference, engagement_number=SIX[4].engagement_number), SIX)) == [2]
    assert keys(match(an_invoice(engagement_number="AGL 2026 00003"), SIX)) == [3]


@pytest.mark.parametrize("printed", ["ej-007919", "EJ 007919", "EJ/007919."])
def test_what_stands_between_the_signs_does_not_matter(printed):
    assert keys(match(an_invoice(engagement_number=printed), SIX)) == [1]


def test_a_number_the_buyer_replaced_still_names_the_order():
    order = an_order(engagement_number="NOUVEAU-1", former_numbers=frozenset({"ANCIEN-1"}))
    assert keys(match(an_invoice(engagement_number="ANCIEN-1"), [order, *SIX[1:]])) == [1]


@pytest.mark.parametrize("printed", ["EJ-007991", "EJ-00791", "EJ-0079190", "EJ-OO7919", "EJ-007819", "007919"])
def test_a_slip_leads_to_the_nearest_order(printed):
    assert keys(match(an_invoice(engagement_number=printed), SIX)) == [1]


@pytest.mark.parametrize("printed", ["EJ-001234", "4471", "X", "EJ"])
def test_another_number_leads_nowhere(printed):
    assert match(an_invoice(engagement_number=printed, buyer_siret=COLLEGE), SIX) == []


def test_a_number_of_theirs_is_no_slip_even_when_all_is_billed():
    billed = an_order(engagement_number="EJ-000123", ht="0")
    still = an_order(2, buyer=1, engagement_number="EJ-000124")
    assert match(an_invoice(engagement_number="EJ-000123", buyer_siret=COLLEGE), [billed, still]) == []


def test_two_numbers_equally_near_are_settled_by_the_buyer_or_not_at_all():
    twins = [an_order(buyer=1, engagement_number="EJ-000121"), an_order(2, buyer=2, engagement_number="EJ-000122")]
    printed = an_invoice(engagement_number="EJ-000129")
    assert match(printed, twins) == []
    assert keys(match(replace(printed, buyer_siret=OTHER), twins)) == [2]


def test_another_buyer_on_the_paper_speaks_against_a_slip_unless_the_amount_is_right():
    printed = an_invoice(engagement_number="EJ-007918", buyer_siret=STRANGER[:9] + "00099")
    order = an_order()
    assert keys(match(printed, [order])) == [1]
    assert match(replace(printed, total_ht=Decimal(70)), [order]) == []


def test_two_canteens_with_one_number_are_told_apart():
    twins = [an_order(buyer=1, engagement_number="2026-014"), an_order(2, buyer=2, engagement_number="2026-014")]
    printed = an_invoice(engagement_number="2026-014")
    assert match(printed, twins) == []
    assert keys(match(replace(printed, buyer_siret=OTHER), twins)) == [2]
    assert keys(match(replace(printed, total_ht=Decimal(60)), [twins[0], replace(twins[1], open_ht=Decimal(60))])) == [
        2
    ]
    assert keys(match(replace(printed, deliveries=frozenset({twins[0].delivery_on})), twins)) == [1]


@pytest.mark.parametrize(
    ("written", "meant", "expected"),
    [
        ("ABCD", "ABCE", True),
        ("ABC", "ABD", False),
        ("ABDC", "ABCD", True),
        ("DBCA", "ABCD", False),
        ("BADC", "ABCD", False),
        ("ABCDEFGHJ", "ABCDEFGXY", False),
        ("ABCDEFGHJK", "ABCDEFGHXY", True),
        ("ABCDEFGHJK", "ABCDEFGXYZ", False),
        ("BADCEFGHJK", "ABCDEFGHJK", True),
        ("007919", "EJ2026007919", True),
        ("07919", "EJ202607919", False),
    ],
)
def test_how_far_a_slip_goes(written, meant, expected):
    """One sign in four or more, two in ten or more; or only the end of it, of six signs or more."""
    assert is_slip(written, meant) is is_slip(meant, written) is expected


def test_the_nearest_of_two_near_numbers_is_meant():
    orders = [an_order(engagement_number="EJ-20260118"), an_order(2, buyer=2, engagement_number="EJ-20260181")]
    assert keys(match(an_invoice(engagement_number="EJ-20260119"), orders)) == [1]


def test_a_number_in_force_comes_before_a_former_one():
    former = an_order(engagement_number="EJ-5", former_numbers=frozenset({"EJ-2026-77"}))
    assert keys(
        match(an_invoice(engagement_number="EJ-2026-77"), [former, an_order(2, engagement_number="EJ-2026-77")])
    ) == [2]


def test_an_unknown_number_does_not_hide_an_order_that_has_none():
    orders = [an_order(engagement_number=""), an_order(2, buyer=2)]
    assert keys(match(an_invoice(engagement_number="INCONNU-55"), orders)) == [1]


def test_an_order_billed_in_full_is_not_proposed_by_its_reference():
    billed = an_order(ht="0", engagement_number="")
    assert match(an_invoice(reference=billed.reference, total_ht=Decimal(70)), [billed]) == []


def test_of_two_groups_under_one_number_the_amount_decides():
    def group(*amounts, key, buyer):
        return [an_order(key + i, ht=ht, buyer=buyer, engagement_number="EJ-9") for i, ht in enumerate(amounts)]

    printed = an_invoice(engagement_number="EJ-9")
    made = group("60", "40", key=1, buyer=1)
    assert set(keys(match(printed, [*made, *group("70", "20", key=3, buyer=2)]))) == {1, 2}
    assert set(keys(match(printed, [*group("100", "40", key=1, buyer=1), *group("70", "20", key=3, buyer=2)]))) == {
        1,
        2,
    }


# --- Without a number ---


def test_six_equal_amounts_are_told_apart_by_siret():
    assert [keys(match(an_invoice(buyer_siret=one.buyer_siret), SIX)) for one in SIX] == [[one.key] for one in SIX]


def test_six_equal_amounts_and_nothing_else_are_not_guessed():
    assert match(an_invoice(), SIX) == []
    assert match(an_invoice(engagement_number="BL 4471"), SIX) == []


def test_the_day_of_delivery_decides_between_equal_amounts():
    assert keys(match(an_invoice(deliveries=frozenset({SIX[3].delivery_on})), SIX)) == [4]


def test_an_order_placed_after_the_invoice_is_less_likely():
    late = an_order(2, ordered_on=ISSUED + timedelta(days=1))
    assert keys(match(an_invoice(buyer_siret=COLLEGE), [an_order(), late])) == [1]


def test_an_ecole_belongs_to_its_commune():
    assert keys(match(an_invoice(buyer_siret=COLLEGE[:9] + "00099"), SIX)) == [1]


def test_a_canteen_that_ordered_nothing_gets_no_order_of_another():
    assert match(an_invoice(buyer_siret=STRANGER), [an_order(), an_order(2, buyer=2)]) == []


def test_a_month_without_numbers_is_billed_together():
    month = [an_order(key, engagement_number="") for key in (1, 2, 3)]
    assert keys(match(an_invoice(total_ht=Decimal(300), buyer_siret=COLLEGE), month)) == [3, 2, 1]


def test_a_single_order_of_the_buyer_is_likely_when_amount_or_day_is_near():
    order = an_order(engagement_number="")
    near = an_invoice(buyer_siret=COLLEGE, total_ht=Decimal("103.40"))
    assert keys(match(near, [order])) == [1]
    assert match(replace(near, total_ht=Decimal(40)), [order]) == []
    assert keys(match(replace(near, total_ht=Decimal(40), deliveries=frozenset({order.delivery_on})), [order])) == [1]


@pytest.mark.parametrize(("ht", "expected"), [("110", [1]), ("110.01", []), ("90", [1]), ("89.99", []), (None, [])])
def test_near_is_a_tenth_more_or_less_and_of_a_known_buyer(ht, expected):
    printed = an_invoice(buyer_siret=COLLEGE, total_ht=ht and Decimal(ht))
    order = an_order(engagement_number="")
    assert keys(match(printed, [order])) == expected
    assert match(replace(printed, buyer_siret=""), [order]) == []


def test_an_order_placed_on_the_day_of_the_invoice_is_as_likely_as_any():
    same_day, late = an_order(ordered_on=ISSUED), an_order(2, ordered_on=ISSUED + timedelta(days=1))
    assert keys(match(an_invoice(buyer_siret=COLLEGE), [same_day, late])) == [1]
    assert match(an_invoice(buyer_siret=COLLEGE), [same_day, an_order(3)]) == []


def test_without_days_of_delivery_the_oldest_comes_first():
    orders = [an_order(key, delivery_on=None, ordered_on=ISSUED - timedelta(days=key)) for key in (1, 2, 3)]
    assert keys(by_delivery(an_invoice(), orders)) == [3, 2, 1]


# --- Several under one number ---


def test_all_under_one_number_come_together():
    week = [an_order(key, engagement_number="EJ-9") for key in (1, 2, 3)]
    assert keys(match(an_invoice(engagement_number="EJ-9"), [*week, an_order(4, engagement_number="EJ-10")])) == [
        3,
        2,
        1,
    ]


def test_the_total_is_put_on_those_that_make_it():
    hundred, sixty, forty = (an_order(key, ht=ht) for key, ht in ((1, "100"), (2, "60"), (3, "40")))
    assert shares(Decimal(60), [hundred, sixty, forty]) == {2: 60}
    assert shares(Decimal(140), [hundred, sixty, forty]) == {1: 100, 3: 40}
    assert shares(Decimal(120), [hundred, sixty, forty]) == {1: 100, 2: 20}
    assert shares(None, [sixty, forty]) == {2: 60, 3: 40}
    assert shares(Decimal(250), [hundred]) == {1: 250}
    assert shares(Decimal(-60), [hundred, sixty]) == {2: -60}


def test_what_was_delivered_on_a_printed_day_is_billed_first():
    week = [an_order(key, engagement_number="EJ-9", ht="70") for key in (1, 2, 3)]
    printed = an_invoice(engagement_number="EJ-9", total_ht=Decimal(90), deliveries=frozenset({week[0].delivery_on}))
    assert shares(printed.total_ht, match(printed, week)) == {1: 70, 3: 20}


def test_the_order_it_was_begun_from_brings_the_others_only_when_they_are_needed():
    week = [an_order(key, engagement_number="EJ-9") for key in (1, 2)]
    strangers = [an_order(3, engagement_number="EJ-9", buyer=2), an_order(4)]
    assert keys(beside(week[0], an_invoice(), [*week, *strangers])) == [1]
    assert keys(beside(week[0], an_invoice(total_ht=Decimal(200)), [*week, *strangers])) == [1, 2]


def test_an_order_begun_from_stands_alone_where_nothing_asks_for_others():
    week = [an_order(key, engagement_number="EJ-9") for key in (1, 2)]
    billed = an_order(3, engagement_number="EJ-9", ht="0")
    assert keys(beside(week[0], an_invoice(total_ht=None), week)) == [1]
    assert keys(beside(week[0], an_invoice(total_ht=Decimal(200)), [*week, billed])) == [1, 2]
    silent = [replace(order, engagement_number="") for order in week]
    assert keys(beside(silent[0], an_invoice(total_ht=Decimal(200)), silent)) == [1]


def test_what_nobody_printed_speaks_for_no_order():
    assert clues(an_invoice(total_ht=None), an_order(buyer_siret="", delivery_on=None)) == []


def test_what_speaks_for_an_order_is_told():
    order = an_order()
    printed = an_invoice(engagement_number="EJ-007918", buyer_siret=COLLEGE, deliveries=frozenset({order.delivery_on}))
    assert clues(printed, order) == [
        "un numéro d'engagement proche",
        "le SIRET de l'acheteur",
        "le montant",
        "la date de livraison",
    ]


def test_what_says_more_of_an_order_comes_first():
    nothing = an_order(9, ht="70", buyer=9)
    day = an_order(8, ht="70", buyer=9, delivery_on=ISSUED)
    amount = an_order(7, buyer=9)
    sister = an_order(6, ht="70", buyer=9, buyer_siret=COLLEGE[:9] + "00099")
    buyer = an_order(5, ht="70")
    near = an_order(4, ht="70", buyer=9, engagement_number="EJ-000122")
    number = an_order(3, ht="70", buyer=9, engagement_number="EJ-000121")
    named = an_order(2, ht="70", buyer=9)
    printed = an_invoice(
        reference=named.reference,
        engagement_number="EJ-000121",
        buyer_siret=COLLEGE,
        deliveries=frozenset({ISSUED}),
    )
    ranked = [named, number, near, buyer, sister, amount, day, nothing]
    assert likeliest_first(printed, ranked[::-1]) == ranked


# --- Whatever the orders and whatever is printed ---

SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # None of them is taken for another one.
numbers = st.text(SIGNS, min_size=6, max_size=12)
amounts = st.decimals(1, 500, places=2)
some_orders = st.lists(
    st.builds(
        Ordered,
        key=st.integers(10, 10**6),
        reference=st.uuids().map(str),
        buyer=st.integers(1, 4),
        open_ht=st.sampled_from(["0", "40", "60", "100"]).map(Decimal),
        buyer_siret=st.sampled_from([COLLEGE, OTHER, STRANGER]),
        engagement_number=st.sampled_from(["", "EJ-000121", "EJ-000122", "2026-014"]),
        ordered_on=st.dates(date(2026, 9, 1), date(2026, 12, 1)),
        delivery_on=st.none() | st.dates(date(2026, 10, 1), date(2026, 10, 9)),
    ),
    max_size=8,
    unique_by=lambda order: order.key,
)
anything_printed = st.builds(
    Printed,
    engagement_number=st.sampled_from(["", "EJ-000121", "EJ-000124", "EJ-999999", "2026-041"]),
    buyer_siret=st.sampled_from(["", COLLEGE, OTHER, siret(9)]),
    total_ht=st.none() | st.sampled_from(["40", "100", "160", "-60"]).map(Decimal),
    issue_date=st.none() | st.just(ISSUED),
    deliveries=st.frozensets(st.dates(date(2026, 10, 1), date(2026, 10, 9)), max_size=2),
)


@st.composite
def with_one_slip(draw):
    """A number, and the same with one sign changed, lost, added or swapped with its neighbour."""
    number = draw(numbers)
    at, sign = draw(st.integers(0, len(number) - 2)), draw(st.sampled_from(SIGNS))
    head, tail = number[:at], number[at:]
    slips = [head + sign + tail[1:], head + tail[1:], head + sign + tail, head + tail[1] + tail[0] + tail[2:]]
    return number, draw(st.sampled_from(slips))


@given(anything_printed, some_orders, st.randoms())
def test_the_order_of_the_orders_never_decides(printed, orders, chance):
    found = match(printed, orders)
    chance.shuffle(orders)
    assert match(printed, orders) == found


@given(anything_printed, some_orders)
def test_what_is_proposed_is_open_and_fits_on_one_invoice(printed, orders):
    found = match(printed, orders)
    assert all(order.is_open for order in found)
    assert len({(order.buyer, order.engagement_number) for order in found}) <= 1


@given(numbers, some_orders)
def test_a_printed_number_always_wins(number, others):
    order = an_order(engagement_number=number)
    assert match(an_invoice(engagement_number=number, buyer_siret=OTHER), [order, *others]) == [order]


@given(with_one_slip(), some_orders)
def test_one_slip_never_hides_the_order(numbers, others):
    number, slip = numbers
    order = an_order(engagement_number=number)
    far = [other for other in others if not is_slip(slip, other.engagement_number)]
    assert match(an_invoice(engagement_number=slip, buyer_siret=COLLEGE), [order, *far]) == [order]


@given(with_one_slip())
def test_a_slip_is_one_in_both_directions(numbers):
    number, slip = numbers
    assert is_slip(number, slip) == is_slip(slip, number) == (clean(number) != clean(slip))


@given(some_orders, some_orders)
def test_what_another_buyer_ordered_as_well_is_never_picked_by_chance(orders, more):
    """Twice the same orders, of two canteens that the paper does not tell apart: nothing is proposed."""
    twins = [replace(order, key=order.key + 10**7, buyer=order.buyer + 10) for order in orders]
    assert match(an_invoice(), [*orders, *twins]) == []


@given(st.none() | st.decimals(-2000, 2000, places=2), st.lists(amounts, min_size=1, max_size=MOST_SUMMED + 3))
def test_shares_never_exceed_the_total_nor_what_is_open(total, opens):
    orders = [an_order(key, ht=ht) for key, ht in enumerate(opens, 1)]
    billed = shares(total, orders)
    if total is None:
        assert list(billed.values()) == opens
    elif len(orders) == 1:
        assert billed == {1: total}
    else:
        assert abs(sum(billed.values())) == min(abs(total), sum(opens))
        assert all(0 < abs(amount) <= orders[key - 1].open_ht for key, amount in billed.items())
