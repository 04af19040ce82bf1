"""Real situations of a month, as far as invoices are concerned: real files, real forms, the agent's own verbs."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Ball, Status, TransitionError
from invoicing.models import Invoice
from invoicing.tasks import read_waiting
from orders.models import Order
from suppliers.models import Partner
from tests.factories import BuyerMemberFactory, MemberFactory, OrderFactory, SupplierFactory, UserFactory
from tests.invoicing.conftest import confirm, deposit, drop, form_data, upload
from tests.invoicing.pdfs import an_invoice
from tests.invoicing.photographs import lying, photo
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def detail(client, invoice) -> str:
    page = client.get(reverse("invoicing:detail", args=[invoice.pk])).content.decode()
    return page.replace("&#x27;", "'")


def current(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def remaining(order) -> Decimal:
    return Order.objects.with_billings().get(pk=order.pk).remaining_ht


def test_monthly_invoice_over_several_orders(farmer, order):
    """Four deliveries to one collège under one engagement number, one invoice at the end of the month."""
    week = [order, *(OrderFactory(supplier=order.supplier, buyer=order.buyer) for _ in range(3))]
    Order.objects.update(engagement_number="EJ-2026-11")
    order.refresh_from_db()
    deposit(farmer, an_invoice(order, ht="400,00", tva="22,00", ttc="422,00"))
    invoice = Invoice.objects.get()
    assert dict(invoice.billed_orders.values_list("order", "amount_ht")) == {one.pk: Decimal(100) for one in week}
    confirm(farmer, invoice)
    assert current(invoice).status == Status.TO_REVIEW
    assert current(invoice).verdict == []
    assert [remaining(one) for one in week] == [0, 0, 0, 0]
    page = detail(farmer, invoice)
    assert all(one.reference in page for one in week)


def test_monthly_invoice_started_from_one_order(farmer, order):
    """The supplier begins at one order; the others are added on the next page, with what they count for."""
    second = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number=order.engagement_number)
    invoice = drop(farmer, order, ht="200,00", tva="11,00", ttc="211,00")
    confirm(farmer, invoice, **{f"order-{order.pk}": "100", f"order-{second.pk}": "100"})
    assert current(invoice).status == Status.TO_REVIEW
    assert invoice.billed_orders.count() == 2


def test_one_order_billed_twice(farmer, order):
    """Half delivered and billed in October, the other half in November: the second invoice is offered what is left."""
    first = drop(farmer, order, ht="60,00", tva="3,30", ttc="63,30")
    confirm(farmer, first)
    assert remaining(order) == 40
    form = farmer.get(f"{reverse('invoicing:deposit')}?commande={order.pk}").context["form"]
    offered = dict(dict(form.fields["order"].choices)[str(order.buyer)])
    assert "reste 40,00\u00a0€ HT" in offered[order.pk]
    second = drop(farmer, order, number="F2026-0148", ht="40,00", tva="2,20", ttc="42,20")
    confirm(farmer, second)
    assert current(second).status == Status.TO_REVIEW
    assert current(second).verdict == []
    assert remaining(order) == 0
    third = drop(farmer, order, number="F2026-0149", ht="10,00", tva="0,55", ttc="10,55")
    assert "order-overbilled" in {problem["code"] for problem in third.verdict}


def test_engagement_number_given_after_the_pdf_was_dropped(farmer, order, agent):
    """The PDF waits at the supplier's, the buyer holds the ball, and nothing is typed twice once the number comes."""
    order.change_references(by=None, engagement_number="")
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    assert current(invoice).status == Status.DRAFT
    url = reverse("invoicing:confirm", args=[invoice.pk])
    farmer.post(url, form_data(farmer, invoice, action="ask"))
    assert current(invoice).ball == Ball.BUYER
    assert "le numéro d'engagement lui a été demandé" in detail(farmer, invoice)
    order.refresh_from_db()
    order.change_references(by=None, engagement_number="EJ-9")
    farmer.post(url, form_data(farmer, invoice, action="take"))
    confirm(farmer, invoice)
    assert (current(invoice).status, current(invoice).engagement_number) == (Status.TO_REVIEW, "EJ-9")


def test_own_software(agent):
    """The farm deposits with its own software: the portal checks, tells what to type, and never sends."""
    order = OrderFactory(supplier=SupplierFactory(self_deposit=True))
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    assert current(invoice).approve(by=agent) == Status.TO_SELF_DEPOSIT
    page = detail(farmer, invoice)
    assert "saisissez exactement ceci" in page
    assert order.engagement_number in page
    assert current(invoice).was_self_deposit
    assert not Invoice.objects.ready_to_send(current(invoice).status_at)


def test_no_account(agent):
    """The box is not ticked: the invoice is looked over all the same, and the supplier is told that he must send it."""
    order = OrderFactory(supplier=SupplierFactory(no_account=True))
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    assert "vous qui la déposez" in farmer.get(reverse("invoicing:deposit")).content.decode()
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    assert current(invoice).approve(by=agent) == Status.TO_SELF_DEPOSIT
    assert "déposez-la sur Chorus Pro" in detail(farmer, invoice)
    assert current(invoice) in Invoice.objects.for_suppliers_of(farmer.user).to_do()


def test_shared_email(farmer, order):
    """Two partners of a GAEC sign in with one address: each act says whose it was."""
    for name in ("Dominique", "Claude"):
        Partner.objects.create(supplier=order.supplier, name=name)
    deposit(farmer, an_invoice(order), order=order, acted_as="Claude")
    invoice = Invoice.objects.get()
    confirm(farmer, invoice, acted_as="Dominique")
    assert [event.acted_as for event in invoice.timeline()] == ["Claude", "Dominique"]
    assert "par Dominique" in detail(farmer, invoice)


