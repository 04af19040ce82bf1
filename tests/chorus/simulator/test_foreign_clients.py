"""Requests as clients that other people wrote for the real service send them, and what each reads in the answer.

The shapes below were written anew from these clients' public code and documents; `reads` are paths in the answer,
`0` for the first row of a list. Sources: OCA l10n-france (l10n_fr_chorus_account 10.0 to 18.0), Pastell (CPPWrapper),
Go (antoine2116/go-choruspro), Gizmo (Gizmo091/piste-gouv-fr), Invoicerr (choruspro-client), PyChorus (chorus-api
1.0.6), FactEl (facture_electronique), NortKron (HttpClient-Chorus-Pro), Partiduo (piste_transport), Osimatic, Bimp,
ChorusPay.
"""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from chorus.simulator import world
from tests.chorus.simulator.conftest import FARM_ID, PDF, invoice_body
from tests.chorus.simulator.flux_files import FACTURX, cii, encoded, facturx, tar_gz, ubl
from tests.chorus.simulator.test_deposits import typed_in

EHPAD, FREE = "20000002400014", "12345678200051"
EHPAD_ID = world.RECIPIENT_ID_BASE + 6
FLUX = "factures/v1/deposer/flux"


@dataclass(frozen=True)
class Asked:
    """One request and the paths its client reads; `{cpp}` and `{flux}` in the body are those of a deposited invoice."""

    client: str
    path: str
    body: Any
    reads: tuple[str, ...]
    code: int = 0
    account: world.TechnicalAccount = field(default=world.PLATFORM_ACCOUNT)

    def __str__(self) -> str:
        return f"{self.client}-{self.path.rpartition('v1/')[2]}".replace("/", "_")


