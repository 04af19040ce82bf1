"""The electronic invoice inside a PDF: read, compared with the pages, never trusted."""

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from invoicing.reading import DEFAULT, Difference, Source, facturx, read_invoice
from suppliers.confined.child import Refused
from tests.conftest import SHARED
from tests.invoices.paper import make_invoice
from tests.invoicing import electronic
from tests.invoicing.reading import hostile

PAPER = make_invoice("ferme", seed=3)
CREDIT_NOTE = make_invoice("avoir", seed=4)
PLENTY = replace(DEFAULT, readers=64, picture_width=200)
NAMES = ("number", "issue_date", "total_ttc")


def read(content, paper=PAPER):
    return read_invoice(content, own_sirets={paper.seller.siret}, limits=PLENTY)


def with_xml(paper=PAPER, **changes) -> bytes:
    return electronic.facturx(paper.pdf, electronic.cii(paper.truth, **changes))


@pytest.mark.parametrize("mapping", ["legacy", "2026"])
def test_it_reads_every_field_in_both_mappings(mapping):
    told = PAPER.truth | {"contract_number": "2026-M-7"}
    fields = facturx.read([("factur-x.xml", electronic.cii(told, mapping=mapping))])
    untold = {"due_date", "delivery_dates", "net_to_pay"}
    siren = {"supplier_number": told["supplier_siret"][:9]} if mapping == "2026" else {}
    assert fields == {name: value for name, value in told.items() if name not in untold} | siren | {
        name: fields[name] for name in fields if name == "vat_lines"
    }


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "xrechnung.xml", "FACTUR-X.XML", "donnees.xml"]
)
def test_it_finds_it_under_any_name(name):
    reading = read(hostile.with_attachment(PAPER.pdf, name, electronic.cii(PAPER.truth)))
    assert reading.embedded_xml
    assert reading.fields["number"].source == Source.XML


def test_it_prefers_the_file_the_standard_names():
    files = [("autre.xml", electronic.cii(PAPER.truth, number="AUTRE")), ("factur-x.xml", electronic.cii(PAPER.truth))]
    assert facturx.read(files)["number"] == PAPER.truth["number"]


def test_it_finds_one_that_hangs_on_a_page_only():
    reading = read(electronic.hidden_deep(PAPER.pdf, electronic.cii(PAPER.truth)))
    assert reading.fields["number"].source == Source.XML
    assert not list(PdfReader(BytesIO(reading.plain)).pages[0].get("/AF", []))


def test_the_xml_is_the_source_and_the_page_gives_the_place():
    reading = read(with_xml())
    assert reading.differences == {}
    number = reading.fields["number"]
    assert (number.source, number.page, number.sure) == (Source.XML, 1, True)
    assert number.box == read(PAPER.pdf).fields["number"].box
    assert {name: reading.fields[name].value for name in PAPER.truth} == PAPER.truth


def test_a_value_no_page_shows_has_no_place():
    contract = read(with_xml(contract_number="MARCHE-2026-77")).fields["contract_number"]
    assert (contract.value, contract.page, contract.sure) == ("MARCHE-2026-77", 0, True)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("number", "F-99999"),
        ("issue_date", "2026-01-02"),
        ("total_ttc", "1.23"),
        ("supplier_siret", "40483304800022"),
        ("buyer_siret", "21180033900013"),
        ("iban", "FR2012421242124212421242124"),
    ],
)
def test_it_tells_where_page_and_xml_differ(name, other):
    reading = read(with_xml(**{name: other}))
    assert reading.differences == {name: Difference(other, PAPER.truth[name])}
    assert not reading.fields[name].sure


def test_it_tells_what_no_page_shows():
    blank = electronic.facturx(hostile.blank_pages(1), electronic.cii(PAPER.truth))
    assert read(blank).differences == {name: Difference(PAPER.truth[name], "") for name in NAMES}


def test_a_credit_note_keeps_the_signs_of_its_page():
    reading = read(with_xml(CREDIT_NOTE), CREDIT_NOTE)
    assert reading.differences == {}
    assert CREDIT_NOTE.truth["total_ttc"].startswith("-")
    assert {name: reading.fields[name].value for name in CREDIT_NOTE.truth} == CREDIT_NOTE.truth


