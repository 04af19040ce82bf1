"""Home, the lists of a supplier and of a buyer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Status
from invoicing.models import NoOrder
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, OrderFactory
from tests.invoicing.at_desk import read
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def test_home_puts_what_is_to_do_first(people, an_invoice_of):
    for status in Status:
        an_invoice_of(status=status, number=f"N-{status.value}")
    context = people.supplier.get(reverse("invoicing:supplier_home")).context
    parts = {name: {invoice.status for invoice in context[name]} for name in ("to_do", "under_way", "paid")}
    assert parts["to_do"] == {
        Status.DRAFT,
        Status.RETURNED,
        Status.TO_SELF_DEPOSIT,
        Status.OUTSIDE,
        Status.SUSPENDED,
        Status.TO_REROUTE,
        Status.REJECTED,
    }
    assert parts["paid"] == {Status.PAID}
    assert parts["under_way"] == set(Status) - parts["to_do"] - parts["paid"] - {Status.WITHDRAWN}


def test_home_counts_the_orders_that_came_and_that_nobody_billed(people, an_invoice_of, order):
    def home() -> str:
        return read(people.supplier.get(reverse("invoicing:supplier_home")))

    assert "pas encore facturée" not in home()
    today = timezone.localdate()
    for on in (today, today + timedelta(1)):
        OrderFactory(supplier=order.supplier, buyer=order.buyer, delivery_on=on)
    OrderFactory(delivery_on=today)
    assert "1 commande livrée et pas encore facturée : " in home()
    order.delivery_on = today
    order.save(update_fields=["delivery_on"])
    an_invoice_of(status=Status.REJECTED, billing=False).billed_orders.create(order=order, amount_ht=100)
    assert "2 commandes livrées et pas encore facturées : " in home()
    an_invoice_of(billing=False).billed_orders.create(order=order, amount_ht=40)
    assert "1 commande livrée et pas encore facturée : " in home()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"A-1", "B-2", "C-3"}),
        ("?q=a-1", {"A-1"}),
        ("?etat=payees", {"B-2"}),
        ("?etat=a-faire", {"A-1"}),
        ("?etat=retirees", {"C-3"}),
        ("?etat=payees&q=A-1", set()),
        ("?etat=inconnu", {"A-1", "B-2", "C-3"}),
        ("?q=%00", {"A-1", "B-2", "C-3"}),
        ("?page=zzz", {"A-1", "B-2", "C-3"}),
    ],
)
def test_a_list_is_searched_and_filtered(people, an_invoice_of, query, found):
    an_invoice_of(number="A-1", status=Status.DRAFT)
    an_invoice_of(number="B-2", status=Status.PAID)
    an_invoice_of(number="C-3", status=Status.WITHDRAWN)
    page = people.supplier.get(reverse("invoicing:list") + query).context["page_obj"]
    assert {invoice.number for invoice in page} == found


def test_search_reads_orders_partners_engagements_and_sirets(people, an_invoice_of, order):
    an_invoice_of(number="A-1", status=Status.TO_REVIEW)
    InvoiceFactory(order=OrderFactory(supplier=order.supplier), number="B-2", status=Status.TO_REVIEW)
    words = (order.reference, order.buyer.name, order.engagement_number, order.buyer.recipient.siret)
    for page, client in (("list", people.supplier), ("received", people.buyer)):
        for word in words:
            context = client.get(reverse(f"invoicing:{page}"), {"q": word}).context
            assert [invoice.number for invoice in context["page_obj"]] == ["A-1"]


def test_a_buyer_reads_the_orders_billed_and_the_status(people, an_invoice_of, order):
    an_invoice_of(status=Status.AVAILABLE)
    page = people.buyer.get(reverse("invoicing:received")).content.decode()
    assert order.reference in page
    assert "Mise à disposition" in page


@pytest.mark.parametrize("page", ["supplier_home", "list", "received"])
def test_a_list_costs_the_same_at_3_and_at_30_rows(order, an_invoice_of, page, django_assert_num_queries):
    user = MemberFactory(supplier=order.supplier).user
    BuyerMemberFactory(buyer=order.buyer, user=user)
    client, url = signed_in(user), reverse(f"invoicing:{page}")

    def add(count):
        for status in [Status.TO_REVIEW, Status.DRAFT, Status.PAID] * (count // 3):
            more = OrderFactory(supplier=order.supplier, buyer=order.buyer, engagement_number="")
            InvoiceFactory(order=more, status=status, billing=False).billed_orders.create(order=more, amount_ht=1)

    add(3)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    add(27)
    # More than a page: the paginator's count is there in both.
    with django_assert_num_queries(len(few)):
        client.get(url)


def test_a_draft_that_waits_for_its_number_says_so_in_the_lists(people, an_invoice_of, order):
    order.engagement_number = ""
    order.save(update_fields=["engagement_number"])
    an_invoice_of(engagement_number="")
    order.ask_engagement(by=people.supplier.user)
    for page in ("supplier_home", "list"):
        text = people.supplier.get(reverse(f"invoicing:{page}")).content.decode()
        assert "Numéro d'engagement demandé" in text
        assert "À vérifier par vous" not in text


def test_a_buyers_home_says_which_invoices_await_his_word(people, an_invoice_of):
    home, words = reverse("orders:buyer_home"), "facture hors commande"
    assert words not in read(people.buyer.get(home))
    values = {"status": Status.TO_REVIEW, "no_order": NoOrder.PHONE, "billing": False}
    an_invoice_of(**values)
    an_invoice_of(**values, disowned_at=timezone.now())
    page = read(people.buyer.get(home))
    assert f"1 {words}" in page
    assert f"{reverse('invoicing:received')}?etat=hors-commande" in page
    assert words not in read(people.other_buyer.get(home))
