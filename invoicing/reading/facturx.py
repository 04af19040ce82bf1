"""The electronic invoice inside a PDF (Factur-X, ZUGFeRD, XRechnung): CII or UBL made fields, compared with the pages.

Runs in the child only. The XML is as untrusted as the PDF: no entity, no network, no document type, a bounded size.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import PurePath

from lxml import etree

from invoicing.reading.dates import find_dates
from invoicing.reading.layout import Place, Sheet
from invoicing.reading.numbers import find_amounts
from invoicing.reading.result import Difference, Found, Refused, Source
from invoicing.reading.text import Page

LARGEST = 2_000_000
LONGEST = 200
LINES = 30
NOWHERE = (0.0, 0.0, 0.0, 0.0)
# What the standards call the file; other names are tried after these.
USUAL_NAMES = ("factur-x.xml", "facturx.xml", "zugferd-invoice.xml", "xrechnung.xml", "cii.xml", "invoice.xml")
AMOUNTS = ("total_ht", "total_tva", "total_ttc", "net_to_pay", "paid")
COMPARED = ("number", "issue_date", "supplier_siret", "buyer_siret", "total_ttc", "iban", "kind")
# Not every invoice prints a SIRET for its buyer, nor the word « facture » where we look.
ALWAYS_PRINTED = ("number", "issue_date", "total_ttc")

# The amounts of the lines, as the versions of the standard name their place.
CII_LINES = (
    "IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement"
    "/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
    "IncludedSupplyChainTradeLineItem/SpecifiedSupplyChainTradeSettlement"
    "/SpecifiedTradeSettlementMonetarySummation/LineTotalAmount",
)

Node = etree._Element


# --- The XML ---


def read(files: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """The fields of the first of these files that is an invoice; empty when none is. Raises Refused for a hostile one.

    Amounts as « 1234.56 » as the XML signs them, dates as 2026-11-18, names as in the package's docstring.
    """
    for _, content in sorted(files, key=lambda file: _rank(file[0])):
        root = parse(content)
        if root is not None:
            fields = _fields(root)
            if fields:
                return fields
    return {}


def _rank(name: str) -> int:
    name = PurePath(name).name.lower()
    return USUAL_NAMES.index(name) if name in USUAL_NAMES else len(USUAL_NAMES)


def parse(content: bytes) -> Node | None:
    """The root, None for what is no XML. A document type has no place in an invoice: it serves to attack its reader."""
    if len(content) > LARGEST:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        # A parser stops at a bomb before it has told us of its document type.
        if b"<!DOCTYPE" in content.replace(b"\0", b""):
            raise Refused("hostile-xml") from None
        return None
    if root.getroottree().docinfo.doctype:
        raise Refused("hostile-xml")
    return root


def _fields(root: Node) -> dict[str, str]:
    reader = READERS.get(etree.QName(root).localname)
    found = reader(root) if reader else {}
    return {name: value for name, value in found.items() if value}


def _all(node: Node | None, path: str) -> Iterator[Node]:
    """The elements at a path of names without their namespaces: versions differ in them and in nothing we read."""
    if node is None:
        return
    head, _, rest = path.partition("/")
    for child in node:
        if isinstance(child.tag, str) and etree.QName(child).localname == head:
            yield from _all(child, rest) if rest else (child,)


def _first(node: Node | None, *paths: str) -> Node | None:
    return next((found for path in paths for found in _all(node, path)), None)


def _text(node: Node | None, *paths: str) -> str:
    """The first of these that says something printable."""
    for path in paths:
        for found in _all(node, path):
            text = " ".join((found.text or "").split())
            if text and len(text) <= LONGEST and text.isprintable():
                return text
    return ""


def _identifier(parties: Sequence[Node | None], paths: Sequence[str], accept: Callable[[str, str], bool]) -> str:
    """The first identifier whose scheme and digits `accept` likes."""
    for party in parties:
        for path in paths:
            for found in _all(party, path):
                text = re.sub(r"[ .]", "", found.text or "")
                if accept(found.get("schemeID") or "", text):
                    return text
    return ""


def _company(party: Node | None, *paths: str) -> str:
    """The SIREN of a French company, alone or in its VAT number; the VAT number of another."""
    numbers = [re.sub(r"[ .]", "", found.text or "") for path in paths for found in _all(party, path)]
    french = (re.fullmatch(r"(?:FR\w{2})?(\d{9})", number) for number in numbers)
    siren = next((match[1] for match in french if match), "")
    foreign = (number for number in numbers if re.fullmatch(r"(?!FR)[A-Z]{2}\w{2,13}", number))
    return siren or next(foreign, "")


def _is_siret(scheme: str, text: str) -> bool:
    """The flow of Chorus Pro before 2026 gives SIRETs the scheme of SIRENs (0002), the standard of 2026 their own."""
    return scheme in {"0009", "0002", ""} and bool(re.fullmatch(r"\d{14}", text))


def _is_service(scheme: str, text: str) -> bool:
    return scheme == "0224" and 0 < len(text) <= LONGEST


def _kind(code: str) -> str:
    return "AVOIR" if code in {"381", "261", "262", "296", "396", "420", "458", "532"} else "FACTURE" if code else ""


def _other_kind(code: str) -> str:
    """Self-billed, corrective, advance, pro forma…: Chorus Pro is given invoices and credit notes."""
    return "" if code in {"", "380", "381"} else code


def _amount(text: str) -> str:
    try:
        value = Decimal(text)
        return f"{value:.2f}" if value.is_finite() and abs(value) < 10**11 else ""
    except InvalidOperation:
        return ""


def _rate(text: str) -> str:
    """« 20 » or « 5.5 »; an exempt line may leave it out."""
    return _amount(text or "0").rstrip("0").rstrip(".")


def _day(text: str) -> str:
    """« 20261102 » or « 2026-11-02 », with or without a time behind it."""
    match = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)", text)
    try:
        return date(*map(int, match.groups())).isoformat() if match else ""
    except ValueError:
        return ""


def _vat_lines(lines: Iterator[Node], rate: str, base: str, tax: str) -> str:
    """« 5.5:100.00:5.50 » joined by semicolons; nothing as soon as one line does not say all three."""
    found = []
    for line in lines:
        parts = [_rate(_text(line, rate)), _amount(_text(line, base)), _amount(_text(line, tax))]
        if not all(parts) or len(found) == LINES:
            return ""
        found.append(":".join(parts))
    return ";".join(found)


def _lines(lines: Sequence[Node], changes: Iterator[Node], paths: tuple[str, str]) -> dict[str, str]:
    """What the lines come to with the document's own allowances and charges, and how many they are."""
    amounts = [_amount(line.text or "") for line in lines]
    for change in changes:
        amount = _amount(_text(change, paths[1]))
        amounts.append(amount if _text(change, paths[0]) == "true" else _turned(amount) if amount else "")
    if not lines or not all(amounts):
        return {}
    return {"lines_ht": f"{sum(map(Decimal, amounts), Decimal(0)):.2f}", "lines": str(len(amounts))}


