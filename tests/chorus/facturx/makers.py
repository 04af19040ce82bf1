"""Invoices that exist in memory only, and what is read back from their XML."""

from datetime import date
from decimal import Decimal

from facturx import parse_ubl_cii_xml

from invoicing.models import Invoice, Kind
from orders.models import Buyer, Recipient
from suppliers.models import Establishment, Supplier, VatRegime

IBAN = "FR7630006000011234567890189"


def a_confirmed(**changes) -> Invoice:
    """A confirmed invoice of 100,00 € HT at 5.5 %, not saved. `regime`, `vat_number`, `place`: its supplier's."""
    supplier = Supplier(
        name="Ferme d'essai",
        vat_regime=changes.pop("regime", VatRegime.NORMAL),
        vat_number=changes.pop("vat_number", ""),
    )
    place = Establishment(supplier=supplier, siret="10000000900017", **changes.pop("place", {}))
    values = {
        "kind": Kind.INVOICE,
        "number": "F2026-0147",
        "issue_date": date(2026, 11, 2),
        "total_ht": Decimal("100.00"),
        "total_tva": Decimal("5.50"),
        "total_ttc": Decimal("105.50"),
        "vat_lines": [{"rate": "5.50", "base": "100.00", "tax": "5.50"}],
        "engagement_number": "EJ000147",
        "recipient": Recipient(siret="20000000800025", name="Collège d'essai"),
        "buyer": Buyer(name="Cantine d'essai"),
    }
    return Invoice(supplier=supplier, establishment=place, **{**values, **changes})


def read_back(xml: bytes) -> dict:
    """The terms an XML holds, as `terms_of` writes them; raises when it does not pass the official schema."""
    terms = parse_ubl_cii_xml(xml, flavor="factur-x", level="basicwl", date_as="string", check_xsd=True)
    assert terms.pop("BT-24") == "urn:factur-x.eu:1p0:basicwl"
    return terms
