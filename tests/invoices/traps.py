"""What happens to a page besides what it says: stamps, text drawn twice or hidden, strings in no order."""

import random
from collections.abc import Callable
from dataclasses import replace

from tests.invoices.pen import Drawing, Stroke


def duplicata(drawing: Drawing, chance: random.Random) -> Drawing:
    """A stamp across the page."""
    return _each_page(drawing, lambda page: (Stroke(45, 210, "DUPLICATA", 70, True, angle=45), *page))


def twice(drawing: Drawing, chance: random.Random) -> Drawing:
    """Bold made by drawing again a hair to the right."""
    return _each_page(
        drawing,
        lambda page: tuple(
            again
            for stroke in page
            for again in ([stroke, replace(stroke, x=stroke.x + 0.12)] if stroke.bold else [stroke])
        ),
    )


def shuffled(drawing: Drawing, chance: random.Random) -> Drawing:
    """Strings drawn in no order."""
    return _each_page(drawing, lambda page: tuple(chance.sample(page, len(page))))


def hidden(drawing: Drawing, chance: random.Random) -> Drawing:
    """White words left over from a template, where nothing else is."""
    left = (
        Stroke(15, 291, "Modèle de facture - Facture n° 9999 du 01/01/2001 - SIRET 000 000 000 00000", 6, white=True),
    )
    return _each_page(drawing, lambda page: (*page, *left))


def margin_note(drawing: Drawing, chance: random.Random) -> Drawing:
    """A printer's name up the margin."""
    return _each_page(
        drawing, lambda page: (*page, Stroke(6, 250, "Imprimé le 31/12/2026 par FACTPRO 9.1", 6, angle=90))
    )


def _each_page(drawing: Drawing, change: Callable) -> Drawing:
    return replace(drawing, pages=tuple(change(page) for page in drawing.pages))


TRAPS: dict[str, Callable[[Drawing, random.Random], Drawing]] = {
    trap.__name__: trap for trap in (duplicata, twice, shuffled, hidden, margin_note)
}
