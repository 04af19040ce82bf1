"""What a supplier confirms: the usual case, what he types, the number, two people on one page."""

import datetime
import re
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from invoicing.checks import has_stop
from invoicing.lifecycle import Status
from invoicing.models import Invoice, InvoiceEvent
from invoicing.verdict import judge_invoice
from suppliers.models import Partner
from tests.at_once import at_once
from tests.factories import (
    EstablishmentFactory,
    InvoiceFactory,
    MemberFactory,
    OrderFactory,
)
from tests.invoicing.confirming import address, codes, errors_of, save
from tests.invoicing.conftest import confirm, deposit, drop, form_data
from tests.invoicing.pdfs import a_pdf, an_invoice
from tests.people import signed_in

SPOT = r'<rect id="([^"]+)" x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"/>'

pytestmark = pytest.mark.django_db


def test_the_usual_case_needs_no_typing(supplier_client, order):
    invoice = drop(supplier_client, order)
    page = supplier_client.get(address(invoice)).content.decode()
    assert "Rien à signaler" in page
    response = confirm(supplier_client, invoice)
    assert response.url == reverse("invoicing:detail", args=[invoice.pk])
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    assert [event.to_status for event in invoice.timeline()] == [Status.DRAFT, Status.TO_REVIEW]


def test_each_value_says_where_it_comes_from(supplier_client, order):
    form = supplier_client.get(address(drop(supplier_client, order))).context["form"]
    said = {name: strip_tags(field.help_text) for name, field in form.fields.items()}
    assert said["number"] == "Lu en page\u00a01"
    assert said["engagement_number"] == "Repris de la commande et lu en page\u00a01"
    assert said["buyer_siret"] == "Repris de la commande et lu en page\u00a01"


def test_each_value_points_to_its_spot_on_the_picture(supplier_client, order):
    page = supplier_client.get(address(drop(supplier_client, order))).content.decode()
    pointed = set(re.findall(r'<a href="#(lu-[a-z_]+)">', page))
    spots = {name: [float(edge) for edge in edges] for name, *edges in re.findall(SPOT, page)}
    assert pointed == spots.keys() >= {"lu-number", "lu-buyer_siret", "lu-engagement_number", "lu-total_ttc"}
    left, top, width, height = spots["lu-number"]
    assert 0 < left < left + width < 0.5
    assert 0 < top < top + height < spots["lu-total_ttc"][1] < 1


def test_a_value_somebody_typed_points_nowhere(supplier_client, order):
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, number="F-AUTRE")
    assert "lu-number" not in supplier_client.get(address(invoice)).content.decode()


def test_a_stop_is_shown_and_nothing_leaves(supplier_client, order):
    invoice = drop(supplier_client, order)
    response = confirm(supplier_client, invoice, total_ttc="999,00")
    assert response.url == address(invoice)
    invoice.refresh_from_db()
    assert invoice.status == Status.DRAFT
    assert "totals-do-not-add" in codes(invoice)
    page = supplier_client.get(address(invoice)).content.decode()
    assert "ne font pas 999,00\u00a0€" in page
    assert "À corriger" in page


def test_a_warning_is_acknowledged_by_confirming(supplier_client, order):
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice, due_date="2027-08-01")
    assert codes(invoice) == {"due-not-legal"}
    assert invoice.status == Status.TO_REVIEW


def test_a_dropped_page_without_text_can_be_typed(supplier_client, order):
    deposit(supplier_client, a_pdf("Merci de votre visite"), order=order)
    invoice = Invoice.objects.get()
    confirm(
        supplier_client,
        invoice,
        number="2026-15",
        issue_date="2026-11-02",
        delivery_dates="30/10/2026, 2/11/2026",
        total_ht="100",
        total_tva="5,50 €",
        total_ttc="105,5",
        net_to_pay="105.50",
    )
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    assert invoice.delivery_dates == ["2026-10-30", "2026-11-02"]
    assert (invoice.total_tva, invoice.net_to_pay) == (Decimal("5.50"), Decimal("105.50"))


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("issue_date", "le 32 novembre"),
        ("delivery_dates", "lundi"),
        ("total_ht", "cent euros"),
        ("total_ht", "1e400"),
        ("total_ht", "NaN"),
        ("total_ht", "99999999999999"),
        ("total_ht", "1,234"),
        ("buyer_siret", "123"),
        ("engagement_number", "E" * 51),
        ("number", "N" * 61),
    ],
)
def test_what_cannot_be_read_is_kept_and_explained(supplier_client, order, field, typed):
    invoice = drop(supplier_client, order)
    response = save(supplier_client, invoice, **{field: typed})
    assert field in response.context["form"].errors
    assert typed in response.content.decode()
    invoice.refresh_from_db()
    assert invoice.revision == 1


# --- The number ---


