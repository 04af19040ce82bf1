"""Files that a client deposits as a flux: one right invoice, to be spoilt at will."""

import base64
import gzip
import io
import tarfile
import zipfile

from pypdf import PdfWriter

from chorus.simulator import world

FARM = world.SUPPLIERS[0].siret
FREE_RECIPIENT = "12345678200051"
FACTURX = "IN_DP_E2_CII_FACTURX"
_NAMESPACES = (
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"'
    ' xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"'
    ' xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)


def cii(
    number="FX-1",
    *,
    kind="380",
    day="20250331",
    cadre="A1",
    profile="urn:cen.eu:en16931:2017",
    supplier=FARM,
    recipient=FREE_RECIPIENT,
    service="",
    engagement="",
    currency="EUR",
    payment="30",
    category="S",
    rate="5.50",
    base="100.00",
    tva="5.50",
    ttc="105.50",
    net="105.50",
):
    """A CII D16B without lines, as bytes; an empty value leaves its element out."""
    context = inside("BusinessProcessSpecifiedDocumentContextParameter", tag("ID", cadre))
    order = inside("BuyerOrderReferencedDocument", tag("IssuerAssignedID", engagement))
    means = inside("SpecifiedTradeSettlementPaymentMeans", tag("TypeCode", payment))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice {_NAMESPACES}>
<rsm:ExchangedDocumentContext>{context}
<ram:GuidelineSpecifiedDocumentContextParameter>{tag("ID", profile)}</ram:GuidelineSpecifiedDocumentContextParameter>
</rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument>{tag("ID", number)}{tag("TypeCode", kind)}
<ram:IssueDateTime><udt:DateTimeString format="102">{day}</udt:DateTimeString></ram:IssueDateTime>
</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:ApplicableHeaderTradeAgreement>{tag("BuyerReference", service)}
<ram:SellerTradeParty>{tag("Name", "Vendeur")}{legal_id(supplier)}</ram:SellerTradeParty>
<ram:BuyerTradeParty>{tag("Name", "Acheteur")}{legal_id(recipient)}</ram:BuyerTradeParty>
{order}
</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery/>
<ram:ApplicableHeaderTradeSettlement>{tag("InvoiceCurrencyCode", currency)}
{means}
<ram:ApplicableTradeTax>{tag("CalculatedAmount", tva)}{tag("TypeCode", "VAT")}{tag("BasisAmount", base)}
{tag("CategoryCode", category)}{tag("RateApplicablePercent", rate)}</ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation>{tag("TaxBasisTotalAmount", base)}{tag("TaxTotalAmount", tva)}
{tag("GrandTotalAmount", ttc)}{tag("DuePayableAmount", net)}</ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>""".encode()


def inside(name, parts):
    return f"<ram:{name}>{parts}</ram:{name}>" if parts else ""


def tag(name, value):
    return f"<ram:{name}>{value}</ram:{name}>" if value else ""


def legal_id(siret):
    return f'<ram:SpecifiedLegalOrganization><ram:ID schemeID="0002">{siret}</ram:ID></ram:SpecifiedLegalOrganization>'


def ubl(
    number="UB-1", *, supplier=FARM, recipient=FREE_RECIPIENT, cadre="A1", payment="30", engagement="", category="S"
):
    """A UBL 2.1 invoice without lines."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ProfileID>{cadre}</cbc:ProfileID><cbc:ID>{number}</cbc:ID><cbc:IssueDate>2025-03-31</cbc:IssueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:OrderReference><cbc:ID>{engagement}</cbc:ID></cac:OrderReference>
<cac:AccountingSupplierParty><cac:Party><cac:PartyIdentification><cbc:ID schemeName="1">{supplier}</cbc:ID>
</cac:PartyIdentification></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity><cbc:CompanyID>{recipient}</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cbc:PaymentMeansCode>{payment}</cbc:PaymentMeansCode></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">5.50</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount>100.00</cbc:TaxableAmount><cbc:TaxAmount>5.50</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>5.5</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>100.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount>105.50</cbc:TaxInclusiveAmount><cbc:PayableAmount>105.50</cbc:PayableAmount>
</cac:LegalMonetaryTotal></Invoice>""".encode()


def facturx(xml=None, *, name="factur-x.xml"):
    """A PDF with its XML attached (no proof of PDF/A-3 is asked here)."""
    writer = PdfWriter()
    writer.add_blank_page(595, 842)
    writer.add_attachment(name, cii() if xml is None else xml)
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def tar_gz(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in files.items():
            row = tarfile.TarInfo(name)
            row.size = len(content)
            archive.addfile(row, io.BytesIO(content))
    return packed.getvalue()


def zipped(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def gzip_bomb(megabytes):
    """A gzip that says it is a tar member of that size."""
    row = tarfile.TarInfo("bombe.xml")
    row.size = megabytes * 1024 * 1024
    return gzip.compress(row.tobuf() + bytes(row.size), 1)


def pax_bomb(megabytes):
    """A gzip whose pax header, read before any member, is of that size."""
    row = tarfile.TarInfo("pax")
    row.type, row.size = tarfile.XHDTYPE, megabytes * 1024 * 1024
    return gzip.compress(row.tobuf() + bytes(row.size), 1)


def encoded(content):
    return base64.b64encode(content).decode()
