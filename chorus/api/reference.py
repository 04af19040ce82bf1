"""The lists of Chorus Pro, and what it says of its own health. Field names: public clients."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from chorus.api.parsing import Json, amount, items, text


@dataclass(frozen=True, kw_only=True)
class Health:
    """`available` is what the service says of itself; a service that does not answer raises Unavailable instead."""

    available: bool
    message: str

    @classmethod
    def from_json(cls, payload: Json) -> Self:
        return cls(available=text(payload.get("statusCode")).upper() == "OK", message=text(payload.get("body")))


@dataclass(frozen=True, kw_only=True)
class VatRate:
    """`value` in percent: 5.5 for 5,5 %. `code` (such as TVA5) goes into lines of `SAISIE_API`."""

    code: str
    label: str
    value: Decimal | None

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        return tuple(
            cls(
                code=text(row.get("codeTauxTva")),
                label=text(row.get("libelleTauxTva")),
                value=amount(row.get("valeurTauxTva")),
            )
            for row in items(payload.get("listeTauxTva"))
        )


@dataclass(frozen=True, kw_only=True)
class AttachmentType:
    code: str
    label: str

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        return tuple(
            cls(code=text(row.get("codeTypePieceJointe")), label=text(row.get("libelleTypePieceJointe")))
            for row in items(payload.get("listeTypePieceJointe"))
        )


@dataclass(frozen=True, kw_only=True)
class Engagement:
    number: str
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        rows = items(payload.get("listeEngagementJuridique"))
        return tuple(cls(number=text(row.get("numeroEngagementJuridique")), raw=row) for row in rows)
