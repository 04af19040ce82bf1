"""« Hors commande »: what the supplier says, what the buyer answers, what the agents see."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing import billing
from invoicing.lifecycle import ATTACHABLE, DISOWNABLE, Status, TransitionError
from invoicing.models import Invoice, Kind, NoOrder
from invoicing.verdict import judge_and_keep
from tests.factories import (
    BuyerFactory,
    BuyerMemberFactory,
    InvoiceFactory,
    OrderFactory,
    RecipientFactory,
    UserFactory,
)
from tests.invoicing.at_desk import QUEUE, agent, approve_chosen, page, read, sit_down
from tests.invoicing.conftest import confirm, deposit, form_data, signed_in
from tests.invoicing.pdfs import an_invoice

pytestmark = pytest.mark.django_db

ACTS = ("attach", "disown", "recognise")


def current(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def codes(invoice) -> set[str]:
    return {problem["code"] for problem in current(invoice).verdict}


@pytest.fixture
def unknown_to_us(supplier_client, order):
    """A draft for the buyer of an order, under a number that no order has."""
    deposit(supplier_client, an_invoice(order, engagement="INCONNU-55"))
    return Invoice.objects.get()


@pytest.fixture
def off_order(order, an_invoice_of):
    """« Commande par téléphone », as a factory of states."""

    def make(**values) -> Invoice:
        values = {"status": Status.TO_REVIEW, "no_order": NoOrder.PHONE, **values}
        return an_invoice_of(billing=False, engagement_number="", **values)

    return make


@pytest.fixture
def canteen(order):
    return signed_in(BuyerMemberFactory(buyer=order.buyer).user)


def answer(client, act, invoice, **typed):
    data = {"revision": current(invoice).revision, "reason": "", **typed}
    return client.post(reverse(f"invoicing:{act}", args=[invoice.pk]), data, follow=True)


def detail(client, invoice) -> str:
    return read(client.get(reverse("invoicing:detail", args=[invoice.pk])))


# --- The supplier says why ---


def test_without_an_order_it_asks_why_and_waits_for_the_answer(supplier_client, unknown_to_us):
    assert "order-missing" in codes(unknown_to_us)
    seen = read(supplier_client.get(reverse("invoicing:confirm", args=[unknown_to_us.pk])))
    assert all(label in seen for label in NoOrder.labels)
    confirm(supplier_client, unknown_to_us)
    assert current(unknown_to_us).status == Status.DRAFT


@pytest.mark.parametrize("why", [NoOrder.ADDED, NoOrder.PHONE, NoOrder.NOT_ENTERED])
def test_a_reason_lets_it_go_on_as_off_order(supplier_client, unknown_to_us, why):
    confirm(supplier_client, unknown_to_us, no_order=why.value)
    invoice = current(unknown_to_us)
    assert (invoice.status, invoice.no_order) == (Status.TO_REVIEW, why)
    assert "off-order" in invoice.passed_over
    told = invoice.timeline()[-1]
    assert (told.to_status, told.reason) == (Status.TO_REVIEW, f"Hors commande\u00a0: {why.label}")


def test_what_has_nothing_to_do_with_agrilocal_is_pointed_to_chorus_pro(supplier_client, unknown_to_us, settings):
    confirm(supplier_client, unknown_to_us, no_order="unrelated")
    assert current(unknown_to_us).status == Status.DRAFT
    seen = read(supplier_client.get(reverse("invoicing:confirm", args=[unknown_to_us.pk])))
    assert f'<a href="{settings.CHORUS_PORTAL_URL}">Ouvrir Chorus Pro</a>' in seen
    settings.UNRELATED_INVOICES = "warn"
    confirm(supplier_client, unknown_to_us)
    assert current(unknown_to_us).status == Status.TO_REVIEW


def test_an_order_wins_over_a_reason(supplier_client, unknown_to_us, order):
    field = {f"order-{order.pk}": "100"}
    url = reverse("invoicing:confirm", args=[unknown_to_us.pk])
    supplier_client.post(url, form_data(supplier_client, unknown_to_us, action="save", no_order="phone"))
    assert current(unknown_to_us).is_off_order
    supplier_client.post(url, form_data(supplier_client, unknown_to_us, action="save", **field))
    assert not current(unknown_to_us).is_off_order
    assert "no_order" not in form_data(supplier_client, unknown_to_us)


def test_a_credit_note_needs_no_order(order):
    credit = InvoiceFactory(order=order, billing=False, kind=Kind.CREDIT_NOTE, origin_number="F2026-0001")
    judge_and_keep(credit)
    assert "order-missing" not in codes(credit)


def test_where_one_siret_serves_several_canteens_one_is_chosen(supplier_client, unknown_to_us, order):
    other = BuyerFactory(recipient=order.buyer.recipient)
    Invoice.objects.update(buyer=None)
    confirm(supplier_client, unknown_to_us, no_order="phone")
    assert current(unknown_to_us).status == Status.DRAFT
    confirm(supplier_client, unknown_to_us, no_order="phone", buyer=other.pk)
    assert (current(unknown_to_us).status, current(unknown_to_us).buyer) == (Status.TO_REVIEW, other)


def test_the_canteen_of_another_recipient_is_not_taken(supplier_client, unknown_to_us, order):
    BuyerFactory(recipient=order.buyer.recipient)
    Invoice.objects.update(buyer=None)
    confirm(supplier_client, unknown_to_us, no_order="phone", buyer=BuyerFactory().pk)
    assert current(unknown_to_us).buyer is None


# --- The buyer answers ---


@pytest.mark.parametrize("act", ACTS)
def test_only_its_buyer_answers(people, off_order, act, order):
    invoice = off_order()
    for name in ("supplier", "other_supplier", "other_buyer", "agent", "stranger"):
        url = reverse(f"invoicing:{act}", args=[invoice.pk])
        assert getattr(people, name).post(url, {"revision": invoice.revision, "order": order.pk}).status_code == 404
    assert people.nobody.post(url).status_code == 302
    assert people.buyer.get(url).status_code == 405
    assert current(invoice).revision == invoice.revision


def test_the_buyer_is_shown_it_and_attaches_an_order(canteen, off_order, order):
    invoice = off_order()
    seen = detail(canteen, invoice)
    assert "Commande par téléphone" in seen
    assert "Rattacher une commande" in seen
    assert "Je ne connais pas cette livraison" in seen
    answer(canteen, "attach", invoice, order=order.pk)
    assert dict(invoice.billed_orders.values_list("order", "amount_ht")) == {order.pk: Decimal(100)}
    assert not current(invoice).is_off_order
    assert "off-order" not in codes(invoice)
    told = invoice.events.get(by=canteen.user)
    assert (told.title, told.reason) == (
        "Commande rattachée par l'acheteur",
        f"{order.reference}\u00a0: 100,00\u00a0€ HT, numéro d'engagement {order.engagement_number}",
    )


def test_an_order_that_the_list_does_not_hold_is_found_by_searching(canteen, off_order, order, monkeypatch):
    monkeypatch.setattr(billing, "LOOKED_THROUGH", 2)
    invoice = off_order()
    old = OrderFactory(
        supplier=order.supplier, buyer=order.buyer, engagement_number="EJ-ANCIEN", ordered_on="2026-01-05"
    )
    OrderFactory(supplier=order.supplier, buyer=order.buyer)
    elsewhere = OrderFactory(supplier=order.supplier, engagement_number="EJ-ANCIEN")
    address = reverse("invoicing:detail", args=[invoice.pk])
    assert old.reference not in read(canteen.get(address))
    seen = read(canteen.get(address, {"commande": " ancien\0"}))
    assert old.reference in seen
    assert elsewhere.reference not in seen
    assert "Aucune commande" in read(canteen.get(address, {"commande": "introuvable"}))
    answer(canteen, "attach", invoice, order=old.pk)
    assert invoice.orders.get() == old


def test_another_buyers_order_or_another_suppliers_is_not_attached(canteen, off_order, order):
    invoice = off_order()
    for other in (OrderFactory(supplier=order.supplier), OrderFactory(buyer=order.buyer)):
        answer(canteen, "attach", invoice, order=other.pk)
    assert current(invoice).is_off_order
    assert not invoice.billed_orders.exists()


def test_an_old_page_attaches_nothing(canteen, off_order, order):
    invoice = off_order()
    seen = invoice.revision
    answer(canteen, "attach", invoice, order=order.pk)
    page = answer(canteen, "attach", invoice, order=order.pk, revision=seen)
    assert "a changé entre-temps" in read(page)
    assert invoice.billed_orders.count() == 1


def test_an_order_gives_the_number_that_lacks_and_no_other(canteen, off_order, order):
    bare, numbered = off_order(), off_order()
    Invoice.objects.filter(pk=numbered.pk).update(engagement_number="AU-TELEPHONE-1")
    for invoice in (bare, numbered):
        answer(canteen, "attach", invoice, order=order.pk)
    assert current(bare).engagement_number == order.engagement_number
    assert current(numbered).engagement_number == "AU-TELEPHONE-1"
    assert "engagement-not-of-order" in codes(numbered)


def test_what_was_sent_keeps_the_references_it_was_sent_with(canteen, off_order, order):
    invoice = off_order(status=Status.AVAILABLE)
    answer(canteen, "attach", invoice, order=order.pk)
    assert (invoice.orders.get(), current(invoice).engagement_number) == (order, "")


def test_an_order_that_brings_references_brings_an_approved_invoice_back(canteen, off_order, order):
    with_number, without = off_order(status=Status.APPROVED), off_order(status=Status.APPROVED)
    answer(canteen, "attach", with_number, order=order.pk)
    assert current(with_number).status == Status.TO_REVIEW
    bare = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number="")
    answer(canteen, "attach", without, order=bare.pk)
    assert current(without).status == Status.APPROVED


def test_an_order_without_its_number_is_given_it_before_it_is_attached(canteen, off_order, order):
    """Once attached the invoice could neither leave nor be mended by its buyer."""
    invoice, bare = off_order(), OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number="")
    asked = answer(canteen, "attach", invoice, order=bare.pk)
    assert asked.redirect_chain[-1][0] == reverse("orders:references", args=[bare.pk]) + "?champ=engagement_number"
    assert "Donnez d'abord le numéro d'engagement" in read(asked)
    assert not invoice.orders.exists()
    canteen.post(asked.redirect_chain[-1][0], {"engagement_number": "EJ-77", "revision": bare.revision})
    answer(canteen, "attach", invoice, order=bare.pk)
    assert (invoice.orders.get(), current(invoice).engagement_number) == (bare, "EJ-77")


def test_only_a_buyer_who_can_see_it_is_waited_for(supplier_client, order):
    """Nobody would ever attach an order: the number has to be asked for otherwise."""
    stranger = RecipientFactory()
    deposit(supplier_client, an_invoice(order, engagement="", buyer_siret=stranger.siret))
    invoice = Invoice.objects.get()
    confirm(supplier_client, invoice, no_order="phone")
    assert (current(invoice).status, current(invoice).buyer) == (Status.DRAFT, None)


def test_the_buyer_does_not_know_the_delivery_and_all_read_it(people, off_order):
    invoice = off_order()
    answer(people.buyer, "disown", invoice, reason="Nous étions fermés ce jour-là.")
    assert codes(invoice) >= {"off-order", "delivery-disowned"}
    for reader in (people.supplier, people.agent):
        seen = detail(reader, invoice)
        assert "L'acheteur ne connaît pas cette livraison" in seen
        assert "Nous étions fermés ce jour-là." in seen
    for reader, turn in (
        (people.supplier, "Au Département"),
        (people.buyer, "Au Département"),
        (people.agent, "À vous"),
    ):
        seen = detail(reader, invoice)
        assert re.search(rf"{turn}[^:]{{0,20}}: .{{0,20}}ne pas connaître cette livraison", seen)
        assert "À vous : rattachez" not in seen
    answer(people.buyer, "disown", invoice)
    assert invoice.events.filter(by=people.buyer.user).count() == 1
    answer(people.buyer, "recognise", invoice)
    assert current(invoice).disowned_at is None
    assert "delivery-disowned" not in codes(invoice)


def test_what_was_approved_comes_back_when_its_buyer_does_not_know_it(canteen, off_order):
    invoice = off_order(status=Status.APPROVED)
    answer(canteen, "disown", invoice)
    assert (current(invoice).status, current(invoice).disowned_at is not None) == (Status.TO_REVIEW, True)
    assert current(invoice).timeline()[-1].title == "L'acheteur ne connaît pas cette livraison"


@pytest.mark.parametrize("status", [status for status in Status if status not in (Status.DRAFT, Status.WITHDRAWN)])
def test_each_answer_has_its_time(order, off_order, status):
    by = UserFactory()
    attached, disowned = off_order(status=status), off_order(status=status)
    verbs = {
        attached: (ATTACHABLE, lambda: attached.attach(order, by=by, seen_revision=attached.revision)),
        disowned: (DISOWNABLE, lambda: disowned.disown(by=by, reason="", seen_revision=disowned.revision)),
    }
    for invoice, (when, verb) in verbs.items():
        if status in when:
            verb()
        else:
            with pytest.raises(TransitionError):
                verb()
        assert (current(invoice).revision > 1) is (status in when)


def test_what_the_buyer_said_stands_until_an_order_is_named(supplier_client, canteen, unknown_to_us, order):
    confirm(supplier_client, unknown_to_us, no_order="phone")
    answer(canteen, "disown", unknown_to_us)
    current(unknown_to_us).send_back(by=agent(), reason="Voyez avec l'acheteur.")
    confirm(supplier_client, unknown_to_us)
    assert current(unknown_to_us).disowned_at
    current(unknown_to_us).send_back(by=agent(), reason="Voyez avec l'acheteur.")
    confirm(supplier_client, unknown_to_us, **{f"order-{order.pk}": "100"})
    invoice = current(unknown_to_us)
    assert (invoice.status, invoice.no_order, invoice.disowned_at) == (Status.TO_REVIEW, "", None)
    assert "hors commande\u00a0: Commande par téléphone → rien" in invoice.timeline()[-2].reason


def test_the_list_of_the_buyer_says_which_await_him(canteen, off_order, an_invoice_of):
    waiting, known = off_order(), an_invoice_of(status=Status.TO_REVIEW)
    off_order(disowned_at=timezone.now())
    received = reverse("invoicing:received")
    assert "1 facture hors commande" in read(canteen.get(received))
    shown = canteen.get(received, {"etat": "hors-commande"}).context["page_obj"].object_list
    assert list(shown) == [waiting]
    assert known in canteen.get(received).context["page_obj"].object_list


def test_the_buyers_page_asks_the_same_for_one_order_and_for_many(canteen, off_order, order):
    invoice = off_order()

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            detail(canteen, invoice)
        return len(caught)

    few = queries()
    for _ in range(5):
        InvoiceFactory(order=OrderFactory(supplier=order.supplier, buyer=order.buyer))
    assert queries() == few


# --- The agents ---


def test_it_is_never_let_go_unopened(client, off_order):
    desk, invoice = sit_down(client), off_order(verdict_at=timezone.now())
    said = read(approve_chosen(desk, [invoice]))
    assert "Hors commande, à ouvrir avant de décider." in said
    assert current(invoice).status == Status.TO_REVIEW


def test_the_desk_shows_it(client, off_order, an_invoice_of):
    desk, invoice = sit_down(client), off_order(disowned_at=timezone.now())
    an_invoice_of(status=Status.TO_REVIEW)
    judge_and_keep(invoice)
    seen = read(desk.get(page(invoice)))
    assert "Commande par téléphone" in seen
    assert "L'acheteur dit ne pas connaître cette livraison." in seen
    for chosen in ("hors", "inconnue"):
        assert list(desk.get(QUEUE, {"commande": chosen}).context["cl"].queryset) == [invoice]


def test_it_leaves_for_whoever_must_carry_it_once_an_agent_has_looked(off_order):
    invoice = off_order()
    assert invoice.approve(by=UserFactory(is_staff=True)) == Status.APPROVED
