"""Invoices as Chorus Pro tells them. Statuses stay raw words; amounts are exact Decimals in euros."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from chorus.api.parsing import Json, amount, day, flag, integer, items, known, mapping, moment, page_count, text


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
class Recycled:
    """The answer of `recycler`: the same invoice, back on its way."""

    cpp_id: int
    number: str
    status: str
    deposit_date: date | None
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json, *, cpp_id: int) -> Self:
        return cls(
            cpp_id=integer(payload.get("identifiantFactureCPP")) or cpp_id,
            number=text(payload.get("numeroFacture")),
            status=text(payload.get("statutFacture")),
            deposit_date=day(payload.get("dateDepot")),
            raw=payload,
        )


@dataclass(frozen=True, kw_only=True)
class Treated:
    """The answer of `completer`: `at` is aware, to the minute."""

    cpp_id: int
    number: str
    at: datetime | None
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json, *, cpp_id: int) -> Self:
        return cls(
            cpp_id=integer(payload.get("identifiantFactureCPP")) or cpp_id,
            number=text(payload.get("numeroFacture")),
            at=moment(payload.get("dateTraitement")),
            raw=payload,
        )


@dataclass(frozen=True, kw_only=True)
class ReadPdf:
    """What Chorus Pro's OCR read in a PDF (`deposer/pdf`): hints only, often nothing but the id to submit."""

    piece_id: int
    number: str
    invoice_date: date | None
    recipient_siret: str
    engagement_number: str
    total_ht: Decimal | None
    total_ttc: Decimal | None
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json) -> Self | None:
        piece_id = integer(payload.get("pieceJointeId"))
        if piece_id is None:
            return None
        return cls(
            piece_id=piece_id,
            number=text(payload.get("numeroFacture")),
            invoice_date=day(payload.get("dateFacture")),
            recipient_siret=text(payload.get("codeDestinataire")),
            engagement_number=text(payload.get("numeroBonCommande")),
            total_ht=amount(payload.get("montantHtTotal")),
            total_ttc=amount(payload.get("montantTtcAvantRemiseGlobalTTC")),
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
class AttachedFile:
    """A file of a deposited invoice; `kind` is the code of its type."""

    id: int
    name: str
    kind: str
    extension: str

    @classmethod
    def from_json(cls, payload: Json) -> tuple[Self, ...]:
        return tuple(
            cls(
                id=id,
                name=text(row.get("pieceJointeDesignation")),
                kind=text(row.get("pieceJointeTypeCode")),
                extension=text(row.get("pieceJointeExtension")),
            )
            for id, row in known(items(payload.get("pieceJointe")), "pieceJointeId")
        )


@dataclass(frozen=True, kw_only=True)
class InvoiceDetail:
    """One invoice in full (`consulter/fournisseur`). `payment_order` is the recipient's `numeroDpMandat`.

    `attachments` holds the first page only, ten files by default; `rejection_treated` is `rejetTraite`.
    """

    cpp_id: int
    number: str
    kind: str
    status: str
    invoice_date: date | None
    deposit_date: date | None
    due_date: date | None
    supplier_id: int | None
    supplier_code: str
    recipient_siret: str
    service_code: str
    engagement_number: str
    contract_number: str
    total_ht: Decimal | None
    total_tva: Decimal | None
    total_ttc: Decimal | None
    net_to_pay: Decimal | None
    payment_order: str
    comment: str
    rejection_treated: bool
    attachments: tuple[AttachedFile, ...]
    raw: Json = field(repr=False)

    @classmethod
    def from_json(cls, payload: Json, *, cpp_id: int) -> Self | None:
        """None without an invoice."""
        invoice = mapping(payload.get("facture"))
        if not invoice:
            return None
        recipient, supplier = mapping(invoice.get("destinataire")), mapping(invoice.get("fournisseur"))
        references, totals = mapping(invoice.get("references")), mapping(invoice.get("montantTotal"))
        return cls(
            cpp_id=integer(invoice.get("identifiantFactureCPP")) or cpp_id,
            number=text(invoice.get("numeroFacture")),
            kind=text(references.get("typeFacture")),
            status=text(invoice.get("statutFacture")),
            invoice_date=day(references.get("dateFacture")),
            deposit_date=day(references.get("dateDepot")),
            due_date=day(references.get("dateEcheancePaiement")),
            supplier_id=integer(supplier.get("idFournisseur")),
            supplier_code=text(supplier.get("codeFournisseur")),
            recipient_siret=text(recipient.get("codeDestinataire")),
            service_code=text(recipient.get("codeServiceExecutant")),
            engagement_number=text(references.get("numeroBonCommande")),
            contract_number=text(references.get("numeroMarche")),
            total_ht=amount(totals.get("montantHtTotal")),
            total_tva=amount(totals.get("montantTVA")),
            total_ttc=amount(totals.get("montantTtcTotal")),
            net_to_pay=amount(totals.get("montantAPayer")),
            payment_order=text(references.get("numeroDpMandat")),
            comment=text(invoice.get("commentaire")),
            rejection_treated=flag(invoice.get("rejetTraite")),
            attachments=AttachedFile.from_json(mapping(invoice.get("listeDesPiecesJointes"))),
            raw=payload,
        )
