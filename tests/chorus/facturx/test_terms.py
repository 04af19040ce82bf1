"""What a confirmed invoice says in a Factur-X: the mapping, and what makes it leave as a plain PDF instead."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from facturx import get_xml_from_pdf
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chorus.facturx.document import xml_of
from chorus.facturx.terms import NotExpressible, terms_of, with_iban
from invoicing.models import Kind
from orders.models import Recipient
from suppliers.models import VatRegime
from tests.chorus.facturx.makers import IBAN, a_confirmed, read_back

UNTAXED = {"total_tva": Decimal(0), "total_ttc": Decimal(100), "vat_lines": []}


def test_parties_are_named_by_their_sirets_as_the_legacy_flow_wants():
    terms = terms_of(a_confirmed(vat_number="FR88100000009", place={"city": "Bourges", "postcode": "18000"}))
    assert (terms["BT-23"], terms["BT-3"], terms["BT-5"]) == ("A1", "380", "EUR")
    assert terms["BG-4"] == {
        "name": "Ferme d'essai",
        "legal_identifier": "10000000900017",
        "legal_identifier_schemeid": "0002",
        "vat_identifier": "FR88100000009",
        "postcode": "18000",
        "city": "Bourges",
        "country_code": "FR",
    }
    assert terms["BG-7"]["legal_identifier"] == "20000000800025"
    assert terms["BG-7"]["legal_identifier_schemeid"] == "0002"


def test_references_stand_where_chorus_reads_them():
    terms = terms_of(a_confirmed(service_code="CANTINE", contract_number="M-18"))
    assert (terms["BT-10"], terms["BT-12"], terms["BT-13"]) == ("CANTINE", "M-18", "EJ000147")


def test_what_is_not_known_is_not_said():
    terms = terms_of(a_confirmed(engagement_number=""))
    assert not {"BT-10", "BT-12", "BT-13", "BT-72", "BT-73", "BT-113", "BG-3"} & set(terms)
    assert "vat_identifier" not in terms["BG-4"]


def test_payment_is_a_transfer_to_the_suppliers_account():
    terms = terms_of(a_confirmed(due_date=date(2026, 12, 2)))
    assert (terms["BT-81"], terms["BT-9"]) == ("30", "2026-12-02")
    assert "BT-84" not in terms, "what is frozen holds no IBAN"
    assert read_back(xml_of(with_iban(terms, IBAN)))["BT-84"] == IBAN


def test_without_a_due_date_the_buyers_legal_delay_is_said():
    assert "30 jours" in terms_of(a_confirmed())["BT-20"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2026-10-30"], {"BT-72": "2026-10-30"}),
        (["2026-10-30", "2026-10-05", "2026-10-12"], {"BT-73": "2026-10-05", "BT-74": "2026-10-30"}),
    ],
)
def test_deliveries_are_a_day_or_a_period(days, expected):
    terms = terms_of(a_confirmed(delivery_dates=days))
    assert {term: terms[term] for term in ("BT-72", "BT-73", "BT-74") if term in terms} == expected


def test_each_rate_stands_once():
    lines = [("5.50", "60.00", "3.30"), ("20.00", "10.00", "2.00"), ("5.50", "30.00", "1.65")]
    terms = terms_of(
        a_confirmed(
            vat_lines=[dict(zip(("rate", "base", "tax"), line, strict=True)) for line in lines],
            total_tva=Decimal("6.95"),
            total_ttc=Decimal("106.95"),
        )
    )
    assert [(one["BT-119"], one["BT-118"], one["BT-116"], one["BT-117"]) for one in terms["BG-23"]] == [
        ("5.50", "S", "90.00", "4.95"),
        ("20.00", "S", "10.00", "2.00"),
    ]


@pytest.mark.parametrize(
    ("regime", "words", "code"),
    [
        (VatRegime.FRANCHISE, "L. 223-3 du CIBS", "VATEX-FR-FRANCHISE"),
        (VatRegime.FARM_FLAT_RATE, "Remboursement forfaitaire agricole", None),
        (VatRegime.EXEMPT, "Exonération", None),
    ],
)
def test_without_vat_the_regime_says_why(regime, words, code):
    (line,) = terms_of(a_confirmed(regime=regime, vat_number="FR88100000009", **UNTAXED))["BG-23"]
    assert (line["BT-118"], line["BT-119"], line["BT-116"], line["BT-117"]) == ("E", "0.00", "100.00", "0.00")
    assert words in line["BT-120"]
    assert line.get("BT-121") == code


def test_the_mention_printed_on_the_pdf_is_repeated():
    found = {"value": "franchise-cgi", "page": 1, "box": [0, 0, 1, 1], "sure": True}
    terms = terms_of(a_confirmed(regime=VatRegime.FRANCHISE, reading={"fields": {"vat_mention": found}}, **UNTAXED))
    assert "293 B" in terms["BG-23"][0]["BT-120"]


def test_the_franchise_shows_no_vat_number():
    terms = terms_of(a_confirmed(regime=VatRegime.FRANCHISE, vat_number="FR88100000009", **UNTAXED))
    assert "vat_identifier" not in terms["BG-4"]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_credit_note_is_positive_names_its_invoice_and_asks_for_no_payment(sign):
    amounts = {
        "total_ht": sign * Decimal(100),
        "total_tva": sign * Decimal("5.5"),
        "total_ttc": sign * Decimal("105.5"),
    }
    lines = [{"rate": "5.50", "base": str(sign * 100), "tax": str(sign * Decimal("5.5"))}]
    invoice = a_confirmed(kind=Kind.CREDIT_NOTE, origin_number="F2026-0100", vat_lines=lines, **amounts)
    terms = terms_of(invoice, origin_date=date(2026, 10, 1))
    assert terms["BT-3"] == "381"
    assert terms["BG-3"] == [{"BT-25": "F2026-0100", "BT-26": "2026-10-01"}]
    assert (terms["BT-112"], terms["BT-115"], terms["BG-23"][0]["BT-116"]) == ("105.50", "105.50", "100.00")
    assert not {"BT-81", "BT-84", "BT-9"} & set(with_iban(terms, IBAN))
    assert read_back(xml_of(terms)) == terms


def test_what_was_paid_already_is_said():
    terms = terms_of(a_confirmed(net_to_pay=Decimal("55.50")))
    assert (terms["BT-113"], terms["BT-115"]) == ("50.00", "55.50")


@pytest.mark.parametrize(
    "changes",
    [
        {"vat_lines": []},
        {"vat_lines": [{"rate": "5.50", "base": "90.00", "tax": "5.50"}]},
        {"total_ttc": Decimal("105.51")},
        {"net_to_pay": Decimal(0)},
        {"due_date": date(2026, 11, 1)},
        {"kind": Kind.CREDIT_NOTE},
        {"regime": VatRegime.NORMAL, **UNTAXED},
        {"recipient": Recipient(siret="20000000800025"), "buyer": None},
    ],
    ids=["no rates", "rates that do not add", "a cent", "paid", "due before", "no origin", "no reason", "no name"],
)
def test_what_the_data_does_not_say_is_not_made_up(changes):
    with pytest.raises(NotExpressible):
        terms_of(a_confirmed(**changes))


# --- Any confirmed invoice ---

RATES = [Decimal(rate) for rate in ("2.1", "5.5", "10", "20")]
cents = st.decimals("0.01", "999999.99", places=2)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
references = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/+ .éÉ&<>\"'", max_size=40)
references = references.map(lambda text: " ".join(text.split()))
words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=150)


@st.composite
def confirmed(draw):
    """Any invoice the portal lets through whose data a Factur-X can say."""
    untaxed = draw(st.sampled_from([None, VatRegime.FRANCHISE, VatRegime.FARM_FLAT_RATE, VatRegime.EXEMPT]))
    rates = [Decimal(0)] if untaxed else draw(st.lists(st.sampled_from(RATES), min_size=1, max_size=6))
    lines = [(rate, base := draw(cents), (base * rate / 100).quantize(Decimal("0.01"))) for rate in rates]
    kind = draw(st.sampled_from(list(Kind)))
    sign = draw(st.sampled_from([1, -1])) if kind == Kind.CREDIT_NOTE else 1
    ht, tva = (sign * sum((line[part] for line in lines), Decimal(0)) for part in (1, 2))
    issued = draw(days)
    return a_confirmed(
        kind=kind,
        number=draw(references.map(lambda text: text[:20].strip()).filter(bool)),
        origin_number=draw(references.filter(bool)),
        issue_date=issued,
        due_date=draw(st.none() | st.integers(0, 90).map(lambda wait: issued + timedelta(days=wait))),
        delivery_dates=draw(st.lists(days.map(date.isoformat), max_size=4)),
        total_ht=ht,
        total_tva=tva,
        total_ttc=ht + tva,
        net_to_pay=draw(st.none() | st.just(ht + tva)),
        vat_lines=[
            {"rate": f"{rate:.2f}", "base": str(sign * base), "tax": str(sign * tax)} for rate, base, tax in lines
        ],
        service_code=draw(references),
        engagement_number=draw(references),
        contract_number=draw(references),
        regime=untaxed or draw(st.sampled_from([VatRegime.NORMAL, VatRegime.UNKNOWN])),
        vat_number=draw(st.sampled_from(["", "FR88100000009"])),
        recipient=Recipient(siret="20000000800025", name=draw(words)),
        place=draw(st.fixed_dictionaries({"address": words, "postcode": st.just("18000"), "city": words})),
    )


@settings(max_examples=80)
@given(confirmed(), st.none() | days)
def test_any_confirmed_invoice_is_valid_and_reads_back_as_it_was_frozen(invoice, origin_date):
    terms = with_iban(terms_of(invoice, origin_date=origin_date), IBAN)
    assert read_back(xml_of(terms)) == terms
    sign = -1 if invoice.total_ttc < 0 else 1
    said = [Decimal(terms[term]) for term in ("BT-109", "BT-110", "BT-112")]
    assert said == [sign * amount for amount in (invoice.total_ht, invoice.total_tva, invoice.total_ttc)]
    assert sum(Decimal(rate["BT-116"]) for rate in terms["BG-23"]) == said[0]
    assert sum(Decimal(rate["BT-117"]) for rate in terms["BG-23"]) == said[1]


# --- Beside the published French samples ---


def paths(xml: bytes) -> set[str]:
    """Every element with its attributes, by its place; which of several it is does not count."""
    tree = etree.ElementTree(etree.fromstring(xml))
    return {
        re.sub(r"\[\d+\]", "", tree.getelementpath(element))
        + "".join(f"@{name}" for name in element.attrib if name != "currencyID")
        for element in tree.iter()
    }


@pytest.mark.needs_shared
@pytest.mark.parametrize("sample", ["Facture_FR_BASICWL", "Avoir_FR_type381_BASIC"])
def test_values_stand_where_the_published_samples_have_them(shared, sample):
    _, published = get_xml_from_pdf((shared / "samples" / f"{sample}.pdf").read_bytes(), check_xsd=False)
    is_credit_note = sample.startswith("Avoir")
    invoice = a_confirmed(
        kind=Kind.CREDIT_NOTE if is_credit_note else Kind.INVOICE,
        origin_number="FA-2017-0010" if is_credit_note else "",
        contract_number="MSPE2017",
        due_date=None if is_credit_note else date(2026, 12, 2),
        vat_number="FR88100000009",
        place={"address": "1242 chemin de l'olive", "postcode": "84340", "city": "Malaucène"},
        net_to_pay=Decimal("55.50"),
    )
    ours = paths(xml_of(with_iban(terms_of(invoice, origin_date=date(2026, 10, 1)), IBAN)))
    # Ours alone: the « cadre » that Chorus Pro wants, and the words a credit note has for payment.
    added = {path for path in ours - paths(published) if "BusinessProcess" not in path and "PaymentTerms" not in path}
    assert added == set()
