"""What a buyer's motive is about. Since recipients may no longer ask for another route, a wrong SIRET, service or order
number may come back as a suspension or a rejection: the words tell, not the status alone."""

import re
import unicodedata
from enum import Enum

from invoicing.typography import french


class Piece(Enum):
    """A reference of the invoice that the buyer finds wrong, as said to its supplier."""

    SIRET = "le SIRET du destinataire"
    SERVICE = "le code service"
    ENGAGEMENT = "le numéro d'engagement (ou de commande)"
    ROUTING = "le destinataire (SIRET, service ou engagement)"


# On lower-case text without accents.
WORDS = {
    Piece.SIRET: r"\bsirets?\b|\bn(?:umero|°)? ?de structure\b",
    Piece.SERVICE: r"\b(?:codes? )?services? (?:executant|destinataire|inconnu|inactif|errone|incorrect|invalide)"
    r"|\bcodes?[- ]services?\b|\b(?:mauvais|autre) service\b",
    Piece.ENGAGEMENT: r"\bengagements?\b|\bej\b|\b(?:mauvais|autre) bon de commande\b"
    r"|\bn(?:umero|um|o|°)?\.? ?(?:de |du )?(?:bon de )?commande\b|\breferences? de (?:la )?commande\b"
    r"|\bbon de commande (?:errone|incorrect|inconnu|invalide)\b",
    Piece.ROUTING: r"\broutage\b|\bacheminement\b|\bre-?rout|\bmauvais (?:destinataire|etablissement)\b"
    r"|\berreur de destinataire\b|\bdestinataire (?:errone|incorrect|inconnu|invalide)\b|\brecycl",
}


def pieces_to_correct(motive: str) -> list[Piece]:
    """The references the motive speaks of, in the order of `Piece`; « routage » alone counts only for itself."""
    text = _plain(motive)
    found = [piece for piece in Piece if re.search(WORDS[piece], text)]
    return found if found == [Piece.ROUTING] else [piece for piece in found if piece is not Piece.ROUTING]


def advice(motive: str) -> str:
    """Said above the answer to a suspension that is really about the route; empty for any other motive.

    `completer` carries documents and a comment, and changes no reference of the invoice.
    """
    pieces = pieces_to_correct(motive)
    if not pieces:
        return ""
    return french(
        f"Ce motif parle d'une référence à corriger : {_listed(pieces)}. Une facture suspendue garde les siennes : "
        "donnez la bonne dans le commentaire. Si l'acheteur ne peut pas la reprendre ainsi, demandez-lui de refuser "
        "la facture : vous en ferez une nouvelle, avec la bonne référence."
    )


# What can be told by itself: a column that invoice and order share.
COLUMNS = {
    Piece.SERVICE: ("service_code", "Le bon code service est {}."),
    Piece.ENGAGEMENT: ("engagement_number", "Le bon numéro d'engagement est {}."),
}


def correction(motive: str, invoice, ordered: dict[str, str]) -> str:
    """A first comment to the buyer, from what the orders say now; empty when they say nothing new on that motive."""
    said = [
        sentence.format(ordered[name])
        for piece, (name, sentence) in COLUMNS.items()
        if _is_about(piece, motive) and ordered.get(name) and ordered[name] != getattr(invoice, name)
    ]
    return " ".join(said)


def _is_about(piece: Piece, motive: str) -> bool:
    return bool({piece, Piece.ROUTING} & set(pieces_to_correct(motive)))


def advice_to_redo(motive: str) -> str:
    """Said above the redoing of a rejected invoice; empty for a motive that names no reference."""
    pieces = pieces_to_correct(motive)
    if not pieces:
        return ""
    return french(f"Ce motif parle d'une référence à corriger : {_listed(pieces)}. Mettez la bonne sur le nouveau PDF.")


def _listed(pieces: list[Piece]) -> str:
    *first, last = [piece.value for piece in pieces]
    return f"{', '.join(first)} et {last}" if first else last


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'")).lower()
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return re.sub(r"\s+", " ", letters)
