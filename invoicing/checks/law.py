"""Values of the law, each with the days between which it holds. When a law changes, a row is added here.

Sources: VAT rates of metropolitan France, CIBS since 1 September 2026 (formerly CGI 278-0 bis, 279, 281 nonies);
mention of the franchise, CIBS L. 223-3, the CGI's article being tolerated until 31 December 2027.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Rates:
    since: date
    until: date | None
    values: frozenset[Decimal]


VAT_RATES = (
    Rates(
        since=date(2014, 1, 1),
        until=None,
        values=frozenset(map(Decimal, ("0", "2.1", "5.5", "10", "20"))),
    ),
)


@dataclass(frozen=True)
class Mention:
    """A wording that explains why no VAT is charged, the regimes it belongs to, and its last day."""

    wording: str
    regimes: frozenset[str]
    until: date | None = None


MENTIONS = {
    "franchise-cibs": Mention("TVA non applicable, art. L. 223-3 du CIBS", frozenset({"franchise"})),
    "franchise-cgi": Mention("TVA non applicable, art. 293 B du CGI", frozenset({"franchise"}), date(2027, 12, 31)),
    "flat-rate": Mention("Remboursement forfaitaire agricole, TVA non applicable", frozenset({"flat_rate"})),
    "exempt": Mention("Exonération de TVA", frozenset({"exempt", "franchise", "flat_rate"})),
}

# Regimes in which no VAT may be charged, with the wording to print on the invoice.
UNTAXED_REGIMES = {"franchise": "franchise-cibs", "flat_rate": "flat-rate"}


def vat_rates_on(day: date) -> frozenset[Decimal]:
    for rates in VAT_RATES:
        if rates.since <= day and (rates.until is None or day <= rates.until):
            return rates.values
    return frozenset()
