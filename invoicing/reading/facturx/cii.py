"""UN/CEFACT's Cross Industry Invoice, all profiles; ZUGFeRD 1 names three of its parts otherwise."""

from invoicing.reading.facturx import tree, values
from invoicing.reading.facturx.tree import Node

# The amounts of the lines, as the versions of the standard name their place.
LINES = (
    "IncludedSupplyChainTradeLineItem/SpecifiedLineTradeSettlement"
    "/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
    "IncludedSupplyChainTradeLineItem/SpecifiedSupplyChainTradeSettlement"
    "/SpecifiedTradeSettlementMonetarySummation/LineTotalAmount",
)


def read(root: Node) -> dict[str, str]:
    header = tree.first(root, "ExchangedDocument", "HeaderExchangedDocument")
    trade = tree.first(root, "SupplyChainTradeTransaction", "SpecifiedSupplyChainTradeTransaction")
    deal = tree.first(trade, "ApplicableHeaderTradeAgreement", "ApplicableSupplyChainTradeAgreement")
    delivery = tree.first(trade, "ApplicableHeaderTradeDelivery", "ApplicableSupplyChainTradeDelivery")
    payment = tree.first(trade, "ApplicableHeaderTradeSettlement", "ApplicableSupplyChainTradeSettlement")
    code = tree.text(header, "TypeCode")
    kind = values.kind_of(code)
    return {
        "kind": kind,
        "other_kind": values.other_kind(code),
        "number": tree.text(header, "ID"),
        "issue_date": values.day(tree.text(header, "IssueDateTime/DateTimeString")),
        **(_origin(payment) if kind == "AVOIR" else {}),
        **_parties(deal),
        "engagement_number": tree.text(
            deal, "BuyerOrderReferencedDocument/IssuerAssignedID", "BuyerOrderReferencedDocument/ID"
        ),
        "contract_number": tree.text(
            deal, "ContractReferencedDocument/IssuerAssignedID", "ContractReferencedDocument/ID"
        ),
        "delivery_dates": _deliveries(delivery, payment),
        "delivery_notes": tree.text(delivery, "DespatchAdviceReferencedDocument/IssuerAssignedID"),
        "due_date": values.day(tree.text(payment, "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString")),
        **values.sum_of_lines(
            [amount for path in LINES for amount in tree.every(trade, path)],
            tree.every(payment, "SpecifiedTradeAllowanceCharge"),
            ("ChargeIndicator/Indicator", "ActualAmount"),
        ),
        **_money(payment),
    }


def _origin(payment: Node | None) -> dict[str, str]:
    origin = tree.first(payment, "InvoiceReferencedDocument")
    return {
        "origin_number": tree.text(origin, "IssuerAssignedID"),
        "origin_date": values.day(tree.text(origin, "FormattedIssueDateTime/DateTimeString")),
    }


def _parties(deal: Node | None) -> dict[str, str]:
    seller, buyer = tree.first(deal, "SellerTradeParty"), tree.first(deal, "BuyerTradeParty")
    places = ("GlobalID", "ID", "SpecifiedLegalOrganization/ID")
    return {
        "supplier_siret": values.identifier([seller], places, values.is_siret),
        "supplier_number": values.company(seller, "SpecifiedLegalOrganization/ID", "SpecifiedTaxRegistration/ID"),
        "buyer_siret": values.identifier([buyer], places, values.is_siret),
        "service_code": values.identifier([buyer], ["GlobalID"], values.is_service)
        or tree.text(deal, "BuyerReference"),
    }


def _deliveries(delivery: Node | None, payment: Node | None) -> str:
    day = values.day(tree.text(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString"))
    period = tree.first(payment, "BillingSpecifiedPeriod")
    ends = (values.day(tree.text(period, f"{end}DateTime/DateTimeString")) for end in ("Start", "End"))
    return day or values.joined(*ends)


def _money(payment: Node | None) -> dict[str, str]:
    sums = tree.first(
        payment, "SpecifiedTradeSettlementHeaderMonetarySummation", "SpecifiedTradeSettlementMonetarySummation"
    )
    return {
        "total_ht": values.amount(tree.text(sums, "TaxBasisTotalAmount")),
        "total_tva": values.amount(tree.text(sums, "TaxTotalAmount")),
        "total_ttc": values.amount(tree.text(sums, "GrandTotalAmount")),
        "net_to_pay": values.amount(tree.text(sums, "DuePayableAmount")),
        "paid": values.paid(sums, "TotalPrepaidAmount", "RoundingAmount"),
        "vat_lines": _vat_lines(payment, "RateApplicablePercent") or _vat_lines(payment, "ApplicablePercent"),
        "iban": tree.text(payment, "SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID"),
    }


def _vat_lines(payment: Node | None, percent: str) -> str:
    return values.vat_lines(tree.every(payment, "ApplicableTradeTax"), percent, "BasisAmount", "CalculatedAmount")
