"""Who may open what: the two sides of an order see it, everybody else finds nothing."""

import pytest
from django.urls import reverse

from tests.factories import InvoiceFactory
from tests.people import signed_in

BUYERS, SUPPLIERS = {"buyer", "other_buyer"}, {"supplier", "other_supplier"}
EVERYBODY = ("buyer", "other_buyer", "supplier", "other_supplier", "stranger", "agent")
# Page -> who finds it.
PAGES = {
    "orders:detail": {"buyer", "supplier", "agent"},
    "orders:edit_lines": {"buyer"},
    "orders:references": {"buyer"},
}
LISTS = {"orders:buyer_home": BUYERS, "orders:to_bill": SUPPLIERS, "orders:create": BUYERS}


@pytest.mark.parametrize("person", EVERYBODY)
@pytest.mark.parametrize("page", PAGES)
def test_an_order_is_found_by_those_it_concerns_only(page, person, order, people):
    response = signed_in(people[person]).get(reverse(page, args=[order.pk]))
    assert response.status_code == (200 if person in PAGES[page] else 404)


@pytest.mark.parametrize("person", EVERYBODY)
@pytest.mark.parametrize("page", LISTS)
def test_a_list_is_for_its_own_side(page, person, order, people):
    response = signed_in(people[person]).get(reverse(page))
    assert response.status_code == (200 if person in LISTS[page] else 404)


@pytest.mark.parametrize(("page", "side"), [("orders:buyer_home", "buyer"), ("orders:to_bill", "supplier")])
def test_a_list_shows_ones_own_orders_only(page, side, order, people):
    assert order.reference in signed_in(people[side]).get(reverse(page)).content.decode()
    assert order.reference not in signed_in(people[f"other_{side}"]).get(reverse(page)).content.decode()


@pytest.mark.parametrize("person", EVERYBODY)
@pytest.mark.parametrize("page", ["orders:references", "orders:edit_lines", "orders:ask_engagement"])
def test_what_is_posted_by_somebody_else_changes_nothing(page, person, order, people):
    allowed = {"supplier"} if page == "orders:ask_engagement" else {"buyer"}
    data = {"engagement_number": "EJ-PIRATE", "revision": order.revision, "form-TOTAL_FORMS": 0}
    response = signed_in(people[person]).post(reverse(page, args=[order.pk]), data)
    if person in allowed:
        assert response.status_code in (200, 302)
        return
    assert response.status_code == 404
    before, order = order, type(order).objects.get(pk=order.pk)
    assert (order.engagement_number, order.revision) == (before.engagement_number, before.revision)
    assert order.lines.count() == 1


@pytest.mark.parametrize("page", [*PAGES, *LISTS, "orders:ask_engagement"])
def test_nobody_sees_anything_without_signing_in(page, order, client):
    args = [] if page in LISTS else [order.pk]
    response = client.get(reverse(page, args=args))
    assert response.status_code == 302
    assert reverse("account_login") in response.url


def test_asking_for_the_number_needs_a_post(order, as_supplier):
    assert as_supplier.get(reverse("orders:ask_engagement", args=[order.pk])).status_code == 405


def test_the_buyer_does_not_see_the_draft_of_the_supplier(order, as_buyer, as_supplier, people):
    InvoiceFactory(order=order, number="F-BROUILLON")
    url = reverse("orders:detail", args=[order.pk])
    assert "F-BROUILLON" in as_supplier.get(url).content.decode()
    seen = as_buyer.get(url).content.decode()
    assert "F-BROUILLON" not in seen
    assert "en préparation chez le fournisseur" in seen


def test_one_person_may_act_for_both_sides(order, people):
    order.supplier.members.create(user=people["buyer"])
    page = signed_in(people["buyer"]).get(reverse("orders:detail", args=[order.pk])).content.decode()
    assert "Facturer cette commande" in page
    assert "Modifier les références" in page
