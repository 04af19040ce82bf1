"""Lists narrowed, added up, and kept as a file."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.lifecycle import Status
from invoicing.models import Kind
from tests.factories import BuyerFactory, BuyerMemberFactory, InvoiceFactory, OrderFactory
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db


def exported(client, name="export", **asked):
    answer = client.get(reverse(f"invoicing:{name}", args=["csv"]), asked)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))


def numbers(rows):
    return {row["Numéro"] for row in rows}


def test_the_file_holds_what_the_page_shows(people, an_invoice_of, order):
    an_invoice_of(number="A-1", status=Status.AVAILABLE, engagement_number="EJ-7", total_ttc=Decimal("105.50"))
    an_invoice_of(number="B-2", status=Status.DRAFT)
    (row,) = exported(people.supplier, q="A-1")
    assert (row["Type"], row["Numéro"]) == ("Facture", "A-1")
    assert row["Total TTC"] == "105,50"
    assert row["Numéro d'engagement"] == "EJ-7"
    assert row["Commandes"] == order.reference
    assert row["État"] == "Arrivée chez l'acheteur"
    assert row["SIRET du destinataire"] == order.buyer.recipient.siret


def test_what_a_supplier_typed_is_no_formula_at_his_buyers(people, an_invoice_of):
    an_invoice_of(number="=1+1", status=Status.AVAILABLE, service_code="-2+3")
    (row,) = exported(people.buyer, "received_export")
    assert (row["Numéro"], row["Code service"]) == ("'=1+1", "'-2+3")
    (row,) = exported(people.supplier)
    assert row["Numéro"] == "'=1+1"


def test_each_reads_only_his_own(people, an_invoice_of):
    an_invoice_of(number="A-1", status=Status.AVAILABLE)
    an_invoice_of(number="B-2", status=Status.DRAFT)
    assert numbers(exported(people.supplier)) == {"A-1", "B-2"}
    assert numbers(exported(people.buyer, "received_export")) == {"A-1"}
    for client in (people.other_buyer, people.stranger):
        assert exported(client) == exported(client, "received_export") == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"du": "2026-11-02"}, {"A-2", "A-3"}),
        ({"au": "2026-11-02"}, {"A-1", "A-2"}),
        ({"du": "2026-11-02", "au": "2026-11-02"}, {"A-2"}),
        ({"du": "demain"}, {"A-1", "A-2", "A-3"}),
        ({"avec": "x"}, {"A-1", "A-2", "A-3"}),
        ({"etat": "payees", "du": "2026-11-03"}, {"A-3"}),
    ],
)
def test_it_is_narrowed_by_days_state_and_partner(people, an_invoice_of, asked, found):
    for day in (1, 2, 3):
        an_invoice_of(number=f"A-{day}", status=Status.PAID, issue_date=date(2026, 11, day))
    assert numbers(exported(people.supplier, **asked)) == found


def test_it_is_narrowed_to_one_buyer_of_ones_own(people, an_invoice_of, order):
    an_invoice_of(number="A-1", status=Status.PAID)
    other = OrderFactory(supplier=order.supplier)
    InvoiceFactory(order=other, number="B-2", status=Status.PAID)
    BuyerFactory(name="Sans facture")
    assert numbers(exported(people.supplier, avec=other.buyer.pk)) == {"B-2"}
    page = read(people.supplier.get(reverse("invoicing:list")))
    assert other.buyer.name in page
    assert "Sans facture" not in page


def test_crossed_days_say_so_and_lose_nothing(people, an_invoice_of):
    an_invoice_of(number="A-1", status=Status.PAID, issue_date=date(2026, 11, 2))
    page = read(people.supplier.get(reverse("invoicing:list"), {"du": "2026-11-02", "au": "2026-11-01"}))
    assert "échangez-les" in page
    assert 'value="2026-11-02"' in page
    assert "A-1" in page


def test_the_sums_leave_out_what_is_not_owed_and_deduct_avoirs(people, an_invoice_of):
    an_invoice_of(number="A-1", status=Status.PAID, total_ht=Decimal(100), total_ttc=Decimal("105.50"))
    an_invoice_of(number="A-2", status=Status.AVAILABLE, total_ht=Decimal(10), total_ttc=Decimal("10.55"))
    an_invoice_of(number="A-3", status=Status.REJECTED, total_ht=Decimal(7), total_ttc=Decimal(8))
    for number, sign in (("V-1", 1), ("V-2", -1)):
        an_invoice_of(
            number=number, kind=Kind.CREDIT_NOTE, status=Status.AVAILABLE,
            total_ht=sign * Decimal(5), total_ttc=sign * Decimal("5.25"),
        )  # fmt: skip
    page = read(people.supplier.get(reverse("invoicing:list")))
    assert "2 factures et 2 avoirs" in page
    assert "105,55 € TTC" in page.replace("\u202f", "").replace("\xa0", " ")
    assert "100,00 € HT" in page.replace("\xa0", " ")
    assert "sans 1 retirée ou refusée" in page
    assert {row["Total TTC"] for row in exported(people.supplier, q="V-")} == {"-5,25"}


@pytest.mark.parametrize("name", ["export", "received_export"])
def test_a_file_costs_the_same_at_3_and_at_30_rows(people, order, name):
    client, url = people.supplier, reverse(f"invoicing:{name}", args=["xlsx"])
    BuyerMemberFactory(buyer=order.buyer, user=client.user)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    def add(count):
        for _ in range(count):
            more = OrderFactory(supplier=order.supplier, buyer=order.buyer)
            InvoiceFactory(order=more, status=Status.AVAILABLE, billing=False).billed_orders.create(
                order=more, amount_ht=1
            )

    add(3)
    few = cost()
    add(27)
    assert cost() == few
