"""`factures/consulter/historique`: the dated statuses of one invoice, each with its motive."""

import math
import sqlite3
from typing import Any

from chorus.simulator import codes, life
from chorus.simulator.clock import minute
from chorus.simulator.codes import Refusal
from chorus.simulator.office import Call
from chorus.simulator.paging import MAXIMUM, PAGE_SIZE
from chorus.simulator.reading import block, integer, text


def seen_invoice(call: Call, key: str) -> sqlite3.Row:
    """The invoice named by the request, if this account may see it as supplier or as recipient."""
    invoice = life.find(call.office, integer(call.body, key))
    if not (call.may_act_for(invoice["supplier_id"]) or call.may_act_for(invoice["recipient_id"])):
        raise Refusal(codes.NOT_ALLOWED)
    return invoice


def history(call: Call) -> dict[str, Any]:
    invoice = seen_invoice(call, "idFacture")
    answer = {
        "idFacture": invoice["id"],
        "numeroFacture": invoice["number"],
        "modeDepot": invoice["mode"],
        "statutCourantCode": invoice["status"],
        "historiquesDesStatuts": _statuses(call, invoice["id"]),
        "historiquesDesEvenementsComplementaires": {
            "pageCouranteEvenement": 1,
            "pagesEvenement": 0,
            "nbResultatsParPageEvenement": PAGE_SIZE,
            "totalEvenement": 0,
        },
        "historiquesDesActionsUtilisateurs": _acts(call, invoice["id"]),
    }
    last = call.store.one("select * from act where invoice_id = ? order by id desc limit 1", invoice["id"])
    if last:
        answer["derniereAction"] = {"derniereActionId": last["id"], "derniereActionCode": last["code"]}
    return answer


def _statuses(call: Call, invoice_id: int) -> dict[str, Any]:
    asked = block(call.body, "paramRechercheHistoStatuts")
    ascending = text(asked, "triSensListeHistoStatut") == "Ascendant"
    way = "asc" if ascending else "desc"
    lines = call.store.all(f"select * from history where invoice_id = ? order by at {way}, id {way}", invoice_id)
    rows, paging = _cut(call, asked, "HistoStatut", lines)
    return {"histoStatut": [_status_line(line) for line in rows], **paging}


def _status_line(line: sqlite3.Row) -> dict[str, Any]:
    row = {
        "histoStatutId": line["id"],
        "histoStatutCode": line["status"],
        "histoStatutDatePassage": minute(line["at"]),
        "histoStatutCommentaire": line["comment"],
        "histoStatutUtilisateurNom": line["author"],
    }
    return {key: value for key, value in row.items() if value != ""}


def _acts(call: Call, invoice_id: int) -> dict[str, Any]:
    asked = block(call.body, "paramRechercheHistoActionsUtilisateurs")
    lines = call.store.all("select * from act where invoice_id = ? order by id desc", invoice_id)
    rows, paging = _cut(call, asked, "HistoAction", lines)
    acts = [
        {"histoActionId": row["id"], "histoActionCode": row["code"], "histoActionDateHeure": minute(row["at"])}
        for row in rows
    ]
    return {"histoAction": acts, **paging}


def _cut(call: Call, asked: dict[str, Any], name: str, lines: list) -> tuple[list, dict[str, int]]:
    """One page of the lines; its figures are named after the list (`pagesHistoStatut`…)."""
    size = max(1, integer(asked, f"nbResultatsParPageListe{name}") or PAGE_SIZE)
    page = max(1, integer(asked, f"pageResultatDemandeeListe{name}") or 1)
    lines = lines[: max(1, integer(call.body, "nbResultatsMaximum") or MAXIMUM)]
    figures = {
        f"pageCourante{name}": page,
        f"pages{name}": math.ceil(len(lines) / size),
        f"nbResultatsParPage{name}": size,
        f"total{name}": len(lines),
    }
    return lines[(page - 1) * size : page * size], figures
