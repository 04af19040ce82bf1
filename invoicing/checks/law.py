"""Values of the law, each with the days on which it holds and where it was read. Looked up by the invoice's date.

When a law changes nothing but this file does: close the row that ends (`until`) and add the next one below it. A value
that is not known yet is a row whose value is None and whose source says where it will be published; docs/checks.md
lists them all, a test sees to it that every day of the next five years has its row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

CCP = date(2019, 4, 1)  # The code de la commande publique comes into force.


@dataclass(frozen=True)
class Row:
    """One value from `since` to `until` (None: no end known). A value of None is announced, not known yet."""

    name: str
    value: Any
    since: date
    until: date | None
    source: str


def _decimals(*texts: str) -> frozenset[Decimal]:
    return frozenset(map(Decimal, texts))


LAW: tuple[Row, ...] = (
    Row(
        "vat-rates", _decimals("0", "2.1", "5.5", "10", "20"), date(2014, 1, 1), None,
        "metropolitan France: CGI 278-0 bis, 279, 281 nonies; CIBS since 1 September 2026 (BOI-TVA-LIQ-30-10)",
    ),
    Row(
        "food-rates", _decimals("5.5"), date(2014, 1, 1), None, "food for people: BOI-TVA-LIQ-30-10-10",
    ),
    Row(
        "alcohol-rates", _decimals("20"), date(2014, 1, 1), None, "alcoholic drinks: BOI-TVA-LIQ-30-10-10",
    ),
    Row(
        "sweets-rates", _decimals("20"), date(2014, 1, 1), None,
        "sweets, margarine and vegetable fats, caviar: BOI-TVA-LIQ-30-10-10",
    ),
    Row(
        "chocolate-rates", _decimals("5.5", "20"), date(2014, 1, 1), None,
        "some products of chocolate: BOI-TVA-LIQ-30-10-10",
    ),
    Row(
        "plants-rates", _decimals("5.5", "10"), date(2014, 1, 1), None,
        "untransformed farm products, ornamental plants, firewood: BOI-TVA-LIQ-30-10-20",
    ),
    Row(
        "franchise-cgi", "TVA non applicable, art. 293 B du CGI", date(2014, 1, 1), date(2027, 12, 31),
        "CGI 293 E; tolerated until 31 December 2027 after ordonnance 2025-1247",
    ),
    Row(
        "franchise-cibs", "TVA non applicable, art. L. 223-3 du CIBS", date(2026, 9, 1), None,
        "CIBS L. 223-3, ordonnance 2025-1247",
    ),
    Row(
        "flat-rate", "Remboursement forfaitaire agricole, TVA non applicable", date(2014, 1, 1), None,
        "CGI 298 quater; wording under the CIBS not published yet",
    ),
    Row("exempt", "Exonération de TVA", date(2014, 1, 1), None, "CGI 261 and following; the article is free text"),
    Row(
        "flat-rate-threshold", Decimal(46000), date(2024, 1, 1), None,
        "average receipts of two years, in euros: BOI-TVA-SECT-80-10-20-10",
    ),
    Row(
        "vat-number-above", Decimal(150), date(2014, 1, 1), None,
        "total HT in euros above which a taxable supplier prints his VAT number: CGI annexe II 242 nonies A",
    ),
    Row("payment-days-public", 30, CCP, None, "State, local authorities, their public bodies: CCP R2192-10"),
    Row("payment-days-health", 50, CCP, None, "public health establishments: CCP R2192-11"),
    Row("payment-days-company", 60, CCP, None, "public companies: CCP R2192-11"),
    Row("payment-days-resumed", 30, CCP, None, "at least, from the answer to a suspension: CCP R2192-29"),
    Row("recovery-fee", Decimal(40), CCP, None, "euros for each late payment: CCP D2192-35"),
    Row("late-interest-margin", Decimal(8), CCP, None, "points above the ECB rate: CCP R2192-31"),
    Row("late-interest-paid-within", 45, CCP, None, "days after the principal: CCP R2192-36"),
    Row(
        "ecb-rate", Decimal("2.15"), date(2025, 7, 1), date(2025, 12, 31),
        "main refinancing operations on the first day of the half-year: European Central Bank, key interest rates",
    ),
    Row(
        "ecb-rate", Decimal("2.15"), date(2026, 1, 1), date(2026, 6, 30),
        "the same, unchanged since June 2025; to be read again at the ECB before it is quoted",
    ),
    Row(
        "ecb-rate", None, date(2026, 7, 1), None,
        "to be read at the European Central Bank on the first day of each half-year, one row each",
    ),
    Row(
        "new-mentions", "announced", date(2024, 1, 1), date(2027, 8, 31),
        "SIREN of the client, category of operation: décrets 2022-1299 and 2024-266, not yet asked of small businesses",
    ),
    Row(
        "new-mentions", "demanded", date(2027, 9, 1), None,
        "the same décrets: from the day on which small and medium businesses issue electronic invoices",
    ),
)  # fmt: skip

NAMES = tuple(dict.fromkeys(row.name for row in LAW))


def row_on(name: str, day: date) -> Row | None:
    """The row of this name that holds on this day."""
    return next((row for row in rows_of(name) if row.since <= day and (row.until is None or day <= row.until)), None)


def value_on(name: str, day: date) -> Any:
    """The value on this day; None before its first row and while it is only announced."""
    row = row_on(name, day)
    return row.value if row else None


def rows_of(name: str) -> Iterator[Row]:
    return (row for row in LAW if row.name == name)


@dataclass(frozen=True)
class Mention:
    """A wording that explains why no VAT is charged, the regimes it belongs to, and its last day."""

    wording: str
    regimes: frozenset[str]
    until: date | None = None


def _mention(name: str, *regimes: str) -> Mention:
    last = list(rows_of(name))[-1]
    return Mention(last.value, frozenset(regimes), last.until)


MENTIONS = {
    "franchise-cibs": _mention("franchise-cibs", "franchise"),
    "franchise-cgi": _mention("franchise-cgi", "franchise"),
    "flat-rate": _mention("flat-rate", "flat_rate"),
    "exempt": _mention("exempt", "exempt", "franchise", "flat_rate"),
}

# Regimes in which no VAT may be charged, with the wording to print on the invoice.
UNTAXED_REGIMES = {"franchise": "franchise-cibs", "flat_rate": "flat-rate"}

# What an order calls its goods, and the row of rates that goes with it; the first that fits. All else is food.
GOODS = (
    (
        "alcohol-rates",
        re.compile(r"\b(?:vins?|cidres?|poirés?|bières?|liqueurs?|eaux?[ -]de[ -]vie)\b", re.I),
    ),
    ("sweets-rates", re.compile(r"\b(?:bonbons?|confiseries?|sucettes?|nougats?|margarines?|caviars?)\b", re.I)),
    ("chocolate-rates", re.compile(r"\bchocolat", re.I)),
    ("plants-rates", re.compile(r"\b(?:plants?|fleurs?|semences?|paille|foin|bois de chauffage)\b", re.I)),
)


def vat_rates_on(day: date) -> frozenset[Decimal]:
    """The rates in use; those of the first row for a day before it."""
    return value_on("vat-rates", day) or next(rows_of("vat-rates")).value


def likely_rates(goods: str, day: date) -> frozenset[Decimal]:
    """The rates that goods with this description may bear; empty when nothing is known for that day."""
    name = next((name for name, words in GOODS if words.search(goods)), "food-rates")
    return value_on(name, day) or frozenset()


def late_interest_on(day: date) -> Decimal | None:
    """Percent a year owed on a payment that is late since this day; None while the ECB's rate is not recorded."""
    ecb, margin = value_on("ecb-rate", day), value_on("late-interest-margin", day)
    return ecb + margin if ecb is not None and margin is not None else None
