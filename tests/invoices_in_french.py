"""French supplier invoices as PDF, with the true values beside each.

    paper = make_invoice("gestion", seed=7, number="F-12")
    paper.pdf, paper.truth["total_ttc"]

The layouts (invoice_layouts.py) set traps a reader must not fall into: telephone, register, lot, client and
delivery-note numbers, carried totals, deposits.
"""

from dataclasses import dataclass, replace

from agrilocal18.demo.papers import Party
from tests.invoice_layouts import ABSENT, CREDIT_NOTES, LAYOUTS, UNTAXED
from tests.invoice_values import OLD_MENTION, some_values, untaxed


@dataclass(frozen=True)
class Paper:
    """A PDF and the values printed on it, by the reader's names."""

    pdf: bytes
    truth: dict[str, str]
    seller: Party


def make_invoice(layout: str = "ferme", seed: int = 0, **changes) -> Paper:
    """A PDF of this layout; `changes` replace values (see Values)."""
    values = some_values(seed, **changes)
    if layout in UNTAXED:
        values = replace(values, lines=untaxed(values.lines), mention=values.mention or OLD_MENTION)
    if layout in CREDIT_NOTES and not values.origin_number:
        values = replace(values, origin_number=f"F-2025-{seed % 90 + 10}", amounts_are_negative=True)
    pdf = LAYOUTS[layout](values)
    printed = values.truth.keys() - ABSENT.get(layout, set())
    truth = {name: value for name, value in values.truth.items() if value and name in printed}
    return Paper(pdf, truth, values.seller)
