"""`factures/deposer/flux`, and the two reports of `transverses`."""

import base64
import hashlib
import json
import sqlite3
from dataclasses import replace
from typing import Any

from chorus.simulator import codes
from chorus.simulator.clock import day, instant
from chorus.simulator.codes import Refusal
from chorus.simulator.fields import limited, one_of, required
from chorus.simulator.files import decoded, keep
from chorus.simulator.flux import files, life
from chorus.simulator.flux.files import Part, Unreadable
from chorus.simulator.flux.judging import plain
from chorus.simulator.flux.reading import CII, UBL, Document, read
from chorus.simulator.office import Call
from chorus.simulator.pdf import one_page
from chorus.simulator.reading import text

# The 13 syntaxes of the description -> four digits of the interface. Seen: 1100, 1106, 1110, 1117; the others are ours.
INTERFACES = {
    "IN_DP_E1_UBL_INVOICE": "1100",
    "IN_DP_E1_CII": "1101",
    "IN_DP_E1_PES_FACTURE": "1102",
    "IN_DP_E1_XCBL": "1103",
    "IN_DP_E1_CII_16B": "1106",
    "IN_DP_E2_UBL_INVOICE_MIN": "1110",
    "IN_DP_E2_CII_MIN": "1111",
    "IN_DP_E2_PES_FACTURE_MIN": "1112",
    "IN_DP_E2_CPP_FACTURE_MIN": "1113",
    "IN_DP_E2_CII_MIN_16B": "1116",
    "IN_DP_E2_CII_FACTURX": "1117",
    "IN_DP_PDFARCHIVE_UBL_INVOICE_MUG": "1120",
    "IN_DP_PDFARCHIVE_CII_MUG": "1121",
}
FACTURX = "IN_DP_E2_CII_FACTURX"
# Languages that can be read here; the other syntaxes are accepted, then rejected by the report.
LANGUAGES = {
    "IN_DP_E1_UBL_INVOICE": UBL,
    "IN_DP_E2_UBL_INVOICE_MIN": UBL,
    "IN_DP_E1_CII_16B": CII,
    "IN_DP_E2_CII_MIN_16B": CII,
    FACTURX: CII,
}


def deposit(call: Call) -> dict[str, Any]:
    """Received, not yet judged: a number, and no invoice."""
    syntax = one_of(call.body, "syntaxeFlux", tuple(INTERFACES))
    name = required(call.body, "nomFichier")
    limited(call.body, "nomFichier", 200)
    content = decoded(call, "fichierFlux")
    found, technical = _opened(syntax, name, content)
    with call.store.transaction():
        number = _store(call, name, syntax, hashlib.sha256(content).hexdigest(), found, technical)
    return {"numeroFluxDepot": number, "dateDepot": day(call.clock.now()), "syntaxeFlux": syntax}


def _opened(syntax: str, name: str, content: bytes) -> tuple[list[tuple[Part, Document]], list[str]]:
    """(what could be read, what could not)."""
    try:
        parts = files.parts_of(name, content)
    except Unreadable as error:
        return [], [plain(str(error))]
    found, technical = [], []
    for part in parts:
        try:
            found.append((part, _read(syntax, part)))
        except Unreadable as error:
            technical.append(plain(str(error)))
    return found, technical


def _read(syntax: str, part: Part) -> Document:
    if syntax not in LANGUAGES:
        raise Unreadable(f"La syntaxe {syntax} n'est pas lue par ce simulateur.")
    document = read(part.name, files.xml_of(part, in_pdf=syntax == FACTURX))
    if document.language != LANGUAGES[syntax]:
        raise Unreadable(f"Le fichier {part.name} ne correspond pas a la syntaxe {syntax}.")
    return document


