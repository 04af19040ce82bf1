"""Lists of orders narrowed by days and partner, and kept as a file."""

import csv
import datetime
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from invoicing.lifecycle import Status
from orders.models import Order, OrderLine
from tests.factories import InvoiceFactory, OrderFactory
from tests.people import signed_in

BUYERS, SUPPLIERS = "/commandes/liste", "/commandes/a-facturer"
DAY = datetime.date(2026, 11, 2)


def exported(client, name=BUYERS, **asked) -> list[dict]:
    answer = client.get(f"{name}.csv", asked)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))


def references(rows) -> set[str]:
    return {row["Référence"] for row in rows}


def test_the_file_says_what_was_ordered_billed_and_remains(order, as_buyer, as_supplier):
    Order.objects.update(ordered_on=DAY, delivery_place="Quai nord")
    InvoiceFactory(order=order, status=Status.DEPOSITED, total_ht="40.00")
    for client, name in ((as_buyer, BUYERS), (as_supplier, SUPPLIERS)):
        (row,) = exported(client, name)
        assert (row["Référence"], row["Commandée le"]) == (order.reference, "02/11/2026")
        assert (row["Acheteur"], row["Fournisseur"]) == (order.buyer.name, order.supplier.name)
        assert (row["Total HT"], row["Total TTC"]) == ("100,00", "105,50")
        assert (row["Facturé HT"], row["Reste à facturer HT"]) == ("40,00", "60,00")
        assert row["Lieu de livraison"] == "Quai nord"


def test_names_that_people_gave_are_texts_and_stay_in_their_column(order, as_buyer):
    type(order.supplier).objects.update(name='=HYPERLINK("http://mal.example";"Cliquez");\n+1')
    order.change_delivery(by=as_buyer.user, delivery_place="@SUM(A1:A9)")
    (row,) = exported(as_buyer)
    assert row["Fournisseur"] == '\'=HYPERLINK("http://mal.example";"Cliquez");\n+1'
    assert row["Lieu de livraison"] == "'@SUM(A1:A9)"
    sheet = load_workbook(io.BytesIO(as_buyer.get(f"{BUYERS}.xlsx").content)).active
    assert {cell.data_type for row in sheet.iter_rows(min_row=2, max_col=6) for cell in row} <= {"s", "d", "n"}


@pytest.mark.parametrize(("name", "side"), [(BUYERS, "buyer"), (SUPPLIERS, "supplier")])
def test_each_keeps_only_his_own(name, side, order, people):
    OrderFactory()
    assert references(exported(signed_in(people[side]), name)) == {order.reference}
    for person in set(people) - {side}:
        assert exported(signed_in(people[person]), name) == []


def test_days_and_partner_narrow_page_and_file_alike(order, as_buyer):
    later = OrderFactory(buyer=order.buyer, ordered_on=DAY + datetime.timedelta(days=9))
    Order.objects.filter(pk=order.pk).update(ordered_on=DAY)
    for asked, found in (
        ({"du": "2026-11-03"}, later),
        ({"au": "2026-11-02"}, order),
        ({"avec": later.supplier_id}, later),
    ):
        assert references(exported(as_buyer, **asked)) == {found.reference}
        page = as_buyer.get("/commandes/", asked)
        assert [shown.reference for shown in page.context["page_obj"]] == [found.reference]
        (name, value), *_ = asked.items()
        assert f"liste.csv?{name}={value}" in page.content.decode()


def test_days_that_cross_are_said_and_the_rest_still_narrows(order, as_buyer):
    page = as_buyer.get("/commandes/", {"du": "2026-11-05", "au": "2026-11-01", "q": order.reference})
    assert "Le dernier jour vient avant le premier" in page.content.decode()


def test_a_partner_of_others_is_not_offered(order, as_buyer):
    stranger = OrderFactory()
    offered = as_buyer.get("/commandes/").context["form"].fields["avec"].queryset
    assert set(offered) == {order.supplier}
    assert exported(as_buyer, avec=stranger.supplier_id) == exported(as_buyer)


@pytest.mark.parametrize("page", ["/commandes/", "/commandes/?etat=a-facturer", "/commandes/liste.csv"])
def test_a_thousand_orders_cost_as_many_queries_as_ten(page, order, as_buyer):
    counts = []
    for total in (10, 1000):
        rows = range(Order.objects.count(), total)
        partners = {"buyer": order.buyer, "supplier": order.supplier}
        Order.objects.bulk_create(Order(reference=f"R{n}", engagement_number="EJ", **partners) for n in rows)
        lacking = Order.objects.filter(lines=None)
        OrderLine.objects.bulk_create(
            OrderLine(order=new, description="P", quantity=1, unit_price=2) for new in lacking
        )
        with CaptureQueriesContext(connection) as queries:
            assert as_buyer.get(page).status_code == 200
        counts.append(len(queries))
    # The file is written by 500 orders at a time.
    assert counts[1] - counts[0] <= (5 if "liste" in page else 0)
