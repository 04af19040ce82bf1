"""What the XML says, as the fields are written: amounts « 1234.56 » as it signs them, dates « 2026-11-18 »."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from invoicing.reading.facturx import tree
from invoicing.reading.facturx.tree import LONGEST, Node

LINES = 30


def identifier(parties: Sequence[Node | None], paths: Sequence[str], accept: Callable[[str, str], bool]) -> str:
    """The first identifier whose scheme and digits `accept` likes."""
    for party in parties:
        for path in paths:
            for found in tree.every(party, path):
                text = re.sub(r"[ .]", "", found.text or "")
                if accept(found.get("schemeID") or "", text):
                    return text
    return ""


def company(party: Node | None, *paths: str) -> str:
    """The SIREN of a French company, alone or in its VAT number; the VAT number of another."""
    numbers = [re.sub(r"[ .]", "", found.text or "") for path in paths for found in tree.every(party, path)]
    french = (re.fullmatch(r"(?:FR\w{2})?(\d{9})", number) for number in numbers)
    siren = next((match[1] for match in french if match), "")
    foreign = (number for number in numbers if re.fullmatch(r"(?!FR)[A-Z]{2}\w{2,13}", number))
    return siren or next(foreign, "")


def is_siret(scheme: str, text: str) -> bool:
    """The flow of Chorus Pro before 2026 gives SIRETs the scheme of SIRENs (0002), the standard of 2026 their own."""
    return scheme in {"0009", "0002", ""} and bool(re.fullmatch(r"\d{14}", text))


def is_service(scheme: str, text: str) -> bool:
    return scheme == "0224" and 0 < len(text) <= LONGEST


def kind_of(code: str) -> str:
    return "AVOIR" if code in {"381", "261", "262", "296", "396", "420", "458", "532"} else "FACTURE" if code else ""


def other_kind(code: str) -> str:
    """Self-billed, corrective, advance, pro forma…: Chorus Pro is given invoices and credit notes."""
    return "" if code in {"", "380", "381"} else code


def amount(text: str) -> str:
    try:
        value = Decimal(text)
        return f"{value:.2f}" if value.is_finite() and abs(value) < 10**11 else ""
    except InvalidOperation:
        return ""


def rate(text: str) -> str:
    """« 20 » or « 5.5 »; an exempt line may leave it out."""
    return amount(text or "0").rstrip("0").rstrip(".")


def day(text: str) -> str:
    """« 20261102 » or « 2026-11-02 », with or without a time behind it."""
    match = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)", text)
    try:
        return date(*map(int, match.groups())).isoformat() if match else ""
    except ValueError:
        return ""


def vat_lines(lines: Iterator[Node], percent: str, base: str, tax: str) -> str:
    """« 5.5:100.00:5.50 » joined by semicolons; nothing as soon as one line does not say all three."""
    found = []
    for line in lines:
        parts = [rate(tree.text(line, percent)), amount(tree.text(line, base)), amount(tree.text(line, tax))]
        if not all(parts) or len(found) == LINES:
            return ""
        found.append(":".join(parts))
    return ";".join(found)


def sum_of_lines(lines: Sequence[Node], changes: Iterator[Node], paths: tuple[str, str]) -> dict[str, str]:
    """What the lines come to with the document's own allowances and charges, and how many they are."""
    is_charge, size = paths
    amounts = [amount(line.text or "") for line in lines]
    for change in changes:
        charged = amount(tree.text(change, size))
        amounts.append(charged if tree.text(change, is_charge) == "true" else turned(charged))
    if not lines or not all(amounts):
        return {}
    return {"lines_ht": f"{sum(map(Decimal, amounts), Decimal(0)):.2f}", "lines": str(len(amounts))}


def paid(sums: Node | None, prepaid: str, rounding: str) -> str:
    """What was paid before, where that alone parts the net to pay from the total."""
    return "" if tree.text(sums, rounding) else amount(tree.text(sums, prepaid))


def joined(*days: str) -> str:
    return ",".join(sorted({day for day in days if day}))


def turned(amount: str) -> str:
    """With the other sign; empty stays empty."""
    return f"{-Decimal(amount) or Decimal(0):.2f}" if amount else ""
