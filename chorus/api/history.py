"""The passages of status of one invoice, as `consulter/historique` tells them. Statuses stay raw words."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from chorus.api.parsing import Json, integer, items, known, mapping, moment, page_count, text


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One passage of status; `at` is aware (Europe/Paris), to the minute."""

    id: int
    status: str
    at: datetime | None
    comment: str
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, id: int, row: Json) -> Self:
        return cls(
            id=id,
            status=text(row.get("histoStatutCode")),
            at=moment(row.get("histoStatutDatePassage")),
            comment=text(row.get("histoStatutCommentaire")),
            raw=row,
        )


@dataclass(frozen=True, kw_only=True)
class HistoryPage:
    """One page of an invoice's statuses, `current_status` being told on each."""

    cpp_id: int
    number: str
    current_status: str
    entries: tuple[HistoryEntry, ...]
    pages: int

    @classmethod
    def from_json(cls, payload: Json, *, cpp_id: int, page_size: int) -> Self:
        statuses = mapping(payload.get("historiquesDesStatuts"))
        total = integer(statuses.get("totalHistoStatut")) or 0
        return cls(
            cpp_id=integer(payload.get("idFacture")) or cpp_id,
            number=text(payload.get("numeroFacture")),
            current_status=text(payload.get("statutCourantCode")),
            entries=tuple(
                HistoryEntry.from_json(id, row)
                for id, row in known(items(statuses.get("histoStatut")), "histoStatutId")
            ),
            pages=page_count(statuses.get("pagesHistoStatut"), page_size=page_size, total=total),
        )


@dataclass(frozen=True, kw_only=True)
class History:
    """All passages of an invoice, each id once, newest first as Chorus Pro sends them."""

    cpp_id: int
    number: str
    current_status: str
    entries: tuple[HistoryEntry, ...]
