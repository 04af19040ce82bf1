import datetime
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Ball, Status
from invoicing.models import Invoice, InvoiceEvent
from orders.models import Requires
from suppliers.models import Partner
from tests.factories import (
    EstablishmentFactory,
    InvoiceFactory,
    MemberFactory,
    OrderFactory,
    RecipientFactory,
    RecipientServiceFactory,
)
from tests.invoicing.conftest import confirm, deposit, drop, form_data, signed_in, upload
from tests.invoicing.pdfs import a_pdf, an_invoice

pytestmark = pytest.mark.django_db


def address(invoice):
    return reverse("invoicing:confirm", args=[invoice.pk])


def save(client, invoice, **changes):
    return client.post(address(invoice), form_data(client, invoice, action="save", **changes))


def errors_of(response) -> str:
    assert response.status_code == 200
    return str(response.context["form"].errors)


def codes(invoice) -> set[str]:
    invoice.refresh_from_db()
    return {problem["code"] for problem in invoice.verdict}


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
    assert form.fields["number"].help_text == "Lu en page\u00a01"
    assert form.fields["engagement_number"].help_text == "Repris de la commande et lu en page\u00a01"
    assert form.fields["buyer_siret"].help_text == "Repris de la commande et lu en page\u00a01"


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


def test_a_number_taken_at_the_last_moment_is_a_sentence(supplier_client, order, an_invoice_of, monkeypatch):
    """The check sees nothing, the constraint does: another invoice takes the number between the two."""
    invoice = drop(supplier_client, order)
    data = form_data(supplier_client, invoice, action="confirm")
    judged = []

    def judge_then_lose(judged_invoice):
        judged.append(judged_invoice)
        if len(judged) == 2:
            an_invoice_of(number="F2026-0147", number_key="F2026-0147", status=Status.TO_REVIEW)
        return []

    monkeypatch.setattr("invoicing.drafting.judge_and_keep", judge_then_lose)
    response = supplier_client.post(address(invoice), data)
    assert "sert déjà" in errors_of(response)
    assert response.context["form"]["number"].value() == "F2026-0147"
    invoice.refresh_from_db()
    assert invoice.status == Status.DRAFT


def test_a_returned_invoice_cannot_take_a_used_number(supplier_client, an_invoice_of, order):
    an_invoice_of(number="F2026-0001", number_key="F2026-0001", status=Status.DEPOSITED)
    invoice = an_invoice_of(status=Status.RETURNED)
    response = save(supplier_client, invoice, number="F2026-0001")
    assert "sert déjà" in errors_of(response)
    assert not invoice.events.exists()


# --- Recipient, service, engagement ---


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"is_known": False}, "recipient-unknown"),
        ({"is_active": False}, "recipient-inactive"),
        ({"requires": Requires.SERVICE}, "service-missing"),
        ({"requires": Requires.BOTH}, "service-missing"),
    ],
)
def test_what_chorus_says_of_the_recipient_stops(supplier_client, order, facts, code):
    recipient = order.buyer.recipient
    for name, value in facts.items():
        setattr(recipient, name, value)
    recipient.save()
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice)
    assert code in codes(invoice)
    assert invoice.status == Status.DRAFT


def test_services_are_a_list_to_choose_from(supplier_client, order):
    recipient = order.buyer.recipient
    RecipientServiceFactory(recipient=recipient, code="CANTINE", label="Restauration")
    RecipientServiceFactory(recipient=recipient, code="VIEUX", is_active=False)
    RecipientServiceFactory(recipient=recipient, code="FACTURES_PUBLIQUES")
    invoice = drop(supplier_client, order)
    field = supplier_client.get(address(invoice)).context["form"].fields["service_code"]
    assert [value for value, label in field.choices] == ["", "CANTINE"]
    confirm(supplier_client, invoice, service_code="CANTINE")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.service_code) == (Status.TO_REVIEW, "CANTINE")


def test_a_buyer_outside_chorus_needs_no_siret(supplier_client, order):
    order.buyer.recipient = None
    order.buyer.save()
    invoice = drop(supplier_client, order)
    assert codes(invoice) >= {"buyer-outside"}
    confirm(supplier_client, invoice)
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW


def test_the_siret_of_another_canteen_finds_its_buyer(supplier_client, order):
    other = OrderFactory(supplier=order.supplier)
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, buyer_siret=other.buyer.recipient.siret, **{f"order-{order.pk}": ""})
    invoice.refresh_from_db()
    assert invoice.buyer == other.buyer
    assert f"order-{other.pk}" in supplier_client.get(address(invoice)).context["form"].fields


def test_a_missing_engagement_is_asked_for_then_offered(supplier_client, order):
    order.engagement_number = ""
    order.save(update_fields=["engagement_number"])
    invoice = drop(supplier_client, order)
    assert "engagement-missing" in codes(invoice)
    assert "Demander le numéro à l'acheteur" in supplier_client.get(address(invoice)).content.decode()

    supplier_client.post(address(invoice), form_data(supplier_client, invoice, action="ask"))
    order.refresh_from_db()
    invoice = Invoice.objects.get()
    assert order.engagement_asked_by == supplier_client.user
    assert (invoice.status, invoice.ball) == (Status.DRAFT, Ball.BUYER)
    assert "a été demandé à l'acheteur" in supplier_client.get(address(invoice)).content.decode()
    assert list(Invoice.objects.to_do()) == []
    assert list(Invoice.objects.under_way()) == [invoice]

    order.change_references(by=None, engagement_number="EJ-DONNE")
    assert list(Invoice.objects.to_do()) == [invoice]
    page = supplier_client.get(address(invoice)).content.decode()
    assert "Reprendre le numéro de la commande" in page
    assert "EJ-DONNE" in page
    supplier_client.post(address(invoice), form_data(supplier_client, invoice, action="take"))
    confirm(supplier_client, invoice)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.engagement_number) == (Status.TO_REVIEW, "EJ-DONNE")


