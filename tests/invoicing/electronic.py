"""PDFs with an electronic invoice inside, as software makes them since 2026, and the XML alone."""

from io import BytesIO

import pypdfium2
from facturx import generate_from_binary
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, TextStringObject

from tests.invoicing.reading import hostile

NAMESPACES = (
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)
LEGACY = (
    "<ram:Name>X</ram:Name>"
    '<ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">{siret}</ram:ID></ram:SpecifiedLegalOrganization>'
)
# The 2026 mapping: the SIRET as a global identifier, the SIREN as the legal one, the service as another identifier.
NEW = (
    '<ram:GlobalID schemeID="0009">{siret}</ram:GlobalID>{service}<ram:Name>X</ram:Name>'
    '<ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">{siren}</ram:ID></ram:SpecifiedLegalOrganization>'
)


def cii(truth: dict[str, str], *, mapping: str = "legacy", sign: str = "", **changes) -> bytes:
    """A Factur-X EN 16931 in its structure, with the values a paper shows; `changes` replace some of them.

    `code`: the type of the document in place of its kind's; `lines`: the amounts of its lines."""
    said = {name: value.lstrip("-") if name.startswith("total") else value for name, value in truth.items()} | changes
    get = said.get
    code = get("code") or ("381" if get("kind") == "AVOIR" else "380")
    rates = "".join(_rate(*line.replace("-", "").split(":")) for line in get("vat_lines", "").split(";") if line)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice {NAMESPACES}>
 <rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
  <ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
 <rsm:ExchangedDocument><ram:ID>{get("number", "")}</ram:ID><ram:TypeCode>{code}</ram:TypeCode>
  <ram:IssueDateTime>{_day(get("issue_date", ""))}</ram:IssueDateTime></rsm:ExchangedDocument>
 <rsm:SupplyChainTradeTransaction>{"".join(map(_line, get("lines", ())))}
  <ram:ApplicableHeaderTradeAgreement>
   {_service(get("service_code"), mapping)}
   <ram:SellerTradeParty>{_party(get("supplier_siret", ""), mapping)}</ram:SellerTradeParty>
   <ram:BuyerTradeParty>{_party(get("buyer_siret", ""), mapping, get("service_code", ""))}</ram:BuyerTradeParty>
   {_reference("BuyerOrderReferencedDocument", get("engagement_number"))}
   {_reference("ContractReferencedDocument", get("contract_number"))}
  </ram:ApplicableHeaderTradeAgreement>
  <ram:ApplicableHeaderTradeDelivery/>
  <ram:ApplicableHeaderTradeSettlement>
   {_account(get("iban"))}{rates}
   <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    <ram:TaxBasisTotalAmount>{sign}{get("total_ht", "")}</ram:TaxBasisTotalAmount>
    <ram:TaxTotalAmount currencyID="EUR">{sign}{get("total_tva", "")}</ram:TaxTotalAmount>
    <ram:GrandTotalAmount>{sign}{get("total_ttc", "")}</ram:GrandTotalAmount>
   </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
   {_reference("InvoiceReferencedDocument", get("origin_number"))}
  </ram:ApplicableHeaderTradeSettlement>
 </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>""".encode()


def _service(code: str | None, mapping: str) -> str:
    return f"<ram:BuyerReference>{code}</ram:BuyerReference>" if code and mapping == "legacy" else ""


def _day(iso: str) -> str:
    return f'<udt:DateTimeString format="102">{iso.replace("-", "")}</udt:DateTimeString>'


def _party(siret: str, mapping: str, service: str = "") -> str:
    if not siret:
        return "<ram:Name>X</ram:Name>"
    code = f'<ram:GlobalID schemeID="0224">{service}</ram:GlobalID>' if service else ""
    return (NEW if mapping == "2026" else LEGACY).format(siret=siret, siren=siret[:9], service=code)


def _reference(element: str, number: str | None) -> str:
    return f"<ram:{element}><ram:IssuerAssignedID>{number}</ram:IssuerAssignedID></ram:{element}>" if number else ""


def _account(iban: str | None) -> str:
    if not iban:
        return ""
    return (
        "<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>30</ram:TypeCode><ram:PayeePartyCreditorFinancialAccount>"
        f"<ram:IBANID>{iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>"
        "</ram:SpecifiedTradeSettlementPaymentMeans>"
    )


def _line(amount: str) -> str:
    return (
        "<ram:IncludedSupplyChainTradeLineItem><ram:SpecifiedLineTradeSettlement>"
        "<ram:SpecifiedTradeSettlementLineMonetarySummation>"
        f"<ram:LineTotalAmount>{amount}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>"
        "</ram:SpecifiedLineTradeSettlement></ram:IncludedSupplyChainTradeLineItem>"
    )


def _rate(rate: str, base: str, tax: str) -> str:
    return (
        f"<ram:ApplicableTradeTax><ram:CalculatedAmount>{tax}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>"
        f"<ram:BasisAmount>{base}</ram:BasisAmount><ram:RateApplicablePercent>{rate}</ram:RateApplicablePercent>"
        "</ram:ApplicableTradeTax>"
    )


def facturx(pdf: bytes, xml: bytes) -> bytes:
    """The Factur-X a real library makes of them: attached and associated file, XMP, PDF/A-3 mark."""
    return generate_from_binary(pdf, xml, check_xsd=False, check_schematron=False, flavor="factur-x", level="en16931")


def marked(pdf: bytes) -> bytes:
    """A PDF/A-3 with nothing in it."""
    metadata = DecodedStreamObject()
    metadata.set_data(b'<rdf:Description xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="3"/>')
    metadata[NameObject("/Type")] = NameObject("/Metadata")

    def change(writer):
        writer._root_object[NameObject("/Metadata")] = writer._add_object(metadata)

    return hostile.changed(pdf, change)


def hidden_deep(pdf: bytes, xml: bytes) -> bytes:
    """The file only hangs on a page and on the picture's dictionary, not on the catalog."""

    def change(writer: PdfWriter):
        file = DecodedStreamObject()
        file.set_data(xml)
        file[NameObject("/Type")] = NameObject("/EmbeddedFile")
        specification = DictionaryObject(
            {NameObject("/EF"): DictionaryObject({NameObject("/F"): writer._add_object(file)})}
        )
        specification[NameObject("/F")] = specification[NameObject("/UF")] = TextStringObject("factur-x.xml")
        reference = writer._add_object(specification)
        page = writer.pages[0]
        page[NameObject("/AF")] = ArrayObject([reference])
        page[NameObject("/PieceInfo")] = DictionaryObject({NameObject("/AF"): ArrayObject([reference])})

    return hostile.changed(pdf, change)


def pages_of(pdf: bytes, scale: float = 2.0) -> list[bytes]:
    """Each page as pixels, for comparison."""
    document = pypdfium2.PdfDocument(BytesIO(pdf))
    pictures = [bytes(page.render(scale=scale).buffer) for page in document]
    document.close()
    return pictures
