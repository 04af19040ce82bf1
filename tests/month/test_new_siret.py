"""Real situations of a month: a farm moves, and its SIRET changes under the same SIREN."""

import datetime

import pytest
from django.urls import reverse

from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.factories import EstablishmentFactory, OrderFactory, SupplierFactory, luhn_complete
from tests.invoicing.conftest import confirm, deposit, drop
from tests.invoicing.pdfs import an_invoice

pytestmark = pytest.mark.django_db


def test_a_farm_changing_siret(farmer, order):
    """The agent closes the old establishment and adds the new one: orders stay, new invoices bear the new SIRET, a
    template that still prints the old one is stopped, and what was billed before is not rewritten."""
    supplier = order.supplier
    old = supplier.establishments.get()
    before = drop(farmer, order)
    confirm(farmer, before)
    second = OrderFactory(supplier=supplier, buyer=order.buyer)
    outdated = an_invoice(second, number="F2026-0148")

    supplier.establishments.update(closed_on=datetime.date(2026, 10, 31))
    # The head office's number is printed first by the test's invoices: this one sorts before the old.
    new = EstablishmentFactory(
        supplier=supplier, siret=luhn_complete(supplier.siren + "0000"), opened_on=datetime.date(2026, 11, 1)
    )
    deposit(farmer, outdated, order=second)
    stopped = Invoice.objects.latest("pk")
    assert "supplier-siret-foreign" in {problem["code"] for problem in stopped.verdict}
    after = drop(farmer, second, number="F2026-0149")
    assert after.establishment == new
    confirm(farmer, after)
    after.refresh_from_db()
    before.refresh_from_db()
    assert after.status == Status.TO_REVIEW
    assert not [problem for problem in after.verdict if problem["code"].startswith("supplier-siret")]
    assert (before.status, before.establishment) == (Status.TO_REVIEW, old)
    page = farmer.get(reverse("suppliers:supplier", args=[supplier.pk])).content.decode()
    assert "fermé le 31 octobre 2026" in page
    assert "Changer de SIRET" in page


def test_the_profile_names_the_successor(farmer, order):
    order.supplier.successor = SupplierFactory(name="GAEC des Deux Rives")
    order.supplier.save(update_fields=["successor"])
    page = farmer.get(reverse("suppliers:supplier", args=[order.supplier_id])).content.decode()
    assert "repris par GAEC des Deux Rives" in page
