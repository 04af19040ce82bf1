"""Amounts of money in every writing a French invoice uses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

# « 1 234,56 », « 1.234,56 », « 1'234.56 », « 1,234.56 », « 1234,56 », « 1234.56 »
# « 1 /234,56 » is a narrow no-break space written in a font of PDF that has none: its lower byte is « / ».
_GROUPED = (
    r"\d{1,3}(?:[ .']\d{3})+,\d{2}|\d{1,3}(?: /\d{3})+,\d{2}|\d{1,3}(?:[ ,']\d{3})+\.\d{2}|(?!0\d)\d{1,9}[.,]\d{2}"
)
# Without decimals only a currency tells an amount from a quantity or a year.
# « 2 457 09 € » has lost its comma: no nine euros.
_WHOLE = r"(?<!\d )(?!0\d)(?:\d{1,3}(?: \d{3})+|\d{1,7})(?= ?(?:€|eur\b|euros?\b))"
_EURO = r"(?: ?(?:€|eur\b|euros?\b))?"
# Before an amount stands nothing but these: a lost sign between thousands leaves « ?049,70 ».
_BEFORE = r"(?<![^\s():=€*>|+\[_;\"«%])"
# « 12,50- € » is below zero; « 12,50 - Port » and « 12,50 -15,00 » are not.
_MINUS = rf"{_EURO}-{_EURO}(?![\w(])(?! ?€)|{_EURO} -{_EURO}(?! ?[\w(€])"
_AMOUNT = re.compile(
    rf"{_BEFORE}(?P<sign>[-+] ?)?(?P<open>\( ?)?(?:€ ?)?(?P<inner>[-+] ?)?(?P<digits>{_GROUPED}|{_WHOLE})"
    rf"(?P<minus>{_MINUS})?(?(open){_EURO} ?\)|)(?![\w%])(?! ?%)(?![.,/'-]\d)",
    re.IGNORECASE,
)
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in euros, and where it stands in the text it was found in."""

    value: Decimal
    start: int
    end: int


def find_amounts(text: str) -> Iterator[Amount]:
    """Every amount of a line: two decimals, or whole euros followed by their sign. Rates (« 5,50 % ») are none."""
    for match in _AMOUNT.finditer(text):
        if len(match["digits"]) <= _LONGEST:
            yield Amount(_value(match), match.start(), match.end())


def _value(match: re.Match) -> Decimal:
    digits = match["digits"]
    whole, cents = (digits[:-3], digits[-2:]) if digits[-3:-2] in {".", ","} else (digits, "00")
    value = Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{cents}")
    signs = f"{match['sign'] or ''}{match['inner'] or ''}"
    negative = bool(match["minus"] or match["open"] or signs.startswith("-"))
    return -value if negative else value
