"""What a dropped PDF is proposed to bill: the rows found, the shares written, what is said of it."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from invoicing import billing
from invoicing.lifecycle import Status
from invoicing.matching import Printed
from invoicing.models import Invoice, Kind
from invoicing.off_order import AttachForm
from orders.models import Order, OrderLine
from tests.factories import BuyerFactory, InvoiceFactory, OrderFactory, RecipientFactory, luhn_complete
from tests.invoicing.at_desk import read
from tests.invoicing.conftest import confirm, deposit, form_data
from tests.invoicing.pdfs import an_invoice

pytestmark = pytest.mark.django_db


def billed(invoice) -> dict:
    return dict(invoice.billed_orders.values_list("order", "amount_ht"))


def dropped(client, order, **printed) -> Invoice:
    """A draft made from a PDF that nobody said which order it bills."""
    deposit(client, an_invoice(order, **printed))
    return Invoice.objects.latest("pk")


def codes(invoice) -> set[str]:
    return {problem["code"] for problem in invoice.verdict}


def proposed(order, **printed) -> dict:
    return billing.proposed(order.supplier.orders.all(), Printed(**printed), Kind.INVOICE)


def test_a_mistyped_number_is_corrected_and_shown_as_such(supplier_client, order):
    order.change_references(by=None, engagement_number="EJ-2026-0118")
    invoice = dropped(supplier_client, order, engagement="EJ-2026-O181")
    assert (billed(invoice), invoice.engagement_number) == ({order.pk: Decimal(100)}, "EJ-2026-0118")
    said = f"Le PDF dit «\u00a0EJ-2026-O181\u00a0», la commande {order.reference} «\u00a0EJ-2026-0118\u00a0»"
    page = supplier_client.get(reverse("invoicing:confirm", args=[invoice.pk])).content.decode()
    assert said in page
    assert codes(invoice) == {"engagement-corrected"}
    assert invoice.events.filter(reason__startswith=said, by=None).exists()
    confirm(supplier_client, invoice)
    invoice.refresh_from_db()
    assert invoice.passed_over == ["engagement-corrected"]


def test_another_suppliers_order_is_never_proposed(supplier_client, order):
    other = OrderFactory(buyer=order.buyer, engagement_number="EJ-2026-0118")
    Order.objects.filter(pk=order.pk).update(engagement_number="AUTRE-44")
    invoice = dropped(supplier_client, order, engagement=other.engagement_number)
    assert billed(invoice) == {}


def test_our_own_reference_is_never_taken_for_the_buyers_number(supplier_client, order):
    Order.objects.filter(pk=order.pk).update(engagement_number="")
    invoice = dropped(supplier_client, order, engagement=order.reference)
    assert billed(invoice) == {order.pk: Decimal(100)}
    assert invoice.engagement_number == ""


def test_a_number_is_found_however_old_its_order(order, monkeypatch):
    monkeypatch.setattr(billing, "LOOKED_THROUGH", 3)
    for _ in range(4):
        OrderFactory(supplier=order.supplier, ordered_on=order.ordered_on)
    assert proposed(order, engagement_number=order.engagement_number, total_ht=Decimal(100)) == {order: 100}


def test_what_is_left_to_bill_is_found_however_many_later_orders_are_settled(supplier_client, order, monkeypatch):
    """By its amount alone, in the list of the deposit, on the draft's page, and for the buyer who names it."""
    monkeypatch.setattr(billing, "LOOKED_THROUGH", 3)
    Order.objects.filter(pk=order.pk).update(ordered_on="2026-01-05", engagement_number="")
    for _ in range(4):
        InvoiceFactory(order=OrderFactory(supplier=order.supplier, buyer=order.buyer), status=Status.DEPOSITED)
    assert proposed(order, total_ht=Decimal(100)) == {order: 100}
    form = supplier_client.get(reverse("invoicing:deposit")).context["form"]
    assert [pk for pk, _ in dict(form.fields["order"].choices)[str(order.buyer)]] == [order.pk]
    draft = InvoiceFactory(order=order, billing=False)
    assert order.reference in supplier_client.get(reverse("invoicing:confirm", args=[draft.pk])).content.decode()
    off = InvoiceFactory(order=order, billing=False, no_order="phone", status=Status.TO_REVIEW)
    assert AttachForm(invoice=off).fields["order"].choices[1][0] == order.pk


