"""Reference lists of `transverses`, the directory of recipients, and the engagements of the State."""

import base64
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

from chorus.simulator import codes, deposits, life, world
from chorus.simulator.codes import Refusal
from chorus.simulator.fields import required
from chorus.simulator.flux.operations import FACTURX, INTERFACES
from chorus.simulator.office import Call
from chorus.simulator.reading import integer, text

EXEMPTIONS = (("ME1", "Exonération article 261 du CGI"), ("ME2", "Franchise en base, article 293 B du CGI"))

FLUX_FORMATS = {
    "IN_DP_E1_STRUCT": tuple(syntax for syntax in INTERFACES if syntax.startswith("IN_DP_E1_")),
    "IN_DP_E2_MIXTE": tuple(syntax for syntax in INTERFACES if syntax.startswith("IN_DP_E2_") and syntax != FACTURX),
    "IN_DP_E2_FACTURX": (FACTURX,),
}
COUNTRIES = (("BE", "Belgique"), ("DE", "Allemagne"), ("ES", "Espagne"), ("FR", "France"), ("IT", "Italie"))
REQUEST_TYPES = ("FACTURE", "FACTURE_TRAVAUX", "MEMOIRE_JUSTICE", "DEMANDE_REMBOURSEMENT")
IDENTIFIER_TYPES = ("SIRET", "UE_HORS_FRANCE", "HORS_UE", "RIDET", "TAHITI", "AUTRE", "PARTICULIER")


def bank_details(call: Call) -> dict[str, Any]:
    """One account per supplier the caller is attached to."""
    structure_id = integer(call.body, "idStructure")
    if not call.may_act_for(structure_id):
        raise Refusal(codes.NOT_ALLOWED)
    row = {"idCoordonneeBancaire": structure_id + world.BANK_ID_OFFSET, "nomCoordonneeBancaire": "Compte principal"}
    return {"listeCoordonneeBancaire": [row]}


def vat_rates(_call: Call) -> dict[str, Any]:
    rows = [
        {"codeTauxTva": code, "libelleTauxTva": label, "valeurTauxTva": rate} for code, label, rate in world.VAT_RATES
    ]
    return {"listeTauxTva": rows}


def piece_types(call: Call) -> dict[str, Any]:
    kind = text(call.body, "typeObjet") or "FACTURE"
    rows = [
        {"codeTypePieceJointe": code, "libelleTypePieceJointe": label, "idTypePieceJointe": rank, "typeObjet": kind}
        for rank, code, label in world.PIECE_TYPES
    ]
    return {"listeTypePieceJointe": rows if kind == "FACTURE" else []}


def exemption_reasons(_call: Call) -> dict[str, Any]:
    rows = [{"codeMotifExonerationTva": code, "libelleMotifExonerationTva": label} for code, label in EXEMPTIONS]
    return {"listeMotifsExonerationTva": rows}


def currencies(_call: Call) -> dict[str, Any]:
    return {"listeDevises": [{"codeDevise": "EUR", "libelleDevise": "Euro"}]}


def payment_modes(_call: Call) -> dict[str, Any]:
    return {"listeModePaiement": [{"modePaiement": mode} for mode in deposits.PAYMENT_MODES]}


def billing_frames(_call: Call) -> dict[str, Any]:
    return {"listeCadreFacturation": [{"codeCadreFacturation": cadre} for cadre in deposits.CADRES]}


def deposit_modes(_call: Call) -> dict[str, Any]:
    return {"listeModeDepot": [{"modeDepot": mode} for mode in deposits.MODES]}


def statuses(_call: Call) -> dict[str, Any]:
    """`recuperer/etat/typedp`: the statuses that this simulator knows."""
    return {"listeEtatDemandePaiement": [{"etatDemandePaiement": status} for status in life.LABELS]}


def flux_formats(_call: Call) -> dict[str, Any]:
    return {"listeFormatFlux": [{"formatFlux": form} for form in FLUX_FORMATS]}


def flux_syntaxes(call: Call) -> dict[str, Any]:
    """The syntaxes of one format, or all of them. The names of this answer's keys are not published."""
    form = text(call.body, "formatFlux")
    found = [syntax for syntax in INTERFACES if not form or syntax in FLUX_FORMATS.get(form, ())]
    return {"listeSyntaxeFlux": [{"syntaxeFlux": syntax} for syntax in found]}


def countries(_call: Call) -> dict[str, Any]:
    return {"listePays": [{"codePays": code, "libellePays": label} for code, label in COUNTRIES]}


def request_types(_call: Call) -> dict[str, Any]:
    return {"listeTypeDemandePaiement": [{"typeDemandePaiement": kind} for kind in REQUEST_TYPES]}


def identifier_types(_call: Call) -> dict[str, Any]:
    return {"listeTypeIdentifiant": [{"typeIdentifiantStructure": kind} for kind in IDENTIFIER_TYPES]}


def next_statuses(call: Call) -> dict[str, Any]:
    """What a recipient may set after this status."""
    allowed = life.moves(call.office, required(call.body, "statutCourant"))
    return {"listeStatutsPossiblesPourTraitement": [{"statutPossiblePourTraitement": status} for status in allowed]}


def engagements(call: Call) -> dict[str, Any]:
    """Engagements published by services of the State; an unknown one is an empty list."""
    supplier_id = integer(call.body, "structureReceptriceEngagementJuridique")
    if not call.may_act_for(supplier_id):
        raise Refusal(codes.NOT_ALLOWED)
    rows = call.store.all(
        "select e.number from engagement e join structure s on s.siret = e.supplier_siret where s.id = ? and"
        " ? in ('', e.number)",
        supplier_id,
        text(call.body, "numeroEngagementJuridique"),
    )
    return {
        "listeEngagementJuridique": [
            {"numeroEngagementJuridique": row["number"], "etatCourantEngagementJuridique": "COMMANDE"} for row in rows
        ]
    }


def directory(call: Call) -> dict[str, Any]:
    """A ZIP holding one XML file. The names of the fields are those of the published directory, the frame is ours."""
    root = ElementTree.Element("Annuaire")
    for row in call.store.all("select * from structure where public = 1 order by siret"):
        structure = _element(root, "Structure", _directory_fields(row))
        for service in call.store.all("select * from service where structure_id = ? order by code", row["id"]):
            _element(structure, "Service", _service_fields(service))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("annuaire.xml", ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    return {"fichierResultat": base64.b64encode(packed.getvalue()).decode()}


def _directory_fields(row) -> dict[str, Any]:
    return {
        "TypeIdentifiant": 1,
        "Identifiant": row["siret"],
        "RaisonSociale": row["name"],
        "EmetteurEdi": False,
        "RecepteurEdi": False,
        "GestionStatutMiseEnPaiement": bool(row["reports_payment"]),
        "GestionEngagement": bool(row["engagement"]),
        "GestionService": bool(row["service"]),
        "GestionServiceEngagement": bool(row["either"]),
        "EstMOA": False,
        "EstMOAUniquement": False,
        "StructureActive": bool(row["active"]),
        "CodePostal": "18000",
        "Ville": row["town"],
        "CodePays": "FR",
    }


def _service_fields(row) -> dict[str, Any]:
    return {
        "Code": row["code"],
        "Nom": row["label"],
        "GestionEngagement": bool(row["engagement"]),
        "ServiceActif": bool(row["active"]),
    }


def _element(parent: ElementTree.Element, name: str, fields: dict[str, Any]) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    for key, value in fields.items():
        ElementTree.SubElement(element, key).text = str(value).lower() if isinstance(value, bool) else str(value)
    return element
