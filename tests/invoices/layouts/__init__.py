"""How the invented invoices look: each layout imitates a program or a family of them, with its traps for a reader.

Written from descriptions of what programs print, before the reader was tried on them. Writings of dates, amounts and
SIRETs follow the seed.
"""

from tests.invoices.layouts.accounting import ciel, classeur, crabe, fenetres, ligne100, quick
from tests.invoices.layouts.trade import autoentrepreneur, elevage, note_avoir, releve, solde
from tests.invoices.layouts.web import henrri, odoo, pennylane

PROGRAMS = {
    layout.__name__: layout
    for layout in (
        *(crabe, quick, ligne100, ciel, elevage, releve, solde, note_avoir, autoentrepreneur),
        *(pennylane, odoo, henrri, classeur, fenetres),
    )
}


PRINTED_NOWHERE = {
    "crabe": {"total_tva", "net_to_pay", "contract_number", "delivery_notes"},
    "quick": {"service_code", "delivery_dates", "delivery_notes", "contract_number", "total_tva"},
    "ligne100": {"contract_number"},
    "ciel": set(),
    "elevage": {"contract_number"},
    "releve": {"net_to_pay", "contract_number"},
    "solde": {"total_tva", "contract_number", "delivery_notes"},
    "note_avoir": {
        "service_code",
        "due_date",
        "delivery_dates",
        "delivery_notes",
        "contract_number",
        "iban",
        "vat_lines",
    },
    "autoentrepreneur": {"net_to_pay", "total_ht", "total_tva", "contract_number", "delivery_notes", "vat_lines"},
    "pennylane": {"net_to_pay", "contract_number", "delivery_notes"},
    "odoo": {"service_code", "total_tva", "contract_number", "delivery_notes"},
    "henrri": set(),
    "classeur": {"total_tva", "net_to_pay", "contract_number", "vat_lines"},
    "fenetres": {"contract_number"},
}