def test_an_order_that_no_list_holds_is_found_by_searching(supplier_client, order, monkeypatch):
    """Without JavaScript: nothing is saved by a search, and what was typed stays."""
    monkeypatch.setattr(billing, "LOOKED_THROUGH", 2)
    draft = InvoiceFactory(order=order, billing=False, engagement_number="")
    others = [OrderFactory(supplier=order.supplier, buyer__name=f"Collège {name}") for name in ("A", "B", "des Saules")]
    Order.objects.filter(pk=others[-1].pk).update(ordered_on="2026-01-05")
    address = reverse("invoicing:confirm", args=[draft.pk])
    data = form_data(supplier_client, draft)
    assert str(others[-1].pk) not in str(data)

    searched = data | {"action": "search", "sought_order": "Saules", "number": "F-77"}
    page = supplier_client.post(address, searched)
    form = page.context["form"]
    assert [pk for pk, _ in form.fields["other_order"].choices[1][1]] == [others[-1].pk]
    assert (form["number"].value(), Invoice.objects.get(pk=draft.pk).revision) == ("F-77", draft.revision)
    supplier_client.post(address, searched | {"action": "save", "other_order": others[-1].pk})
    assert list(billed(draft)) == [others[-1].pk]
    assert "cherchez la vôtre" in supplier_client.get(reverse("invoicing:deposit")).content.decode()


def test_the_enter_key_searches_once_other_words_were_typed_and_else_saves(supplier_client, order, monkeypatch):
    monkeypatch.setattr(billing, "LOOKED_THROUGH", 2)
    draft = InvoiceFactory(order=order, billing=False, engagement_number="")
    for _ in range(2):
        OrderFactory(supplier=order.supplier)
    address = reverse("invoicing:confirm", args=[draft.pk])

    def press_enter(page):
        """With what the page holds, and the button that the browser takes for that key: the first one."""
        form = re.search(r'<form class="form form--wide check".*?</form>', page.content.decode(), re.DOTALL)[0]
        action = re.search(r'<button[^>]*name="action" value="([^"]*)"', form)[1]
        before = re.search(r'name="sought_before" value="([^"]*)"', form)[1]
        typed = {"number": "F-77", "sought_order": order.reference, "sought_before": before}
        return supplier_client.post(address, form_data(supplier_client, draft, action=action, **typed))

    searched = press_enter(supplier_client.get(address))
    assert Invoice.objects.get(pk=draft.pk).number == draft.number
    press_enter(searched)
    assert Invoice.objects.get(pk=draft.pk).number == "F-77"


def test_a_search_finds_nothing_of_others(supplier_client, order, monkeypatch):
    monkeypatch.setattr(billing, "LOOKED_THROUGH", 1)
    draft, elsewhere = InvoiceFactory(order=order, billing=False), OrderFactory(buyer=order.buyer)
    searched = form_data(supplier_client, draft, action="search", sought_order=elsewhere.reference)
    page = supplier_client.post(reverse("invoicing:confirm", args=[draft.pk]), searched)
    assert "Aucune autre commande ne correspond" in read(page)


def test_a_credit_note_gives_back_what_was_billed(order):
    InvoiceFactory(order=order)
    orders, printed = (
        order.supplier.orders.all(),
        Printed(engagement_number=order.engagement_number, total_ht=Decimal("23.40")),
    )
    assert billing.proposed(orders, printed, Kind.INVOICE) == {}
    assert billing.proposed(orders, printed, Kind.CREDIT_NOTE) == {order: Decimal("23.40")}


def test_an_order_begun_from_brings_the_others_of_its_number(supplier_client, order):
    second = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number=order.engagement_number)
    deposit(supplier_client, an_invoice(order, ht="150,00", tva="8,25", ttc="158,25"), order=order)
    assert billed(Invoice.objects.get()) == {order.pk: Decimal(100), second.pk: Decimal(50)}


def test_proposing_costs_the_same_for_one_order_and_for_many(order):
    orders, printed = order.supplier.orders.all(), Printed(engagement_number=order.engagement_number)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert billing.proposed(orders, printed, Kind.INVOICE)
        return len(caught)

    few = queries()
    for _ in range(5):
        InvoiceFactory(order=OrderFactory(supplier=order.supplier, buyer=BuyerFactory()))
    assert queries() == few


# --- The orders on the page ---


def shown(client, invoice) -> str:
    return read(client.get(reverse("invoicing:confirm", args=[invoice.pk])))


def post(client, invoice, **changes):
    client.post(reverse("invoicing:confirm", args=[invoice.pk]), form_data(client, invoice, **changes))
    return Invoice.objects.get(pk=invoice.pk)