def test_asking_twice_asks_once(supplier_client, order):
    order.engagement_number = ""
    order.save(update_fields=["engagement_number"])
    invoice = drop(supplier_client, order)
    for _ in range(2):
        supplier_client.post(address(invoice), form_data(supplier_client, invoice, action="ask"))
    assert invoice.events.filter(kind=InvoiceEvent.Kind.NOTE).count() == 1


def test_orders_with_two_engagement_numbers_need_two_invoices(supplier_client, order):
    second = OrderFactory(supplier=order.supplier, buyer=order.buyer)
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice, **{f"order-{order.pk}": "50", f"order-{second.pk}": "50"})
    assert "orders-engagements-differ" in codes(invoice)
    assert "une facture par numéro d'engagement" in str(invoice.verdict)
    assert invoice.status == Status.DRAFT


def test_orders_of_two_buyers_are_refused(supplier_client, order):
    other = OrderFactory(supplier=order.supplier)
    deposit(supplier_client, a_pdf("Facture"))
    invoice = Invoice.objects.get()
    response = save(supplier_client, invoice, **{f"order-{order.pk}": "50", f"order-{other.pk}": "50"})
    assert "plusieurs acheteurs" in errors_of(response)


def test_another_suppliers_order_cannot_be_billed(supplier_client, order):
    foreign = OrderFactory(buyer=order.buyer)
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, **{f"order-{foreign.pk}": "50"})
    assert [row.order for row in invoice.billed_orders.all()] == [order]


def test_an_order_is_added_for_all_that_remains_by_one_button(supplier_client, order):
    second = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number=order.engagement_number)
    invoice = drop(supplier_client, order)
    assert f"Ajouter {second.reference} pour 100,00\u00a0€" in supplier_client.get(address(invoice)).content.decode()
    data = form_data(supplier_client, invoice, action=f"add-{second.pk}", number="TAPE-1")
    supplier_client.post(address(invoice), data)
    assert dict(invoice.billed_orders.values_list("order", "amount_ht")) == {order.pk: 100, second.pk: 100}
    invoice.refresh_from_db()
    assert invoice.number == "TAPE-1"


def test_an_order_taken_away_is_not_billed_any_more(supplier_client, order):
    invoice = drop(supplier_client, order)
    save(supplier_client, invoice, **{f"order-{order.pk}": ""})
    assert not invoice.billed_orders.exists()


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
    start, answers = threading.Barrier(2), []

    def post(client):
        start.wait()
        try:
            answers.append(client.post(address(invoice), data).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=post, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 2
    assert set(answers) <= {200, 302}
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


# --- Another PDF ---


def replace(client, invoice, content, revision=None):
    data = {"document": upload(content, "corrigée.pdf"), "revision": revision or invoice.revision}
    return client.post(reverse("invoicing:replace", args=[invoice.pk]), data)


def test_another_pdf_keeps_the_number_and_reads_the_rest(supplier_client, order):
    invoice = drop(supplier_client, order)
    former = invoice.document.name
    replace(supplier_client, invoice, an_invoice(order, number="F2026-9999", ht="80,00", tva="4,40", ttc="84,40"))
    invoice.refresh_from_db()
    assert (invoice.number, invoice.total_ttc, invoice.document_name) == (
        "F2026-0147",
        Decimal("84.40"),
        "corrigée.pdf",
    )
    assert invoice.document.name != former
    assert invoice.document.storage.exists(former)
    assert invoice.pages.count() == 1
    assert "printed-number-differs" in codes(invoice)
    assert invoice.events.last().reason == "«\u00a0facture.pdf\u00a0» → «\u00a0corrigée.pdf\u00a0»"


def test_a_bad_replacement_changes_nothing(supplier_client, order):
    invoice = drop(supplier_client, order)
    response = replace(supplier_client, invoice, b"Bonjour")
    assert "pas un PDF" in errors_of(response)
    assert Invoice.objects.get().document_sha256 == invoice.document_sha256


def test_the_pdf_of_another_invoice_is_no_replacement(supplier_client, order):
    first = drop(supplier_client, order)
    second = drop(supplier_client, order, number="F2026-0148")
    response = replace(supplier_client, second, an_invoice(order))
    assert reverse("invoicing:confirm", args=[first.pk]) in errors_of(response)


def test_an_aged_replacement_is_refused_and_leaves_no_file(supplier_client, order, settings):
    invoice = drop(supplier_client, order)
    kept = set(settings.MEDIA_ROOT.rglob("*.*"))
    response = replace(supplier_client, invoice, an_invoice(order, number="F2026-0200"), revision=99)
    assert "a changé entre-temps" in errors_of(response)
    assert set(settings.MEDIA_ROOT.rglob("*.*")) == kept


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


def test_a_recipient_that_was_never_asked_only_warns(supplier_client, order):
    unknown = RecipientFactory(is_known=None, requires=Requires.NOTHING)
    order.buyer.recipient = unknown
    order.buyer.save()
    invoice = drop(supplier_client, order)
    confirm(supplier_client, invoice)
    assert codes(invoice) == {"recipient-not-checked"}
    assert invoice.status == Status.TO_REVIEW
    assert invoice.status_at <= timezone.now()
