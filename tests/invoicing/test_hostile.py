"""What a hostile or hurried hand sends: an answer for people each time, never an error of the server."""

import pytest
from django.urls import reverse

from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.invoicing.at_desk import staff, waiting
from tests.invoicing.conftest import confirm, drop, form_data
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1999-12-31"])
@pytest.mark.parametrize("field", ["issue_date", "due_date", "delivery_dates"])
def test_a_year_out_of_our_time_is_refused_and_nothing_stored(supplier_client, order, field, day):
    invoice = drop(supplier_client, order)
    page = reverse("invoicing:confirm", args=[invoice.pk])
    response = supplier_client.post(page, form_data(supplier_client, invoice, action="save", **{field: day}))
    assert response.status_code == 200
    assert "n'est pas possible ici" in response.content.decode().replace("&#x27;", "'")
    assert getattr(Invoice.objects.get(), field) == getattr(invoice, field)
    assert supplier_client.get(page).status_code == 200


def test_a_twin_of_the_confirming_press_is_told_that_it_left(supplier_client, order):
    invoice = drop(supplier_client, order)
    twin = form_data(supplier_client, invoice, action="confirm")
    assert confirm(supplier_client, invoice).status_code == 302
    response = supplier_client.post(reverse("invoicing:confirm", args=[invoice.pk]), twin, follow=True)
    assert Invoice.objects.get().status == Status.TO_REVIEW
    assert "Quelqu'un a modifié" not in response.content.decode().replace("&#x27;", "'")


def test_a_press_whose_twin_only_saved_so_far_goes_on_to_confirm(supplier_client, order):
    invoice = drop(supplier_client, order)
    page = reverse("invoicing:confirm", args=[invoice.pk])
    twin = form_data(supplier_client, invoice, action="confirm")
    supplier_client.post(page, twin | {"action": "save"})
    assert supplier_client.post(page, twin).status_code == 302
    assert Invoice.objects.get().status == Status.TO_REVIEW


def test_no_message_on_a_draft(supplier_client, order):
    invoice = drop(supplier_client, order)
    before = invoice.events.count()
    supplier_client.post(reverse("invoicing:answer", args=[invoice.pk]), {"text": "Bonjour"})
    assert invoice.events.count() == before


@pytest.mark.parametrize("key", ["abc", "1\0", "9" * 30, "-1", "٣"])
def test_chosen_rows_that_are_no_rows_are_nobody(key):
    waiting()
    agent = signed_in(staff("view_invoice", "review_invoice"))
    data = {"action": "approve_chosen", "index": 0, "_selected_action": key}
    assert agent.post(reverse("admin:invoicing_invoice_changelist"), data).status_code in (200, 302)
    assert Invoice.objects.get().status == Status.TO_REVIEW


def test_pages_of_signed_in_people_are_not_kept(supplier_client):
    for url in ("invoicing:supplier_home", "orders:to_bill"):
        assert supplier_client.get(reverse(url))["Cache-Control"] == "private, no-store"