def test_orders_under_one_number_stand_together_with_what_remains(supplier_client, order):
    for _ in range(2):
        OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number=order.engagement_number)
    invoice = dropped(supplier_client, order, ht="240,00", tva="13,20", ttc="253,20")
    page = shown(supplier_client, invoice)
    number = order.engagement_number
    title = f"3 commandes au numéro d'engagement {number} : 240,00 € HT comptés ici ; après cette facture : 60,00 €"
    assert title in page
    assert "Reste à facturer : 100,00 € HT ; après cette facture : 60,00 €" in page


@pytest.mark.parametrize("number_of_orders", [1, 2])
def test_what_is_billed_beyond_an_order_is_said_in_words(supplier_client, order, number_of_orders):
    for _ in range(number_of_orders - 1):
        OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number=order.engagement_number)
    invoice = dropped(supplier_client, order)
    post(supplier_client, invoice, **{f"order-{order.pk}": "977,82"})
    page = shown(supplier_client, invoice)
    assert "Reste à facturer : 100,00 € HT ; cette facture en compte 877,82 € de plus" in page
    assert ("cette facture en compte 777,82 € de plus" in page) is (number_of_orders == 2)
    assert "-877" not in page
    assert "-777" not in page


def test_it_says_why_an_order_is_proposed(supplier_client, order):
    invoice = dropped(supplier_client, order)
    told = "Proposée d'après le numéro d'engagement, le SIRET de l'acheteur, le montant."
    assert told in shown(supplier_client, invoice)


def test_an_order_is_added_for_what_the_invoice_still_counts(supplier_client, order):
    other = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number="AUTRE-7", line__quantity=200)
    invoice = dropped(supplier_client, order, engagement="INCONNU-55", ht="60,00", tva="3,30", ttc="63,30")
    assert f"Ajouter {other.reference} pour 60,00 €" in shown(supplier_client, invoice)
    post(supplier_client, invoice, action=f"add-{other.pk}")
    assert billed(invoice) == {other.pk: Decimal(60)}


def test_an_order_that_is_added_says_who_receives_the_invoice(supplier_client, order):
    """The paper bears the SIRET of the école: nobody types the one of the commune."""
    ecole = RecipientFactory(siret=luhn_complete(order.buyer.recipient.siret[:9] + "0002"))
    invoice = dropped(supplier_client, order, engagement="INCONNU-55", buyer_siret=ecole.siret)
    assert (billed(invoice), invoice.recipient) == ({}, ecole)
    invoice = post(supplier_client, invoice, action=f"add-{order.pk}")
    assert (invoice.recipient, invoice.buyer) == (order.buyer.recipient, order.buyer)
    typed = post(supplier_client, invoice, action="save", buyer_siret=ecole.siret)
    assert typed.recipient == ecole


def test_a_credit_note_is_offered_what_was_billed(supplier_client, order):
    InvoiceFactory(order=order, number="F2026-0001")
    credit = InvoiceFactory(order=order, billing=False, kind=Kind.CREDIT_NOTE, total_ht=Decimal("23.40"))
    page = shown(supplier_client, credit)
    assert "Facturé avant cet avoir : 100,00 € HT." in page
    assert f"Ajouter {order.reference} pour 23,40 €" in page


@pytest.fixture
def many_orders(order):
    """Eight more of other buyers, none of which is worth what the paper says."""
    return [OrderFactory(supplier=order.supplier, line__quantity=30 + number) for number in range(8)]


def choices(response) -> dict[str, dict]:
    """The orders in the list, by buyer."""
    listed = response.context["form"].fields["other_order"].choices
    return {buyer: dict(orders) for buyer, orders in listed if buyer}


def asked_for(response) -> list[str]:
    return [name for name in response.context["form"].fields if name.startswith("order-")]


def test_of_many_orders_the_nearest_are_shown_and_the_others_listed_by_buyer(supplier_client, order, many_orders):
    twin = OrderFactory(supplier=order.supplier, ordered_on=order.ordered_on)
    invoice = dropped(supplier_client, order, engagement="INCONNU-55", buyer_siret="")
    assert (billed(invoice), invoice.buyer) == ({}, None)
    response = supplier_client.get(reverse("invoicing:confirm", args=[invoice.pk]))
    shown = asked_for(response)
    assert shown[:2] == [f"order-{order.pk}", f"order-{twin.pk}"]
    assert len(shown) == 5
    listed = {pk: buyer for buyer, orders in choices(response).items() for pk in orders}
    assert {f"order-{pk}" for pk in listed} | set(shown) == {f"order-{one.pk}" for one in [order, twin, *many_orders]}
    assert all(str(Order.objects.get(pk=pk).buyer) == buyer for pk, buyer in listed.items())