BUYER = world.BUYER_ACCOUNT
SEARCH, HISTORY = "factures/v1/rechercher/fournisseur", "factures/v1/consulter/historique"
REPORT = "transverses/v1/consulterCRDetaille"
RECEIVED = "factures/v1/rechercher/recipiendaire"
STRUCTURES, SERVICES = "structures/v1/rechercher", "structures/v1/rechercher/services"
TABLE = (
    # OCA: one structure per SIRET, its demands, every service, the flux's report, its invoices, then each history.
    Asked("OCA", STRUCTURES, {"structure": {"identifiantStructure": EHPAD, "typeIdentifiantStructure": "SIRET"}},
          ("listeStructures.0.idStructureCPP",)),
    Asked("OCA", "structures/v1/consulter", {"idStructureCPP": EHPAD_ID},
          ("parametres.gestionNumeroEJOuCodeService", "parametres.codeServiceDoitEtreRenseigne",
           "parametres.numeroEJDoitEtreRenseigne")),
    Asked("OCA", SERVICES,
          {"idStructure": EHPAD_ID, "parametresRechercherServicesStructure": {"nbResultatsParPage": 10000}},
          ("listeServices.0.codeService", "listeServices.0.libelleService", "listeServices.0.estActif",
           "listeServices.0.idService", "listeServices.0.dateDbtService", "parametresRetour.pages")),
    Asked("OCA", "structures/v1/consulter/service", {"idStructure": EHPAD_ID, "idService": "{service}"},
          ("parametres.numeroEngagement",)),
    Asked("OCA", REPORT, {"numeroFluxDepot": "{flux}"}, ("etatCourantDepotFlux", "libelle")),
    Asked("OCA", SEARCH, {"numeroFluxDepot": "{flux}"},
          ("listeFactures.0.numeroFacture", "listeFactures.0.identifiantFactureCPP", "listeFactures.0.statut")),
    Asked("OCA", HISTORY, {"idFacture": "{cpp}"}, ("idFacture", "statutCourantCode")),
    Asked("OCA", "engagementsJuridiques/v1/rechercher",
          {"structureReceptriceEngagementJuridique": str(FARM_ID), "numeroEngagementJuridique": "1512345678",
           "etatCourantEngagementJuridique": "COMMANDE"}, ("listeEngagementJuridique.0.numeroEngagementJuridique",)),
    # Pastell: an empty body, strings where booleans are meant, the buyer's side by pages of 1000.
    Asked("Pastell", "transverses/v1/recuperer/tauxtva", {}, ("listeTauxTva.0.codeTauxTva",)),
    Asked("Pastell", STRUCTURES, {"structure": {"identifiantStructure": EHPAD}, "restreindreStructuresPrivees": ""},
          ("listeStructures.0.idStructureCPP",)),
    Asked("Pastell", SERVICES,
          {"idStructure": EHPAD_ID, "parametresRechercherServicesStructure":
           {"nbResultatsParPage": 20, "pageResultatDemandee": 1, "triColonne": "CodeService", "triSens": "Descendant"}},
          ("listeServices.0.idService", "parametresRetour.total")),
    Asked("Pastell", SEARCH, {"numeroFluxDepot": "{flux}"}, ("listeFactures.0.identifiantFactureCPP",)),
    Asked("Pastell", HISTORY, {"idFacture": "{cpp}", "nbResultatsMaximum": 50},
          ("historiquesDesStatuts.histoStatut.0.histoStatutId", "historiquesDesStatuts.histoStatut.0.histoStatutCode",
           "historiquesDesStatuts.histoStatut.0.histoStatutDatePassage")),
    Asked("Pastell", RECEIVED,
          {"typeDemandePaiement": "FACTURE", "periodeDateHeureEtatCourantAu": "2099-12-31T23:59:59",
           "paramRecherche": {"nbResultatsParPage": 1000, "pageResultatDemandee": 1, "nbResultatsMaximum": 999999}},
          ("listeFactures.0.idFacture", "listeFactures.0.statut", "pageCourante", "pages"), account=BUYER),
    Asked("Pastell", RECEIVED,
          {"typeDemandePaiement": "FACTURE_TRAVAUX", "paramRecherche": {"nbResultatsParPage": 1000}},
          ("libelle",), 20000, BUYER),
    Asked("Pastell", "facturesTravaux/v1/rechercher",
          {"roleUtilisateur": "FOURNISSEUR", "rechercheFactureTravaux": {"nbResultatsParPage": 1000}},
          ("libelle",), 20007),
    Asked("Pastell", "transverses/v1/recuperer/structures/actives/destinataire", {},
          ("listeStructures.0.idStructureCPP",), account=BUYER),
    Asked("Pastell", "factures/v1/telecharger/groupe", {"format": "PIVOT", "listeFacture": [{"idFacture": "{cpp}"}]},
          ("fichierResultat",), account=BUYER),
    Asked("Pastell", "factures/v1/traiter/recue",
          {"idFacture": "{cpp}", "nouveauStatut": "MANDATEE", "motif": "", "numeroDPMandat": ""},
          ("nouveauStatut", "dateTraitement"), account=BUYER),
    # Go: typed answers, null blocks, languages in capitals.
    Asked("Go", "transverses/v1/recuperer/devises", {"codeLangue": "FR"}, ("listeDevises.0.codeDevise",)),
    Asked("Go", STRUCTURES,
          {"parametres": None, "restreindreStructuresPrivees": False, "structure": {"identifiantStructure": EHPAD}},
          ("listeStructures.0.statut", "parametresRetour.nbResultatsParPage")),
    Asked("Go", REPORT, {"numeroFluxDepot": "{flux}", "syntaxeFlux": FACTURX},
          ("codeInterfaceDepotFlux", "nomFichier", "dateDepotFlux", "dateHeureEtatCourantFlux")),
    Asked("Go", "transverses/v1/recuperer/typespj", {"codeLangue": "FR", "typeObjet": "FACTURE"},
          ("listeTypePieceJointe.0.idTypePieceJointe", "listeTypePieceJointe.0.typeObjet")),
    Asked("Go", "transverses/v1/rechercher/destinataire", {"identifiant": EHPAD},
          ("listeDestinataires.0.nomDestinataire", "parametresRetour.total")),
    Asked("Go", "transverses/v1/telecharger/pieceJointe",
          {"objetPieceJointe": "DEMANDE_PAIEMENT", "engagementJuridique": None, "sollicitation": None,
           "structure": None,
           "demandePaiement": {"avecPiecesJointesComplementaires": "NON", "format": "PDF",
                               "listeFacture": [{"idFacture": "{cpp}"}]}}, ("pieceJointe",)),
    Asked("Go", "utilisateurs/v1/monCompte/recuperer/rattachements", {"parametresRecherche": None},
          ("listeStructureRattachement.0.idStructure", "parametresRetour.pages")),
    Asked("Go", "structures/v1/lister/rattachementsutilisateur",
          {"adresseEmailConnexionUtilisateur": "", "idStructure": FARM_ID, "idUtilisateur": 0,
           "identifiantStructure": "",
           "parametresListerRattachementsStructureUtilisateur": None, "typeIdentifiantStructure": ""},
          ("designationStructure", "premierService", "listeServices")),
    # Gizmo: `{}` by hand, nulls for what is not asked, another syntax than the deposit's.
    Asked("Gizmo", REPORT, {"numeroFluxDepot": "{flux}", "syntaxeFlux": "IN_DP_E2_UBL_INVOICE_MIN"},
          ("etatCourantDepotFlux",)),
    Asked("Gizmo", "transverses/v1/recuperer/structuresPourUtilisateur", {"espaceFo": None},
          ("listeStructures.0.idStructure", "listeStructures.0.typeIdentifiantStructure")),
    Asked("Gizmo", "transverses/v1/recuperer/coordbanc/valides", {"idStructure": FARM_ID},
          ("listeCoordonneeBancaire.0.idCoordonneeBancaire",)),
    # Invoicerr, PyChorus, Partiduo, FactEl: the flux and little else.
    Asked("Invoicerr", REPORT, {"numeroFluxDepot": "{flux}"}, ("etatCourantDepotFlux", "listeErreurDP")),
    Asked("Invoicerr", REPORT, {"numeroFluxDepot": "CPP0011117000000000999999"}, ("libelle",), 20001),
    Asked("PyChorus", SEARCH, {"numeroFluxDepot": "{flux}", "typeFacture": "FACTURE"},
          ("listeFactures.0.dateHeureEtatCourant", "listeFactures.0.nomPrenomUtilisateurCreateur")),
    Asked("PyChorus", "transverses/v1/consulterCR", {"numeroFluxDepot": "{flux}"}, ("fichierCR", "etatCourantFlux")),
    Asked("PyChorus", "transverses/v1/telecharger/annuaire/destinataire", {}, ("fichierResultat",)),
    Asked("PyChorus", "transverses/v1/consulter/information/siret", {"siretStructure": EHPAD}, ("libelle",), 29052),
    Asked("Partiduo", SEARCH,
          {"numeroFluxDepot": "{flux}", "rechercheFactureParFournisseur": {"nbResultatsParPage": 10}},
          ("listeFactures.0.identifiantFactureCPP",)),
    Asked("Partiduo", "transverses/v1/recuperer/structures/actives/fournisseur", {},
          ("listeStructures.0.identifiant",)),
    Asked("FactEl", STRUCTURES,
          {"parametres": {"nbResultatsParPage": 10, "pageResultatDemandee": 1, "triColonne": "IdentifiantStructure",
                          "triSens": "Descendant"}, "restreindreStructuresPrivees": False,
           "structure": {"identifiantStructure": "10000004100010", "typeIdentifiantStructure": "SIRET"}},
          ("listeStructures.0.idStructureCPP",)),
    # Osimatic sends the id as a text.
    Asked("Osimatic", HISTORY, {"idFacture": "{cpp as text}"}, ("statutCourantCode",)),
    # A criterion that is not used is sent as 0, "" or null; a PHP array without keys is `[]`.
    Asked("ChorusPay", SEARCH,
          {"idUtilisateurCourant": 0, "listeDestinataire": [], "numeroFacture": "", "idFournisseur": 0,
           "montantHTMin": 0,
           "montantHTMax": 0, "statutCourant": [], "numeroFluxDepot": None, "periodeDateDepotDu": None,
           "rejetTraite": False, "rechercheFactureParFournisseur": {"nbResultatsParPage": 20, "triColonne": "",
                                                                    "triSens": ""}},
          ("listeFactures.0.montantTTC", "parametresRetour.total")),
    Asked("PHP", "transverses/v1/recuperer/structures/actives/fournisseur", [],
          ("listeStructures.0.designationStructure",)),
)  # fmt: skip


