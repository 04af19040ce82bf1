"""The second transport: a file that Chorus Pro reads by itself (Factur-X, UBL…), and its report.

A flux is accepted long before it is judged. States are raw words; an unknown one is a state like another.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from chorus.api.parsing import Json, day, items, moment, text

# The final ones (public clients, live). Partly integrated: the correct invoices are in, the others must be redone.
INTEGRATED, PARTLY, REJECTED, FAILED = "IN_INTEGRE", "IN_INTEGRE_PARTIEL", "IN_REJETE", "IN_INCIDENTE"
FINAL = frozenset({INTEGRATED, PARTLY, REJECTED, FAILED})


@dataclass(frozen=True, kw_only=True)
class FluxDeposited:
    """`flow_number` such as `CPP0011117000000000425903`; no invoice exists yet."""

    flow_number: str
    deposit_date: date | None
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json) -> Self | None:
        """None without its number: received, but nothing to ask about."""
        flow_number = text(payload.get("numeroFluxDepot"))
        if not flow_number:
            return None
        return cls(flow_number=flow_number, deposit_date=day(payload.get("dateDepot")), raw=payload)


@dataclass(frozen=True, kw_only=True)
class FluxError:
    """Why one invoice of the flux was not integrated; each reason is in French, often cut at 200 characters."""

    number: str
    supplier_code: str
    recipient_code: str
    reasons: tuple[str, ...]

    @classmethod
    def from_json(cls, row: Json) -> Self:
        return cls(
            number=text(row.get("numeroDP")),
            supplier_code=text(row.get("identifiantFournisseur")),
            recipient_code=text(row.get("identifiantDestinataire")),
            reasons=tuple(filter(None, (part.strip() for part in text(row.get("libelleErreurDP")).split("|")))),
        )


@dataclass(frozen=True, kw_only=True)
class FluxReport:
    """`errors` by invoice; `technical_errors` concern the whole file."""

    state: str
    at: datetime | None
    errors: tuple[FluxError, ...]
    technical_errors: tuple[str, ...]
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json) -> Self:
        technical = items(payload.get("listeErreurTechnique"))
        return cls(
            state=text(payload.get("etatCourantDepotFlux")) or text(payload.get("etatCourantFlux")),
            at=moment(payload.get("dateHeureEtatCourantFlux")),
            errors=tuple(FluxError.from_json(row) for row in items(payload.get("listeErreurDP"))),
            technical_errors=tuple(text(row.get("libelleErreur")) or text(row.get("codeErreur")) for row in technical),
            raw=payload,
        )

    @property
    def is_final(self) -> bool:
        return self.state in FINAL
