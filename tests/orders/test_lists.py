"""The two lists: what they show first, filters, search, and as many queries for thirty orders as for three."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.lifecycle import Status
from tests.factories import (
    BuyerFactory,
    InvoiceFactory,
    OrderFactory,
    RecipientFactory,
    RecipientServiceFactory,
    SupplierFactory,
)

BUYERS, SUPPLIERS = "/commandes/", "/commandes/a-facturer/"
FILES = [f"{BUYERS}liste.csv", f"{BUYERS}liste.xlsx"]
PAGES = [*FILES, BUYERS, f"{BUYERS}?etat=a-facturer", f"{BUYERS}?etat=sans-numero", f"{BUYERS}?q=AGL", SUPPLIERS]


def text_of(response) -> str:
    return response.content.decode().replace("&#x27;", "'")


def references(response) -> list[str]:
    return [order.reference for order in response.context["page_obj"]]


def fill(order, count):
    """Orders of both people, each of its own counterpart, some billed, some without number."""
    for n in range(count):
        recipient = RecipientFactory(requires="nothing")
        service = RecipientServiceFactory(recipient=recipient, engagement_required=True)
        sides = {"buyer": order.buyer, "supplier": SupplierFactory()}
        if n % 2:
            sides = {"buyer": BuyerFactory(recipient=recipient), "supplier": order.supplier}
        new = OrderFactory(**sides, engagement_number="" if n % 3 else "EJ", service_code=service.code)
        InvoiceFactory(order=new, status=Status.DEPOSITED, total_ht="40.00")


@pytest.mark.parametrize("page", PAGES)
def test_queries_do_not_grow_with_the_rows(page, order, as_buyer, as_supplier):
    client = as_supplier if page == SUPPLIERS else as_buyer
    client.get(page)  # what a process asks but once
    counts = []
    for rows in (4, 26):  # more than a page
        fill(order, rows)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_one_order_costs_as_much_with_many_lines_and_invoices(order, as_buyer):
    counts = []
    for rows in (3, 30):
        for n in range(rows):
            order.lines.create(description=f"Produit {n}", quantity=1, unit_price=1)
            order.change_references(by=None, contract_number=f"M-{rows}-{n}")
            InvoiceFactory(order=order, status=Status.AVAILABLE, total_ht="1.00")
        with CaptureQueriesContext(connection) as queries:
            assert as_buyer.get(f"{BUYERS}{order.pk}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_is_left_to_bill_comes_first(order, as_supplier):
    day = datetime.date(2026, 11, 1)
    old = OrderFactory(supplier=order.supplier, ordered_on=day)
    billed = OrderFactory(supplier=order.supplier, ordered_on=day + datetime.timedelta(days=40))
    InvoiceFactory(order=billed, buyer=billed.buyer, status=Status.PAID)
    listed = references(as_supplier.get(SUPPLIERS))
    assert listed == [order.reference, old.reference, billed.reference]
    page = text_of(as_supplier.get(SUPPLIERS))
    assert f"/factures/deposer/?commande={old.pk}" in page
    assert f"/factures/deposer/?commande={billed.pk}" not in page


def test_the_buyer_filters(order, as_buyer):
    numberless = OrderFactory(buyer=order.buyer, engagement_number="")
    billed = OrderFactory(buyer=order.buyer)
    InvoiceFactory(order=billed, status=Status.DEPOSITED)
    shown = {state: set(references(as_buyer.get(BUYERS, {"etat": state}))) for state in ("a-facturer", "sans-numero")}
    assert shown == {
        "a-facturer": {order.reference, numberless.reference},
        "sans-numero": {numberless.reference},
    }
    assert len(references(as_buyer.get(BUYERS, {"etat": "inconnu"}))) == 3


@pytest.mark.parametrize("what", ["reference", "supplier", "engagement_number"])
def test_the_buyer_searches(what, order, as_buyer):
    OrderFactory(buyer=order.buyer, reference="AUTRE", engagement_number="AUTRE", supplier__name="Autre")
    text = f"  {str(getattr(order, what)).upper()} "
    assert references(as_buyer.get(BUYERS, {"q": text})) == [order.reference]
    assert "Aucune commande ne correspond" in text_of(as_buyer.get(BUYERS, {"q": "introuvable\x00%_"}))


def test_the_supplier_searches_by_buyer(order, as_supplier):
    OrderFactory(supplier=order.supplier, buyer__name="EHPAD d'essai")
    assert references(as_supplier.get(SUPPLIERS, {"q": order.buyer.name})) == [order.reference]


@pytest.mark.parametrize(("url", "side"), [(BUYERS, "buyer"), (SUPPLIERS, "supplier")])
def test_lists_are_paged_and_keep_the_search(url, side, order, as_buyer, as_supplier):
    client = as_buyer if side == "buyer" else as_supplier
    OrderFactory.create_batch(29, **{side: getattr(order, side)})
    first = client.get(url, {"q": "AGL"})
    assert len(references(first)) == 25
    assert "?q=AGL&amp;page=2" in text_of(first)
    second = client.get(url, {"q": "AGL", "page": 2})
    assert len({*references(first), *references(second)}) == 30
    assert client.get(url, {"page": "beaucoup"}).status_code == 200


def test_the_buyer_is_told_how_many_numbers_lack(order, as_buyer, people):
    OrderFactory(buyer=order.buyer, engagement_number="")
    asked = OrderFactory(buyer=order.buyer, engagement_number="")
    asked.ask_engagement(by=people["supplier"])
    page = text_of(as_buyer.get(BUYERS))
    assert "2 commandes sans numéro d'engagement" in page
    assert "Un fournisseur le demande pour 1 d'entre elles" in page


@pytest.mark.parametrize(("url", "person"), [(BUYERS, "other_buyer"), (SUPPLIERS, "other_supplier")])
def test_an_empty_list_says_what_to_expect(url, person, people, client):
    client.force_login(people[person])
    assert "Vous n'avez pas encore de commande." in text_of(client.get(url))
