"""The buyer's side: `factures/rechercher/recipiendaire`.

Same criteria as the supplier's search under slightly other names; the figures of the pages stand at the top of the
answer. An invoice is seen once Chorus Pro has put it at the buyer's disposal, and stays seen.
"""

import sqlite3
from typing import Any

from chorus.simulator import codes
from chorus.simulator.codes import Refusal
from chorus.simulator.office import Call
from chorus.simulator.paging import Page
from chorus.simulator.reading import block, flag, integer, items, text, texts
from chorus.simulator.search import COLUMNS, ROWS, Where, any_of, as_row, common_criteria, order_by

BEFORE = ("A_VALIDER_1", "DEPOSEE", "EN_COURS_ACHEMINEMENT")
DOWNLOADED = (
    "exists (select 1 from act where invoice_id = i.id and code = 'TELECHARGEMENT_FACTURE' and login in"
    " (select login from attachment where structure_id = i.recipient_id))"
)
# Of the supplier's row, what the buyer's has too.
KEPT = (
    "typeDemandePaiement", "codeFournisseur", "typeIdentifiantFournisseur", "designationFournisseur",
    "idDestinataire", "codeDestinataire", "designationDestinataire", "idServiceExecutant", "codeServiceExecutant",
    "nomServiceExecutant", "typeFacture", "numeroFacture", "dateFacture", "dateDepot", "montantHT", "montantTTC",
    "montantAPayer", "devise", "statut", "numeroMarche", "numeroBonCommande", "taille", "dateHeureEtatCourant",
    "commentaireEtatCourant",
)  # fmt: skip


def search(call: Call) -> dict[str, Any]:
    page = Page.asked(block(call.body, "paramRecherche"))
    where = _criteria(call)
    total = call.store.value(f"select count(*) from (select 1 {ROWS}{where.sql} limit ?)", *where.values, page.maximum)
    if not total:
        raise Refusal(codes.NO_RESULT)
    sql = f"{COLUMNS}, {DOWNLOADED} downloaded {ROWS}{where.sql}{order_by(page)} limit ? offset ?"
    rows = call.store.all(sql, *where.values, page.limit, page.offset)
    sized = bool(flag(call.body, "recupererTaille"))
    return {"listeFactures": [_row(row, sized=sized) for row in rows], **page.returned(total)}


def _criteria(call: Call) -> Where:
    where = Where()
    where.add("i.recipient_id in (select structure_id from attachment where login = ? and space != '')", call.login)
    where.add(f"i.status not in ({', '.join('?' * len(BEFORE))})", *BEFORE)
    common_criteria(call, where)
    if text(call.body, "typeDemandePaiement") not in ("", "FACTURE"):
        where.add("0 = 1")
    for key, column in (("idDestinataire", "i.recipient_id"), ("idServiceExecutant", "i.service_id")):
        if (wanted := integer(call.body, key)) is not None:
            where.add(f"{column} = ?", wanted)
    any_of(where, "i.kind", texts(call.body, "listeTypeFacture"))
    suppliers = [integer(row, "idFournisseur") for row in items(call.body, "listeFournisseurs")]
    any_of(where, "i.supplier_id", [supplier for supplier in suppliers if supplier is not None])
    if (downloaded := flag(call.body, "factureTelechargeeParDestinataire")) is not None:
        where.add(DOWNLOADED if downloaded else f"not {DOWNLOADED}")
    return where


def _row(invoice: sqlite3.Row, *, sized: bool) -> dict[str, Any]:
    row = as_row(invoice, sized=sized)
    kept = {key: row[key] for key in KEPT if key in row}
    return {"idFacture": invoice["id"], **kept, "factureTelechargeeParDestinataire": bool(invoice["downloaded"])}
