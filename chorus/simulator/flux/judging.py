"""Is this document an invoice that Chorus Pro can take? The motives of the report, or the invoice's columns.

Motives are written as those of real reports: French without accents, the element's path, at most 200 characters each.
The sentences on the supplier, the payment means, the length of the number, the service and the engagement were seen
there; the others only say what is known to be checked.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

from chorus.simulator import codes, identity
from chorus.simulator.codes import Refusal
from chorus.simulator.flux.reading import CII, Document
from chorus.simulator.office import Call
from chorus.simulator.routing import Route, check_route

MOTIVE_LENGTH = 200
CADRES = {
    name.partition("_")[0]: name
    for name in (
        "A1_FACTURE_FOURNISSEUR", "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE", "A3_MEMOIRE_JUSTICE",
        "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR", "A5_ETAT_ACOMPTE_FOURNISSEUR",
        "A6_ETAT_ACOMPTE_VALIDE_FOURNISSEUR", "A7_PROJET_DECOMPTE_FINAL_FOURNISSEUR",
        "A8_DECOMPTE_GENERAL_DEFINITIF_FOURNISSEUR", "A9_FACTURE_SOUSTRAITANT",
        "A10_PROJET_DECOMPTE_MENSUEL_SOUSTRAITANT", "A11_PROJET_DECOMPTE_FINAL_SOUSTRAITANT",
        "A12_FACTURE_COTRAITANT", "A13_PROJET_DECOMPTE_MENSUEL_COTRAITANT", "A14_PROJET_DECOMPTE_FINAL_COTRAITANT",
        "A15_ETAT_ACOMPTE_MOE", "A16_ETAT_ACOMPTE_VALIDE_MOE", "A17_PROJET_DECOMPTE_GENERAL_MOE",
        "A18_DECOMPTE_GENERAL_MOE", "A19_ETAT_ACOMPTE_VALIDE_MOA", "A20_DECOMPTE_GENERAL_MOA",
        "A21_DEMANDE_REMBOURSEMENT_TIC", "A22_PROJET_DECOMPTE_GENERAL_FOURNISSEUR_PROCEDURE_TACITE",
        "A23_DECOMPTE_GENERAL_DEFINITIF_TACITE_FOURNISSEUR", "A24_DECOMPTE_GENERAL_DEFINITIF_TACITE_MOE",
        "A25_DECOMPTE_GENERAL_DEFINITIF_MOE_PROCEDURE_TACITE",
    )
}  # fmt: skip
# UNTDID 1001, without 261 and 751, which Chorus Pro refuses.
KINDS = {
    "380": "FACTURE",
    "384": "FACTURE",
    "386": "FACTURE",
    "389": "FACTURE",
    "393": "FACTURE",
    "381": "AVOIR",
    "396": "AVOIR",
}
# UNTDID 4461, rule S2.05 of the EDI annex, and what each becomes.
PAYMENT_MODES = {
    "01": "AUTRE",
    "10": "ESPECE",
    "20": "CHEQUE",
    "30": "VIREMENT",
    "31": "VIREMENT",
    "42": "VIREMENT",
    "48": "AUTRE",
    "49": "PRELEVEMENT",
    "58": "VIREMENT",
    "59": "PRELEVEMENT",
    "97": "REPORT",
}
CATEGORIES = frozenset({"S", "Z", "E", "AE", "K", "G", "O", "L", "M"})
MINIMUM = "minimum"  # this profile has no payment means, VAT rates nor amounts already paid; accepted so in 2023
LENGTHS = {"service": 100, "engagement": 50, "contract": 50}
# What routing refuses -> field, words before its path, words after.
ROUTING = {
    codes.RECIPIENT_UNKNOWN: ("recipient", "L'identifiant destinataire", codes.NOT_REFERENCED),
    codes.RECIPIENT_INACTIVE: ("recipient", "La structure destinataire", "est inactive."),
    codes.SERVICE_REQUIRED: ("service", "Le service executant", "est obligatoire"),
    codes.SERVICE_UNKNOWN: ("service", "Le service executant", codes.NOT_REFERENCED),
    codes.SERVICE_INACTIVE: ("service", "Le service executant", "est inactif."),
    codes.SERVICE_RESERVED: ("service", "Le service", "est reserve aux factures entre structures publiques."),
    codes.ENGAGEMENT_REQUIRED: ("engagement", "L'engagement juridique", "est obligatoire"),
    codes.SERVICE_OR_ENGAGEMENT_REQUIRED: (
        "engagement", "L'engagement juridique ou le service executant", "est obligatoire",
    ),
}  # fmt: skip


class Motive(Exception):
    """One reason to reject the document."""


def judge(call: Call, document: Document) -> tuple[dict[str, Any], list[str]]:
    """(the invoice's columns, the motives). The columns are only good when there is no motive."""
    columns: dict[str, Any] = {}
    motives = []
    for check in CHECKS:
        try:
            columns |= check(call, document)
        except Motive as motive:
            motives.append(plain(str(motive))[:MOTIVE_LENGTH])
    return columns, motives


def plain(words: str) -> str:
    """Without accents nor the separator of motives, as reports are written."""
    split = unicodedata.normalize("NFKD", words.replace("|", " "))
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def _number(call: Call, document: Document) -> dict[str, Any]:
    number = _required(document, "number")
    if len(number) > 20:
        place = document.place("number")
        raise Motive(f"Le champ identifiant de la facture ({place}) ne doit pas depasser 20 caracteres")
    if not identity.NUMBER.fullmatch(number):
        raise Motive(f"Le champ identifiant de la facture ({document.place('number')}) a des caracteres interdits.")
    return {"number": number}


def _supplier(call: Call, document: Document) -> dict[str, Any]:
    siret = _required(document, "supplier")
    row = call.store.one("select id from structure where siret = ? and public = 0 and active = 1", siret)
    if row is None:
        tag = document.place("supplier").removeprefix("FichierXml.")
        words = f"L'identifiant fournisseur de la demande de paiement (balise : {tag}) {codes.NOT_REFERENCED}"
        raise Motive(words)
    if not call.may_write_for(row["id"]):
        raise Motive("L'utilisateur n'a pas les habilitations necessaires pour deposer au nom de ce fournisseur.")
    return {"supplier_id": row["id"]}


def _duplicate(call: Call, document: Document) -> dict[str, Any]:
    number, siret = document.fields["number"], document.fields["supplier"]
    supplier_id = call.store.value("select id from structure where siret = ? and public = 0", siret)
    if call.office.duplicate_check and supplier_id and identity.is_used(call, supplier_id, number):
        raise Motive(f"La facture {number} ({document.place('number')}) existe deja pour ce fournisseur.")
    return {}


def _route(call: Call, document: Document) -> dict[str, Any]:
    siret = _required(document, "recipient")
    found = document.fields
    route = Route(siret=siret, service_code=found["service"], engagement=found["engagement"])
    try:
        recipient_id, service_id = check_route(call, route)
    except Refusal as refusal:
        name, before, after = ROUTING[refusal.code]
        raise Motive(f"{before} ({document.place(name)}) {after}") from refusal
    return {"recipient_id": recipient_id, "service_id": service_id, "engagement": found["engagement"]}


def _lengths(_call: Call, document: Document) -> dict[str, Any]:
    for name, length in LENGTHS.items():
        if len(document.fields[name]) > length:
            raise Motive(f"Le champ ({document.place(name)}) ne doit pas depasser {length} caracteres")
    return {"contract": document.fields["contract"], "origin": document.fields["origin"][:20]}


def _cadre(_call: Call, document: Document) -> dict[str, Any]:
    """A1 when nothing is said; the codes of the 2026 reform (B1, S1, M1…) are not known here."""
    code = document.fields["cadre"] or "A1"
    if code not in CADRES:
        raise Motive(f"Le cadre de facturation ({document.place('cadre')}) n'est pas compris entre A1 et A25.")
    return {"cadre": CADRES[code]}


def _kind(_call: Call, document: Document) -> dict[str, Any]:
    code = _required(document, "kind")
    if code not in KINDS:
        raise Motive(f"Le type de facture ({document.place('kind')}) n'est pas admis.")
    return {"kind": KINDS[code]}


def _date(call: Call, document: Document) -> dict[str, Any]:
    words = _required(document, "date")
    try:
        given = date.fromisoformat(words) if re.fullmatch(r"\d{8}|\d{4}-\d\d-\d\d", words) else None
    except ValueError:
        given = None
    if given is None:
        raise Motive(f"La date de la facture ({document.place('date')}) est incorrecte.")
    if given > call.clock.today():
        raise Motive(f"La date de la facture ({document.place('date')}) est posterieure a la date de depot.")
    return {"invoice_date": given.isoformat()}


def _currency(_call: Call, document: Document) -> dict[str, Any]:
    if _required(document, "currency") != "EUR":
        raise Motive(f"La devise ({document.place('currency')}) doit etre EUR.")
    return {}


def _payment(_call: Call, document: Document) -> dict[str, Any]:
    """Compulsory, but for credit notes (as a client in production sends them) and the profile that has no place."""
    code = document.fields["payment"]
    if not code and (KINDS.get(document.fields["kind"]) == "AVOIR" or _is_minimum(document)):
        return {"payment_mode": "VIREMENT"}
    if _required(document, "payment") not in PAYMENT_MODES:
        raise Motive(f"Le mode de paiement ({document.place('payment')}) n'est pas admis.")
    return {"payment_mode": PAYMENT_MODES[code]}


def _categories(_call: Call, document: Document) -> dict[str, Any]:
    given = [tax["category"] for tax in document.taxes]
    if not all(given) or not (given or _is_minimum(document)):
        raise Motive(_compulsory(document.place("category")))
    if document.lines_without_category:
        raise Motive(_compulsory(document.line_category()))
    if not CATEGORIES.issuperset(given):
        raise Motive(f"La categorie de TVA ({document.place('category')}) n'est pas admise.")
    return {}


def _rates(call: Call, document: Document) -> dict[str, Any]:
    """Each rate by itself, then their sums against the totals."""
    names = ("rate", "base", "amount")
    rows = [{name: _parsed(document, "category", tax[name]) for name in names} for tax in document.taxes]
    for row in rows:
        if not _close(call, row["amount"], row["base"] * row["rate"] / 100):
            raise Motive(f"Le montant de TVA d'un taux ({document.tax_place()}) est incoherent avec sa base.")
    if rows and not _close(call, sum(row["base"] for row in rows), _amount(document, "total_ht")):
        raise Motive(f"La somme des bases de TVA n'est pas egale au montant HT ({document.place('total_ht')}).")
    if rows and not _close(call, sum(row["amount"] for row in rows), _amount(document, "total_tva", absent=0.0)):
        raise Motive(f"La somme des TVA n'est pas egale au montant de TVA ({document.place('total_tva')}).")
    return {}


def _totals(call: Call, document: Document) -> dict[str, Any]:
    ht, ttc, net = (_amount(document, name) for name in ("total_ht", "total_ttc", "net"))
    tva, prepaid, rounding = (_amount(document, name, absent=0.0) for name in ("total_tva", "prepaid", "rounding"))
    if not _close(call, ttc, ht + tva):
        raise Motive(f"Le montant TTC ({document.place('total_ttc')}) n'est pas la somme du montant HT et de la TVA.")
    if not (_is_minimum(document) or _close(call, net, ttc - prepaid + rounding)):
        raise Motive(f"Le montant a payer ({document.place('net')}) est incoherent avec le montant TTC.")
    return {"total_ht": ht, "total_tva": tva, "total_ttc": ttc, "net": net}


CHECKS: tuple[Callable[[Call, Document], dict[str, Any]], ...] = (
    _number, _supplier, _duplicate, _route, _lengths, _cadre, _kind, _date, _currency, _payment, _categories, _rates,
    _totals,
)  # fmt: skip


def _is_minimum(document: Document) -> bool:
    return document.language == CII and MINIMUM in document.fields["profile"]


def _required(document: Document, name: str) -> str:
    if not document.fields[name]:
        raise Motive(_compulsory(document.place(name)))
    return document.fields[name]


def _compulsory(place: str) -> str:
    return f"L'element {place} est obligatoire."


def _amount(document: Document, name: str, *, absent: float | None = None) -> float:
    words = document.fields[name]
    if not words and absent is not None:
        return absent
    return _parsed(document, name, _required(document, name))


def _parsed(document: Document, name: str, words: str) -> float:
    """A VAT rate that says nothing counts for nothing: categories O and E have no percentage."""
    try:
        amount = float(words or 0)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount) or abs(amount) >= 1e13:
        raise Motive(f"La valeur ({document.place(name)}) n'est pas un montant.")
    return round(amount, 6)


def _close(call: Call, given: float, computed: float) -> bool:
    return abs(given - computed) <= call.office.options.tolerance + 5e-7
