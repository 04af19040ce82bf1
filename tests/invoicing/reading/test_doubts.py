"""A day or a note that is printed and that nothing explains: what was read of deliveries may lack it."""

import pytest

from invoicing.reading.extract import extract
from tests.invoicing.reading.typed import typed

HEADING = "Facture n° F-12 du 28/09/2026\nLivré le 08/09/2026\nBon de livraison : LIV-1412"
GOODS = "Désignation   {head}        Qté   Montant\nPommes        22/09/2026   10    20,00"


def is_sure(name, more):
    return extract([typed(f"{HEADING}\n{more}")])[name].sure


@pytest.mark.parametrize("more", ["22/09/2026", "Pommes du 22/09/2026     10    2,00", GOODS.format(head="Jour")])
def test_a_day_that_nothing_explains_makes_the_deliveries_unsure(more):
    assert not is_sure("delivery_dates", more)


@pytest.mark.parametrize(
    "more",
    [
        "Imprimé le 28/09/2026",
        "Commande du 01/09/2026",
        "Échéance : 28/10/2026",
        "Date de récolte       05/09/2026",
        "Certifié depuis 12/05/2019",
        "Attestation valable jusqu'au 30/09/2026",
        GOODS.format(head="DLC "),
    ],
)
def test_a_day_that_words_or_the_calendar_explain_does_not(more):
    assert is_sure("delivery_dates", more)


def test_a_word_written_as_the_note_is_makes_the_notes_unsure():
    assert not is_sure("delivery_notes", "Poires (LIV-1439)     10    2,00")
    assert is_sure("delivery_notes", "Suite de LIV-1412, lot LT-1439")
