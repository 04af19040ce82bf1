"""What `deposer/pdf` says it read in the PDF: nothing, as recorded on the real service, or a first guess.

The guess looks at the text layer only, and is as naive as the real one is poor: it is a hint, never the truth.
"""

import io
import re
from typing import Any

from pypdf import PdfReader

from chorus.simulator.identity import NUMBER
from chorus.simulator.store import Store

FIELDS = (
    "numeroFacture", "dateFacture", "codeDestinataire", "codeServiceExecutant", "codeFournisseur", "codeDeviseFacture",
    "typeFacture", "typeTva", "numeroBonCommande", "montantTtcAvantRemiseGlobalTTC", "montantAPayer", "montantHtTotal",
    "montantTVA",
)  # fmt: skip
NOTHING: dict[str, Any] = dict.fromkeys(FIELDS) | {"typeFacture": "FACTURE"}
_AMOUNT = r"\D{0,20}?(\d[\d \u00a0\u202f]*[.,]\d\d)"
AMOUNTS = {
    "montantHtTotal": re.compile(rf"total\s+h\.?t\.?{_AMOUNT}", re.I),
    "montantTVA": re.compile(rf"total\s+(?:de\s+la\s+)?t\.?v\.?a\.?{_AMOUNT}", re.I),
    "montantTtcAvantRemiseGlobalTTC": re.compile(rf"total\s+t\.?t\.?c\.?{_AMOUNT}", re.I),
    "montantAPayer": re.compile(rf"net\s+[àa]\s+payer{_AMOUNT}", re.I),
}
WORDS = {
    "numeroFacture": re.compile(r"(?:facture|avoir)\s*(?:n[°o.]|num[ée]ro)?\s*:?\s*([A-Z0-9][\w/+-]{0,19})", re.I),
    "numeroBonCommande": re.compile(r"(?:engagement|bon de commande)\s*(?:n[°o.])?\s*:?\s*([\w/+-]{3,50})", re.I),
}
_DAY = re.compile(r"\b(\d{2})/(\d{2})/(\d{4})\b")
_SIRET = re.compile(r"\b\d{3}[ \u00a0]?\d{3}[ \u00a0]?\d{3}[ \u00a0]?\d{5}\b")


def read(store: Store, content: bytes) -> dict[str, Any]:
    """The fields of `deposer/pdf`; a field that was not found is None."""
    try:
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages[:3])
    except Exception:  # a damaged PDF raises whatever it likes, and is accepted by the real service
        return dict(NOTHING)
    found = {name: _word(pattern, text) for name, pattern in WORDS.items()}
    found |= {name: _amount(pattern, text) for name, pattern in AMOUNTS.items()}
    kind = "AVOIR" if re.search(r"\bavoir\b", text, re.I) and not re.search(r"\bfacture\b", text, re.I) else "FACTURE"
    currency = "EUR" if "€" in text or "EUR" in text else None
    return (
        NOTHING
        | found
        | _parties(store, text)
        | {"dateFacture": _day(text), "typeFacture": kind, "codeDeviseFacture": currency}
    )


def _word(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match and NUMBER.match(match[1]) else None


def _amount(pattern: re.Pattern[str], text: str) -> float | None:
    match = pattern.search(text)
    return float(re.sub(r"[^\d,.]", "", match[1]).replace(",", ".")) if match else None


def _day(text: str) -> str | None:
    match = _DAY.search(text)
    return f"{match[3]}-{match[2]}-{match[1]}" if match else None


def _parties(store: Store, text: str) -> dict[str, str | None]:
    """The first known recipient and supplier whose SIRET is printed."""
    parties: dict[str, str | None] = {"codeDestinataire": None, "codeFournisseur": None}
    for printed in _SIRET.findall(text):
        siret = re.sub(r"\D", "", printed)
        public = store.value("select public from structure where siret = ?", siret)
        if public is not None:
            name = "codeDestinataire" if public else "codeFournisseur"
            parties[name] = parties[name] or siret
    return parties