def test_mistaken_approval(farmer, order, agent):
    """The agent let the wrong one go and takes it back within SEND_DELAY; nothing is sent meanwhile."""
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    current(invoice).approve(by=agent)
    assert not Invoice.objects.ready_to_send(current(invoice).status_at).exists()
    assert "Annuler l'envoi" in detail(farmer, invoice)
    current(invoice).take_back(by=agent)
    assert current(invoice).status == Status.TO_REVIEW
    assert "Décision reprise avant l'envoi" in detail(farmer, invoice)
    current(invoice).send_back(by=agent, reason="Le total n'est pas celui de la commande.")
    assert "Le total n'est pas celui de la commande." in detail(farmer, invoice)


def test_mistaken_confirmation(farmer, order, agent):
    """The supplier sees his own mistake after the approval and stops the sending; too late is said, not done."""
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    current(invoice).approve(by=agent)
    stop = reverse("invoicing:cancel_sending", args=[invoice.pk])
    farmer.post(stop, {"revision": current(invoice).revision})
    assert current(invoice).status == Status.RETURNED
    confirm(farmer, invoice)
    current(invoice).approve(by=agent)
    current(invoice).mark_sending(seen_revision=current(invoice).revision)
    farmer.post(stop, {"revision": current(invoice).revision})
    assert current(invoice).status == Status.SENDING
    for verb in (Invoice.take_back, Invoice.cancel_sending):
        with pytest.raises(TransitionError):
            verb(current(invoice), by=agent)
    with pytest.raises(TransitionError):
        current(invoice).send_back(by=agent, reason="Trop tard")


def test_supplier_who_deposits_himself_and_declares():
    """His software deposits; no account of ours sees him. What he and the canteen declare is shown as declared."""
    order = OrderFactory(supplier=SupplierFactory(self_deposit=True))
    farmer = signed_in(MemberFactory(supplier=order.supplier).user)
    canteen = signed_in(BuyerMemberFactory(buyer=order.buyer).user)
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    current(invoice).approve(by=UserFactory(is_staff=True))
    today = timezone.localdate().isoformat()

    def post(client, page, **typed):
        data = {"on": today, "revision": current(invoice).revision, "comment": "", **typed}
        return client.post(reverse(f"invoicing:{page}", args=[invoice.pk]), data)

    post(farmer, "declare_deposited")
    assert (current(invoice).status, current(invoice).ball) == (Status.DEPOSITED, Ball.CHORUS)
    assert "déclarez ici ses étapes" in detail(farmer, invoice)
    post(farmer, "declare", status="suspended", comment="Il manque le bon de livraison")
    assert "Répondez-lui sur Chorus Pro, puis déclarez-le ici" in detail(farmer, invoice)
    post(farmer, "declare", status="completed")
    post(canteen, "declare", status="paid")
    assert current(invoice).status == Status.PAID
    for client in (farmer, canteen):
        page = detail(client, invoice)
        assert "(déclaré)" in page
        assert "ce n'est pas une nouvelle de Chorus Pro" in page
        assert "(Mise en paiement)" not in page
    assert not Invoice.objects.ready_to_send(timezone.now()).exists()


@pytest.mark.parametrize("ocr", ["0", pytest.param("auto", marks=pytest.mark.ocr)])
def test_photo_of_a_paper_invoice(farmer, order, settings, ocr):
    """Two pages by hand, photographed lying on the table: one upright PDF, read by a worker where Tesseract is
    installed, else typed by its supplier; photos kept."""
    settings.OCR = ocr
    files = [upload(lying(6), "IMG_0412.jpg"), upload(photo(), "IMG_0413.jpg")]
    answer = farmer.post(reverse("invoicing:deposit") + f"?commande={order.pk}", {"order": order.pk, "document": files})
    if ocr != "0":
        assert "Lecture en cours" in farmer.get(answer.url).content.decode()
        read_waiting()
        answer = farmer.get(answer.url)
    invoice = Invoice.objects.get()
    assert answer.url == reverse("invoicing:confirm", args=[invoice.pk])
    assert (invoice.pages.count(), len(invoice.kept_originals)) == (2, 2)
    typed = {"number": "CARNET 7", "issue_date": "02/11/2026", "delivery_dates": "02/11/2026"}
    amounts = {"total_ht": "100,00", "total_tva": "5,50", "total_ttc": "105,50", "net_to_pay": "105,50"}
    # Ticked where Tesseract is installed and guessed something; elsewhere nothing asks for it.
    confirm(farmer, invoice, **typed, **amounts, compared="on")
    assert current(invoice).status == Status.TO_REVIEW
    assert "IMG_0412.jpg" in detail(farmer, invoice)


def test_three_pdfs_at_once(farmer, order):
    """The end of the month: three invoices chosen together, one of them sent already, none lost."""
    others = [OrderFactory(supplier=order.supplier) for _ in range(2)]
    sent = drop(farmer, order)
    contents = [an_invoice(order), *(an_invoice(one, number=f"F2026-020{n}") for n, one in enumerate(others))]
    answer = farmer.post(reverse("invoicing:deposit"), {"order": "", "document": [upload(one) for one in contents]})
    page = farmer.get(answer.url).content.decode()
    drafts = Invoice.objects.exclude(pk=sent.pk)
    assert {draft.orders.get() for draft in drafts} == set(others)
    assert all(reverse("invoicing:confirm", args=[draft.pk]) in page for draft in [sent, *drafts])
