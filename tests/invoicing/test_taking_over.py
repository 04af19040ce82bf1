"""A review that lasts too long: its supplier may deposit the invoice himself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.factories import InvoiceFactory, RecipientFactory
from tests.invoicing.at_desk import problem, read, stored
from tests.people import address

pytestmark = pytest.mark.django_db
OFFER = "Déposer la facture moi-même"
LONG_AGO = timedelta(days=10)


@pytest.fixture
def late(an_invoice_of):
    return an_invoice_of(status=Status.TO_REVIEW, verdict_at=timezone.now(), status_at=timezone.now() - LONG_AGO)


def take_over(client, invoice, revision=None):
    return client.post(address("take_over", invoice), {"revision": revision or invoice.revision}, follow=True)


def test_he_takes_it_over_and_reads_what_to_type(people, late):
    assert OFFER in read(people.supplier.get(address("detail", late)))
    shown = read(take_over(people.supplier, late))
    assert "saisissez exactement ceci" in shown
    assert "le Département a vérifié" not in shown
    invoice = stored(late)
    assert (invoice.status, invoice.was_self_deposit) == (Status.TO_SELF_DEPOSIT, True)
    assert invoice.events.get().by == people.supplier.user
    assert not Invoice.objects.ready_to_send(timezone.now()).exists()


@pytest.mark.parametrize(
    "values",
    [
        {"status_at": timezone.now()},
        {"verdict": [problem("stop")]},
        {"iban": "FR7630006000011234567890189"},
        {"recipient": None},
        {"status": Status.APPROVED},
    ],
    ids=["in time", "stopped", "account to call about", "outside", "let go"],
)
def test_where_it_is_not_offered_it_is_not_done(people, an_invoice_of, values):
    old = {"status": Status.TO_REVIEW, "verdict_at": timezone.now(), "status_at": timezone.now() - LONG_AGO}
    invoice = an_invoice_of(**{**old, **values})
    assert OFFER not in read(people.supplier.get(address("detail", invoice)))
    take_over(people.supplier, invoice)
    assert stored(invoice).status == invoice.status
    assert not invoice.events.exists()


def test_whose_buyer_is_not_on_chorus_pro_has_nothing_to_deposit(late):
    other = InvoiceFactory(
        status=Status.TO_REVIEW,
        status_at=late.status_at,
        order__buyer__recipient=RecipientFactory(is_known=False),
    )
    assert late.offers_self_deposit
    assert not other.offers_self_deposit


def test_a_page_that_has_aged_takes_nothing_over(people, late):
    take_over(people.supplier, late, revision=7)
    assert stored(late).status == Status.TO_REVIEW


@pytest.mark.parametrize("who", ["other_supplier", "buyer", "agent", "stranger"])
def test_only_its_supplier_takes_it_over(people, late, who):
    client = getattr(people, who)
    assert OFFER not in read(client.get(address("detail", late)))
    assert take_over(client, late).status_code == 404
    assert stored(late).status == Status.TO_REVIEW
