"""`factures/rechercher/fournisseur`: criteria to SQL, sort, pages, rows.

Only invoices of the suppliers this technical account is attached to are seen; naming another supplier is refused.
`total` never exceeds `nbResultatsMaximum` (200 when not given). No row at all is code 20000; a page beyond the last
is an empty list with code 0.
"""

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from chorus.simulator import codes
from chorus.simulator.clock import instant, local, moment_of
from chorus.simulator.codes import BadRequest, Refusal
from chorus.simulator.office import Call
from chorus.simulator.paging import Page
from chorus.simulator.reading import block, calendar_day, flag, integer, items, moment, number, text, texts

ROWS = """
 from invoice i join structure s on s.id = i.supplier_id join structure r on r.id = i.recipient_id
 left join service v on v.id = i.service_id left join piece p on p.id = i.piece_id
"""
COLUMNS = """
 select i.*, s.siret supplier_siret, s.name supplier_name, r.siret recipient_siret, r.name recipient_name,
 v.code service_code, v.label service_label, p.size piece_size
"""
SORTS = {
    "CodeFournisseur": "s.siret",
    "DesignationFournisseur": "s.name",
    "CodeDestinataire": "r.siret",
    "DesignationDestinataire": "r.name",
    "CodeServiceExecutant": "v.code",
    "NomServiceExecutant": "v.label",
    "TypeFacture": "i.kind",
    "NumeroFacture": "i.number",
    "DateFacture": "i.invoice_date",
    "DateDepot": "i.deposited_at",
    "MontantHT": "i.total_ht",
    "MontantTTC": "i.total_ttc",
    "MontantAPayer": "i.net",
    "Statut": "i.status",
    "NumeroMarche": "i.contract",
    "NumeroBonCommande": "i.engagement",
    "NumeroFluxDepot": "i.flow",
    "NumeroFactureOrigine": "i.origin",
    "ModeDepot": "i.mode",
}
EQUAL_TEXTS = {
    "numeroFacture": "i.number",
    "typeFacture": "i.kind",
    "cadreFacturation": "i.cadre",
    "modeDepot": "i.mode",
    "numeroMarche": "i.contract",
    "numeroBonCommande": "i.engagement",
    "numeroFactureOrigine": "i.origin",
    "numeroFluxDepot": "i.flow",
}
AMOUNTS = {"montantHT": "i.total_ht", "montantTTC": "i.total_ttc", "montantApayer": "i.net"}
NOBODY_HAS = ("idServiceFournisseur", "idStructureValideur")  # no invoice here has a supplier's service or validator
TO_HANDLE = ("SUSPENDUE", "A_RECYCLER", "REJETEE")
ONLY_SEARCHED = (
    "numeroFluxDepot", "numeroFactureOrigine", "modeDepot", "dateHeureEtatCourant", "commentaireEtatCourant",
    "rejetTraite", "nomPrenomUtilisateurCreateur",
)  # fmt: skip
DAYS = {"periodeDateDepot": "i.deposit_date", "periodeDateFacture": "i.invoice_date"}


@dataclass
class Where:
    """Conditions joined by « and », with their values."""

    conditions: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, condition: str, *values: object) -> None:
        self.conditions.append(condition)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        return f" where {' and '.join(self.conditions)}" if self.conditions else ""


def search(call: Call) -> dict[str, Any]:
    page = Page.asked(block(call.body, "rechercheFactureParFournisseur"))
    where = _criteria(call)
    count = f"select count(*) from (select 1 {ROWS}{where.sql} limit ?)"
    total = call.store.value(count, *where.values, page.maximum)
    if not total:
        raise Refusal(codes.NO_RESULT)
    return {"parametresRetour": page.returned(total), "listeFactures": _rows(call, page, where)}


def _rows(call: Call, page: Page, where: Where) -> list[dict[str, Any]]:
    moving = call.shape("moving_rows") or {"shift": 0}
    offset = max(0, page.offset - moving["shift"] * (page.number - 1))
    found = call.store.all(
        f"{COLUMNS}{ROWS}{where.sql}{order_by(page)} limit ? offset ?", *where.values, page.limit, offset
    )
    sized = bool(flag(call.body, "recupererTaille"))
    return [as_row(invoice, sized=sized) for invoice in found]


def order_by(page: Page) -> str:
    way = "desc" if page.descending else "asc"
    return f" order by {SORTS.get(page.column, 'i.id')} {way}, i.id {way}"


def to_handle(call: Call) -> dict[str, Any]:
    """`rechercher/atraiter/fournisseur`: what waits for the supplier. Rows have fewer fields than those of a search."""
    page = Page.asked(block(call.body, "rechercheFactureATraiterParFournisseur"))
    where = Where()
    _whose(call, where, "idStructure")
    statuses = [status for status in TO_HANDLE if status != "REJETEE" or not flag(call.body, "masquerRejetee")]
    any_of(where, "i.status", statuses)
    where.add("i.rejection_handled = 0")
    total = call.store.value(f"select count(*) from (select 1 {ROWS}{where.sql} limit ?)", *where.values, page.maximum)
    if not total:
        raise Refusal(codes.NO_RESULT)
    rows = [{key: value for key, value in row.items() if key not in ONLY_SEARCHED} for row in _rows(call, page, where)]
    return {"parametresRetour": page.returned(total), "listeFactures": rows}