@pytest.mark.parametrize(
    ("number", "code"),
    [("", "number-missing"), ("F" * 21, "number-too-long"), ("F2026:14", "number-characters")],
)
def test_a_number_chorus_would_refuse_stops(supplier_client, order, number, code):
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice, number=number)
    assert code in codes(invoice)
    assert invoice.status == Status.DRAFT


def test_a_number_too_long_on_the_paper_is_shown_and_stops(supplier_client, order):
    invoice = drop(supplier_client, order, number="FACTURE-2026-11-000000147")
    assert "number-too-long" in codes(invoice)
    assert "FACTURE-2026-11-000000147" in supplier_client.get(address(invoice)).content.decode()


def test_a_used_number_stops_and_names_the_other(supplier_client, order, an_invoice_of):
    an_invoice_of(number="F2026-0147", number_key="F2026-0147", status=Status.PAID)
    invoice = drop(supplier_client, order)
    assert "number-used" in codes(invoice)
    assert "Virement ordonné" in str(invoice.verdict)


@pytest.mark.django_db(transaction=True)
def test_of_two_drafts_with_one_number_confirmed_at_once_one_goes(order):
    clients = [signed_in(MemberFactory(supplier=order.supplier).user) for _ in range(2)]
    drafts = [drop(clients[0], one) for one in (order, OrderFactory(supplier=order.supplier, buyer=order.buyer))]
    posts = [form_data(clients[0], draft, action="confirm") for draft in drafts]
    at_once(
        *(
            partial(client.post, address(draft), data)
            for client, draft, data in zip(clients, drafts, posts, strict=True)
        )
    )
    for draft in drafts:
        draft.refresh_from_db()
    assert sorted(draft.status for draft in drafts) == [Status.DRAFT, Status.TO_REVIEW]
    left = next(draft for draft in drafts if draft.status == Status.DRAFT)
    assert "sert déjà" in clients[0].get(address(left)).content.decode()


# --- From what is printed to the verdict ---


@pytest.mark.parametrize(("number", "missing"), [({}, False), ({"vat_number": ""}, True)])
def test_a_vat_number_is_looked_for_on_the_paper(supplier_client, order, number, missing):
    invoice = drop(supplier_client, order, ht="200,00", tva="11,00", ttc="211,00", **number)
    assert ("vat-number-missing" in codes(invoice)) is missing


@pytest.mark.parametrize(("paid", "explained"), [(["Acompte versé : 10,00 €"], True), ([], False)])
def test_a_deposit_that_is_printed_explains_the_net(supplier_client, order, paid, explained):
    invoice = drop(supplier_client, order, net="95,50", deposit=paid)
    assert invoice.net_to_pay == Decimal("95.50")
    assert ("net-unexplained" in codes(invoice)) is not explained


@pytest.mark.parametrize(("honey", "differ"), [("8 pots   5,00   40,00", False), ("7 pots   5,00   35,00", True)])
def test_printed_lines_that_do_not_make_the_total_warn(supplier_client, order, honey, differ):
    head = "Désignation     Quantité     Prix unitaire     Montant HT"
    goods = [head, "Pommes   24 kg   2,50   60,00", f"Miel   {honey}"]
    invoice = drop(supplier_client, order, goods=goods)
    assert ("lines-sum-differs" in codes(invoice)) is differ
    assert not has_stop(judge_invoice(invoice))


def test_a_returned_invoice_cannot_take_a_used_number(supplier_client, an_invoice_of, order):
    an_invoice_of(number="PRISE-1", number_key="PRISE1", status=Status.DEPOSITED)
    invoice = an_invoice_of(status=Status.RETURNED)
    response = save(supplier_client, invoice, number="PRISE-1")
    assert "sert déjà" in errors_of(response)
    assert not invoice.events.exists()


def test_typed_totals_drop_the_vat_lines_that_were_read(supplier_client, order):
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, total_ht="200,00", total_tva="11,00", total_ttc="211,00", net_to_pay="211,00")
    invoice.refresh_from_db()
    assert invoice.vat_lines == []
    save(supplier_client, invoice, total_ht="100", total_tva="5,5", total_ttc="105,5", net_to_pay="105,5")
    invoice.refresh_from_db()
    assert invoice.vat_lines


# --- Credit notes, establishments, partners ---


def test_an_avoir_names_its_origin(supplier_client, order, an_invoice_of):
    origin = an_invoice_of(status=Status.AVAILABLE)
    invoice = drop(supplier_client, order, number="AV-1")
    confirm(supplier_client, invoice, kind="AVOIR")
    assert "origin-missing" in codes(invoice)
    confirm(supplier_client, invoice, kind="AVOIR", origin_number="INCONNUE")
    assert "origin-unknown" in codes(invoice)
    assert invoice.status == Status.TO_REVIEW
    assert origin.number not in str(invoice.verdict)


def test_an_invoice_keeps_no_origin(supplier_client, order):
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, origin_number="F2026-0001")
    invoice.refresh_from_db()
    assert invoice.origin_number == ""