def test_an_order_of_the_list_is_added_for_what_the_invoice_still_counts(supplier_client, order, many_orders):
    invoice = dropped(supplier_client, order, ht="130,00", tva="7,15", ttc="137,15")
    assert billed(invoice) == {order.pk: Decimal(130)}
    other = OrderFactory(supplier=order.supplier, buyer=order.buyer)
    changes = {f"order-{order.pk}": "100", "other_order": other.pk, "action": "save"}
    post(supplier_client, invoice, **changes)
    assert billed(invoice) == {order.pk: Decimal(100), other.pk: Decimal(100)}


def test_once_all_is_counted_the_other_orders_stand_in_the_list_only(supplier_client, order, many_orders):
    invoice = dropped(supplier_client, order)
    response = supplier_client.get(reverse("invoicing:confirm", args=[invoice.pk]))
    assert asked_for(response) == [f"order-{order.pk}"]
    assert sum(len(orders) for orders in choices(response).values()) == 8


def test_an_amount_typed_for_an_order_that_is_no_longer_near_is_kept(supplier_client, order, many_orders):
    invoice = dropped(supplier_client, order)
    far = many_orders[0]
    Order.objects.filter(pk=far.pk).update(buyer=order.buyer)
    post(supplier_client, invoice, action="save", **{f"order-{far.pk}": "20"})
    assert billed(invoice) == {order.pk: Decimal(100), far.pk: Decimal(20)}


# --- Another draft for the same order ---

SAID = "Un autre brouillon porte déjà sur la commande {} : comparez-les"


def test_two_drafts_for_one_order_lead_to_each_other(supplier_client, order):
    deposit(supplier_client, an_invoice(order, ht="60,00", tva="3,30", ttc="63,30"), order=order)
    deposit(supplier_client, an_invoice(order, number="F2026-0148"), order=order)
    drafts = Invoice.objects.order_by("pk")
    for draft, other in (drafts, drafts[::-1]):
        page = shown(supplier_client, draft)
        assert SAID.format(order.reference) in strip_tags(page)
        assert reverse("invoicing:confirm", args=[other.pk]) in page


def test_a_draft_that_finds_no_order_names_the_one_that_took_it(supplier_client, order):
    first = dropped(supplier_client, order)
    second = dropped(supplier_client, order, number="F2026-0148")
    assert (billed(first), billed(second)) == ({order.pk: Decimal(100)}, {})
    page = shown(supplier_client, second)
    assert SAID.format(order.reference) in strip_tags(page)
    assert reverse("invoicing:confirm", args=[first.pk]) in page


def test_an_order_is_said_to_be_taken_only_by_a_draft_of_the_same_kind(supplier_client, order):
    invoice = dropped(supplier_client, order)
    OrderFactory(supplier=order.supplier, buyer=order.buyer)
    InvoiceFactory(order=order, kind=Kind.CREDIT_NOTE)
    InvoiceFactory(order=order, status=Status.WITHDRAWN)
    InvoiceFactory(order=order, status=Status.TO_REVIEW)
    assert "Un autre brouillon" not in shown(supplier_client, invoice)


def test_the_page_asks_the_same_for_one_order_and_for_many(supplier_client, order):
    invoice = dropped(supplier_client, order)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            shown(supplier_client, invoice)
        return len(caught)

    few = queries()
    for _ in range(8):
        InvoiceFactory(order=OrderFactory(supplier=order.supplier, buyer=order.buyer), total_ht=Decimal(10))
        OrderFactory(supplier=order.supplier)
    assert queries() == few


def test_a_choice_among_two_hundred_orders_stays_light(supplier_client, order):
    invoice = dropped(supplier_client, order, engagement="INCONNU-55", ht="1,00", tva="0,06", ttc="1,06")

    def opened():
        with CaptureQueriesContext(connection) as caught:
            response = supplier_client.get(reverse("invoicing:confirm", args=[invoice.pk]))
        return response, len(caught)

    _, few = opened()
    same = {"supplier": order.supplier, "ordered_on": order.ordered_on}
    buyers = [order.buyer, *BuyerFactory.create_batch(4)]
    more = Order.objects.bulk_create(
        Order(reference=f"AGL-N-{n}", buyer=buyers[n % 5], engagement_number=f"N{n:06}", **same) for n in range(199)
    )
    goods = {"description": "Pommes", "quantity": 20, "unit": "kg", "unit_price": 5, "vat_rate": Decimal("5.5")}
    OrderLine.objects.bulk_create(OrderLine(order=one, **goods) for one in more)
    response, many = opened()
    assert len(asked_for(response)) + sum(map(len, choices(response).values())) == 200
    assert many == few
    assert len(response.content) < 100_000
