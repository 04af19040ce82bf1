"""Who may look, who may decide, and that nobody writes by hand."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from agrilocal18.apps import AGENTS
from invoicing.lifecycle import Status
from invoicing.models import InvoiceEvent
from tests.factories import MemberFactory
from tests.invoicing.at_desk import agent, decide, page, read, sit_down, staff, stored, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return sit_down(client)


# --- Nothing else writes ---


def test_a_forged_form_cannot_write_the_status(desk):
    invoice = waiting()
    forged = {"status": Status.PAID, "number": "F-FAUX", "_save": "Enregistrer"}
    assert desk.post(page(invoice), forged).status_code == 403
    assert desk.post("/admin/invoicing/invoice/add/", forged).status_code == 403
    assert desk.post(f"/admin/invoicing/invoice/{invoice.pk}/delete/", {"post": "yes"}).status_code == 403
    assert (stored(invoice).status, stored(invoice).number) == (Status.TO_REVIEW, invoice.number)


def test_not_even_a_superuser_writes_by_hand(desk):
    desk.agent.is_superuser = True
    desk.agent.save(update_fields=["is_superuser"])
    invoice = waiting()
    assert desk.post(page(invoice), {"status": Status.PAID}).status_code == 403
    assert desk.get("/admin/invoicing/invoice/add/").status_code == 403
    assert desk.post(f"/admin/invoicing/invoice/{invoice.pk}/delete/", {"post": "yes"}).status_code == 403
    assert stored(invoice).status == Status.TO_REVIEW


def test_coming_back_from_sign_in_to_a_decision_shows_the_page(desk):
    invoice = waiting()
    response = desk.get(reverse("admin:invoicing_invoice_decide", args=[invoice.pk]))
    assert response.url == page(invoice)


# --- Rights ---


def test_a_reader_sees_everything_and_decides_nothing(client):
    client.force_login(staff("view_invoice"))
    invoice = waiting()
    shown = read(client.get(page(invoice)))
    assert "Verdict" in shown
    assert 'name="decision"' not in shown
    for decision in ("approve", "return", "take_back"):
        assert decide(client, invoice, decision, reason="amounts").status_code == 403
    assert stored(invoice).status == Status.TO_REVIEW


def test_staff_without_the_right_to_see_invoices_see_none(client):
    client.force_login(staff("review_invoice"))
    invoice = waiting()
    assert client.get(page(invoice)).status_code == 403
    assert decide(client, invoice, "approve").status_code == 403
    assert stored(invoice).status == Status.TO_REVIEW


def test_its_own_supplier_stays_outside(client):
    invoice = waiting()
    client.force_login(MemberFactory(supplier=invoice.supplier).user)
    assert client.get(page(invoice), follow=True).status_code == 403
    assert decide(client, invoice, "approve", follow=True).status_code == 403
    assert stored(invoice).status == Status.TO_REVIEW


def test_strangers_are_asked_to_sign_in(client):
    invoice = waiting()
    assert client.get(page(invoice), follow=True).request["PATH_INFO"] == reverse("account_login")
    assert decide(client, invoice, "approve", follow=True).request["PATH_INFO"] == reverse("account_login")
    assert stored(invoice).status == Status.TO_REVIEW


def test_a_decision_needs_the_token_of_the_page(client):
    client.handler.enforce_csrf_checks = True
    client.force_login(agent())
    invoice = waiting()
    assert decide(client, invoice, "approve").status_code == 403
    assert stored(invoice).status == Status.TO_REVIEW


# --- Events ---


def test_events_are_listed_and_only_read(desk):
    invoice = waiting()
    invoice.flag("À regarder de près.")
    event = InvoiceEvent.objects.get()
    assert "À regarder de près." in read(desk.get("/admin/invoicing/invoiceevent/"))
    assert desk.get(f"/admin/invoicing/invoiceevent/{event.pk}/change/").status_code == 200
    assert desk.post(f"/admin/invoicing/invoiceevent/{event.pk}/change/", {"reason": "rien"}).status_code == 403
    assert desk.post(f"/admin/invoicing/invoiceevent/{event.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_rights_of_the_agents_group_suffice(client):
    member = staff()
    member.groups.add(Group.objects.get(name=AGENTS))
    client.force_login(member)
    invoice = waiting()
    assert client.get(page(invoice)).status_code == 200
    decide(client, invoice, "approve")
    assert stored(invoice).status == Status.APPROVED
    for model in ("submission", "exchange", "setaside", "technicalaccount", "connection", "cursor"):
        assert client.get(f"/admin/chorus/{model}/").status_code == 200, model
