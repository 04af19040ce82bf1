"""French writing for what people read: no-break spaces."""

import re

NBSP = "\u00a0"


def french(text: str) -> str:
    """Put the no-break spaces French wants before « : ; ? ! % € » and inside guillemets."""
    text = re.sub(r" ([:;?!%€»])", NBSP + r"\1", text)
    return text.replace("« ", "«" + NBSP)
