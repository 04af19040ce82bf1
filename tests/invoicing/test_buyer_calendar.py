"""What the database says of a buyer's absences reaches the verdict."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from invoicing.verdict import judge_invoice
from orders.models import BuyerClosure
from tests.factories import InvoiceFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def codes(invoice):
    return {problem.code for problem in judge_invoice(invoice)}


def test_a_closed_buyer_is_told():
    invoice, today = InvoiceFactory(), timezone.localdate()
    assert "buyer-closed" not in codes(invoice)
    invoice.buyer.closures.create(first_day=today, last_day=today + DAY)
    assert "buyer-closed" in codes(invoice)


def test_a_deadline_that_passed_is_told_for_invoices_of_its_year_only():
    today = timezone.localdate()
    invoice = InvoiceFactory(issue_date=today, order__buyer__invoice_deadline=today)
    assert "buyer-deadline-passed" not in codes(invoice)
    invoice.buyer.invoice_deadline = today - DAY
    assert ("buyer-deadline-passed" in codes(invoice)) is ((today - DAY).year == today.year)
    invoice.buyer.invoice_deadline = today.replace(year=today.year - 1, day=1)
    assert "buyer-deadline-passed" not in codes(invoice)


def test_a_closure_does_not_end_before_it_begins():
    today = timezone.localdate()
    with pytest.raises(ValidationError, match="précéder"):
        BuyerClosure(buyer=InvoiceFactory().buyer, first_day=today, last_day=today - DAY).full_clean()


def test_the_portals_own_siret_is_no_buyers(settings):
    invoice = InvoiceFactory()
    assert "buyer-is-portal" not in codes(invoice)
    settings.PORTAL_SIRETS = frozenset({invoice.recipient.siret})
    assert "buyer-is-portal" in codes(invoice)


def test_a_supplier_who_never_told_his_regime_is_asked():
    invoice = InvoiceFactory(order__supplier__vat_regime="")
    assert "vat-regime-unknown" in codes(invoice)