def _paid(sums: Node | None, paid: str, rounding: str) -> str:
    """What was paid before, where that alone parts the net to pay from the total."""
    return "" if _text(sums, rounding) else _amount(_text(sums, paid))


def _days(*days: str) -> str:
    return ",".join(sorted({day for day in days if day}))


def _cii(root: Node) -> dict[str, str]:
    """UN/CEFACT's Cross Industry Invoice, all profiles; ZUGFeRD 1 names three of its parts otherwise."""
    header = _first(root, "ExchangedDocument", "HeaderExchangedDocument")
    trade = _first(root, "SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
    deal = _first(trade, "ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
    delivery = _first(trade, "ApplicableHeaderTradeDelivery", "ApplicableSupplyChainTradeDelivery")
    payment = _first(trade, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
    code = _text(header, "TypeCode")
    kind = _kind(code)
    return {
        "kind": kind,
        "other_kind": _other_kind(code),
        "number": _text(header, "ID"),
        "issue_date": _day(_text(header, "IssueDateTime/DateTimeString")),
        **(_cii_origin(payment) if kind == "AVOIR" else {}),
        **_cii_parties(deal),
        "engagement_number": _text(
            deal, "BuyerOrderReferencedDocument/IssuerAssignedID", "BuyerOrderReferencedDocument/ID"
        ),
        "contract_number": _text(deal, "ContractReferencedDocument/IssuerAssignedID", "ContractReferencedDocument/ID"),
        "delivery_dates": _cii_deliveries(delivery, payment),
        "delivery_notes": _text(delivery, "DespatchAdviceReferencedDocument/IssuerAssignedID"),
        "due_date": _day(_text(payment, "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString")),
        **_lines(
            [amount for path in CII_LINES for amount in _all(trade, path)],
            _all(payment, "SpecifiedTradeAllowanceCharge"),
            ("ChargeIndicator/Indicator", "ActualAmount"),
        ),
        **_cii_money(payment),
    }


def _cii_origin(payment: Node | None) -> dict[str, str]:
    origin = _first(payment, "InvoiceReferencedDocument")
    return {
        "origin_number": _text(origin, "IssuerAssignedID"),
        "origin_date": _day(_text(origin, "FormattedIssueDateTime/DateTimeString")),
    }


def _cii_parties(deal: Node | None) -> dict[str, str]:
    seller, buyer = _first(deal, "SellerTradeParty"), _first(deal, "BuyerTradeParty")
    places = ("GlobalID", "ID", "SpecifiedLegalOrganization/ID")
    return {
        "supplier_siret": _identifier([seller], places, _is_siret),
        "supplier_number": _company(seller, "SpecifiedLegalOrganization/ID", "SpecifiedTaxRegistration/ID"),
        "buyer_siret": _identifier([buyer], places, _is_siret),
        "service_code": _identifier([buyer], ["GlobalID"], _is_service) or _text(deal, "BuyerReference"),
    }


def _cii_deliveries(delivery: Node | None, payment: Node | None) -> str:
    day = _day(_text(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString"))
    period = _first(payment, "BillingSpecifiedPeriod")
    ends = (_day(_text(period, f"{end}DateTime/DateTimeString")) for end in ("Start", "End"))
    return day or _days(*ends)


def _cii_money(payment: Node | None) -> dict[str, str]:
    sums = _first(
        payment, "SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"
    )
    return {
        "total_ht": _amount(_text(sums, "TaxBasisTotalAmount")),
        "total_tva": _amount(_text(sums, "TaxTotalAmount")),
        "total_ttc": _amount(_text(sums, "GrandTotalAmount")),
        "net_to_pay": _amount(_text(sums, "DuePayableAmount")),
        "paid": _paid(sums, "TotalPrepaidAmount", "RoundingAmount"),
        "vat_lines": _vat_lines(
            _all(payment, "ApplicableTradeTax"), "RateApplicablePercent", "BasisAmount", "CalculatedAmount"
        )
        or _vat_lines(_all(payment, "ApplicableTradeTax"), "ApplicablePercent", "BasisAmount", "CalculatedAmount"),
        "iban": _text(payment, "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID"),
    }


def _ubl(root: Node) -> dict[str, str]:
    """OASIS UBL 2.1, which an XRechnung may be."""
    is_credit = etree.QName(root).localname == "CreditNote"
    sums = _first(root, "LegalMonetaryTotal")
    tax = _first(root, "TaxTotal")
    return {
        "kind": "AVOIR" if is_credit else _kind(_text(root, "InvoiceTypeCode")),
        "other_kind": _other_kind(_text(root, "InvoiceTypeCode", "CreditNoteTypeCode")),
        "number": _text(root, "ID"),
        "issue_date": _day(_text(root, "IssueDate")),
        **(_ubl_origin(root) if is_credit else {}),
        **_ubl_parties(root),
        "engagement_number": _text(root, "OrderReference/ID"),
        "contract_number": _text(root, "ContractDocumentReference/ID"),
        "delivery_dates": _day(_text(root, "Delivery/ActualDeliveryDate"))
        or _days(*(_day(_text(root, f"InvoicePeriod/{end}Date")) for end in ("Start", "End"))),
        "delivery_notes": _text(root, "DespatchDocumentReference/ID"),
        "due_date": _day(_text(root, "DueDate", "PaymentMeans/PaymentDueDate")),
        **_lines(
            [*_all(root, "InvoiceLine/LineExtensionAmount"), *_all(root, "CreditNoteLine/LineExtensionAmount")],
            _all(root, "AllowanceCharge"),
            ("ChargeIndicator", "Amount"),
        ),
        "total_ht": _amount(_text(sums, "TaxExclusiveAmount")),
        "total_tva": _amount(_text(tax, "TaxAmount")),
        "total_ttc": _amount(_text(sums, "TaxInclusiveAmount")),
        "net_to_pay": _amount(_text(sums, "PayableAmount")),
        "paid": _paid(sums, "PrepaidAmount", "PayableRoundingAmount"),
        "vat_lines": _vat_lines(_all(tax, "TaxSubtotal"), "TaxCategory/Percent", "TaxableAmount", "TaxAmount"),
        "iban": _text(root, "PaymentMeans/PayeeFinancialAccount/ID"),
    }


def _ubl_origin(root: Node) -> dict[str, str]:
    origin = _first(root, "BillingReference/InvoiceDocumentReference")
    return {"origin_number": _text(origin, "ID"), "origin_date": _day(_text(origin, "IssueDate"))}


def _ubl_parties(root: Node) -> dict[str, str]:
    seller, buyer = _first(root, "AccountingSupplierParty/Party"), _first(root, "AccountingCustomerParty/Party")
    places = ("PartyIdentification/ID", "PartyLegalEntity/CompanyID")
    return {
        "supplier_siret": _identifier([seller], places, _is_siret),
        "supplier_number": _company(seller, "PartyLegalEntity/CompanyID", "PartyTaxScheme/CompanyID"),
        "buyer_siret": _identifier([buyer], places, _is_siret),
        "service_code": _identifier([buyer], places[:1], _is_service) or _text(root, "BuyerReference"),
    }


READERS: dict[str, Callable[[Node], dict[str, str]]] = {
    "CrossIndustryInvoice": _cii,
    "CrossIndustryDocument": _cii,
    "Invoice": _ubl,
    "CreditNote": _ubl,
}


# --- The XML and the pages together ---


@dataclass(frozen=True)
class Merged:
    """`fields`: the XML's, at the place of the same value on the pages, then what the pages alone say."""

    fields: dict[str, Found]
    differences: dict[str, Difference]


def merge(electronic: Mapping[str, str], printed: Mapping[str, Found], pages: Sequence[Page]) -> Merged:
    """What software wrote for software is the best source; where the pages say something else, it is told."""
    electronic = _signed_as_printed(electronic, printed)
    rows = tuple(Sheet.of(pages).whole_rows())
    guessed = any(page.guessed for page in pages)
    fields, differences = dict(printed), {}
    for name, value in electronic.items():
        shown = printed.get(name)
        found = _shown_at(name, value, shown) or _somewhere(name, value, rows)
        difference = _compare(name, value, shown, found) if name in COMPARED else None
        if difference:
            differences[name] = replace(difference, sure=not guessed)
        place = found or Found(value, 0, NOWHERE, sure=True)
        contradicted = bool(difference or (shown and shown.sure and not found))
        fields[name] = replace(place, value=value, sure=not contradicted, source=Source.XML)
    return Merged(fields, differences)


def _signed_as_printed(electronic: Mapping[str, str], printed: Mapping[str, Found]) -> dict[str, str]:
    """The XML of a credit note counts positively; where the page shows minus signs, they stay."""
    total, shown = electronic.get("total_ttc"), printed.get("total_ttc")
    if not (total and shown and shown.value != total and _key("total_ttc", shown.value) == _key("total_ttc", total)):
        return dict(electronic)
    turned = {name: _turned(electronic[name]) for name in AMOUNTS if name in electronic}
    lines = [line.split(":") for line in electronic.get("vat_lines", "").split(";") if line]
    turned["vat_lines"] = ";".join(f"{rate}:{_turned(base)}:{_turned(tax)}" for rate, base, tax in lines)
    return {**electronic, **{name: value for name, value in turned.items() if value}}


def _turned(amount: str) -> str:
    return f"{-Decimal(amount) or Decimal(0):.2f}"


def _shown_at(name: str, value: str, shown: Found | None) -> Found | None:
    return shown if shown and _key(name, shown.value) == _key(name, value) else None


def _compare(name: str, value: str, shown: Found | None, found: Found | None) -> Difference | None:
    """The reader's doubt is settled by finding the XML's value on the page, its certainty is not."""
    if found is shown and shown:
        return None
    if shown and (shown.sure or not found) and not (found and _is_part(name, shown.value, value)):
        return Difference(value, shown.value)
    return None if found or name not in ALWAYS_PRINTED else Difference(value, "")


def _is_part(name: str, shown: str, value: str) -> bool:
    """« 0147 » read where « FA-2026-0147 » stands."""
    return name == "number" and _key(name, shown) in _key(name, value)


def _key(name: str, value: str) -> str:
    """What two writings of one value have in common."""
    if name in AMOUNTS:
        return value.lstrip("-")
    if name == "vat_lines":
        return ";".join(sorted(value.replace("-", "").split(";")))
    return re.sub(r"[\W_]", "", value).upper() if name != "delivery_dates" else value


def _somewhere(name: str, value: str, rows: Sequence) -> Found | None:
    """The first place on the pages where this value stands, in any writing."""
    finder = _finder(name, value)
    for row in rows if finder else ():
        span = finder(row)
        if span:
            return Found(value, row.page.number, Place(row, *span).box, sure=True)
    return None


def _finder(name: str, value: str) -> Callable | None:
    if name in AMOUNTS:
        size = abs(Decimal(value))
        return lambda row: _span(one for one in find_amounts(row.text) if abs(one.value) == size)
    if name in {"issue_date", "due_date", "origin_date"}:
        return lambda row: _span(one for one in find_dates(row.folded) if one.value.isoformat() == value)
    signs = [re.escape(sign) for sign in _key(name, value)]
    if name in {"kind", "delivery_dates", "vat_lines"} or len(signs) < 3:
        return None
    pattern = re.compile(rf"(?<![^\W_]){'[^0-9A-Z]{0,2}'.join(signs)}(?![^\W_])", re.IGNORECASE)
    return lambda row: match.span() if (match := pattern.search(row.text)) else None


def _span(found: Iterator) -> tuple[int, int] | None:
    first = next(found, None)
    return (first.start, first.end) if first else None
