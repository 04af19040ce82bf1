"""The pagination block of the requests and `parametresRetour` of the answers."""

import math
from dataclasses import dataclass
from typing import Any

from chorus.simulator.reading import integer, text

PAGE_SIZE = 10
MAXIMUM = 200  # rows in all pages together: what lies beyond is silently left out


@dataclass(frozen=True)
class Page:
    """Page `number` (from 1) of `size` rows, among the first `maximum` rows."""

    number: int = 1
    size: int = PAGE_SIZE
    maximum: int = MAXIMUM
    column: str = ""
    descending: bool = True

    @classmethod
    def asked(cls, given: dict[str, Any]) -> "Page":
        return cls(
            number=_positive(given, "pageResultatDemandee", 1),
            size=_positive(given, "nbResultatsParPage", PAGE_SIZE),
            maximum=_positive(given, "nbResultatsMaximum", MAXIMUM),
            column=text(given, "triColonne"),
            descending=text(given, "triSens") != "Ascendant",
        )

    @property
    def offset(self) -> int:
        return min((self.number - 1) * self.size, self.maximum)

    @property
    def limit(self) -> int:
        return max(0, min(self.size, self.maximum - self.offset))

    def pages(self, total: int) -> int:
        return math.ceil(total / self.size)

    def returned(self, total: int) -> dict[str, int]:
        return {
            "pageCourante": self.number,
            "pages": self.pages(total),
            "nbResultatsParPage": self.size,
            "total": total,
        }

    def cut(self, rows: list) -> list:
        return rows[self.offset : self.offset + self.limit]


def _positive(given: dict[str, Any], key: str, default: int) -> int:
    value = integer(given, key)
    return value if value is not None and value > 0 else default
