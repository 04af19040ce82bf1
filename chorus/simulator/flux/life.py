"""The states of a flux on the simulator's clock, and what its end brings: invoices, or motives."""

import json
import sqlite3
from typing import Any

from chorus.simulator import deposits
from chorus.simulator.flux.judging import judge
from chorus.simulator.flux.reading import Document
from chorus.simulator.office import Call, Office

INTEGRATED, PARTLY, REJECTED = "IN_INTEGRE", "IN_INTEGRE_PARTIEL", "IN_REJETE"
PASSED = (
    "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP",
    "IN_RECU",
    "IN_TRAITE_SE_CPP",
    "IN_EN_ATTENTE_TRAITEMENT_CPP",
    "IN_EN_COURS_TRAITEMENT_CPP",
)
LABELS = {
    PASSED[0]: "Déposé, en attente de traitement",
    "IN_RECU": "Reçu",
    "IN_TRAITE_SE_CPP": "Traité par le système d'échange",
    "IN_EN_ATTENTE_TRAITEMENT_CPP": "En attente de traitement",
    "IN_EN_COURS_TRAITEMENT_CPP": "En cours de traitement",
    INTEGRATED: "Intégré",
    PARTLY: "Intégré partiellement",
    REJECTED: "Rejeté",
    "IN_INCIDENTE": "Incidenté",
    "QP_IRRECEVABLE": "Irrecevable",
    "IN_ERREUR_INTERNE": "Erreur interne",
}
# What a person may end a flux with; the last one is what nobody has ever seen.
ENDS = ("IN_INCIDENTE", "QP_IRRECEVABLE", "IN_ERREUR_INTERNE", "IN_ETAT_INVENTE_SIM")
MODE = "UPLOAD_API"  # the value that the description has for a file deposited by the API


def first_moments(office: Office, now: int, *, silent: bool) -> tuple[int | None, int | None]:
    """(when the report can be read, when the state changes for the first time); None for never."""
    options = office.options
    visible_at = None if silent or options.report_after is None else now + round(options.report_after * 1000)
    start = now if visible_at is None else visible_at
    return visible_at, None if options.flux_step is None else start + round(options.flux_step * 1000)


def catch_up(office: Office) -> None:
    """Every change of state that is due, each dated when it was due."""
    sql = "select * from flux where next_at <= ? order by next_at limit 200"
    while due := office.store.all(sql, office.clock.now()):
        for flux in due:
            _step(office, flux)


def end(office: Office, flux: sqlite3.Row, state: str = "") -> None:
    """The end, now: `state` if one is given (nothing is integrated), else what its invoices deserve.

    A flux that has ended stays as it is: ValueError.
    """
    if flux["state"] not in PASSED:
        raise ValueError(f"Le flux {flux['number']} est déjà {flux['state']}.")
    _end(office, flux, office.clock.now(), state or flux["forced_end"])


def _step(office: Office, flux: sqlite3.Row) -> None:
    at, rank = flux["next_at"], PASSED.index(flux["state"])
    if rank + 1 == len(PASSED):
        _end(office, flux, at, flux["forced_end"])
        return
    next_at = at + max(1, round((office.options.flux_step or 0) * 1000))
    sql = "update flux set state = ?, state_at = ?, next_at = ? where id = ?"
    office.store.run(sql, PASSED[rank + 1], at, next_at, flux["id"])


def _end(office: Office, flux: sqlite3.Row, at: int, forced: str) -> None:
    errors: list[dict[str, Any]] = []
    state = forced
    if not forced:
        documents = [Document(**row) for row in json.loads(flux["documents"])]
        errors = [error for document in documents if (error := _integrate(office, flux, document, at))]
        state = _state(len(documents), len(errors), len(json.loads(flux["technical"])))
    sql = "update flux set state = ?, state_at = ?, next_at = null, errors = ? where id = ?"
    office.store.run(sql, state, at, json.dumps(errors, ensure_ascii=False), flux["id"])


def _state(documents: int, errors: int, unreadable: int) -> str:
    if documents == errors:
        return REJECTED
    return PARTLY if errors or unreadable else INTEGRATED


def _integrate(office: Office, flux: sqlite3.Row, document: Document, at: int) -> dict[str, Any] | None:
    """Store the invoice, or tell why not in the words of the report."""
    call = Call(office, flux["login"], {})
    columns, motives = judge(call, document)
    if motives:
        return {
            "numeroDP": document.fields["number"][:100],
            "identifiantFournisseur": document.fields["supplier"][:100],
            "identifiantDestinataire": document.fields["recipient"][:100],
            "libelleErreurDP": "|".join(motives),
        }
    columns |= {"mode": MODE, "flow": flux["number"], "piece_id": document.piece_id}
    deposits.store(call, columns, {"ligneTva": [_recap(tax) for tax in document.taxes]}, at=at)
    return None


def _recap(tax: dict[str, str]) -> dict[str, float]:
    return {
        "ligneTvaTauxManuel": float(tax["rate"] or 0),
        "ligneTvaMontantBaseHtParTaux": float(tax["base"] or 0),
        "ligneTvaMontantTvaParTaux": float(tax["amount"] or 0),
    }
