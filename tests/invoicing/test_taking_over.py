"""A review that lasts too long: what its supplier may do himself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.invoicing.at_desk import problem, read, stored
from tests.people import address

pytestmark = pytest.mark.django_db
OFFER = "Déposer la facture moi-même"
LONG_AGO = timedelta(days=10)


@pytest.fixture
def late(an_invoice_of):
    return an_invoice_of(status=Status.TO_REVIEW, verdict_at=timezone.now(), status_at=timezone.now() - LONG_AGO)


def take_over(client, invoice, to=Status.TO_SELF_DEPOSIT, revision=None):
    seen = {"revision": revision or invoice.revision, "to": to}
    return client.post(address("take_over", invoice), seen, follow=True)


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
    "values", [{"status_at": timezone.now()}, {"status": Status.APPROVED}], ids=["in time", "gone"]
)
def test_where_it_is_not_offered_it_is_not_done(people, an_invoice_of, values):
    old = {"status": Status.TO_REVIEW, "verdict_at": timezone.now(), "status_at": timezone.now() - LONG_AGO}
    invoice = an_invoice_of(**{**old, **values})
    assert OFFER not in read(people.supplier.get(address("detail", invoice)))
    take_over(people.supplier, invoice)
    assert stored(invoice).status == invoice.status
    assert not invoice.events.exists()


def change(invoice, **values):
    Invoice.objects.filter(pk=invoice.pk).update(**values)


def test_what_a_check_stops_comes_back_to_be_corrected(people, late, settings):
    settings.SITE = settings.SITE | {"contact_phone": "02 48 00 00 18"}
    change(late, verdict=[problem("stop", "Le destinataire est fermé.")])
    shown = read(people.supplier.get(address("detail", late)))
    assert OFFER not in shown
    assert all(told in shown for told in ("Le destinataire est fermé.", "Ajoutez-la.", "02 48 00 00 18"))
    take_over(people.supplier, late)
    assert stored(late).status == Status.TO_REVIEW
    assert "Vérifier et transmettre" not in shown
    assert "Corriger la facture" in read(take_over(people.supplier, late, to=Status.RETURNED))
    assert (stored(late).status, stored(late).was_self_deposit) == (Status.RETURNED, False)


def test_whose_buyer_is_not_on_chorus_pro_is_sent_to_him(people, late):
    change(late, recipient=None)
    assert "Envoyer la facture moi-même" in read(people.supplier.get(address("detail", late)))
    assert "À envoyer vous-même" in read(take_over(people.supplier, late, to=Status.OUTSIDE))
    assert stored(late).status == Status.OUTSIDE


def test_an_account_to_call_about_holds_back_what_we_send_only(people, late):
    """Its supplier deposits under his own name; handed over again, nobody lets it go before the call."""
    late.iban = "FR7630006000011234567890189"
    late.save(update_fields=["iban"])
    shown = read(people.supplier.get(address("detail", late)))
    assert OFFER in shown
    assert "doit encore vous appeler" in shown
    take_over(people.supplier, late)
    assert stored(late).status == Status.TO_SELF_DEPOSIT


def test_a_page_that_has_aged_takes_nothing_over(people, late):
    take_over(people.supplier, late, revision=7)
    assert stored(late).status == Status.TO_REVIEW


@pytest.mark.parametrize("who", ["other_supplier", "buyer", "agent", "stranger"])
def test_only_its_supplier_takes_it_over(people, late, who):
    client = getattr(people, who)
    assert OFFER not in read(client.get(address("detail", late)))
    assert take_over(client, late).status_code == 404
    assert stored(late).status == Status.TO_REVIEW
