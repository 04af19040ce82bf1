"""An avoir: the one invoice it corrects, what to do by its stage, what both pages say."""

import datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from invoicing.ball import CREDIT_NOTE
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind
from invoicing.typography import french
from tests.factories import BuyerMemberFactory
from tests.invoicing.at_desk import page, read, sit_down
from tests.invoicing.conftest import confirm, deposit, form_data
from tests.invoicing.pdfs import a_pdf, an_invoice
from tests.people import signed_in

pytestmark = pytest.mark.django_db

LABEL = "Avoir à déduire par l'acheteur"


def detail(client, invoice) -> str:
    return read(client.get(reverse("invoicing:detail", args=[invoice.pk])))


def stored(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def codes(invoice) -> set[str]:
    return {problem["code"] for problem in stored(invoice).verdict}


@pytest.fixture
def origin(an_invoice_of):
    return an_invoice_of(status=Status.ORDERED, number="F2026-0100")


@pytest.fixture
def dropped(supplier_client, order):
    """Drop the avoir on this invoice; gives the draft."""

    def drop_it(origin, *, number="AV-1", sign="", **printed):
        printed = {"ht": f"{sign}22,18", "tva": f"{sign}1,22", "ttc": f"{sign}23,40", **printed}
        lines = [f"Avoir sur la facture n° {origin.number} du {origin.issue_date:%d/%m/%Y}"]
        deposit(supplier_client, an_invoice(order, title="Avoir", number=number, lines=lines, **printed), order=order)
        return order.supplier.invoices.latest("pk")

    return drop_it


@pytest.mark.parametrize("sign", ["", "-"])
def test_it_is_found_deducted_and_told_on_both_pages(dropped, origin, supplier_client, order, client, sign):
    note = dropped(origin, sign=sign)
    confirm(supplier_client, note)
    note = stored(note)
    assert (note.status, note.kind, note.origin) == (Status.TO_REVIEW, Kind.CREDIT_NOTE, origin)
    assert codes(note) == set()
    buyer = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    for reader in (supplier_client, buyer):
        shown = detail(reader, origin)
        assert "Avoir de 23,40 €" in shown
        assert "82,10 €" in shown.split("Net après avoir")[1]
        assert reverse("invoicing:detail", args=[note.pk]) in shown
    assert reverse("invoicing:detail", args=[origin.pk]) in detail(supplier_client, note)
    desk = sit_down(client)
    assert "Avoir AV-1 de 23,40 €" in read(desk.get(page(origin)))
    assert "F2026-0100, paiement demandé au comptable" in read(desk.get(page(note)))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.RETURNED, "origin-not-deposited"),
        (Status.TO_SELF_DEPOSIT, "origin-not-deposited"),
        (Status.AVAILABLE, "origin-not-ordered"),
        (Status.REJECTED, "origin-rejected"),
        (Status.OUTSIDE, None),
        (Status.PAID, None),
    ],
)
def test_the_stage_of_the_origin_says_what_to_do(dropped, origin, status, code):
    Invoice.objects.filter(pk=origin.pk).update(status=status)
    told = codes(dropped(origin)) & {"origin-not-deposited", "origin-not-ordered", "origin-rejected"}
    assert told == ({code} if code else set())


def test_more_than_is_left_is_told(dropped, origin, supplier_client):
    confirm(supplier_client, dropped(origin))
    second = dropped(origin, number="AV-2", ht="80,00", tva="4,40", ttc="84,40")
    assert "credit-over-origin" in codes(second)
    confirm(supplier_client, second)
    Invoice.objects.filter(pk=second.pk).update(status=Status.REJECTED)
    assert "82,10 €" in detail(supplier_client, origin)


def test_an_origin_deposited_elsewhere_is_given_by_number_and_date(supplier_client, order):
    deposit(supplier_client, an_invoice(order, title="Avoir", number="AV-9", lines=["Avoir sur facture"]), order=order)
    note = order.supplier.invoices.get()
    confirm(supplier_client, note, kind="AVOIR", origin_number="")
    assert "origin-missing" in codes(note)
    assert stored(note).status == Status.DRAFT
    confirm(supplier_client, note, kind="AVOIR", origin_number="AILLEURS-7", origin_date="2026-10-05")
    assert codes(note) & {"origin-unknown", "origin-date-missing"} == {"origin-unknown"}
    assert stored(note).status == Status.TO_REVIEW


