from datetime import date
from decimal import Decimal

import pytest

from agrilocal18.demo.papers import Line, demo_papers, invoice_pdf, totals_of
from invoicing.reading import read_invoice
from invoicing.reading.terms import WORDINGS
from tests.invoices.values import BUYERS, SELLERS

ORDERED = {
    "seller": SELLERS[0],
    "buyer": BUYERS[0],
    "number": "F-2026/0147",
    "issued": date(2026, 11, 18),
    "delivered": date(2026, 11, 16),
    "lines": [
        Line("Pommes de terre", Decimal(120), "kg", Decimal("1.15")),
        Line("Cidre brut", Decimal(2), "bouteille", Decimal("3.50"), Decimal(20)),
    ],
    "engagement_number": "EJ2026-00381",
    "service_code": "CANTINE",
    "order_reference": "AL18-2026-0042",
}


def read(**changes):
    return read_invoice(invoice_pdf(**ORDERED | changes), own_sirets={SELLERS[0].siret})


def test_its_values_come_out_right_and_sure():
    reading = read()
    # Wordings of the law are read too; their own tests stand in tests/invoicing/checks.
    values = {name: found for name, found in reading.fields.items() if name not in WORDINGS}
    assert {name: found.value for name, found in values.items()} == {
        "kind": "FACTURE",
        "number": "F-2026/0147",
        "issue_date": "2026-11-18",
        "delivery_dates": "2026-11-16",
        "due_date": "2026-12-18",
        "engagement_number": "EJ2026-00381",
        "service_code": "CANTINE",
        "order_reference": "AL18-2026-0042",
        "supplier_siret": SELLERS[0].siret,
        "buyer_siret": BUYERS[0].siret,
        "iban": SELLERS[0].iban,
        "lines": "2",
        "lines_ht": "145.00",
        "total_ht": "145.00",
        "total_tva": "8.99",
        "total_ttc": "153.99",
        "net_to_pay": "153.99",
        "vat_lines": "5.5:138.00:7.59;20:7.00:1.40",
    }
    assert all(found.sure for found in values.values())


def test_it_makes_a_credit_note():
    fields = read(origin_number="F-2026/0140", number="AV-12").fields
    assert (fields["kind"].value, fields["number"].value, fields["origin_number"].value) == (
        "AVOIR",
        "AV-12",
        "F-2026/0140",
    )
    assert (fields["net_to_pay"].value, fields["net_to_pay"].sure) == ("153.99", True)
    assert not {"due_date", "iban"} & set(fields)


def test_it_prints_why_no_vat_is_charged():
    lines = [Line("Miel", Decimal(10), "pot", Decimal("7.50"), Decimal(0))]
    fields = read(mention="TVA non applicable, art. L. 223-3 du CIBS", lines=lines).fields
    assert fields["vat_mention"].value == "franchise-cibs"
    assert [fields[name].value for name in ("total_ht", "total_tva", "total_ttc")] == ["75.00", "0.00", "75.00"]


def test_it_leaves_out_what_is_not_known_yet():
    assert "engagement_number" not in read(engagement_number="").fields


def test_it_rounds_the_tax_of_each_rate_once():
    totals = totals_of([Line("Œufs", Decimal(3), "boîte", Decimal("1.11"))] * 3)
    assert (totals.ht, totals.tva, totals.ttc) == (Decimal("9.99"), Decimal("0.55"), Decimal("10.54"))


def test_it_names_its_files():
    [(name, content)] = demo_papers([ORDERED])
    assert name == "facture-F-2026-0147.pdf"
    assert content.startswith(b"%PDF-")


@pytest.mark.parametrize("count", [1, 12])
def test_it_has_room_for_many_lines(count):
    reading = read(lines=ORDERED["lines"][:1] * count)
    assert reading.pages == 1
    assert reading.fields["total_ht"].value == f"{138 * count:.2f}"
