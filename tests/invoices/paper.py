"""French supplier invoices as PDF, with the true values beside each.

    paper = make_invoice("gestion", seed=7, number="F-12")
    paper.pdf, paper.truth["total_ttc"]

The layouts (`layouts/`, and `by_lot/` for those made up anew for each seed) set traps a reader must not fall into:
telephone, register, lot, client and delivery-note numbers, carried totals, deposits, another's SIRET. `engine`
(engines.py) is the program that makes the PDF; `trap` (traps.py) is what happened to the page besides.
"""

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from agrilocal18.demo.papers import Party
from tests.invoices.by_lot.drawing import hasard, left_out
from tests.invoices.by_lot.flow import flux, left_out_of_flow
from tests.invoices.by_lot.web import left_out_of_web, page_web
from tests.invoices.engines import ENGINES, print_page
from tests.invoices.layouts import PRINTED_NOWHERE, PROGRAMS
from tests.invoices.layouts.families import ABSENT, LAYOUTS
from tests.invoices.layouts.trade import several_deliveries
from tests.invoices.layouts.web import Web
from tests.invoices.traps import TRAPS
from tests.invoices.values import MENTIONS, Values, some_values, untaxed

EVERY_LAYOUT = {**LAYOUTS, **PROGRAMS, "hasard": hasard, "hasard_sans_tva": hasard, "page_web": page_web, "flux": flux}
NOT_PRINTED = {**ABSENT, **PRINTED_NOWHERE}
UNTAXED, CREDIT_NOTES = {"courrier", "autoentrepreneur", "hasard_sans_tva"}, {"avoir", "note_avoir"}
SEVERAL_DELIVERIES, DEPOSITS = {"releve"}, {"solde", "ciel", "ligne100", "hasard", "page_web"}
# What only a browser prints.
WEB = {"pennylane", "odoo", "henrri", "page_web"}


@dataclass(frozen=True)
class Paper:
    """A PDF and what it says, by the reader's names.

    `truth`: what is printed and expected to be read. `implied`: true too, but printed nowhere as such: a reader that
    works it out is right, one that is silent is not wrong.
    """

    pdf: bytes
    truth: dict[str, str]
    implied: dict[str, str]
    seller: Party


def make_invoice(
    layout: str = "ferme", seed: int = 0, *, engine: str = "reportlab", trap: str = "", **changes
) -> Paper:
    """A PDF of this layout; `changes` replace values (see Values)."""
    values = _fitting(layout, some_values(seed, **changes))
    true = {name: value for name, value in values.truth.items() if value}
    drawn_by_lot = {hasard: left_out, page_web: left_out_of_web, flux: left_out_of_flow}.get(EVERY_LAYOUT[layout])
    absent = drawn_by_lot(values) if drawn_by_lot else NOT_PRINTED.get(layout, set())
    return Paper(
        _printed(EVERY_LAYOUT[layout](values), engine, trap, random.Random(f"{layout} {seed}")),
        {name: value for name, value in true.items() if name not in absent},
        {name: value for name, value in true.items() if name in absent},
        values.seller,
    )


def _fitting(layout: str, values: Values) -> Values:
    """Values this layout can print: no VAT, a credit note, several deliveries, a deposit."""
    chance = random.Random(f"fit {values.seed}")
    if layout in UNTAXED:
        mention = values.mention or chance.choice(list(MENTIONS))
        values = replace(values, lines=untaxed(values.lines), mention=mention)
    if layout in CREDIT_NOTES and not values.origin_number:
        values = replace(
            values,
            origin_number=f"F-2025-{values.seed % 90 + 10}",
            origin_date=values.issued - timedelta(days=20),
            amounts_are_negative=layout == "avoir",
        )
    if layout in SEVERAL_DELIVERIES:
        values = replace(values, **several_deliveries(values))
    if layout in DEPOSITS and not values.paid and chance.random() < 0.7:
        values = replace(values, paid=(values.totals.ttc * chance.choice((2, 3, 5)) / 10).quantize(Decimal("0.01")))
    return values


def _printed(drawn, engine: str, trap: str, chance: random.Random) -> bytes:
    if isinstance(drawn, bytes):
        return drawn
    if isinstance(drawn, Web):
        return print_page(drawn.html)
    return ENGINES[engine](TRAPS[trap](drawn, chance) if trap else drawn, chance)
