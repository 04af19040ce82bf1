"""Each constraint of the database, violated on purpose: what no code above it can let through."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from invoicing.lifecycle import FREE_NUMBER, Status
from invoicing.models import BilledOrder, Invoice, InvoiceEvent, InvoicePage
from tests.factories import InvoiceFactory, OrderFactory

pytestmark = [pytest.mark.django_db, pytest.mark.core]
NUMBER = {"number": "2026-7", "number_key": "2026-7"}


def refused(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


def force(invoice, **values):
    Invoice.objects.filter(pk=invoice.pk).update(**values)


def test_a_number_serves_once_a_year():
    order = OrderFactory()
    InvoiceFactory(order=order, status=Status.TO_REVIEW, **NUMBER)
    refused(lambda: InvoiceFactory(order=order, status=Status.PAID, **NUMBER))
    refused(lambda: InvoiceFactory(order=order, status=Status.REJECTED, **NUMBER))


@pytest.mark.parametrize("status", sorted(FREE_NUMBER))
def test_a_draft_or_a_withdrawn_invoice_holds_no_number(status):
    order = OrderFactory()
    InvoiceFactory(order=order, status=Status.TO_REVIEW, **NUMBER)
    InvoiceFactory(order=order, status=status, **NUMBER)
    assert Invoice.objects.filter(number_key="2026-7").count() == 2


def test_a_number_may_serve_another_year_and_another_supplier():
    order = OrderFactory()
    InvoiceFactory(order=order, status=Status.TO_REVIEW, **NUMBER)
    InvoiceFactory(order=order, status=Status.TO_REVIEW, issue_date=datetime.date(2025, 3, 1), **NUMBER)
    InvoiceFactory(status=Status.TO_REVIEW, **NUMBER)
    assert Invoice.objects.count() == 3


def test_a_draft_cannot_be_confirmed_with_a_used_number():
    order = OrderFactory()
    InvoiceFactory(order=order, status=Status.DEPOSITED, **NUMBER)
    draft = InvoiceFactory(order=order, **NUMBER)
    refused(lambda: draft.confirm(by=None, seen_revision=1))
    assert not draft.events.exists()


def test_a_file_is_received_once():
    order = OrderFactory()
    invoice = InvoiceFactory(order=order, content=b"x")
    refused(lambda: InvoiceFactory(order=order, content=b"x"))
    InvoiceFactory(content=b"x")
    force(invoice, status=Status.WITHDRAWN)
    InvoiceFactory(order=order, content=b"x")


def test_a_status_and_a_kind_are_known():
    invoice = InvoiceFactory()
    refused(lambda: force(invoice, status="perdue"))
    refused(lambda: force(invoice, kind="DEVIS"))


@pytest.mark.parametrize("column", ["issue_date", "issue_year", "total_ttc", "establishment"])
def test_an_invoice_past_draft_is_complete(column):
    invoice = InvoiceFactory(status=Status.TO_REVIEW)
    refused(lambda: force(invoice, **{column: None}))
    draft = InvoiceFactory()
    force(draft, **{column: None})
    refused(lambda: force(draft, status=Status.TO_REVIEW))


def test_an_invoice_past_draft_has_a_number():
    refused(lambda: force(InvoiceFactory(status=Status.TO_REVIEW), number_key=""))


@pytest.mark.parametrize("status", [Status.APPROVED, Status.SENDING, Status.DEPOSITED, Status.PAID])
def test_what_leaves_has_a_recipient(status):
    invoice = InvoiceFactory(status=status)
    refused(lambda: force(invoice, recipient=None))


def test_an_invoice_may_be_outside_chorus_without_a_recipient():
    invoice = InvoiceFactory(status=Status.OUTSIDE)
    force(invoice, recipient=None)
    assert Invoice.objects.get().recipient is None


def test_an_order_is_billed_once_by_an_invoice():
    invoice = InvoiceFactory()
    order = invoice.billed_orders.get().order
    refused(lambda: BilledOrder.objects.create(invoice=invoice, order=order, amount_ht=1))


def test_a_page_has_one_picture():
    invoice = InvoiceFactory()
    InvoicePage.objects.create(invoice=invoice, number=1, picture="a.jpg")
    refused(lambda: InvoicePage.objects.create(invoice=invoice, number=1, picture="b.jpg"))


def test_a_line_of_chorus_history_is_kept_once():
    invoice = InvoiceFactory(status=Status.DEPOSITED)
    line = {"kind": InvoiceEvent.Kind.NEWS, "occurred_at": invoice.status_at, "external_id": "simulator:1"}
    invoice.events.create(**line)
    refused(lambda: invoice.events.create(**line))


def test_an_existing_invoice_is_saved_with_named_fields_and_never_its_status():
    invoice = InvoiceFactory()
    for fields in (None, ["status"], ["revision"], ["number", "status_at"]):
        with pytest.raises(ValueError, match="update_fields"):
            invoice.save(update_fields=fields)


def test_a_stale_copy_cannot_put_an_old_status_back():
    invoice = InvoiceFactory(status=Status.TO_REVIEW)
    stale = Invoice.objects.get()
    invoice.approve(by=None)
    stale.due_date = datetime.date(2026, 12, 2)
    stale.save(update_fields=["due_date"])
    assert Invoice.objects.get().status == Status.APPROVED


def test_data_is_editable_only_while_the_supplier_holds_it():
    from invoicing.lifecycle import EDITABLE, TransitionError

    for status in Status:
        invoice = InvoiceFactory(status=status)
        if status in EDITABLE:
            invoice.edit(by=None, seen_revision=1, contract_number="M-1")
            assert (invoice.contract_number, invoice.revision) == ("M-1", 2)
        else:
            with pytest.raises(TransitionError):
                invoice.edit(by=None, seen_revision=1, contract_number="M-1")


def test_every_change_bumps_the_revision_and_every_move_is_an_event():
    invoice = InvoiceFactory()
    invoice.edit(by=None, seen_revision=1, contract_number="M-1")
    invoice.confirm(by=None, seen_revision=2)
    invoice.send_back(by=None, reason="À revoir", seen_revision=3)
    assert invoice.revision == 4
    assert list(invoice.events.values_list("from_status", "to_status", "reason")) == [
        (Status.DRAFT, Status.TO_REVIEW, ""),
        (Status.TO_REVIEW, Status.RETURNED, "À revoir"),
    ]
