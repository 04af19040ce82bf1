"""`factures/soumettre`: the checks of Chorus Pro on a deposited invoice, then the invoice itself."""

import json
import sqlite3
from typing import Any

from chorus.simulator import codes, life
from chorus.simulator.amounts import check_amounts
from chorus.simulator.clock import day
from chorus.simulator.codes import Refusal
from chorus.simulator.fields import limited, one_of, required
from chorus.simulator.files import attach, check_extra_pieces, main_piece
from chorus.simulator.identity import check_date, check_number, generated_number
from chorus.simulator.office import Call
from chorus.simulator.reading import block, integer, items, text
from chorus.simulator.routing import Route, check_route
from chorus.simulator.world import BANK_ID_OFFSET

MODES = ("SAISIE_API", "DEPOT_PDF_API", "DEPOT_PDF_SIGNE_API")
CADRES = (
    "A1_FACTURE_FOURNISSEUR",
    "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
    "A9_FACTURE_SOUSTRAITANT",
    "A12_FACTURE_COTRAITANT",
)
WITH_VALIDATOR = CADRES[2:]
KINDS = ("FACTURE", "AVOIR")
VAT_TYPES = ("TVA_SUR_DEBIT", "TVA_SUR_ENCAISSEMENT", "EXONERATION", "SANS_TVA")
PAYMENT_MODES = ("CHEQUE", "PRELEVEMENT", "VIREMENT", "ESPECE", "AUTRE", "REPORT")


def submit(call: Call) -> dict[str, Any]:
    """Store the invoice, or raise Refusal. One transaction: judged and stored, or nothing."""
    mode = one_of(call.body, "modeDepot", MODES)
    supplier = _supplier(call)
    columns = _identity(call, mode, supplier["id"]) | _references(call, mode)
    columns |= _recipient(call, columns["engagement"]) | check_amounts(call, detailed=mode == "SAISIE_API")
    columns["piece_id"] = main_piece(call, required=mode != "SAISIE_API")
    extras = check_extra_pieces(call)
    columns |= {
        "mode": mode,
        "comment": limited(call.body, "commentaire", 2000),
        "bank_id": _bank(call, supplier["id"]),
    }
    details = {key: items(call.body, key) for key in ("lignePoste", "ligneTva")}
    invoice_id = store(call, columns | {"supplier_id": supplier["id"]}, details, at=call.clock.now())
    attach(call, invoice_id, extras)
    return _answer(call, invoice_id, supplier)


def _supplier(call: Call) -> sqlite3.Row:
    supplier_id = integer(block(call.body, "fournisseur"), "idFournisseur")
    if supplier_id is None:
        raise Refusal(codes.FIELD_MISSING, "idFournisseur")
    row = call.store.one("select * from structure where id = ? and public = 0 and active = 1", supplier_id)
    if row is None or not call.may_write_for(supplier_id):
        raise Refusal(codes.NOT_ALLOWED)
    return row


def _identity(call: Call, mode: str, supplier_id: int) -> dict[str, Any]:
    number = text(call.body, "numeroFactureSaisi")
    given_day = text(call.body, "dateFacture")
    if mode == "SAISIE_API" and not number:
        number = generated_number(call)
    if mode == "SAISIE_API" and not given_day:
        given_day = call.clock.today().isoformat()
    invoice_date = check_date(given_day, call.clock.today())
    check_number(call, supplier_id, number)
    return {"number": number, "invoice_date": invoice_date.isoformat()}


def _references(call: Call, mode: str) -> dict[str, Any]:
    given = block(call.body, "references")
    one_of(given, "deviseFacture", ("EUR",))
    cadre = block(call.body, "cadreDeFacturation")
    code = one_of(cadre, "codeCadreFacturation", CADRES)
    if code in WITH_VALIDATOR:
        required(cadre, "codeStructureValideur")
    vat_type = one_of(given, "typeTva", VAT_TYPES, optional=mode != "SAISIE_API")
    if vat_type == "EXONERATION" and mode == "SAISIE_API":
        required(given, "motifExonerationTva")
    kind = one_of(given, "typeFacture", KINDS)
    return {
        "kind": kind,
        "payment_mode": one_of(given, "modePaiement", PAYMENT_MODES, optional=kind == "AVOIR"),
        "vat_type": vat_type,
        "contract": limited(given, "numeroMarche", 50),
        "engagement": limited(given, "numeroBonCommande", 50),
        "origin": limited(given, "numeroFactureOrigine", 20),
        "cadre": code,
    }


def _recipient(call: Call, engagement: str) -> dict[str, Any]:
    given = block(call.body, "destinataire")
    siret = required(given, "codeDestinataire")
    route = Route(siret=siret, service_code=limited(given, "codeServiceExecutant", 100), engagement=engagement)
    recipient_id, service_id = check_route(call, route)
    return {"recipient_id": recipient_id, "service_id": service_id}


def _bank(call: Call, supplier_id: int) -> int | None:
    bank_id = integer(block(call.body, "fournisseur"), "codeCoordonneesBancairesFournisseur")
    if bank_id is not None and bank_id != supplier_id + BANK_ID_OFFSET:
        raise Refusal(codes.BANK_DETAILS_UNKNOWN)
    return bank_id


def store(call: Call, columns: dict[str, Any], details: dict[str, Any], *, at: int) -> int:
    """The invoice exists from `at` (milliseconds) on; returns its id."""
    status = "A_VALIDER_1" if columns["cadre"] in WITH_VALIDATOR else "DEPOSEE"
    invoice_id = call.store.insert(
        "invoice",
        deposit_date=day(at),
        deposited_at=at,
        status=status,
        status_at=at,
        changed_at=at,
        login=call.login,
        details=json.dumps(details, ensure_ascii=False),
        **columns,
    )
    life.change(call.office, invoice_id, status, at=at)
    return invoice_id


def _answer(call: Call, invoice_id: int, supplier: sqlite3.Row) -> dict[str, Any]:
    invoice = life.find(call.office, invoice_id)
    return {
        "identifiantFactureCPP": invoice_id,
        "numeroFacture": invoice["number"],
        "statutFacture": invoice["status"],
        "dateDepot": invoice["deposit_date"],
        "identifiantStructure": supplier["siret"],
    }