def at(answer, path):
    for step in path.split("."):
        answer = answer[int(step)] if step.isdecimal() else answer[step]
    return answer


def filled(value, given):
    """The body with the names in braces replaced."""
    if isinstance(value, dict):
        return {key: filled(part, given) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, given) for part in value]
    return given.get(value, value) if isinstance(value, str) else value


@pytest.fixture
def given(caller, simulator):
    """An invoice that came by a flux, put at the buyer's disposal."""
    body = {
        "fichierFlux": encoded(facturx(cii("FX-1"))),
        "nomFichier": "FX-1.pdf",
        "syntaxeFlux": FACTURX,
    }
    flux = caller.call(FLUX, body)["numeroFluxDepot"]
    simulator.advance(60)
    cpp_id = simulator.invoices()[0]["cpp_id"]
    simulator.play(cpp_id, "MISE_A_DISPOSITION", force=True)
    services = caller.call(SERVICES, {"idStructure": EHPAD_ID})["listeServices"]
    return {"{cpp}": cpp_id, "{cpp as text}": str(cpp_id), "{flux}": flux, "{service}": services[0]["idService"]}


@pytest.mark.parametrize("asked", TABLE, ids=str)
def test_a_foreign_client_finds_what_it_reads(asked, given, simulator, connect):
    client = connect(simulator, asked.account)
    body = filled(asked.body, given)
    answer = client.session.post(
        f"{simulator.url}/cpro/{asked.path}",
        json=body,
        headers=client.headers() | {"Accept-Charset": "utf-8"},
        timeout=5,
    ).json()
    assert answer["codeRetour"] == asked.code, answer
    for path in asked.reads:
        assert at(answer, path) not in (None, ""), path


