"""Request bodies. Plain JSON values, so that what will be sent can be frozen in a database and sent later unchanged.

Amounts are JSON numbers, as the service wants. They are Python floats of at most two decimals: below 10^13 euros the
shortest text of such a float is the decimal itself, so nothing is lost on the way to the database or to the wire.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from chorus.api.parsing import LARGEST_AMOUNT, PARIS, Json

PAGE_SIZE = 100
# Without it the service stops at 200 rows and says nothing (annex of the API).
MAXIMUM = 10_000

# The space « Factures émises », in the official example of telecharger/groupe.
ISSUED_INVOICES = 8

Kind = Literal["FACTURE", "AVOIR"]
PaymentMode = Literal["CHEQUE", "PRELEVEMENT", "VIREMENT", "ESPECE", "AUTRE", "REPORT"]
VatType = Literal["TVA_SUR_DEBIT", "TVA_SUR_ENCAISSEMENT", "EXONERATION", "SANS_TVA"]


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file already uploaded: `name` with its extension (at most 50 characters), `kind` from `attachment_types`."""

    name: str
    kind: str
    piece_id: int


def submit_payload(
    *,
    number: str,
    invoice_date: date,
    supplier_id: int,
    recipient_siret: str,
    total_ht: Decimal,
    total_tva: Decimal,
    total_ttc: Decimal,
    net_to_pay: Decimal,
    kind: Kind = "FACTURE",
    service_code: str = "",
    engagement_number: str = "",
    contract_number: str = "",
    origin_number: str = "",
    payment_mode: PaymentMode | Literal[""] = "VIREMENT",
    vat_type: VatType | None = None,
    comment: str = "",
) -> Json:
    """The body of `soumettre` in mode DEPOT_PDF_API, without `pieceJointePrincipale` (the client adds it).

    `supplier_id` is the supplier's `idStructureCPP`; amounts in euros, at most two decimals (else ValueError);
    `origin_number` is the invoice an AVOIR corrects. Empty values are left out.
    """
    return _filled(
        {
            "modeDepot": "DEPOT_PDF_API",
            "numeroFactureSaisi": number,
            "dateFacture": invoice_date.isoformat(),
            "destinataire": {"codeDestinataire": recipient_siret, "codeServiceExecutant": service_code},
            "fournisseur": {"idFournisseur": supplier_id},
            "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
            "references": {
                "deviseFacture": "EUR",
                "typeFacture": kind,
                "typeTva": vat_type,
                "numeroMarche": contract_number,
                "numeroBonCommande": engagement_number,
                "numeroFactureOrigine": origin_number,
                "modePaiement": payment_mode,
            },
            "montantTotal": {
                "montantHtTotal": euros(total_ht),
                "montantTVA": euros(total_tva),
                "montantTtcTotal": euros(total_ttc),
                "montantAPayer": euros(net_to_pay),
            },
            "commentaire": comment,
        }
    )


def with_pieces(payload: Json, piece_id: int, piece_name: str, attachments: Sequence[Attachment] = ()) -> Json:
    """A copy of `payload` with its PDF and what is joined to it. An array, though the 2020 description says an object
    (five live clients)."""
    piece = {"pieceJointePrincipaleDesignation": piece_name, "pieceJointePrincipaleId": piece_id}
    joined = _filled({"pieceJointeComplementaire": _extra_pieces(attachments)})
    return {**payload, "pieceJointePrincipale": [piece], **joined}


def search_payload(
    *,
    page: int,
    page_size: int,
    maximum: int,
    supplier_id: int | None,
    number: str,
    changed_from: date | datetime | None,
    changed_to: date | datetime | None,
    sort: str,
    ascending: bool,
    statuses: tuple[str, ...],
    flow_number: str,
) -> Json:
    """The body of `rechercher/fournisseur`; unused criteria are left out, the maximum never is."""
    return _filled(
        {
            "idFournisseur": supplier_id,
            "numeroFacture": number,
            "statutCourant": list(statuses),
            "numeroFluxDepot": flow_number,
            "periodeDateHeureEtatCourantDu": bound(changed_from, time.min),
            "periodeDateHeureEtatCourantAu": bound(changed_to, time(23, 59, 59)),
            "rechercheFactureParFournisseur": {
                **paging(page, page_size),
                "nbResultatsMaximum": maximum,
                "triColonne": sort,
                "triSens": "Ascendant" if ascending else "Descendant",
            },
        }
    )


def _extra_pieces(attachments: Sequence[Attachment]) -> list[Json]:
    return [
        {
            "pieceJointeComplementaireDesignation": attachment.name,
            "pieceJointeComplementaireType": attachment.kind,
            "pieceJointeComplementaireId": attachment.piece_id,
        }
        for attachment in attachments
    ]


def complete_payload(cpp_id: int, comment: str, attachments: Sequence[Attachment]) -> Json:
    pieces = _extra_pieces(attachments)
    return _filled({"identifiantFactureCPP": cpp_id, "pieceJointeComplementaire": pieces, "commentaire": comment})


def recycle_payload(cpp_id: int, recipient_siret: str, service_code: str, engagement_number: str, comment: str) -> Json:
    """`reference`, in the singular, is how this operation names the block that `soumettre` calls `references`."""
    return _filled(
        {
            "identifiantFactureCPP": cpp_id,
            "destinataire": {"codeDestinataire": recipient_siret, "codeServiceExecutant": service_code},
            "reference": {"numeroBonCommande": engagement_number},
            "commentaire": comment,
        }
    )


def download_payload(cpp_ids: Sequence[int], form: str, with_attachments: bool) -> Json:
    return {
        "idEspace": ISSUED_INVOICES,
        "format": form,
        "avecPiecesJointesComplementaires": "Oui" if with_attachments else "Non",
        "listeFacture": [{"idFacture": cpp_id} for cpp_id in cpp_ids],
    }


def history_payload(cpp_id: int, page: int, page_size: int) -> Json:
    return {
        "idFacture": cpp_id,
        "nbResultatsMaximum": MAXIMUM,
        "paramRechercheHistoStatuts": {
            "pageResultatDemandeeListeHistoStatut": page,
            "nbResultatsParPageListeHistoStatut": page_size,
        },
    }


def paging(page: int, page_size: int) -> Json:
    return {"pageResultatDemandee": page, "nbResultatsParPage": page_size}


def bound(value: date | datetime | None, end: time) -> str | None:
    """`2026-03-31T23:59:59`, local time of Paris without a zone: the form seen accepted. A day alone takes `end`."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(value, end)
    elif value.tzinfo is not None:
        value = value.astimezone(PARIS)
    return value.replace(tzinfo=None, microsecond=0).isoformat()


def euros(value: Decimal) -> float:
    """Never rounds in silence: an amount with a third decimal is a fault of the caller."""
    if value != value.quantize(Decimal("0.01")) or abs(value) >= LARGEST_AMOUNT:
        raise ValueError("an amount sent to Chorus Pro has at most two decimals")
    return float(value)


def _filled(value: dict[str, Any]) -> Json:
    """Without None, "", empty lists and objects, at every level: the service takes them for wrong values."""
    kept = {name: _filled(item) if isinstance(item, dict) else item for name, item in value.items()}
    return {name: item for name, item in kept.items() if item is not None and item not in ("", [], {})}
