"""What a new draft proposes: what was typed, then what the order says, then the PDF."""

from typing import Any

from invoicing import billing, proposals
from invoicing.checks import number_key
from invoicing.credit_notes import find_origin, references_of
from invoicing.deposits import Deposit
from invoicing.models import Invoice, Kind
from invoicing.reading import Found, Reading
from orders.models import Buyer, Order, Recipient
from suppliers.models import Establishment, Supplier


def propose(reading: Reading, claim: Deposit) -> tuple[dict[str, Any], dict[Order, Any]]:
    """The columns of the draft, and how much it bills of which orders."""
    read = proposals.read_values(reading)
    origin = _origin(claim.supplier, read)
    amounts = _amounts(claim, read) or _of_origin(origin, read)
    ordered = billing.common_references(amounts)
    typed = {"engagement_number": claim.engagement_number, "buyer_siret": claim.buyer_siret}
    known = references_of(origin) | read | ordered | {name: value for name, value in typed.items() if value}
    if known.get("engagement_number") in {order.reference for order in amounts}:
        del known["engagement_number"]  # Our own reference, printed where the buyer's number is expected.
    recipient = find_recipient(known.get("buyer_siret", ""))
    values = {
        **dated(proposals.columns(known)),
        "establishment": _establishment(claim.supplier, reading.fields.get("supplier_siret")),
        "recipient": recipient,
        "buyer": find_buyer(amounts, recipient),
    }
    if values.get("kind") == Kind.CREDIT_NOTE:
        values["due_date"] = None
    return values, amounts


def _origin(supplier: Supplier, read: dict[str, Any]) -> Invoice | None:
    said = {name: read[name] for name in ("kind", "origin_number", "origin_date") if name in read}
    return find_origin(Invoice(supplier=supplier, **said))


def _of_origin(origin: Invoice | None, read: dict[str, Any]) -> dict[Order, Any]:
    """An avoir on the invoice of a single order gives back to that order."""
    orders = list(origin.orders.with_people()[:2]) if origin and "total_ht" in read else []
    return {orders[0]: read["total_ht"]} if len(orders) == 1 else {}


def _amounts(claim: Deposit, read: dict[str, Any]) -> dict[Order, Any]:
    orders = claim.supplier.orders.all()
    if claim.buyer_siret and not claim.order:
        orders = orders.filter(buyer__recipient__siret=claim.buyer_siret)
    typed = {"engagement_number": claim.engagement_number, "buyer_siret": claim.buyer_siret}
    printed = proposals.printed({**read, **{name: value for name, value in typed.items() if value}})
    return billing.proposed(orders, printed, read.get("kind", Kind.INVOICE), start=claim.order)


def dated(values: dict[str, Any]) -> dict[str, Any]:
    """With the columns that follow from the number and the date."""
    derived = {}
    if "number" in values:
        derived["number_key"] = number_key(values["number"])
    if "issue_date" in values:
        derived["issue_year"] = values["issue_date"].year if values["issue_date"] else None
    return values | derived


def find_recipient(siret: str) -> Recipient | None:
    """The recipient with this SIRET; a new one is looked up in Chorus Pro's directory later."""
    return Recipient.objects.get_or_create(siret=siret)[0] if siret else None


def find_buyer(billed: dict[Order, Any], recipient: Recipient | None) -> Buyer | None:
    """The canteen of the billed orders; without an order, the only one this recipient receives for."""
    if billed:
        return next(iter(billed)).buyer
    buyers = list(recipient.buyers.all()[:2]) if recipient else []
    return buyers[0] if len(buyers) == 1 else None


def _establishment(supplier: Supplier, printed: Found | None) -> Establishment | None:
    """The one whose SIRET is printed; the only one where nobody's is. Another's invoice is not taken as his own."""
    own = {establishment.siret: establishment for establishment in supplier.establishments.all()}
    if printed and (printed.sure or printed.value in own):
        return own.get(printed.value)
    return next(iter(own.values())) if len(own) == 1 else None
