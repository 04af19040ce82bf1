"""Whose SIRET and IBAN these are."""

import pytest

from tests.invoicing.reading.typed import BUYER, IBAN, SELLER, TOWN, read, values


def test_it_knows_whose_siret_is_whose():
    found = read(f"Ma ferme\nSIRET : {SELLER}\n\nClient\nCollège\nSIRET : 200 000 008 00025")
    assert {name: (found[name].value, found[name].sure) for name in ("supplier_siret", "buyer_siret")} == {
        "supplier_siret": (SELLER, True),
        "buyer_siret": (BUYER, True),
    }


def test_it_prefers_who_pays_to_where_it_was_delivered():
    found = read(
        f"Livré à                     Facturé à\nÉcole                       Commune\n"
        f"SIRET {BUYER}        SIRET {TOWN}\n\n\n\n\nSIRET {SELLER} - APE 0150Z"
    )
    assert found["buyer_siret"].value == TOWN


def test_it_guesses_from_the_words_around_when_nobody_says_who_deposits():
    found = read(f"Client :\nCollège\nSIRET {BUYER}\n\n\n\n\n\nMa ferme - SIRET {SELLER} - APE 0150Z", own=frozenset())
    assert (found["supplier_siret"].value, found["buyer_siret"].value) == (SELLER, BUYER)
    assert not found["buyer_siret"].sure


def test_it_is_not_sure_of_a_siret_whose_check_digit_is_wrong():
    found = read("Client\nSIRET : 200 000 008 00026")
    assert (found["buyer_siret"].value, found["buyer_siret"].sure) == ("20000000800026", False)


@pytest.mark.parametrize(
    "text",
    [
        f"IBAN : {IBAN}",
        "Tél. 02 48 00 00 01 / 06 00 00 00 02",
        "RCS Bourges 100 000 009",
        "N° TVA FR88 100 000 009",
        "Code-barres 3760000000017",
        "Lot 20260001234567890",
    ],
)
def test_it_takes_no_other_number_for_a_siret(text):
    assert not {"buyer_siret", "supplier_siret"} & set(values(text))


@pytest.mark.parametrize(
    "text",
    [
        f"IBAN : {IBAN}",
        "IBAN FR76 3000 6000 0112 3456 7890 189 BIC EXAMPLEXXX",
        "Virement : FR76 3000 6000 0112 3456 7890 189",
        "IBAN   FR76  3000  6000  0112  3456  7890  189",
    ],
)
def test_it_finds_the_iban(text):
    found = read(text)["iban"]
    assert (found.value, found.sure) == (IBAN, True)


def test_it_shows_a_wrong_iban_without_being_sure():
    found = read("IBAN : FR76 3000 6000 0112 3456 7890 188")["iban"]
    assert (found.value, found.sure) == ("FR7630006000011234567890188", False)


def test_the_maker_of_the_program_is_not_the_buyer():
    assert "buyer_siret" not in values(f"Logiciel Gestagri, Siret {BUYER}")


def test_a_siret_at_the_foot_is_not_surely_the_buyers():
    assert not read("\n" * 60 + f"Siret {BUYER}")["buyer_siret"].sure


def test_the_place_of_delivery_is_not_the_buyer():
    found = read(f"Livré à\nCuisine\nSIRET {TOWN}\n\n\n\n\nFacturé à\nCollège\nSIRET {BUYER}")
    assert (found["buyer_siret"].value, found["buyer_siret"].sure) == (BUYER, True)
