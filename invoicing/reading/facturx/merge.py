"""The XML and the pages together: what software wrote for software, at the place where the pages say the same."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from invoicing.reading.dates import find_dates
from invoicing.reading.facturx.values import turned
from invoicing.reading.layout import Place, Sheet
from invoicing.reading.numbers import find_amounts
from invoicing.reading.result import Difference, Found, Source
from invoicing.reading.text import Page

NOWHERE = (0.0, 0.0, 0.0, 0.0)
AMOUNTS = ("total_ht", "total_tva", "total_ttc", "net_to_pay", "paid")
COMPARED = ("number", "issue_date", "supplier_siret", "buyer_siret", "total_ttc", "iban", "kind")
# Not every invoice prints a SIRET for its buyer, nor the word « facture » where we look.
ALWAYS_PRINTED = ("number", "issue_date", "total_ttc")


@dataclass(frozen=True)
class Merged:
    """`fields`: the XML's, at the place of the same value on the pages, then what the pages alone say."""

    fields: dict[str, Found]
    differences: dict[str, Difference]


def merge(electronic: Mapping[str, str], printed: Mapping[str, Found], pages: Sequence[Page]) -> Merged:
    """What software wrote for software is the best source; where the pages say something else, it is told."""
    electronic = _signed_as_printed(electronic, printed)
    rows = tuple(Sheet.of(pages).whole_rows())
    guessed = any(page.guessed for page in pages)
    fields, differences = dict(printed), {}
    for name, value in electronic.items():
        shown = printed.get(name)
        found = _shown_at(name, value, shown) or _somewhere(name, value, rows)
        difference = _compare(name, value, shown, found) if name in COMPARED else None
        if difference:
            differences[name] = replace(difference, sure=not guessed)
        place = found or Found(value, 0, NOWHERE, sure=True)
        contradicted = bool(difference or (shown and shown.sure and not found))
        fields[name] = replace(place, value=value, sure=not contradicted, source=Source.XML)
    return Merged(fields, differences)


def _signed_as_printed(electronic: Mapping[str, str], printed: Mapping[str, Found]) -> dict[str, str]:
    """The XML of a credit note counts positively; where the page shows minus signs, they stay."""
    total, shown = electronic.get("total_ttc"), printed.get("total_ttc")
    if not (total and shown and shown.value != total and _key("total_ttc", shown.value) == _key("total_ttc", total)):
        return dict(electronic)
    changed = {name: turned(electronic[name]) for name in AMOUNTS if name in electronic}
    lines = [line.split(":") for line in electronic.get("vat_lines", "").split(";") if line]
    changed["vat_lines"] = ";".join(f"{rate}:{turned(base)}:{turned(tax)}" for rate, base, tax in lines)
    return {**electronic, **{name: value for name, value in changed.items() if value}}


def _shown_at(name: str, value: str, shown: Found | None) -> Found | None:
    return shown if shown and _key(name, shown.value) == _key(name, value) else None


def _compare(name: str, value: str, shown: Found | None, found: Found | None) -> Difference | None:
    """The reader's doubt is settled by finding the XML's value on the page, its certainty is not."""
    if found is shown and shown:
        return None
    if shown and (shown.sure or not found) and not (found and _is_part(name, shown.value, value)):
        return Difference(value, shown.value)
    return None if found or name not in ALWAYS_PRINTED else Difference(value, "")


def _is_part(name: str, shown: str, value: str) -> bool:
    """« 0147 » read where « FA-2026-0147 » stands."""
    return name == "number" and _key(name, shown) in _key(name, value)


def _key(name: str, value: str) -> str:
    """What two writings of one value have in common."""
    if name in AMOUNTS:
        return value.lstrip("-")
    if name == "vat_lines":
        return ";".join(sorted(value.replace("-", "").split(";")))
    return re.sub(r"[\W_]", "", value).upper() if name != "delivery_dates" else value


def _somewhere(name: str, value: str, rows: Sequence) -> Found | None:
    """The first place on the pages where this value stands, in any writing."""
    finder = _finder(name, value)
    for row in rows if finder else ():
        span = finder(row)
        if span:
            return Found(value, row.page.number, Place(row, *span).box, sure=True)
    return None


def _finder(name: str, value: str) -> Callable | None:
    if name in AMOUNTS:
        size = abs(Decimal(value))
        return lambda row: _span(one for one in find_amounts(row.text) if abs(one.value) == size)
    if name in {"issue_date", "due_date", "origin_date"}:
        return lambda row: _span(one for one in find_dates(row.folded) if one.value.isoformat() == value)
    signs = [re.escape(sign) for sign in _key(name, value)]
    if name in {"kind", "delivery_dates", "vat_lines"} or len(signs) < 3:
        return None
    pattern = re.compile(rf"(?<![^\W_]){'[^0-9A-Z]{0,2}'.join(signs)}(?![^\W_])", re.IGNORECASE)
    return lambda row: match.span() if (match := pattern.search(row.text)) else None


def _span(found: Iterator) -> tuple[int, int] | None:
    first = next(found, None)
    return (first.start, first.end) if first else None