def _store(
    call: Call, name: str, syntax: str, sha256: str, found: list[tuple[Part, Document]], technical: list[str]
) -> str:
    now = call.clock.now()
    documents = [replace(document, piece_id=_piece(call, part)).as_json() for part, document in found]
    visible_at, next_at = life.first_moments(call.office, now, silent=call.shape("flux_silent") is not None)
    flux_id = call.store.insert(
        "flux",
        number="",
        login=call.login,
        name=name,
        syntax=syntax,
        sha256=sha256,
        deposited_at=now,
        visible_at=visible_at,
        state=life.PASSED[0],
        state_at=now,
        next_at=next_at,
        forced_end=(call.shape("flux_state") or {"state": ""})["state"],
        documents=json.dumps(documents, ensure_ascii=False),
        technical=json.dumps([_technical(words) for words in technical], ensure_ascii=False),
    )
    number = f"CPP001{INTERFACES[syntax]}{flux_id:015d}"
    call.store.run("update flux set number = ? where id = ?", number, flux_id)
    return number


def _piece(call: Call, part: Part) -> int:
    extension, mime = ("PDF", "application/pdf") if part.is_pdf else ("XML", "application/xml")
    return keep(call, part.content, name=part.name, extension=extension, mime=mime)


def _technical(words: str) -> dict[str, str]:
    return {"codeErreur": "SIM_FLUX", "libelleErreur": words[:200], "natureErreur": "BLOQUANTE"}


def _asked(call: Call) -> sqlite3.Row:
    """The flux named by the request, if this account deposited it and its report is already there."""
    number = required(call.body, "numeroFluxDepot")
    flux = call.store.one("select * from flux where number = ? and login = ?", number, call.login)
    if flux is None or flux["visible_at"] is None or flux["visible_at"] > call.clock.now():
        raise Refusal(codes.FLUX_UNKNOWN)
    one_of(call.body, "syntaxeFlux", tuple(INTERFACES), optional=True)
    return flux


def detailed_report(call: Call) -> dict[str, Any]:
    """`consulterCRDetaille`. Just after the deposit the report is not there yet: a code, as for an unknown flux."""
    flux = _asked(call)
    return {
        "codeInterfaceDepotFlux": _interface(flux),
        "nomFichier": f"{_interface(flux)}_CPP001_{flux['number']}",
        "dateDepotFlux": instant(flux["deposited_at"]),
        "dateHeureEtatCourantFlux": instant(flux["state_at"]),
        "etatCourantDepotFlux": flux["state"],
        "listeErreurDP": json.loads(flux["errors"]),
        "listeErreurTechnique": _told_technical(flux),
    }


def report(call: Call) -> dict[str, Any]:
    """`consulterCR`: the state, and the same report as a PDF."""
    flux = _asked(call)
    text(call.body, "dateDepot")
    return {
        "numeroFluxDepot": flux["number"],
        "codeAppliPartenaire": "CPP001",
        "designationPartenaire": "Simulateur",
        "codeInterfaceFlux": _interface(flux),
        "nomFichierFlux": f"{_interface(flux)}_CPP001_{flux['number']}",
        "dateDepotFlux": instant(flux["deposited_at"]),
        "dateHeureEtatCourantFlux": instant(flux["state_at"]),
        "etatCourantFlux": flux["state"],
        "fichierCR": base64.b64encode(one_page(_lines(flux))).decode(),
    }


def _interface(flux: sqlite3.Row) -> str:
    return f"FSO{INTERFACES[flux['syntax']]}A"


def _told_technical(flux: sqlite3.Row) -> list[dict[str, str]]:
    """Nothing is said of a file before its end."""
    return [] if flux["state"] in life.PASSED else json.loads(flux["technical"])


def _lines(flux: sqlite3.Row) -> list[str]:
    lines = [f"Compte rendu du flux {flux['number']}", f"Fichier : {flux['name']}", f"Etat : {flux['state']}", ""]
    for error in json.loads(flux["errors"]):
        lines += [f"Facture {error['numeroDP']}", *error["libelleErreurDP"].split("|"), ""]
    return lines + [row["libelleErreur"] for row in _told_technical(flux)]
