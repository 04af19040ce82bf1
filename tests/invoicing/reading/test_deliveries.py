"""Several deliveries on one invoice: every date and every note of the list, or a value that is not sure."""

import pytest

from invoicing.reading.extract import extract
from tests.invoicing.reading.typed import typed

TWO_DAYS, TWO_NOTES = "2026-09-08,2026-09-22", "BL-1412,BL-1439"


def read(text):
    return extract([typed(text)])


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("Livraisons : 08/09/2026 (BL BL-1412), 22/09/2026 (BL BL-1439)", TWO_NOTES),
        ("Bons de livraison : BL-1412 du 08/09/2026 ; BL-1439 du 22/09/2026", TWO_NOTES),
        ("Bons de livraison : BL-1412 du 08/09/2026 ;\nBL-1439 du 22/09/2026", TWO_NOTES),
        ("Livré le 08/09/2026, le 22/09/2026.", None),
        ("Livré le 08/09/2026\net le 22/09/2026.", None),
        ("Merci. Livraisons du\n08/09/2026 et du 22/09/2026 (bons BL-1412,\nBL-1439). Pénalités : 40 €", TWO_NOTES),
    ],
)
def test_a_list_of_deliveries_is_read_to_its_end(text, notes):
    found = read(text)
    assert found["delivery_dates"].value == TWO_DAYS
    assert notes is None or found["delivery_notes"].value == notes


def test_a_date_that_the_list_leaves_over_makes_it_unsure():
    assert not read("Livré le 08/09/2026 puis encore, pour le solde, le 22/09/2026")["delivery_dates"].sure


def test_a_number_written_as_the_note_is_makes_the_notes_unsure():
    assert not read("Bon de livraison : BL-1412 complété par BL-1439")["delivery_notes"].sure


@pytest.mark.parametrize(
    "behind", ["", " - Échéance : 22/10/2026", ". Facture émise le 22/09/2026.", ", commande n° 49316 du 22/08/2026"]
)
def test_what_another_label_announces_is_no_delivery(behind):
    found = read(f"Livré le 08/09/2026{behind}")["delivery_dates"]
    assert (found.value, found.sure) == ("2026-09-08", True)


@pytest.mark.parametrize(
    "text", ["Produits remis le mardi 8 septembre 2026 à votre cuisine.", "Réception marchandise\n08/09/2026"]
)
def test_the_day_of_delivery_is_found_in_other_words(text):
    assert read(text)["delivery_dates"].value == "2026-09-08"


def test_the_day_a_cheque_was_handed_over_is_no_delivery():
    assert "delivery_dates" not in read("Acompte : chèque remis le 08/09/2026")


def test_a_line_beneath_that_nothing_leads_to_is_no_delivery():
    assert read("Livré le 08/09/2026\n22/09/2026")["delivery_dates"].value == "2026-09-08"


def test_the_beginning_of_a_broken_number_is_no_note():
    text = "Bon de livraison : BL-2026-7971 du 08/09/2026, BL-2026-\n7972"
    assert "BL-2026" not in read(text)["delivery_notes"].value.split(",")


COLUMN = """
Facture n° F-12 du 28/09/2026
{head}      BL        Désignation   Qté   PU      Montant
08/09/2026   BL-1412   Pommes        10    2,00    20,00
                       Poires        10    2,00    20,00
22/09/2026   BL-1439   Prunes        10    2,00    20,00
Total HT                                           60,00
30/10/2026
"""


@pytest.mark.parametrize("head", ["Livré le", "Livraison du", "Date liv."])
def test_a_column_of_the_goods_tells_every_delivery(head):
    found = read(COLUMN.format(head=head))
    assert (found["delivery_dates"].value, found["delivery_notes"].value) == (TWO_DAYS, TWO_NOTES)


@pytest.mark.parametrize(("notes", "sure"), [("BL", True), ("  ", False)])
def test_dates_of_the_goods_are_deliveries_surely_so_beside_their_notes(notes, sure):
    found = read(COLUMN.format(head="Date").replace("BL  ", f"{notes}  ").replace("BL-", "A-"))["delivery_dates"]
    assert (found.value, found.sure) == (TWO_DAYS, sure)


def test_a_column_may_begin_with_empty_rows():
    more = "\n".join(["                       Poires        10    2,00    20,00"] * 5)
    found = read(COLUMN.format(head="Livré le").replace("Montant", f"Montant\n{more}"))
    assert found["delivery_dates"].value == TWO_DAYS


