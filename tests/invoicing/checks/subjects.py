"""An invoice with which nothing is wrong, and what makes another of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoicing.checks import (
    AccountFacts,
    InvoiceFacts,
    OrderFacts,
    OriginFacts,
    PrintedFacts,
    RecipientFacts,
    ServiceFacts,
    Subject,
    SupplierFacts,
    TakenOverFacts,
    VatLine,
)
from invoicing.reading import Found, Source

SELLER, OTHER_SELLER, BUYER, OTHER_BUYER = "10000000900017", "10000000900025", "20000000800025", "20000000800033"
IBAN, OTHER_IBAN = "FR7630006000011234567890189", "FR1420041010050500013M02606"
TODAY = date(2026, 11, 20)
TAKEN = TakenOverFacts(reference="AL-1", successor="EARL du Val")
SERVICES = (
    ServiceFacts(code="CANTINE"),
    ServiceFacts(code="FERME", active=False),
    ServiceFacts(code="STRICT", engagement_required=True),
)


def a_vat_line(rate="5.5", base="100", tax="5.50"):
    return VatLine(rate=Decimal(rate), base=Decimal(base), tax=Decimal(tax))


def an_order(**values):
    return OrderFacts(**{"reference": "AL-1", "buyer_siret": BUYER, "engagement_number": "EJ1", **values})


# What the law wants printed besides figures; one line of goods.
WORDS = dict.fromkeys(["late_penalty", "recovery_fee", "discount", "legal_form", "operation_kind", "vat_number"], "oui")
WORDS["lines"] = "1"
WORDS |= {"letterhead": "gaec du val rue", "buyer_siret": BUYER, "supplier_siret": SELLER}


def printed(**fields):
    """What was read, each value surely; None takes away one of the usual wordings."""
    read = {name: value for name, value in {**WORDS, **fields}.items() if value}
    return PrintedFacts(fields={name: Found(value, 1, (0, 0, 1, 1), sure=True) for name, value in read.items()})


def electronic(**fields):
    """The same, but for these values, which the XML says."""
    told = {name: Found(value, 1, (0, 0, 1, 1), sure=True, source=Source.XML) for name, value in fields.items()}
    return PrintedFacts(fields={**printed().fields, **told})


def unsure(**fields):
    """The same, but for these values, which the reader doubts."""
    doubted = {name: Found(value, 1, (0, 0, 1, 1), sure=False) for name, value in fields.items()}
    return PrintedFacts(fields={**printed().fields, **doubted})


FINE = Subject(
    today=TODAY,
    invoice=InvoiceFacts(
        number="2026-0147",
        issue_date=date(2026, 11, 18),
        delivery_dates=(date(2026, 11, 10), date(2026, 11, 17)),
        due_date=date(2026, 12, 18),
        total_ht=Decimal("100.00"),
        total_tva=Decimal("5.50"),
        total_ttc=Decimal("105.50"),
        net_to_pay=Decimal("105.50"),
        vat_lines=(a_vat_line(),),
        engagement_number="EJ1",
        service_code="CANTINE",
        supplier_siret=SELLER,
        buyer_siret=BUYER,
        iban=IBAN,
    ),
    supplier=SupplierFacts(name="GAEC du Val", sirets=frozenset({SELLER}), vat_regime="normal"),
    account=AccountFacts(known="FR76 •••• 0189", is_known=True, said="confirmed"),
    recipient=RecipientFacts(siret=BUYER, known=True, requires="both", services=SERVICES),
    orders=(an_order(billed=Decimal(100), remaining=Decimal(100), ordered_on=date(2026, 11, 2)),),
    printed=printed(number="2026-0147", issue_date="2026-11-18", total_ttc="105.50", buyer_siret=BUYER, kind="FACTURE"),
)


def changed(**parts):
    """The fine subject with some facts changed: changed(invoice={"number": ""})."""
    values = {
        name: replace(getattr(FINE, name), **change) if isinstance(change, dict) else change
        for name, change in parts.items()
    }
    return replace(FINE, **values)


def invoice(**values):
    return changed(invoice=values)


def untaxed(regime, mention="", **values):
    """An invoice without VAT, from a supplier of this regime, with this mention printed."""
    return changed(
        invoice={
            "total_tva": Decimal(0),
            "total_ttc": Decimal(100),
            "net_to_pay": Decimal(100),
            "vat_lines": (a_vat_line("0", tax="0"),),
            **values,
        },
        supplier={"vat_regime": regime},
        printed=printed(vat_mention=mention) if mention else printed(number="2026-0147"),
    )


ORIGIN = OriginFacts(number="2026-0147", issue_date=date(2026, 11, 2), buyer_siret=BUYER, left=Decimal("105.50"))


def credit_note(origin=ORIGIN, **values):
    return changed(
        invoice={"kind": "AVOIR", "number": "AV-3", "origin_number": "2026-0147", **values},
        origin=origin,
        printed=PrintedFacts(),
    )


def correcting(**values):
    """A credit note whose origin the portal holds, otherwise than usual."""
    return credit_note(origin=replace(ORIGIN, **values))


def corrected(ordered, printed_number):
    """The order's number on the invoice, and this one on the paper."""
    return changed(
        invoice={"engagement_number": ordered},
        orders=(an_order(engagement_number=ordered),),
        printed=printed(engagement_number=printed_number),
    )


def without_order(**values):
    """A FACTURE that bills no order of Agrilocal."""
    return changed(invoice=values, orders=())
