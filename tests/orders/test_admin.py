"""The agents' view: their group's rights suffice, what Chorus Pro said is only read, nothing is deleted."""

import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Status
from orders.models import Buyer, Order, Reception
from tests.factories import (
    BuyerFactory,
    BuyerMemberFactory,
    InvoiceFactory,
    OrderFactory,
    RecipientFactory,
    SupplierFactory,
)
from tests.orders.desk import Fields, list_of, save, text_of, url_of

pytestmark = pytest.mark.django_db


# --- Buyers ---


def test_a_buyer_is_found_by_telephone_and_keeps_its_people(desk):
    member = BuyerMemberFactory(buyer__phone="02 48 00 00 09")
    assert member.buyer.name in text_of(desk.get(list_of(Buyer), {"q": "02 48 00 00 09"}))
    assert str(member.user) in text_of(desk.get(url_of(member.buyer)))
    save(desk, member.buyer, city="Vierzon")
    member.buyer.refresh_from_db()
    assert (member.buyer.city, member.buyer.members.count()) == ("Vierzon", 1)


def test_a_member_is_cut_at_once(desk):
    member = BuyerMemberFactory()
    save(desk, member.buyer, **{"members-0-DELETE": "on"})
    assert not member.buyer.members.exists()
    assert Buyer.objects.filter(pk=member.buyer.pk).exists()


def test_what_agents_change_stands_in_the_history_of_the_house(desk, agent):
    buyer = BuyerFactory(city="Bourges")
    day = datetime.date(2026, 12, 21)
    buyer.closures.create(first_day=day, last_day=day)
    dates = {"closures-0-last_day": "22/12/2026", "invoice_deadline": "11/12/2026"}
    save(desk, buyer, payment_delay="50", **dates)
    told = {(change.get_field_label(), change.old, change.new, change.by) for change in buyer.changes.all()}
    assert told == {
        ("délai de paiement", "30 jours", "50 jours (établissement public de santé)", agent),
        ("prend les factures de l'année jusqu'au", "", "11 décembre 2026", agent),
        ("fermeture", "du 21/12/2026 au 21/12/2026", "du 21/12/2026 au 22/12/2026", agent),
    }
    history = text_of(desk.get(url_of(buyer))).split("Historique")[-1]
    assert "<p>délai de paiement</p>" in history
    save(desk, buyer, **{"closures-0-DELETE": "on"})
    assert (buyer.changes.first().old, buyer.changes.first().new) == ("du 21/12/2026 au 22/12/2026", "")


def test_agents_read_what_arrived_of_an_order(desk):
    order = OrderFactory()
    by, line = BuyerMemberFactory(buyer=order.buyer).user, order.lines.get()
    said = {"quantity": Decimal("12.5"), "reason": "le reste était abîmé", "by": by}
    Reception.of(line, Reception.Outcome.PART, **said, photo="receptions/a.jpg").save()
    page = text_of(desk.get(url_of(order)))
    assert "12,5 sur 20\u00a0kg" in page
    assert "le reste était abîmé" in page
    assert f"/commandes/{order.pk}/reception/photo/{order.receptions.get().pk}/" in page
    assert "receptions-0-reason" not in Fields(page).values
    order.receptions.update(photo="", photo_erased_at=timezone.now())
    assert "photo effacée" in text_of(desk.get(url_of(order)))


def test_a_page_that_has_aged_puts_no_old_value_back(desk):
    buyer = BuyerFactory(city="Bourges", phone="02 1")
    aged = text_of(desk.get(url_of(buyer)))
    Buyer.objects.update(phone="02 2")
    save(desk, buyer, aged, city="Vierzon")
    buyer.refresh_from_db()
    assert (buyer.city, buyer.phone) == ("Vierzon", "02 2")


def test_the_service_of_public_bodies_is_no_usual_service(desk):
    assert "réservé" in text_of(save(desk, BuyerFactory(), usual_service="FACTURES_PUBLIQUES"))


# --- Orders ---


@pytest.mark.parametrize("what", ["reference", "engagement_number", "supplier__siren", "buyer__recipient__siret"])
def test_an_order_is_found(what, desk):
    order, other = OrderFactory(), OrderFactory()
    value = Order.objects.values_list(what, flat=True).get(pk=order.pk)
    page = text_of(desk.get(list_of(Order), {"q": value}))
    assert order.reference in page
    assert other.reference not in page


def test_orders_without_number_are_listed_and_those_asked_for(desk, agent):
    with_number, without, asked = OrderFactory(), OrderFactory(engagement_number=""), OrderFactory(engagement_number="")
    asked.ask_engagement(by=agent)
    missing = text_of(desk.get(list_of(Order), {"numero": "manquant"}))
    assert with_number.reference not in missing
    assert without.reference in missing
    assert asked.reference in missing
    assert without.reference not in text_of(desk.get(list_of(Order), {"numero": "demande"}))


