"""What a confirmed invoice says, in the business terms of EN 16931 (« BT-1 »: the number).

The mapping is that of Chorus Pro's legacy flow (SIRET under scheme 0002, « cadre » A1), which the French standard of
2026 contradicts: a file right for one channel is wrong for the other.

The profile is BASIC WL, the smallest that holds what that flow demands. MINIMUM has no place for the means of payment,
without which flows are rejected; the larger ones want the lines of the invoice, and the portal knows only those of the
order. Nothing is made up: an invoice whose data does not say what the XML must leaves as a plain PDF.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from invoicing.checks import law
from invoicing.models import Invoice, Kind
from invoicing.proposals import found_in
from suppliers.models import VatRegime

PROFILE = "basicwl"
BY_A_SUPPLIER = "A1"
TYPE_CODES = {Kind.INVOICE: "380", Kind.CREDIT_NOTE: "381"}
SIRET_SCHEME = "0002"
TRANSFER = "30"
STANDARD, EXEMPT = "S", "E"
EXEMPTION_CODES = {VatRegime.FRANCHISE: "VATEX-FR-FRANCHISE"}
# No regime of its own has an article there: the words of the law say what is known.
EXEMPTION_MENTIONS = {**law.UNTAXED_REGIMES, VatRegime.EXEMPT: "exempt"}
LONGEST_NAME = 99
ZERO = Decimal(0)

Terms = dict[str, Any]


class NotExpressible(Exception):
    """The data does not say what a Factur-X must; the message tells staff why, in French."""


def terms_of(invoice: Invoice, *, origin_date: date | None = None) -> Terms:
    """The terms of a confirmed invoice: amounts as text with two decimals, dates as « 2026-11-02 », all without IBAN.

    Credit notes are positive, whatever sign their software writes: type 381 says which way the money goes.
    `origin_date` is the date of the invoice a credit note corrects, where the portal holds it. Raises NotExpressible.
    """
    terms = {
        "BT-1": invoice.number,
        "BT-2": invoice.issue_date.isoformat(),
        "BT-3": TYPE_CODES[invoice.kind],
        "BT-5": "EUR",
        "BT-10": invoice.service_code,
        "BT-12": invoice.contract_number,
        "BT-13": invoice.engagement_number,
        "BT-23": BY_A_SUPPLIER,
        "BG-3": _origin(invoice, origin_date),
        "BG-4": _seller(invoice),
        "BG-7": _buyer(invoice),
        "BG-23": _vat_breakdown(invoice),
        **_deliveries(invoice),
        **_payment(invoice),
        **_totals(invoice),
    }
    return {term: value for term, value in terms.items() if value}


def with_iban(terms: Terms, iban: str) -> Terms:
    """A copy for the file that leaves: the account a transfer goes to."""
    return {**terms, "BT-84": iban} if "BT-81" in terms else dict(terms)


def sign_of(invoice: Invoice) -> int:
    """What the amounts are multiplied by: some software writes credit notes with negative amounts."""
    return -1 if invoice.kind == Kind.CREDIT_NOTE and invoice.total_ttc < 0 else 1


def _seller(invoice: Invoice) -> Terms:
    supplier, place = invoice.supplier, invoice.establishment
    # The franchise and the farmers' flat rate have no VAT number to show.
    taxed = supplier.vat_regime not in law.UNTAXED_REGIMES
    return {
        **_party(supplier.name, place.siret),
        **_filled(addr_l1=place.address, postcode=place.postcode, city=place.city),
        **_filled(vat_identifier=supplier.vat_number if taxed else ""),
    }


def _buyer(invoice: Invoice) -> Terms:
    name = invoice.recipient.name or (invoice.buyer.name if invoice.buyer else "")
    if not name:
        raise NotExpressible("Le nom du destinataire n'est pas connu.")
    return _party(name, invoice.recipient.siret)


def _party(name: str, siret: str) -> Terms:
    """A SIRET is given to establishments in France only."""
    return {
        "name": name[:LONGEST_NAME],
        "legal_identifier": siret,
        "legal_identifier_schemeid": SIRET_SCHEME,
        "country_code": "FR",
    }


def _origin(invoice: Invoice, origin_date: date | None) -> list[Terms]:
    if invoice.kind != Kind.CREDIT_NOTE:
        return []
    if not invoice.origin_number:
        raise NotExpressible("L'avoir ne dit pas quelle facture il corrige.")
    return [_filled(**{"BT-25": invoice.origin_number, "BT-26": origin_date.isoformat() if origin_date else ""})]


def _deliveries(invoice: Invoice) -> Terms:
    days = sorted(invoice.delivery_dates)
    if len(days) < 2:
        return {"BT-72": days[0]} if days else {}
    return {"BT-73": days[0], "BT-74": days[-1]}


def _payment(invoice: Invoice) -> Terms:
    """How and when to pay. A credit note is deducted: it has neither means of payment nor due date."""
    if invoice.kind == Kind.CREDIT_NOTE:
        return {"BT-20": "Avoir à déduire"}
    if not invoice.due_date:
        days = invoice.buyer.payment_delay if invoice.buyer else 30
        return {"BT-81": TRANSFER, "BT-20": f"Paiement à {days} jours, délai légal de l'acheteur public"}
    if invoice.due_date < invoice.issue_date:
        raise NotExpressible("L'échéance est avant la date de la facture.")
    return {"BT-81": TRANSFER, "BT-9": invoice.due_date.isoformat()}


def _totals(invoice: Invoice) -> Terms:
    """The lines are not known, so their sum is the total without tax: the PDF's own discounts are already in it."""
    sign = sign_of(invoice)
    ht, tva, ttc = (sign * amount for amount in (invoice.total_ht, invoice.total_tva, invoice.total_ttc))
    if ht + tva != ttc:
        raise NotExpressible("Le total HT et la TVA ne font pas exactement le total TTC.")
    net = ttc if invoice.net_to_pay is None else sign * invoice.net_to_pay
    if not ZERO < net <= ttc:
        raise NotExpressible("Il ne reste rien à payer, ou plus que le total TTC.")
    paid = {"BT-113": _euros(ttc - net)} if net != ttc else {}
    return {
        "BT-106": _euros(ht),
        "BT-109": _euros(ht),
        "BT-110": _euros(tva),
        "BT-112": _euros(ttc),
        **paid,
        "BT-115": _euros(net),
    }