def test_another_suppliers_invoice_is_no_origin(dropped, origin):
    foreign = type(origin)(number="X-1", issue_date=datetime.date(2026, 10, 1))
    assert "origin-unknown" in codes(dropped(foreign))


def test_it_takes_its_references_from_its_origin(supplier_client, origin, order):
    lines = ["Avoir n° AV-3", f"Avoir sur la facture n° {origin.number} du {origin.issue_date:%d/%m/%Y}"]
    sums = ["Date : 10/11/2026", "Total HT : 20,00 €", "TVA 5,5 % : 1,10 €", "Total TTC : 21,10 €"]
    siret = f"SIRET : {order.supplier.establishments.get().siret}"
    deposit(supplier_client, a_pdf(str(order.supplier), siret, *lines, *sums))
    note = order.supplier.invoices.get(number="AV-3")
    assert (note.engagement_number, note.recipient, note.buyer) == (
        origin.engagement_number,
        origin.recipient,
        origin.buyer,
    )
    assert [(row.order, row.amount_ht) for row in note.billed_orders.all()] == [(order, Decimal(20))]


# --- Neither due nor paid ---


def test_it_has_no_due_date_and_is_never_called_paid(dropped, origin, supplier_client, order, client):
    note = dropped(origin)
    Invoice.objects.filter(pk=note.pk).update(due_date=datetime.date(2026, 12, 2))
    confirm(supplier_client, note, due_date="2026-12-02")
    assert stored(note).due_date is None
    Invoice.objects.filter(pk=note.pk).update(status=Status.PAID)
    stored(note).events.create(
        kind="news", to_status=Status.PAID, label="Mise en paiement", occurred_at=note.created_at
    )
    buyer = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    for shown in (detail(supplier_client, note), detail(buyer, note), read(sit_down(client).get(page(note)))):
        assert LABEL in shown
        assert "Virement ordonné" not in shown
        assert "Échéance" not in shown
    assert french(CREDIT_NOTE) in detail(supplier_client, note).replace(" :", "\u00a0:")
    for listed in ("invoicing:list", "invoicing:received"):
        answer = (supplier_client if listed == "invoicing:list" else buyer).get(reverse(listed))
        assert LABEL in read(answer)
        assert "Virement ordonné" not in read(answer)


# --- What the supplier does when goods were damaged ---


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (Status.RETURNED, "Remplacer par le PDF corrigé"),
        (Status.TO_REVIEW, "Retirez-la ci-dessous, puis déposez la facture corrigée."),
        (Status.APPROVED, "Arrêtez d'abord son envoi"),
        (Status.AVAILABLE, "soit il refuse la facture sur Chorus Pro et vous la refaites"),
        (Status.ORDERED, "Le paiement est déjà demandé"),
    ],
)
def test_the_page_of_an_invoice_says_what_to_do_by_its_stage(an_invoice_of, supplier_client, order, status, said):
    invoice = an_invoice_of(status=status)
    assert said in detail(supplier_client, invoice)
    buyer = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    if status in {Status.AVAILABLE, Status.ORDERED}:
        assert said not in detail(buyer, invoice)


@pytest.mark.parametrize("status", [Status.REJECTED, Status.WITHDRAWN])
def test_where_nothing_is_billed_nothing_is_advised(an_invoice_of, supplier_client, status):
    assert "Marchandise abîmée" not in detail(supplier_client, an_invoice_of(status=status))


def test_an_order_to_bill_says_that_what_was_received_is_billed(supplier_client, order):
    assert "Facturez seulement ce qui a été reçu" in read(
        supplier_client.get(reverse("orders:detail", args=[order.pk]))
    )


def test_what_is_typed_on_an_avoir_fills_the_rest_from_its_origin(supplier_client, origin, order):
    deposit(supplier_client, a_pdf("Merci de votre visite"))
    note = order.supplier.invoices.latest("pk")
    changes = {"kind": "AVOIR", "number": "AV-5", "origin_number": origin.number, "issue_date": "2026-11-10"}
    data = form_data(supplier_client, note, action="save", **changes)
    supplier_client.post(reverse("invoicing:confirm", args=[note.pk]), data)
    assert (stored(note).recipient, stored(note).engagement_number) == (origin.recipient, origin.engagement_number)