def test_references_are_changed_with_their_history_and_told(desk, agent):
    order = OrderFactory()
    invoice = InvoiceFactory(order=order, status=Status.APPROVED)
    save(desk, order, engagement_number="EJ-AGENT", delivery_on="25/12/2026")
    stored = Order.objects.get()
    change = stored.changes.get()
    assert (stored.engagement_number, str(stored.delivery_on)) == ("EJ-AGENT", "2026-12-25")
    assert (change.old, change.new, change.by) == (order.engagement_number, "EJ-AGENT", agent)
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_REVIEW
    history = text_of(desk.get(url_of(order))).split("Historique")[-1]
    assert "<p>numéro d'engagement</p>" in history
    assert f"<p>{order.engagement_number}</p>" in history


def test_a_delivery_before_the_order_is_refused(desk, order):
    page = save(desk, order, ordered_on="02/11/2026", delivery_on="01/11/2026")
    assert "La livraison ne peut pas précéder la commande" in page.content.decode()
    assert str(Order.objects.get(pk=order.pk).delivery_on) != "2026-11-01"


def test_an_agent_changes_only_what_he_saw(desk):
    order = OrderFactory(contract_number="M-1")
    aged = text_of(desk.get(url_of(order)))
    Order.objects.get().change_references(by=None, engagement_number="EJ-ACHETEUR")
    assert "a changé entre-temps" in text_of(save(desk, order, aged, contract_number="M-2"))
    stored = Order.objects.get()
    assert (stored.engagement_number, stored.contract_number) == ("EJ-ACHETEUR", "M-1")


def test_who_was_faster_within_the_request_wins_too(desk, monkeypatch):
    order = OrderFactory()
    clean = Order.change_references

    def late(self, **kwargs):
        Order.objects.filter(pk=self.pk).update(revision=9)
        return clean(self, **kwargs)

    monkeypatch.setattr(Order, "change_references", late)
    assert "a changé entre-temps" in text_of(save(desk, order, engagement_number="EJ-TARD"))
    assert Order.objects.get().engagement_number == order.engagement_number


def test_buyer_supplier_and_reference_never_change(head):
    order = OrderFactory()
    save(head, order, buyer=BuyerFactory().pk, supplier=SupplierFactory().pk, reference="AUTRE")
    stored = Order.objects.get(pk=order.pk)
    assert (stored.buyer, stored.supplier, stored.reference) == (order.buyer, order.supplier, order.reference)


def test_agents_read_the_lines(desk):
    order = OrderFactory()
    page = text_of(desk.get(url_of(order)))
    assert "Pommes de terre" in page
    assert "lines-0-quantity" not in Fields(page).values


def test_lines_change_with_their_history_while_nothing_is_billed(head):
    order = OrderFactory()
    save(head, order, **{"lines-0-quantity": "40", "contract_number": "M-1"})
    stored = Order.objects.get()
    assert (stored.total_ht, stored.contract_number) == (200, "M-1")
    assert set(stored.changes.values_list("field", flat=True)) == {"lines", "contract_number"}


def test_billed_lines_are_locked(head):
    order = OrderFactory()
    page = text_of(head.get(url_of(order)))
    InvoiceFactory(order=order, status=Status.DEPOSITED)
    assert "lines-0-quantity" not in Fields(text_of(head.get(url_of(order)))).values
    save(head, order, page, **{"lines-0-quantity": "40"})
    assert Order.objects.get().total_ht == 100


def test_an_order_is_added_with_a_reference_of_ours_and_a_line_at_least(head):
    url, order = reverse("admin:orders_order_add"), OrderFactory()
    typed = {
        **Fields(text_of(head.get(url))).values,
        "buyer": order.buyer.pk,
        "supplier": order.supplier.pk,
        "ordered_on": "02/11/2026",
    }
    line = {"description": "Poireaux", "quantity": "3", "unit": "botte", "unit_price": "2", "vat_rate": "5.5"}
    assert head.post(url, typed).status_code == 200
    assert Order.objects.count() == 1
    head.post(url, {**typed, **{f"lines-0-{name}": value for name, value in line.items()}})
    added = Order.objects.exclude(pk=order.pk).get()
    assert added.reference == f"AGL-2026-{added.pk:05d}"
    assert added.total_ht == 6


def test_the_desk_takes_no_order_of_another_age(desk, order):
    for name in ("ordered_on", "delivery_on"):
        assert "L'année 9999 n'est pas possible ici" in text_of(save(desk, order, **{name: "31/12/9999"}))
    assert Order.objects.get().delivery_on == order.delivery_on


@pytest.mark.parametrize("make", [OrderFactory, BuyerFactory, RecipientFactory])
def test_nothing_is_deleted(make, head):
    assert head.post(url_of(make(), "delete"), {"post": "yes"}).status_code == 403


def test_the_list_of_orders_costs_as_much_with_thirty_rows(desk):
    counts = []
    for rows in (3, 27):
        for order in OrderFactory.create_batch(rows, engagement_number=""):
            InvoiceFactory(order=order)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(list_of(Order)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
