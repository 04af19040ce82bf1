import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from suppliers import identifiers

SELLER = "10000000900017"
IBAN = "FR7630006000011234567890189"


@pytest.mark.parametrize(
    "typed",
    [
        "100 000 009 00017",
        "100.000.009.00017",
        "100\u00a0000\u202f009 00017",
        "100-000-009-00017",
        "\ufeff10000000900017",
    ],
)
def test_it_drops_what_people_put_between_the_digits(typed):
    assert identifiers.clean_digits(typed) == SELLER


def test_it_keeps_letters_so_that_a_wrong_value_stays_wrong():
    assert identifiers.clean_digits("1000000090001O") == "1000000090001O"
    assert not identifiers.is_siret("1000000090001O")


def test_it_accepts_a_siret_whose_check_digit_is_right():
    assert identifiers.is_siret(SELLER)


@pytest.mark.parametrize("value", ["10000000900018", "1000000090001", "100000009000170", "", "0" * 14, "１" * 14])
def test_it_refuses_what_is_no_siret(value):
    assert not identifiers.is_siret(value)


def test_it_knows_that_la_poste_counts_otherwise():
    assert identifiers.is_siret("35600000000048")
    assert identifiers.is_siret("35600000049837")
    assert not identifiers.is_siret("35600000049838")


def test_it_can_take_the_sirets_of_qualification_which_have_no_check_digit():
    assert identifiers.is_siret("12345678901234", strict=False)
    assert not identifiers.is_siret("12345678901234")
    assert not identifiers.is_siret("1234567890123", strict=False)


def test_it_checks_a_siren():
    assert identifiers.is_siren("100000009")
    assert not identifiers.is_siren("100000008")


def test_it_checks_a_vat_number_with_its_country():
    assert identifiers.is_vat_number("FR88100000009")
    assert not identifiers.is_vat_number("88100000009")
    assert not identifiers.is_vat_number("FR89100000009")


def test_it_computes_the_vat_number_of_a_siren():
    assert identifiers.vat_number_of("100000009") == "FR88100000009"
    assert identifiers.vat_number_of("200000008") == "FR37200000008"


def test_it_checks_an_iban():
    assert identifiers.is_iban(IBAN)
    assert not identifiers.is_iban(IBAN[:-1] + "8")
    assert not identifiers.is_iban(IBAN.lower())


def test_it_shows_only_the_ends_of_an_iban():
    assert identifiers.mask_iban("fr76 3000 6000 0112 3456 7890 189") == "FR76\u00a0••••\u00a00189"
    assert identifiers.mask_iban("FR76") == "••••"
    assert identifiers.mask_iban("") == ""


def test_it_writes_a_siret_as_people_read_it():
    assert identifiers.format_siret(SELLER) == "100\u00a0000\u00a0009\u00a000017"
    assert identifiers.format_siret("12") == "12"


@given(st.integers(min_value=1, max_value=10**8 - 1), st.integers(min_value=1, max_value=9999))
def test_it_accepts_every_siret_made_by_the_rule_and_no_neighbour(root, rank):
    siren = f"{root:08d}"
    siren += luhn.calc_check_digit(siren)
    siret = f"{siren}{rank:04d}"
    siret += luhn.calc_check_digit(siret)
    assert identifiers.is_siren(siren)
    assert identifiers.is_siret(siret) or siren == "356000000"
    wrong = siret[:-1] + str((int(siret[-1]) + 1) % 10)
    assert not identifiers.is_siret(wrong) or siren == "356000000"


@pytest.mark.parametrize(
    ("siren", "written"), [("123456789", "123\u00a0456\u00a0789"), ("", ""), ("12345678A", "12345678A")]
)
def test_a_siren_is_written_in_groups_of_three(siren, written):
    assert identifiers.format_siren(siren) == written