# --- deposits, each as its client sends it


def oca_single(number="OCA-1"):
    return facturx(cii(number)), f"facturx_chorus_facture_{number}.pdf", FACTURX


def oca_lot(_number=""):
    lot = {f"facturx_chorus_facture_LOT-{rank}.pdf": facturx(cii(f"LOT-{rank}")) for rank in range(12)}
    return tar_gz(lot), "facturx_chorus_lot_factures.tar.gz", FACTURX


@pytest.mark.parametrize(
    ("client", "file", "extra", "count"),
    [
        ("OCA", oca_single, {"avecSignature": False}, 1),
        ("OCA", oca_lot, {"avecSignature": False}, 12),
        (
            "OCA credit note",
            lambda: (facturx(cii("AV-1", kind="381", payment="")), "a.pdf", FACTURX),
            {},
            1,
        ),
        (
            "OCA UBL",
            lambda: (ubl(), "xml_ubl_chorus_facture_1.xml", "IN_DP_E1_UBL_INVOICE"),
            {"avecSignature": False},
            1,
        ),
        ("PyChorus", oca_single, {"idUtilisateurCourant": 0, "avecSignature": False}, 1),
        ("Invoicerr", oca_single, {}, 1),
        ("AIFE", oca_single, {"idUtilisateurCourant": 331, "avecSignature": True}, 1),
    ],
)
def test_a_foreign_flux_is_taken_followed_and_found(caller, simulator, client, file, extra, count):
    """Deposit, wait while the code is not 0 (NortKron), follow the state, then find the invoices by their flux."""
    content, name, syntax = file()
    answer = caller.call(FLUX, {"fichierFlux": encoded(content), "nomFichier": name, "syntaxeFlux": syntax, **extra})
    number = answer["numeroFluxDepot"]
    assert re.fullmatch(r"CPP001\d{19}", number), client
    seen = []
    for _ in range(100):
        report = caller.call(REPORT, {"numeroFluxDepot": number})
        seen.append(report.get("etatCourantDepotFlux", report["codeRetour"]))
        if seen[-1] == "IN_INTEGRE":
            break
        simulator.advance(1)
    assert seen[0] == 20001
    assert seen[-1] == "IN_INTEGRE"
    found = caller.search(numeroFluxDepot=number, rechercheFactureParFournisseur={"nbResultatsParPage": 100})
    assert found["parametresRetour"]["total"] == len(found["listeFactures"]) == count
    assert caller.search(numeroFluxDepot=number)["parametresRetour"]["pages"] == -(-count // 10)


def test_invoicerr_meets_the_refusals_it_measured(caller, simulator):
    """Payment means missing, SIREN for SIRET, the reform's « cadre »: accepted, then rejected by the report only."""
    for spoilt in ({"payment": ""}, {"supplier": world.SUPPLIERS[0].siret[:9]}, {"cadre": "M1"}, {"number": "F" * 21}):
        body = {"fichierFlux": encoded(facturx(cii(**spoilt))), "nomFichier": "f.pdf"}
        answer = caller.call(FLUX, body | {"syntaxeFlux": FACTURX})
        assert answer["codeRetour"] == 0
        simulator.advance(60)
        assert (
            caller.call(REPORT, {"numeroFluxDepot": answer["numeroFluxDepot"]})["etatCourantDepotFlux"] == "IN_REJETE"
        )


def pastell_submit(caller):
    read = caller.call(
        "factures/v1/deposer/pdf",
        {"fichierFacture": base64.b64encode(PDF).decode(), "nomFichier": "F.pdf", "formatDepot": "PDF_NON_SIGNE"},
    )
    body = invoice_body("PA-1", read["pieceJointeId"])
    body["references"] |= {"typeTva": "TVA_SUR_DEBIT", "numeroBonCommande": "", "numeroMarche": ""}
    body["montantTotal"] = {key: str(value) for key, value in body["montantTotal"].items()}
    return body | {"fournisseur": {"idFournisseur": str(FARM_ID)}}


def bimp_submit(caller):
    extra = {"pieceJointeComplementaireDesignation": "Bon", "pieceJointeComplementaireId": caller.add_file()}
    extra |= {"pieceJointeComplementaireType": "", "pieceJointeComplementaireNumeroLigneFacture": 0}
    return caller.invoice("BI-1") | {"pieceJointeComplementaire": [extra]}


def go_submit(caller):
    body = caller.invoice("GO-1")
    return body | {"pieceJointePrincipale": body["pieceJointePrincipale"][0], "lignePoste": None, "ligneTva": None}


def factel_submit(_caller):
    body = typed_in()
    body["cadreDeFacturation"]["codeStructureValideur"] = None
    body["references"] |= {"motifExonerationTva": None, "numeroBonCommande": None, "numeroMarche": "VABFM001"}
    for line in body["lignePoste"]:
        line |= {"lignePosteMontantRemiseHT": None, "lignePosteUnite": "lot", "lignePosteReference": "R"}
        line |= {key: line.get(key) for key in ("lignePosteTauxTva", "lignePosteTauxTvaManuel")}
    return body


def choruspay_submit(caller):
    body = caller.invoice("CP-1")
    bank = caller.call("transverses/v1/recuperer/coordbanc/valides", {"idStructure": FARM_ID})[
        "listeCoordonneeBancaire"
    ]
    body["fournisseur"]["codeCoordonneesBancairesFournisseur"] = bank[0]["idCoordonneeBancaire"]
    body["ligneTva"] = [
        {"ligneTvaTauxManuel": 5.5, "ligneTvaMontantBaseHtParTaux": 100.0, "ligneTvaMontantTvaParTaux": 5.5}
    ]
    return body | {"idUtilisateurCourant": 0, "dateFacture": "2025-03-31T10:00:00.000Z"}


@pytest.mark.parametrize("body_of", [pastell_submit, bimp_submit, go_submit, factel_submit, choruspay_submit])
def test_a_foreign_submission_is_taken(caller, body_of):
    answer = caller.call("factures/v1/soumettre", body_of(caller))
    assert answer["codeRetour"] == 0, answer
    assert {"identifiantFactureCPP", "numeroFacture", "statutFacture", "dateDepot", "identifiantStructure"} <= set(
        answer
    )


# --- what typed clients parse


def test_dates_are_as_strict_parsers_want_them(caller, given):
    """Go: `2006-01-02`, `2006-01-02 15:04` and RFC 3339; Gizmo: a day, or milliseconds and an offset, exactly."""
    (row,) = caller.search(numeroFluxDepot=given["{flux}"])["listeFactures"]
    for key in ("dateFacture", "dateDepot"):
        assert datetime.strptime(row[key], "%Y-%m-%d")
    report = caller.call(REPORT, {"numeroFluxDepot": given["{flux}"]})
    exact = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")
    for value in (row["dateHeureEtatCourant"], report["dateDepotFlux"], report["dateHeureEtatCourantFlux"]):
        assert exact.fullmatch(value)
    line = caller.call(HISTORY, {"idFacture": given["{cpp}"]})["historiquesDesStatuts"]["histoStatut"][0]
    assert datetime.strptime(line["histoStatutDatePassage"], "%Y-%m-%d %H:%M")
    service = {"idStructure": EHPAD_ID, "idService": given["{service}"]}
    since = caller.call("structures/v1/consulter/service", service)["parametres"]["dateDebutValidite"]
    assert datetime.strptime(since, "%Y-%m-%d %H:%M")


def test_a_token_as_each_client_asks_for_it(caller, simulator):
    """Form with scope (most), form without (Go), HTTP Basic without, two scopes (ChorusPay)."""
    form = {"client_id": world.CLIENT_ID, "client_secret": world.CLIENT_SECRET, "grant_type": "client_credentials"}
    basic = (world.CLIENT_ID, world.CLIENT_SECRET)
    for data, auth in (
        (form | {"scope": "openid"}, None),
        (form, None),
        (form | {"scope": "openid resource.READ"}, None),
        ({"grant_type": "client_credentials"}, basic),
        ({"grant_type": "client_credentials", "scope": "openid"}, basic),
    ):
        answer = caller.session.post(simulator.token_url, data=data, auth=auth, timeout=5)
        token = answer.json()
        assert isinstance(token["expires_in"], int)
        assert -(2**15) <= token["expires_in"] < 2**15  # Go reads it into 16 bits
        assert token["token_type"] == "Bearer"


def test_a_health_check_with_a_body_is_borne(caller, simulator):
    """Go sends `null` with its GET."""
    url = f"{simulator.url}/cpro/transverses/v1/health-check"
    answer = caller.session.request("GET", url, data="null", headers=caller.headers(), timeout=5)
    assert answer.json()["statusCodeValue"] == 200


def test_an_old_report_as_an_object(caller, simulator):
    """The AIFE's own page shows `listeErreurDP` as an object: ordered by the fault of single-element lists."""
    body = {"fichierFlux": encoded(facturx(cii(payment=""))), "nomFichier": "f.pdf"}
    number = caller.call(FLUX, body | {"syntaxeFlux": FACTURX})["numeroFluxDepot"]
    simulator.advance(60)
    simulator.trouble("single_objects")
    assert isinstance(caller.call(REPORT, {"numeroFluxDepot": number})["listeErreurDP"], dict)
