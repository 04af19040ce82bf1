"""The screen speaks of the motive, in the words buyers really write."""

import pytest

from invoicing.motives import Piece, advice, pieces_to_correct

ABOUT = [
    ("SIRET destinataire erroné", [Piece.SIRET]),
    ("Merci d'indiquer le code service « CANTINE »", [Piece.SERVICE]),
    ("Service exécutant inconnu", [Piece.SERVICE]),
    ("Le N° d'engagement est absent", [Piece.ENGAGEMENT]),
    ("Numéro de commande erroné", [Piece.ENGAGEMENT]),
    ("n°de commande non valide", [Piece.ENGAGEMENT]),
    ("Mauvais bon de commande", [Piece.ENGAGEMENT]),
    ("EJ 45123 soldé, utiliser le nouvel EJ", [Piece.ENGAGEMENT]),
    ("Erreur de routage", [Piece.ROUTING]),
    ("Mauvais établissement", [Piece.ROUTING]),
    ("Erreur d’acheminement : numéro d’engagement et code service à revoir", [Piece.SERVICE, Piece.ENGAGEMENT]),
    ("Il manque le bon de livraison n° 12", []),
    ("Merci de joindre le bon de commande signé", []),
    ("Service fait non constaté, quantités à revoir", []),
    ("Prix différent de la commande", []),
    ("", []),
]


@pytest.mark.parametrize(("motive", "pieces"), ABOUT)
def test_a_motive_tells_which_reference_to_correct(motive, pieces):
    assert pieces_to_correct(motive) == pieces


def test_the_advice_names_the_piece_and_what_may_follow():
    said = advice("Code service et numéro d'engagement à revoir")
    assert "le code service et le numéro d'engagement" in said
    assert "une nouvelle" in said
    assert advice("Il manque le bon de livraison") == ""
