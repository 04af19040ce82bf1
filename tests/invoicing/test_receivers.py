"""What an invoice does when its order or its supplier changes below it."""

from datetime import timedelta

import pytest

from invoicing.lifecycle import ON_CHORUS, Status
from invoicing.models import Invoice, InvoiceEvent
from invoicing.verdict import judge_and_keep
from tests.factories import BuyerMemberFactory, InvoiceFactory, OrderFactory, RecipientFactory, UserFactory

pytestmark = pytest.mark.django_db
K = InvoiceEvent.Kind


@pytest.fixture
def order():
    return OrderFactory()


@pytest.fixture
def change(order, django_capture_on_commit_callbacks):
    """The buyer gives the order another engagement number."""
    buyer = BuyerMemberFactory(buyer=order.buyer).user

    def change():
        with django_capture_on_commit_callbacks(execute=True):
            order.change_references(by=buyer, engagement_number="EJ-NEUF")

    return change


@pytest.mark.parametrize("status", [Status.DRAFT, Status.TO_REVIEW, Status.RETURNED, Status.TO_SELF_DEPOSIT])
def test_an_invoice_that_has_not_left_is_told_and_judged_again(order, change, status):
    invoice = InvoiceFactory(order=order, status=status)
    judge_and_keep(invoice)
    assert "engagement-not-of-order" not in str(invoice.verdict)
    change()
    invoice.refresh_from_db()
    assert invoice.status == status
    assert "EJ-NEUF" in invoice.events.get(kind=K.NOTE).reason
    assert "engagement-not-of-order" in str(invoice.verdict)


def test_an_approved_one_goes_back_to_review(order, change):
    invoice = InvoiceFactory(order=order, status=Status.APPROVED)
    change()
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    assert "EJ-NEUF" in invoice.events.get(kind=K.STATUS).reason
    assert "engagement-not-of-order" in str(invoice.verdict)


CAME_BACK = {Status.SUSPENDED, Status.TO_REROUTE, Status.REJECTED}


@pytest.mark.parametrize("status", sorted(CAME_BACK))
def test_one_that_came_back_tells_its_supplier_too(order, change, status):
    invoice = InvoiceFactory(order=order, status=status)
    change()
    assert [event.kind for event in invoice.events.order_by("pk")] == [K.NOTE, K.FLAG]


@pytest.mark.parametrize("status", [Status.SENDING, *sorted(ON_CHORUS - CAME_BACK)])
def test_one_that_left_only_tells_staff(order, change, status):
    invoice = InvoiceFactory(order=order, status=status)
    change()
    invoice.refresh_from_db()
    assert (invoice.status, invoice.verdict) == (status, [])
    assert [event.kind for event in invoice.events.all()] == [K.FLAG]


def test_an_approved_one_that_leaves_at_that_very_moment_is_flagged(order, change, monkeypatch):
    """The claim wins the race: what the receiver read is already old."""
    invoice = InvoiceFactory(order=order, status=Status.APPROVED)
    move_to = Invoice.move_to

    def claimed_meanwhile(self, *args, **kwargs):
        Invoice.objects.filter(pk=self.pk).update(status=Status.SENDING)
        return move_to(self, *args, **kwargs)

    monkeypatch.setattr(Invoice, "move_to", claimed_meanwhile)
    change()
    invoice.refresh_from_db()
    assert invoice.status == Status.SENDING
    assert [event.kind for event in invoice.events.all()] == [K.FLAG]


def test_a_withdrawn_one_is_left_alone(order, change):
    invoice = InvoiceFactory(order=order, status=Status.WITHDRAWN)
    change()
    assert not invoice.events.exists()


def test_another_vat_regime_is_what_waiting_invoices_are_judged_by(order, django_capture_on_commit_callbacks):
    """Verdicts are kept for the queue: one of the former regime would let go what the profile now forbids."""
    waiting = [InvoiceFactory(order=order, status=status) for status in (Status.DRAFT, Status.TO_REVIEW)]
    let_go = InvoiceFactory(order=order, status=Status.APPROVED)
    supplier = order.supplier
    supplier.vat_regime = "franchise"
    with django_capture_on_commit_callbacks(execute=True):
        supplier.change_identity(["phone"], by=UserFactory())
    assert not any("vat" in str(Invoice.objects.get(pk=one.pk).verdict) for one in waiting)
    with django_capture_on_commit_callbacks(execute=True):
        supplier.change_identity(["vat_regime"], by=UserFactory())
    assert all("vat-forbidden" in str(Invoice.objects.get(pk=one.pk).verdict) for one in waiting)
    let_go.refresh_from_db()
    assert (let_go.status, let_go.verdict) == (Status.APPROVED, [])


def test_an_establishment_that_closes_or_opens_is_what_waiting_invoices_are_judged_by(
    order, django_capture_on_commit_callbacks
):
    invoice = InvoiceFactory(order=order, status=Status.TO_REVIEW)
    place = invoice.establishment

    def verdict_once(closed_on):
        place.closed_on = closed_on
        with django_capture_on_commit_callbacks(execute=True):
            place.save()
        return str(Invoice.objects.get(pk=invoice.pk).verdict)

    assert "supplier-siret-foreign" in verdict_once(invoice.issue_date - timedelta(days=1))
    assert "supplier-siret-foreign" not in verdict_once(None)


def test_a_buyer_paid_by_another_recipient_is_what_waiting_invoices_are_judged_by(
    order, django_capture_on_commit_callbacks
):
    invoice = InvoiceFactory(order=order, status=Status.TO_REVIEW)
    for recipient, is_another in ((RecipientFactory(), True), (order.buyer.recipient, False)):
        with django_capture_on_commit_callbacks(execute=True):
            order.buyer.change(by=UserFactory(), recipient=recipient)
        verdict = str(Invoice.objects.get(pk=invoice.pk).verdict)
        assert ("order-other-buyer" in verdict) is is_another


def test_an_address_changes_no_verdict(order, django_capture_on_commit_callbacks):
    place = InvoiceFactory(order=order, status=Status.TO_REVIEW).establishment
    with django_capture_on_commit_callbacks() as asked:
        place.save(update_fields=["address", "city"])
    assert asked == []


def test_the_end_of_the_mandate_leaves_the_unsent_to_their_supplier(order):
    waiting, reviewed, gone = (
        InvoiceFactory(order=order, status=status) for status in (Status.APPROVED, Status.TO_REVIEW, Status.SENDING)
    )
    order.supplier.answer_box(uses_chorus=False, depositor="", by=UserFactory())
    for invoice in (waiting, reviewed, gone):
        invoice.refresh_from_db()
    assert (waiting.status, reviewed.status, gone.status) == (
        Status.TO_SELF_DEPOSIT,
        Status.TO_REVIEW,
        Status.SENDING,
    )
    assert waiting.was_self_deposit
    assert "mandat" in waiting.events.get().reason
