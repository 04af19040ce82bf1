"""Invoices as Chorus Pro tells them. Statuses stay raw words; amounts are exact Decimals in euros."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from chorus.api.parsing import Json, amount, day, integer, items, known, mapping, moment, page_count, text


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """The answer of `soumettre`: `cpp_id` is `identifiantFactureCPP`, `deposit_date` a day in Paris."""

    cpp_id: int
    number: str
    status: str
    deposit_date: date | None
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json) -> Self | None:
        """None without the invoice's id: accepted, but we cannot tell what."""
        cpp_id = integer(payload.get("identifiantFactureCPP"))
        if cpp_id is None:
            return None
        return cls(
            cpp_id=cpp_id,
            number=text(payload.get("numeroFacture")),
            status=text(payload.get("statutFacture")),
            deposit_date=day(payload.get("dateDepot")),
            raw=payload,
        )


@dataclass(frozen=True, kw_only=True)
class InvoiceRow:
    """One line of `rechercher/fournisseur`. `status_at` (aware) is Chorus Pro's own clock of the present status,
    `comment` the motive written by the recipient. `cpp_id` is None only if the far side left it out."""

    cpp_id: int | None
    number: str
    kind: str
    invoice_date: date | None
    deposit_date: date | None
    recipient_siret: str
    supplier_code: str
    service_code: str
    engagement_number: str
    total_ttc: Decimal | None
    status: str
    status_at: datetime | None
    comment: str
    flow_number: str
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, row: Json) -> Self:
        return cls(
            cpp_id=integer(row.get("identifiantFactureCPP")),
            number=text(row.get("numeroFacture")),
            kind=text(row.get("typeFacture")),
            invoice_date=day(row.get("dateFacture")),
            deposit_date=day(row.get("dateDepot")),
            recipient_siret=text(row.get("codeDestinataire")),
            supplier_code=text(row.get("codeFournisseur")),
            service_code=text(row.get("codeServiceExecutant")),
            engagement_number=text(row.get("numeroBonCommande")),
            total_ttc=amount(row.get("montantTTC")),
            status=text(row.get("statut")),
            status_at=moment(row.get("dateHeureEtatCourant")),
            comment=text(row.get("commentaireEtatCourant")),
            flow_number=text(row.get("numeroFluxDepot")),
            raw=row,
        )


@dataclass(frozen=True, kw_only=True)
class InvoicePage:
    """`page` of `pages`; `total` counts the rows of the whole search, capped by the `maximum` that was asked for."""

    rows: tuple[InvoiceRow, ...]
    page: int
    pages: int
    total: int

    @classmethod
    def from_json(cls, payload: Json, *, page: int, page_size: int) -> Self:
        counts = mapping(payload.get("parametresRetour"))
        rows = tuple(InvoiceRow.from_json(row) for row in items(payload.get("listeFactures")))
        total = integer(counts.get("total"))
        total = len(rows) if total is None else total
        return cls(
            rows=rows,
            page=integer(counts.get("pageCourante")) or page,
            pages=page_count(counts.get("pages"), page_size=page_size, total=total),
            total=total,
        )


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