MONTH = """
FACTURE MENSUELLE N° M-9 du 30/09/2026
Livraisons du 08/09/2026 au 22/09/2026
Date     N° bon   Produits   Montant HT
08/09    BL-1412  Pommes     20,00
15/09    BL-1420  Poires     20,00
22/09    BL-1439  Prunes     20,00
"""


def test_days_without_a_year_are_the_last_before_the_invoice():
    assert read(MONTH)["delivery_dates"].value == "2026-09-08,2026-09-15,2026-09-22"
    january = MONTH.replace("30/09/2026", "15/01/2027").replace("/09 ", "/12 ")
    assert read(january)["delivery_dates"].value == "2026-12-08,2026-12-15,2026-12-22"


def test_days_without_a_year_that_no_column_explains_make_the_period_unsure():
    assert not read(MONTH.replace("Date ", "Quand"))["delivery_dates"].sure


@pytest.mark.parametrize("wish", ["Livraison souhaitée le", "Date de livraison demandée :", "Livraison\nsouhaitée\n"])
def test_a_day_that_was_wished_for_is_no_delivery(wish):
    assert read(f"{wish} 06/09/2026\nLivré le 08/09/2026")["delivery_dates"].value == "2026-09-08"


def test_a_delivery_told_in_a_sentence_or_under_an_address_is_read():
    assert read("Transporteur : livraison par nos soins le 08/09/2026")["delivery_dates"].value == "2026-09-08"
    under = read(
        "Facturation    Livraison\nLycée          Lycée\nBourges        Bourges\n               le 8 septembre 2026"
    )
    assert (under["delivery_dates"].value, under["delivery_dates"].sure) == ("2026-09-08", False)


def test_what_follows_a_note_in_its_line_may_be_something_else():
    assert read("Bon de livraison : BL-1412 - DLUO 17/09/2026")["delivery_notes"].value == "BL-1412"


def test_days_of_the_goods_tell_more_than_the_period():
    found = read(f"Période du 01/09/2026 au 30/09/2026\n{COLUMN.format(head='Date')}")["delivery_dates"]
    assert found.value == TWO_DAYS


@pytest.mark.parametrize(
    "text",
    [
        "Références : engagement 26-118, livraison BL-1412 du 08/09/2026, BL-1439 du 22/09/2026",
        "Livraison : BL-1412 (8 septembre 2026), BL-1439 (22 septembre 2026)",
        "Pommes    12,00\nBL-1412 · 08/09/2026\nPoires    14,00\nBL-1439 · 22/09/2026",
        "Pommes    08/09/2026 BL-1412    12,00\nPoires    22/09/2026 BL-1439    14,00",
        "Bon(s) de livraison : BL-1412 du 08/09/2026 ; BL-1439 du 22/09/2026",
        "Livraison n° BL-1412 en date du 08/09/2026\nLivraison n° BL-1439 en date du 22/09/2026",
    ],
)
def test_a_note_that_names_itself_needs_no_label(text):
    found = read(f"Facture n° F-12 du 30/09/2026\n{text}")
    assert (found["delivery_dates"].value, found["delivery_notes"].value) == (TWO_DAYS, TWO_NOTES)
    assert found["issue_date"].value == "2026-09-30"


@pytest.mark.parametrize(
    "text",
    [
        "Livraisons :\n• 08/09/2026 – BL-1412\n• 22/09/2026 – BL-1439",
        "Livraisons effectuées :\n- le 08/09/2026 (BL-1412)\n- le 22/09/2026 (BL-1439)",
        "Livraisons\n08/09/2026 - BL-1412\n22/09/2026 - BL-1439",
        "Date de livraison    Bon de livraison\n08/09/2026           BL-1412\n22/09/2026           BL-1439",
    ],
)
def test_a_list_beneath_its_label_is_read_to_its_end(text):
    found = read(text)
    assert found["delivery_dates"].value == TWO_DAYS


@pytest.mark.parametrize("days", ["mardi 8 et mardi 22 septembre 2026", "8 septembre et 22 septembre 2026"])
def test_days_in_words_borrow_month_and_year(days):
    assert read(f"Livraisons : {days}")["delivery_dates"].value == TWO_DAYS