def _vat_breakdown(invoice: Invoice) -> list[Terms]:
    """One entry a rate. Raises NotExpressible when the rates are not known, or do not make the totals."""
    sign, by_rate = sign_of(invoice), _by_rate(invoice)
    bases = sum((base for base, _ in by_rate.values()), ZERO)
    taxes = sum((tax for _, tax in by_rate.values()), ZERO)
    if (bases, taxes) != (invoice.total_ht, invoice.total_tva):
        raise NotExpressible("Le détail de la TVA par taux n'est pas connu, ou ne fait pas les totaux.")
    return [
        {
            "BT-116": _euros(sign * base),
            "BT-117": _euros(sign * tax),
            "BT-119": _euros(rate),
            **({"BT-118": STANDARD} if rate else _exemption(invoice)),
        }
        for rate, (base, tax) in sorted(by_rate.items())
    ]


def _by_rate(invoice: Invoice) -> dict[Decimal, tuple[Decimal, Decimal]]:
    """Base and tax of each rate. Where no tax is charged at all, the whole total stands at rate 0."""
    if not invoice.vat_lines and invoice.total_tva == 0:
        return {ZERO: (invoice.total_ht, ZERO)}
    found: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for line in invoice.vat_lines:
        rate, base, tax = (Decimal(line[part]) for part in ("rate", "base", "tax"))
        sums = found.get(rate, (ZERO, ZERO))
        found[rate] = (sums[0] + base, sums[1] + tax)
    return found


def _exemption(invoice: Invoice) -> Terms:
    """Why no VAT is charged: the words printed on the PDF if they go with the supplier's regime, else the law's own."""
    regime = invoice.supplier.vat_regime
    if regime not in EXEMPTION_MENTIONS:
        raise NotExpressible("Une partie est sans TVA, et le régime du fournisseur n'en dit pas la raison.")
    read = found_in(invoice.reading).get("vat_mention")
    printed = law.MENTIONS.get(read.value) if read else None
    mention = printed if printed and regime in printed.regimes else law.MENTIONS[EXEMPTION_MENTIONS[regime]]
    return {"BT-118": EXEMPT, "BT-120": mention.wording, **_filled(**{"BT-121": EXEMPTION_CODES.get(regime, "")})}


def _euros(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _filled(**values: str) -> Terms:
    return {name: value for name, value in values.items() if value}
