"""OASIS UBL 2.1, which an XRechnung may be."""

from lxml import etree

from invoicing.reading.facturx import tree, values
from invoicing.reading.facturx.tree import Node


def read(root: Node) -> dict[str, str]:
    is_credit = etree.QName(root).localname == "CreditNote"
    sums = tree.first(root, "LegalMonetaryTotal")
    tax = tree.first(root, "TaxTotal")
    return {
        "kind": "AVOIR" if is_credit else values.kind_of(tree.text(root, "InvoiceTypeCode")),
        "other_kind": values.other_kind(tree.text(root, "InvoiceTypeCode", "CreditNoteTypeCode")),
        "number": tree.text(root, "ID"),
        "issue_date": values.day(tree.text(root, "IssueDate")),
        **(_origin(root) if is_credit else {}),
        **_parties(root),
        "engagement_number": tree.text(root, "OrderReference/ID"),
        "contract_number": tree.text(root, "ContractDocumentReference/ID"),
        "delivery_dates": values.day(tree.text(root, "Delivery/ActualDeliveryDate"))
        or values.joined(*(values.day(tree.text(root, f"InvoicePeriod/{end}Date")) for end in ("Start", "End"))),
        "delivery_notes": tree.text(root, "DespatchDocumentReference/ID"),
        "due_date": values.day(tree.text(root, "DueDate", "PaymentMeans/PaymentDueDate")),
        **values.sum_of_lines(
            [
                *tree.every(root, "InvoiceLine/LineExtensionAmount"),
                *tree.every(root, "CreditNoteLine/LineExtensionAmount"),
            ],
            tree.every(root, "AllowanceCharge"),
            ("ChargeIndicator", "Amount"),
        ),
        "total_ht": values.amount(tree.text(sums, "TaxExclusiveAmount")),
        "total_tva": values.amount(tree.text(tax, "TaxAmount")),
        "total_ttc": values.amount(tree.text(sums, "TaxInclusiveAmount")),
        "net_to_pay": values.amount(tree.text(sums, "PayableAmount")),
        "paid": values.paid(sums, "PrepaidAmount", "PayableRoundingAmount"),
        "vat_lines": values.vat_lines(
            tree.every(tax, "TaxSubtotal"), "TaxCategory/Percent", "TaxableAmount", "TaxAmount"
        ),
        "iban": tree.text(root, "PaymentMeans/PayeeFinancialAccount/ID"),
    }


def _origin(root: Node) -> dict[str, str]:
    origin = tree.first(root, "BillingReference/InvoiceDocumentReference")
    return {"origin_number": tree.text(origin, "ID"), "origin_date": values.day(tree.text(origin, "IssueDate"))}


def _parties(root: Node) -> dict[str, str]:
    seller, buyer = tree.first(root, "AccountingSupplierParty/Party"), tree.first(root, "AccountingCustomerParty/Party")
    places = ("PartyIdentification/ID", "PartyLegalEntity/CompanyID")
    return {
        "supplier_siret": values.identifier([seller], places, values.is_siret),
        "supplier_number": values.company(seller, "PartyLegalEntity/CompanyID", "PartyTaxScheme/CompanyID"),
        "buyer_siret": values.identifier([buyer], places, values.is_siret),
        "service_code": values.identifier([buyer], places[:1], values.is_service) or tree.text(root, "BuyerReference"),
    }
