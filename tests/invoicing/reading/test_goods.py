"""The lines of goods, where their own arithmetic proves that they were read."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.reading import facturx
from invoicing.reading.goods import _value
from tests.invoices.paper import EVERY_LAYOUT, WEB, make_invoice
from tests.invoicing.pdfs import a_pdf
from tests.invoicing.reading.test_layouts import read

HEAD = "Désignation     Quantité     Prix unitaire     Montant HT"


def lines_of(*rows, foot=("Total HT : 45,00 €", "TVA 5,5 % : 2,48 €", "Total TTC : 47,48 €")) -> str:
    found = read(a_pdf("Facture n° F-1", "", HEAD, *rows, "", *foot), set()).get("lines_ht")
    return found.value if found else ""


def test_lines_that_prove_themselves_are_summed():
    assert lines_of("Pommes   10 kg   2,50   25,00", "Miel   4 pots   5,00   20,00") == "45.00"


@pytest.mark.parametrize(
    "row",
    ["Miel   4 pots   5,00   19,00", "Port   20,00", "Remise   1   -5,00   -5,00", "Acompte versé : 1   5,00   5,00"],
)
def test_one_that_does_not_leaves_them_all_unread(row):
    assert lines_of("Pommes   10 kg   2,50   25,00", row) == ""


@pytest.mark.parametrize(
    ("said", "total"),
    [
        ("Pas d'escompte pour paiement anticipé.", "45.00"),
        ("Escompte pour paiement anticipé : néant", "45.00"),
        ("Aucun escompte accordé", "45.00"),
        ("Escompte 2 % : -0,90 €", ""),
    ],
)
def test_only_a_discount_that_is_given_leaves_them_unread(said, total):
    foot = ("Total HT : 45,00 €", "TVA 5,5 % : 2,48 €", "Total TTC : 47,48 €", said)
    assert lines_of("Pommes   10 kg   2,50   25,00", "Miel   4 pots   5,00   20,00", foot=foot) == total


@pytest.mark.parametrize("layout", [layout for layout in EVERY_LAYOUT if layout not in WEB])
def test_what_is_read_is_the_total(layout):
    for seed in (1, 2, 3):
        paper = make_invoice(layout, seed)
        found = read(paper.pdf, {paper.seller.siret}).get("lines_ht")
        if found:
            assert abs(Decimal(found.value)) == abs(Decimal(paper.truth["total_ht"]))


@given(st.from_regex(r"\A-?\d{1,3}([ .]\d{3}){0,3}(,\d{1,6})?\Z"))
def test_every_writing_of_a_number_has_a_value(text):
    assert _value(text.strip()).is_finite()


CII = """<rsm:CrossIndustryInvoice xmlns:rsm="a" xmlns:ram="b" xmlns:udt="c"><rsm:ExchangedDocument><ram:ID>F-1</ram:ID>
<ram:TypeCode>380</ram:TypeCode></rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>{lines}
<ram:ApplicableHeaderTradeSettlement>{changes}</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>"""
LINE = """<ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedLineTradeSettlement>
<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>{}</ram:LineTotalAmount>
</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>"""
CHANGE = """<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator>
<udt:Indicator>{}</udt:Indicator></ram:ChargeIndicator>
<ram:ActualAmount>{}</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>"""


@pytest.mark.parametrize(
    ("lines", "changes", "total"),
    [
        (("25.00", "20.00"), (), "45.00"),
        (("25.00", "20.00"), (("false", "5.00"), ("true", "1.50")), "41.50"),
        (("25.00", "vingt"), (), None),
        (("25.00",), (("false", ""),), None),
        ((), (), None),
    ],
)
def test_the_electronic_lines_are_summed_with_allowances_and_charges(lines, changes, total):
    xml = CII.format(
        lines="".join(map(LINE.format, lines)), changes="".join(CHANGE.format(*change) for change in changes)
    )
    assert facturx.read([("factur-x.xml", xml.encode())]).get("lines_ht") == total
