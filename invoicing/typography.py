"""French writing for what people read: no-break spaces, dates, amounts."""

import re
from datetime import date
from decimal import Decimal

NBSP = "\u00a0"
THIN = "\u202f"


def french(text: str) -> str:
    """Put the no-break spaces French wants before « : ; ? ! % € » and inside guillemets."""
    text = re.sub(r" ([:;?!%€»])", NBSP + r"\1", text)
    return text.replace("« ", "«" + NBSP)


def day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def percent(rate: Decimal) -> str:
    """« 10,15 % », with a no-break space."""
    return f"{rate.normalize():f}".replace(".", ",") + f"{NBSP}%"


def euros(value: Decimal) -> str:
    """« 1 234,50 € », with no-break spaces."""
    return f"{value:,.2f}".replace(",", THIN).replace(".", ",") + f"{NBSP}€"