def test_several_establishments_are_chosen_from(supplier_client, order):
    second = EstablishmentFactory(supplier=order.supplier)
    foreign = EstablishmentFactory()
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, establishment=second.pk)
    invoice.refresh_from_db()
    assert invoice.establishment == second
    assert "establishment" in save(supplier_client, invoice, establishment=foreign.pk).context["form"].errors


def test_partners_who_share_an_address_say_who_confirms(supplier_client, order):
    Partner.objects.create(supplier=order.supplier, name="Dominique")
    Partner.objects.create(supplier=order.supplier, name="Claude")
    assert "acted_as" in deposit(supplier_client, an_invoice(order), order=order).context["form"].errors
    deposit(supplier_client, an_invoice(order), order=order, acted_as="Dominique")
    invoice = Invoice.objects.get()
    assert form_data(supplier_client, invoice)["acted_as"] == "Dominique"
    assert "acted_as" in confirm(supplier_client, invoice, acted_as="").context["form"].errors
    assert "acted_as" in confirm(supplier_client, invoice, acted_as="Quelqu'un").context["form"].errors
    confirm(supplier_client, invoice, acted_as="Claude")
    assert [event.acted_as for event in invoice.timeline()] == ["Dominique", "Claude"]


# --- Aged pages and two people ---


def test_an_aged_page_keeps_what_was_typed_and_says_so(supplier_client, order):
    invoice = drop(supplier_client, order)
    aged = form_data(supplier_client, invoice, action="save", number="F2026-0999")
    save(supplier_client, invoice, due_date="2026-12-02")
    response = supplier_client.post(address(invoice), aged)
    assert "pendant que vous la lisiez" in errors_of(response)
    form = response.context["form"]
    assert (form["number"].value(), form["revision"].value()) == ("F2026-0999", 2)
    invoice.refresh_from_db()
    assert (invoice.number, invoice.due_date) == ("F2026-0147", datetime.date(2026, 12, 2))

    supplier_client.post(address(invoice), aged | {"revision": form["revision"].value()})
    invoice.refresh_from_db()
    assert (invoice.number, invoice.revision) == ("F2026-0999", 3)


def test_a_page_confirmed_by_a_colleague_leads_to_the_invoice(supplier_client, order):
    invoice = drop(supplier_client, order)
    aged = form_data(supplier_client, invoice, action="confirm")
    confirm(signed_in(MemberFactory(supplier=order.supplier).user), invoice)
    response = supplier_client.post(address(invoice), aged, follow=True)
    assert response.redirect_chain == [(reverse("invoicing:detail", args=[invoice.pk]), 302)]
    assert "ne peut plus être modifiée" in response.content.decode()
    assert invoice.events.filter(to_status=Status.TO_REVIEW).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_confirm_at_once_confirm_once(order):
    clients = [signed_in(MemberFactory(supplier=order.supplier).user) for _ in range(2)]
    invoice = drop(clients[0], order)
    data = form_data(clients[0], invoice, action="confirm")
    answers = at_once(*(partial(client.post, address(invoice), data) for client in clients))
    assert {answer.status_code for answer in answers} <= {200, 302}
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    assert invoice.events.filter(to_status=Status.TO_REVIEW).count() == 1


# --- Returned ---


def test_a_returned_invoice_shows_why_and_comes_back_corrected(supplier_client, order):
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice)
    Invoice.objects.get().send_back(by=None, reason="Le numéro d'engagement a changé.")
    page = supplier_client.get(address(invoice)).content.decode()
    assert "Le numéro d&#x27;engagement a changé." in page
    confirm(supplier_client, invoice, engagement_number="EJ-NOUVEAU")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.engagement_number) == (Status.TO_REVIEW, "EJ-NOUVEAU")
    edit = invoice.events.get(kind=InvoiceEvent.Kind.EDIT)
    assert edit.by == supplier_client.user
    assert edit.reason == f"numéro d'engagement\u00a0: {order.engagement_number} → EJ-NOUVEAU"


def test_an_invoice_past_the_supplier_is_not_editable(supplier_client, an_invoice_of):
    invoice = an_invoice_of(status=Status.APPROVED)
    assert supplier_client.get(address(invoice)).status_code == 302
    assert supplier_client.get(reverse("invoicing:replace", args=[invoice.pk])).status_code == 302


def test_the_same_cost_whatever_the_number_of_orders(supplier_client, order, django_assert_num_queries):
    invoice = drop(supplier_client, order)
    with CaptureQueriesContext(connection) as few:
        supplier_client.get(address(invoice))
    for _ in range(10):
        more = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number=order.engagement_number)
        invoice.billed_orders.create(order=more, amount_ht=1)
        OrderFactory(supplier=order.supplier, buyer=order.buyer)
        InvoiceFactory(order=more, issue_date=invoice.issue_date)
    with django_assert_num_queries(len(few)):
        supplier_client.get(address(invoice))
