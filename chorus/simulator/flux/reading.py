"""From the XML of an invoice to its fields: CII D16B (Factur-X and `IN_DP_E1_CII_16B`) and UBL 2.1.

The two tables below are the legacy mapping of Chorus Pro: SIRETs as legal organization ids, service code in BT-10,
engagement in BT-13, contract in BT-12, « cadre » in BT-23. An invoice without lines is read like any other.
"""

from dataclasses import asdict, dataclass, field
from typing import Any
from xml.etree import ElementTree

from chorus.simulator.flux.files import Unreadable

CII = "CII"
UBL = "UBL"
ROOTS = {
    "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice": CII,
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": UBL,
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": UBL,
}
_AGREEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeAgreement"
_SETTLEMENT = "SupplyChainTradeTransaction/ApplicableHeaderTradeSettlement"
_SUM = f"{_SETTLEMENT}/SpecifiedTradeSettlementHeaderMonetarySummation"
# Field -> where it stands; of several places the first one that says something counts, and reports name the first.
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    CII: {
        "number": ("ExchangedDocument/ID",),
        "kind": ("ExchangedDocument/TypeCode",),
        "date": ("ExchangedDocument/IssueDateTime/DateTimeString",),
        "cadre": ("ExchangedDocumentContext/BusinessProcessSpecifiedDocumentContextParameter/ID",),
        "profile": ("ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",),
        "supplier": (f"{_AGREEMENT}/SellerTradeParty/SpecifiedLegalOrganization/ID",),
        "recipient": (f"{_AGREEMENT}/BuyerTradeParty/SpecifiedLegalOrganization/ID",),
        "service": (f"{_AGREEMENT}/BuyerReference",),
        "engagement": (f"{_AGREEMENT}/BuyerOrderReferencedDocument/IssuerAssignedID",),
        "contract": (f"{_AGREEMENT}/ContractReferencedDocument/IssuerAssignedID",),
        "origin": (f"{_SETTLEMENT}/InvoiceReferencedDocument/IssuerAssignedID",),
        "currency": (f"{_SETTLEMENT}/InvoiceCurrencyCode",),
        "payment": (f"{_SETTLEMENT}/SpecifiedTradeSettlementPaymentMeans/TypeCode",),
        "category": (f"{_SETTLEMENT}/ApplicableTradeTax/CategoryCode",),
        "total_ht": (f"{_SUM}/TaxBasisTotalAmount",),
        "total_tva": (f"{_SUM}/TaxTotalAmount",),
        "total_ttc": (f"{_SUM}/GrandTotalAmount",),
        "prepaid": (f"{_SUM}/TotalPrepaidAmount",),
        "rounding": (f"{_SUM}/RoundingAmount",),
        "net": (f"{_SUM}/DuePayableAmount",),
    },
    UBL: {
        "number": ("ID",),
        "kind": ("InvoiceTypeCode", "CreditNoteTypeCode"),
        "date": ("IssueDate",),
        "cadre": ("ProfileID",),
        "profile": ("CustomizationID",),
        "supplier": (
            "AccountingSupplierParty/Party/PartyIdentification/ID",
            "AccountingSupplierParty/Party/PartyLegalEntity/CompanyID",
        ),
        "recipient": (
            "AccountingCustomerParty/Party/PartyIdentification/ID",
            "AccountingCustomerParty/Party/PartyLegalEntity/CompanyID",
        ),
        "service": ("BuyerReference",),
        "engagement": ("OrderReference/ID",),
        "contract": ("ContractDocumentReference/ID",),
        "origin": ("BillingReference/InvoiceDocumentReference/ID",),
        "currency": ("DocumentCurrencyCode",),
        "payment": ("PaymentMeans/PaymentMeansCode",),
        "category": ("TaxTotal/TaxSubtotal/TaxCategory/ID",),
        "total_ht": ("LegalMonetaryTotal/TaxExclusiveAmount",),
        "total_tva": ("TaxTotal/TaxAmount",),
        "total_ttc": ("LegalMonetaryTotal/TaxInclusiveAmount",),
        "prepaid": ("LegalMonetaryTotal/PrepaidAmount",),
        "rounding": ("LegalMonetaryTotal/PayableRoundingAmount",),
        "net": ("LegalMonetaryTotal/PayableAmount",),
    },
}
# Where each VAT rate stands, and its parts.
TAXES = {
    CII: (
        f"{_SETTLEMENT}/ApplicableTradeTax",
        {
            "category": "CategoryCode",
            "rate": "RateApplicablePercent",
            "base": "BasisAmount",
            "amount": "CalculatedAmount",
        },
    ),
    UBL: (
        "TaxTotal/TaxSubtotal",
        {
            "category": "TaxCategory/ID",
            "rate": "TaxCategory/Percent",
            "base": "TaxableAmount",
            "amount": "TaxAmount",
        },
    ),
}
# The category of each line, for the languages and profiles that have lines.
LINES = {
    CII: (
        ("SupplyChainTradeTransaction/IncludedSupplyChainTradeLineItem",),
        "SpecifiedLineTradeSettlement/ApplicableTradeTax/CategoryCode",
    ),
    UBL: (("InvoiceLine", "CreditNoteLine"), "Item/ClassifiedTaxCategory/ID"),
}


@dataclass(frozen=True, kw_only=True)
class Document:
    """One invoice as its XML says it: texts only, "" when absent, nothing judged yet. Amounts are not parsed."""

    file: str
    language: str
    fields: dict[str, str]
    taxes: list[dict[str, str]] = field(default_factory=list)
    lines_without_category: int = 0
    piece_id: int | None = None

    def place(self, name: str) -> str:
        """The field as reports name it: `FichierXml.ExchangedDocument.ID.value`."""
        return f"FichierXml.{FIELDS[self.language][name][0].replace('/', '.')}.value"

    def tax_place(self) -> str:
        return f"FichierXml.{TAXES[self.language][0]}".replace("/", ".")

    def line_category(self) -> str:
        places, category = LINES[self.language]
        return f"FichierXml.{places[0]}/{category}.value".replace("/", ".")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read(file: str, xml: bytes) -> Document:
    """Raises Unreadable for what is not an invoice in CII D16B or UBL 2.1, or declares a document type."""
    root = _parsed(file, xml)
    language = ROOTS.get(root.tag)
    if language is None:
        raise Unreadable(f"Le fichier {file} n'est ni du CII D16B ni de l'UBL 2.1.")
    _without_namespaces(root)
    fields = {name: _first(root, places) for name, places in FIELDS[language].items()}
    place, parts = TAXES[language]
    taxes = [{name: _text(tax, path) for name, path in parts.items()} for tax in root.iterfind(place)]
    places, category = LINES[language]
    without = sum(not _text(line, category) for place in places for line in root.iterfind(place))
    return Document(file=file, language=language, fields=fields, taxes=taxes, lines_without_category=without)


class _NoDoctype(ElementTree.TreeBuilder):
    """No document type, hence no entity of one's own and nothing fetched."""

    def doctype(self, _name: str, _public: str, _system: str) -> None:
        raise Unreadable("Une declaration DOCTYPE n'est pas admise.")


def _parsed(file: str, xml: bytes) -> ElementTree.Element:
    parser = ElementTree.XMLParser(target=_NoDoctype())
    try:
        parser.feed(xml)
        return parser.close()
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"Le fichier {file} n'est pas un XML bien forme.") from error


def _without_namespaces(root: ElementTree.Element) -> None:
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]


def _first(root: ElementTree.Element, places: tuple[str, ...]) -> str:
    return next(filter(None, (_text(root, place) for place in places)), "")


def _text(element: ElementTree.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