UBL = b"""<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
 <cbc:ID>FX-1</cbc:ID><cbc:IssueDate>2026-11-02</cbc:IssueDate><cbc:DueDate>2026-12-02</cbc:DueDate>
 <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:BuyerReference>SERVICE</cbc:BuyerReference>
 <cac:OrderReference><cbc:ID>EJ1</cbc:ID></cac:OrderReference>
 <cac:AccountingSupplierParty><cac:Party><cac:PartyIdentification><cbc:ID schemeID="0009">10000000900017</cbc:ID>
 </cac:PartyIdentification></cac:Party></cac:AccountingSupplierParty>
 <cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>FR7611315000011234567890138</cbc:ID></cac:PayeeFinancialAccount>
 </cac:PaymentMeans>
 <cac:TaxTotal><cbc:TaxAmount>5.50</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount>100</cbc:TaxableAmount>
 <cbc:TaxAmount>5.50</cbc:TaxAmount><cac:TaxCategory><cbc:Percent>5.50</cbc:Percent></cac:TaxCategory>
 </cac:TaxSubtotal></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>100</cbc:TaxExclusiveAmount>
 <cbc:TaxInclusiveAmount>105.5</cbc:TaxInclusiveAmount><cbc:PayableAmount>105.50</cbc:PayableAmount>
 </cac:LegalMonetaryTotal></Invoice>"""


def test_it_reads_ubl_too():
    assert facturx.read([("xrechnung.xml", UBL)]) == {
        "kind": "FACTURE",
        "number": "FX-1",
        "issue_date": "2026-11-02",
        "due_date": "2026-12-02",
        "supplier_siret": "10000000900017",
        "service_code": "SERVICE",
        "engagement_number": "EJ1",
        "total_ht": "100.00",
        "total_tva": "5.50",
        "total_ttc": "105.50",
        "net_to_pay": "105.50",
        "vat_lines": "5.5:100.00:5.50",
        "iban": "FR7611315000011234567890138",
    }


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">%s]><l>&z9;</l>""" % b"".join(
    b'<!ENTITY z%d "%s">' % (n, (b"&z%d;" % (n - 1) if n else b"&a;") * 10) for n in range(10)
)


@pytest.mark.parametrize(
    "xml",
    [
        LAUGHS,
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><r/>',
        b'<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><r>&f;</r>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE r [<!ENTITY f "x">]><r>&f;</r>'.encode("utf-16"),
    ],
)
def test_a_document_type_is_refused(xml):
    with pytest.raises(Refused):
        facturx.parse(xml)
    assert read(hostile.with_attachment(PAPER.pdf, "factur-x.xml", xml)).refusal.code == "hostile-xml"


@pytest.mark.parametrize("xml", [b"", b"<x/>", b"not xml", b"<a>" * 5000, b"\0" * 100, b"<x/>" + b" " * 2_000_001])
def test_an_xml_that_is_no_invoice_leaves_the_page(xml):
    reading = read(hostile.with_attachment(PAPER.pdf, "factur-x.xml", xml))
    assert reading.refusal is None
    assert reading.fields == read(PAPER.pdf).fields
    assert reading.embedded_xml
    assert reading.plain


def cut_and_flipped(xml: bytes, cuts: list[tuple[int, int]]) -> bytes:
    spoilt = bytearray(xml)
    for place, byte in cuts:
        spoilt[place % len(spoilt)] = byte
    return bytes(spoilt)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=30), st.integers(1, 10**6))
def test_no_spoilt_xml_raises(cuts, end):
    good = electronic.cii(PAPER.truth)
    try:
        fields = facturx.read([("factur-x.xml", cut_and_flipped(good, cuts)[: end % len(good) + 1])])
    except Refused:
        return
    assert all(isinstance(value, str) and value for value in fields.values())


@pytest.mark.needs_shared
@pytest.mark.parametrize("name", ["Facture_FR_MINIMUM.pdf", "Facture_FR_BASICWL.pdf", "Avoir_FR_type381_BASIC.pdf"])
def test_the_published_examples_agree_with_their_xml(name):
    pdf = (SHARED / "samples" / name).read_bytes()
    (xml,) = PdfReader(BytesIO(pdf)).attachments["factur-x.xml"]
    reading = read_invoice(pdf, limits=PLENTY)
    said = facturx.read([("factur-x.xml", xml)])
    assert len(said) >= 9
    assert reading.differences == {}
    assert {field: found.value.replace("-", "") for field, found in reading.fields.items() if field in said} == {
        field: value.replace("-", "") for field, value in said.items()
    }
