"""Keep secrets and files out of every text that may be logged, stored or shown."""

import re
from collections.abc import Iterable
from urllib.parse import quote_plus

HIDDEN = "[masqué]"
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{50,}={0,2}")
_LOOKED_AT = 200_000
_MARGIN = 2_000  # longer than any secret: half of one, left at the cut, goes with it


def redact(words: str, secrets: Iterable[str]) -> str:
    """`words` without the given secrets, plain or form-encoded, and without long runs of base 64."""
    cut = len(words) > _LOOKED_AT
    words = words[:_LOOKED_AT]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for form in {secret, quote_plus(secret)}:
            words = words.replace(form, HIDDEN)
    return _LONG_BASE64.sub(HIDDEN, words[:-_MARGIN] if cut else words)
