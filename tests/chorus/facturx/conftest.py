"""A supplier whom staff chose for Factur-X, and invoices of his with a real PDF."""

from decimal import Decimal
from itertools import count

import pytest
from django.utils import timezone

from chorus.models import FacturxSupplier, Submission
from chorus.tasks import deposit_sweep
from tests.chorus.facturx.makers import IBAN
from tests.invoicing.pdfs import a_pdf

# Longer than the simulator takes from a deposit to the end of its report.
LONG_ENOUGH = 60


@pytest.fixture
def facturx(patient, supplier):
    """Switched on for the portal and for this supplier, whose account was confirmed by telephone."""
    patient(FACTURX=True)
    supplier.iban, supplier.iban_confirmed_at = IBAN, timezone.now()
    supplier.save(update_fields=["iban", "iban_confirmed_at"])
    return FacturxSupplier.objects.create(supplier=supplier)


@pytest.fixture
def confirmed(approved):
    """Makes an invoice whose data a Factur-X can say."""
    numbers = count(1)

    def make(**values):
        values.setdefault("content", a_pdf(f"Facture {next(numbers)}"))
        values.setdefault("vat_lines", [{"rate": "5.50", "base": "100.00", "tax": "5.50"}])
        return approved(**values)

    return make


@pytest.fixture
def sweep(simulator):
    """Time passes on the far side, then the portal looks, so many times."""

    def run(times=1, *, seconds=LONG_ENOUGH):
        for _ in range(times):
            deposit_sweep()
            simulator.advance(seconds)

    return run


def the_submission(invoice) -> Submission:
    return Submission.objects.filter(invoice=invoice).latest("pk")


UNTAXED = {
    "total_tva": Decimal(0),
    "total_ttc": Decimal(100),
    "net_to_pay": Decimal(100),
    "vat_lines": [],
}