def _criteria(call: Call) -> Where:
    where = Where()
    _whose(call, where, "idFournisseur")
    common_criteria(call, where)
    if (bank_id := integer(call.body, "coordonneeBancaire")) is not None:
        where.add("i.bank_id = ?", bank_id)
    if any(integer(call.body, key) is not None for key in NOBODY_HAS):
        where.add("0 = 1")
    if flag(call.body, "rejetTraite"):  # false is what a client sends for « not given »
        where.add("i.rejection_handled = 1")
    _recipients(call, where)
    return where


def common_criteria(call: Call, where: Where) -> None:
    """What a supplier and a recipient may both ask for."""
    for key, column in EQUAL_TEXTS.items():
        if value := text(call.body, key):
            where.add(f"{column} = ?", value)
    for key, column in AMOUNTS.items():
        _between(where, column, number(call.body, f"{key}Min") or None, number(call.body, f"{key}Max") or None)
    for key, column in DAYS.items():
        _between(where, column, _day(call, f"{key}Du"), _day(call, f"{key}Au"))
    any_of(where, "i.status", texts(call.body, "statutCourant"))
    _status_period(call, where)
    if lag := call.office.faults.standing("search_lag"):
        where.add("i.changed_at <= ?", call.clock.now() - round(lag["seconds"] * 1000))


def _whose(call: Call, where: Where, key: str) -> None:
    supplier_id = integer(call.body, key)
    if supplier_id is None:
        # The unary plus keeps SQLite on the index of the status dates, the one that sweeps need.
        open_spaces = "select structure_id from attachment where login = ? and space not in ('', 'SUPPRIME')"
        where.add(f"+i.supplier_id in ({open_spaces})", call.login)
    elif call.may_act_for(supplier_id):
        where.add("i.supplier_id = ?", supplier_id)
    else:
        raise Refusal(codes.NOT_ALLOWED)


def _recipients(call: Call, where: Where) -> None:
    """Any of the recipients, each possibly narrowed to some of its services."""
    wanted = Where()
    for row in items(call.body, "listeDestinataire"):
        one = Where()
        if (recipient_id := integer(row, "idDestinataire")) is not None:
            one.add("i.recipient_id = ?", recipient_id)
        if name := text(row, "raisonSocialeStuctDmd"):
            one.add("r.name like ?", f"%{name}%")
        services = [integer({"id": value}, "id") for value in texts(row, "listeIdServiceExecutant")]
        any_of(one, "i.service_id", [service for service in services if service is not None])
        if one.conditions:
            wanted.add(f"({' and '.join(one.conditions)})", *one.values)
    if wanted.conditions:
        where.add(f"({' or '.join(wanted.conditions)})", *wanted.values)


def any_of(where: Where, column: str, values: list) -> None:
    if values:
        where.add(f"{column} in ({', '.join('?' * len(values))})", *values)


def _status_period(call: Call, where: Where) -> None:
    start = moment(call.body, "periodeDateHeureEtatCourantDu")
    end = moment(call.body, "periodeDateHeureEtatCourantAu", end=True)
    if call.office.faults.standing("day_only") is not None:
        start, end = _whole_days(start, end)
    _between(where, "i.status_at", start, end)


def _whole_days(start: int | None, end: int | None) -> tuple[int | None, int | None]:
    def midnight(value: int) -> int:
        return moment_of(local(value).replace(hour=0, minute=0, second=0, microsecond=0))

    first = None if start is None else midnight(start)
    last = None if end is None else midnight(midnight(end) + 26 * 3_600_000) - 1
    return first, last


def _day(call: Call, key: str) -> str | None:
    value = text(call.body, key)
    try:
        return calendar_day(value).isoformat() if value else None
    except ValueError as error:
        raise BadRequest(f"{key} n'est pas une date") from error


def _between(where: Where, column: str, low: object, high: object) -> None:
    if low is not None:
        where.add(f"{column} >= ?", low)
    if high is not None:
        where.add(f"{column} <= ?", high)


def as_row(invoice: sqlite3.Row, *, sized: bool = False) -> dict[str, Any]:
    """One row of `listeFactures`: absent values are left out, as the real service does."""
    row = {
        "identifiantFactureCPP": invoice["id"],
        "typeDemandePaiement": "FACTURE",
        "codeFournisseur": invoice["supplier_siret"],
        "typeIdentifiantFournisseur": "SIRET",
        "designationFournisseur": invoice["supplier_name"],
        "idDestinataire": invoice["recipient_id"],
        "codeDestinataire": invoice["recipient_siret"],
        "designationDestinataire": invoice["recipient_name"],
        "idServiceExecutant": invoice["service_id"],
        "codeServiceExecutant": invoice["service_code"],
        "nomServiceExecutant": invoice["service_label"],
        "typeFacture": invoice["kind"],
        "numeroFacture": invoice["number"],
        "dateFacture": invoice["invoice_date"],
        "dateDepot": invoice["deposit_date"],
        "montantHT": invoice["total_ht"],
        "montantTTC": invoice["total_ttc"],
        "montantAPayer": invoice["net"],
        "devise": "EUR",
        "statut": invoice["status"],
        "numeroMarche": invoice["contract"],
        "numeroBonCommande": invoice["engagement"],
        "numeroFluxDepot": invoice["flow"],
        "numeroFactureOrigine": invoice["origin"],
        "modeDepot": invoice["mode"],
        "nomPrenomUtilisateurCreateur": invoice["login"],
        "taille": invoice["piece_size"] if sized else None,
        "dateHeureEtatCourant": instant(invoice["status_at"]),
        "commentaireEtatCourant": invoice["status_comment"],
        "rejetTraite": bool(invoice["rejection_handled"]),
    }
    return {key: value for key, value in row.items() if value not in (None, "")}
