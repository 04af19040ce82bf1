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


def test_a_line_beneath_that_nothing_leads_to_is_no_delivery():
    assert read("Livré le 08/09/2026\n22/09/2026")["delivery_dates"].value == "2026-09-08"


def test_the_beginning_of_a_broken_number_is_no_note():
    text = "Bon de livraison : BL-2026-7971 du 08/09/2026, BL-2026-\n7972"
    assert "BL-2026" not in read(text)["delivery_notes"].value.split(",")
