"""French writing for what people read: no-break spaces, amounts."""

import re
from decimal import Decimal

THIN, NBSP, MINUS = "\u202f", "\u00a0", "\u2212"


def french(text: str) -> str:
    """Put the no-break spaces French wants before « : ; ? ! % € » and inside guillemets."""
    text = re.sub(r" ([:;?!%€»])", NBSP + r"\1", text)
    return text.replace("« ", "«" + NBSP)


def whole(n: int) -> str:
    """« 12 345 », with no-break spaces."""
    return f"{n:,}".replace(",", THIN)


def how_many(n: int, one: str, many: str = "") -> str:
    """« 0 facture », « 1 facture », « 12 345 factures »; `many` where it is more than an s."""
    return f"{whole(n)} {(many or f'{one}s') if n > 1 else one}"


def euros(amount: Decimal) -> str:
    """« 1 234,56 € », « −5,00 € », with no-break spaces."""
    digits = f"{abs(amount):,.2f}".replace(",", THIN).replace(".", ",")
    return f"{MINUS if amount < 0 else ''}{digits}{NBSP}€"
