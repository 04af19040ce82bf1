"""What one reads besides searching: whole invoices by pages, files, the buyer's side, lists, attachments."""

import base64
import io
import zipfile
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from chorus.simulator import codes, world
from chorus.simulator.pdf import one_page
from tests.chorus.simulator.conftest import FARM_ID, PDF
from tests.chorus.simulator.test_deposits import typed_in

COLLEGE = "20000001600010"
GROUP = "factures/v1/telecharger/groupe"


def many_lines(count=25):
    """A typed-in invoice of so many lines of 10 € at 20 %."""
    body = typed_in(
        montantHtTotal=10 * count, montantTVA=2 * count, montantRemiseGlobaleTTC=0, montantTtcTotal=12 * count,
        montantAPayer=12 * count,
    )  # fmt: skip
    body["lignePoste"] = [
        {
            "lignePosteNumero": rank,
            "lignePosteReference": f"R{rank}",
            "lignePosteDenomination": f"Article {rank}",
            "lignePosteUnite": "kg",
            "lignePosteQuantite": 1,
            "lignePosteMontantUnitaireHT": 10,
            "lignePosteTauxTva": "TVA5",
        }
        for rank in range(1, count + 1)
    ]
    body["ligneTva"] = [
        {"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 10 * count, "ligneTvaMontantTvaParTaux": 2 * count}
    ]
    return body


@pytest.fixture
def typed(caller):
    answer = caller.call("factures/v1/soumettre", many_lines())
    assert answer["codeRetour"] == 0
    return answer["identifiantFactureCPP"]


def whole(caller, cpp_id, **asked):
    return caller.call("factures/v1/consulter/fournisseur", {"identifiantFactureCPP": cpp_id, **asked})["facture"]


def test_lines_come_ten_by_ten(caller, typed):
    lines = whole(caller, typed)["lignesDePoste"]
    assert len(lines["lignePoste"]) == 10
    assert (lines["totalLignesPoste"], lines["pagesLignesPoste"]) == (25, 3)
    asked = {"nbResultatsParPageLignesPoste": 20, "pageResultatDemandeeLignesPoste": 2}
    lines = whole(caller, typed, getpLignesPoste=asked)["lignesDePoste"]
    assert [row["lignePosteNumero"] for row in lines["lignePoste"]] == list(range(21, 26))
    asked = {"triColonneListeLignesPoste": "LignePosteNumero", "triSensListeLignesPoste": "Descendant"}
    assert whole(caller, typed, getpLignesPoste=asked)["lignesDePoste"]["lignePoste"][0]["lignePosteNumero"] == 25


def test_each_line_has_its_amounts(caller, typed):
    line = whole(caller, typed)["lignesDePoste"]["lignePoste"][0]
    assert line["lignePosteMontantHtApresRemise"] == 10
    assert line["lignePosteMontantTva"] == 2
    assert line["lignePosteMontantTtcApresRemise"] == 12
    assert line["lignePosteUniteLibelle"] == "kg"
    rate = whole(caller, typed)["recapitulatifDeTva"]["ligneTva"][0]
    assert (rate["ligneTvaTauxRefCode"], rate["ligneTvaTauxRefValeur"]) == ("TVA5", 20)


def test_pieces_have_pages_too(caller):
    extra = {"pieceJointeComplementaireDesignation": "Bon", "pieceJointeComplementaireId": caller.add_file()}
    body = caller.invoice() | {"pieceJointeComplementaire": [extra] * 3}
    cpp_id = caller.call("factures/v1/soumettre", body)["identifiantFactureCPP"]
    asked = {"nbResultatsParPageListePieceJointe": 2, "pageResultatDemandeeListePieceJointe": 2}
    pieces = whole(caller, cpp_id, getpListePiecesJointes=asked)["listeDesPiecesJointes"]
    assert (len(pieces["pieceJointe"]), pieces["pagesListePiecesJointe"]) == (1, 2)


def test_the_history_has_pages(caller, simulator):
    cpp_id = caller.submit()["identifiantFactureCPP"]
    for _ in range(12):
        simulator.play(cpp_id, "MISE_A_DISPOSITION", force=True)
    answer = caller.call(
        "factures/v1/consulter/historique",
        {"idFacture": cpp_id, "paramRechercheHistoStatuts": {"pageResultatDemandeeListeHistoStatut": 2}},
    )["historiquesDesStatuts"]
    assert (answer["pagesHistoStatut"], answer["totalHistoStatut"], len(answer["histoStatut"])) == (2, 13, 3)


def files_of(answer, key="fichierResultat"):
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(answer[key]))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_invoice_without_a_file_gets_one(caller, typed):
    answer = caller.call(GROUP, {"format": "PDF", "listeFacture": [{"idFacture": typed}]})
    shown = PdfReader(io.BytesIO(base64.b64decode(answer["fichierResultat"]))).pages[0].extract_text()
    assert "Montant TTC : 300.00 EUR" in shown


def test_the_pivot_holds_data_and_files(caller):
    cpp_id = caller.submit("P/1", engagement="BC-1")["identifiantFactureCPP"]
    one = caller.call(GROUP, {"format": "PIVOT", "listeFacture": [{"idFacture": cpp_id}]})
    root = ElementTree.fromstring(base64.b64decode(one["fichierResultat"]))
    assert root.findtext("numeroFacture") == "P/1"
    assert root.findtext("references/numeroBonCommande") == "BC-1"
    assert base64.b64decode(root.findtext("fichier")) == PDF
    two = files_of(caller.call(GROUP, {"format": "PIVOT", "listeFacture": [{"idFacture": cpp_id}] * 1 + [
        {"idFacture": caller.submit("P-2")["identifiantFactureCPP"]}
    ]}))  # fmt: skip
    assert sorted(name.rpartition("/")[2] for name in two) == ["P-2.xml", "P_1.xml"]


def test_additional_pieces_are_asked_for(caller):
    extra = {"pieceJointeComplementaireDesignation": "Bon"}
    extra["pieceJointeComplementaireId"] = caller.add_file(b"bon de livraison", "bon.txt")
    body = caller.invoice() | {"pieceJointeComplementaire": [extra]}
    cpp_id = caller.call("factures/v1/soumettre", body)["identifiantFactureCPP"]
    asked = {"format": "PDF", "listeFacture": [{"idFacture": cpp_id}], "idEspace": 8}
    without = caller.call(GROUP, asked | {"avecPiecesJointesComplementaires": "Non"})
    assert base64.b64decode(without["fichierResultat"]) == PDF
    assert len(files_of(caller.call(GROUP, asked | {"avecPiecesJointesComplementaires": "Oui"}))) == 2
    piece = {"objetPieceJointe": "DEMANDE_PAIEMENT", "demandePaiement": asked}
    piece["demandePaiement"] = asked | {"avecPiecesJointesComplementaires": "OUI"}
    assert len(files_of(caller.call("transverses/v1/telecharger/pieceJointe", piece), "pieceJointe")) == 2
    other = caller.call("transverses/v1/telecharger/pieceJointe", {"objetPieceJointe": "STRUCTURE_MANDAT"})
    assert other["codeRetour"] == codes.PIECE_UNKNOWN.number


def test_a_stranger_downloads_nothing(caller, simulator, connect):
    cpp_id = caller.submit()["identifiantFactureCPP"]
    asked = {"format": "PIVOT", "listeFacture": [{"idFacture": cpp_id}]}
    assert connect(simulator, world.SUPPLIER_ACCOUNT).call(GROUP, asked)["codeRetour"] == codes.NOT_ALLOWED.number


PRINTED = [
    "Facture n° FA-2026-7 du 12/03/2026",
    "Ferme des Trois Chênes - SIRET 100 000 017 00010",
    "Client : Collège des Marais - SIRET 20000001600010",
    "Engagement : BC-118",
    "Total HT : 1 000,00 EUR",
    "Total TVA : 55,00 EUR",
    "Total TTC : 1 055,00 EUR",
    "Net à payer : 1 055,00 EUR",
]


def read_pdf(caller, content):
    body = {"fichierFacture": base64.b64encode(content).decode(), "nomFichier": "f.pdf", "formatDepot": "PDF_NON_SIGNE"}
    return caller.call("factures/v1/deposer/pdf", body)


def test_nothing_is_read_unless_asked(caller):
    answer = read_pdf(caller, one_page(PRINTED))
    assert answer["numeroFacture"] is answer["montantHtTotal"] is answer["typeTva"] is None
    assert (answer["typeFacture"], answer["libelle"]) == ("FACTURE", "GCU_MSG_01_000")


def test_it_may_guess_what_is_printed(start, connect):
    caller = connect(start(ocr=True))
    answer = read_pdf(caller, one_page(PRINTED))
    expected = {
        "numeroFacture": "FA-2026-7",
        "dateFacture": "2026-03-12",
        "codeDestinataire": "20000001600010",
        "codeFournisseur": "10000001700010",
        "numeroBonCommande": "BC-118",
        "montantHtTotal": 1000.0,
        "montantTVA": 55.0,
        "montantTtcAvantRemiseGlobalTTC": 1055.0,
        "montantAPayer": 1055.0,
        "codeDeviseFacture": "EUR",
        "typeFacture": "FACTURE",
        "typeTva": None,
    }
    assert expected.items() <= answer.items()
    assert read_pdf(caller, b"%PDF-1.4 damaged")["numeroFacture"] is None


def test_what_waits_for_the_supplier(caller, simulator):
    path = "factures/v1/rechercher/atraiter/fournisseur"
    assert caller.call(path)["codeRetour"] == codes.NO_RESULT.number
    for number, status in {"T-1": "SUSPENDUE", "T-2": "A_RECYCLER", "T-3": "REJETEE", "T-4": "MANDATEE"}.items():
        simulator.play(caller.submit(number)["identifiantFactureCPP"], status, "motif", force=True)
    answer = caller.call(path, {"idStructure": FARM_ID})
    assert {row["numeroFacture"] for row in answer["listeFactures"]} == {"T-1", "T-2", "T-3"}
    assert "commentaireEtatCourant" not in answer["listeFactures"][0]
    answer = caller.call(
        path, {"masquerRejetee": True, "rechercheFactureATraiterParFournisseur": {"nbResultatsParPage": 1}}
    )
    assert (answer["parametresRetour"]["total"], len(answer["listeFactures"])) == (2, 1)


def test_the_buyer_sees_what_is_at_his_disposal(caller, simulator, connect):
    buyer, path = connect(simulator, world.BUYER_ACCOUNT), "factures/v1/rechercher/recipiendaire"
    cpp_id = caller.submit("B-1", recipient=COLLEGE, engagement="E")["identifiantFactureCPP"]
    assert buyer.call(path, {"typeDemandePaiement": "FACTURE"})["codeRetour"] == codes.NO_RESULT.number
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    answer = buyer.call(path, {"listeFournisseurs": [{"idFournisseur": FARM_ID}], "numeroFacture": "B-1"})
    (row,) = answer["listeFactures"]
    assert (row["idFacture"], row["statut"], answer["pages"], answer["pageCourante"]) == (
        cpp_id, "MISE_A_DISPOSITION", 1, 1,
    )  # fmt: skip
    assert row["factureTelechargeeParDestinataire"] is False
    buyer.call(GROUP, {"format": "PDF", "listeFacture": [{"idFacture": cpp_id}]})
    assert buyer.call(path, {"factureTelechargeeParDestinataire": True})["total"] == 1
    assert buyer.call(path, {"typeDemandePaiement": "FACTURE_TRAVAUX"})["codeRetour"] == 20000
    assert buyer.call(path, {"idDestinataire": 1})["codeRetour"] == 20000
    assert caller.call(path)["codeRetour"] == 20000
    seen = buyer.call("factures/v1/consulter/recipiendaire", {"identifiantFactureCPP": cpp_id})["facture"]
    assert seen["numeroFacture"] == "B-1"
    assert "rejetTraite" not in seen
    own = caller.call("factures/v1/consulter/recipiendaire", {"identifiantFactureCPP": cpp_id})
    assert own["codeRetour"] == codes.NOT_ALLOWED.number


@pytest.mark.parametrize(
    ("path", "key", "name", "value"),
    [
        ("recuperer/etat/typedp", "listeEtatDemandePaiement", "etatDemandePaiement", "SUSPENDUE"),
        ("recuperer/formatflux", "listeFormatFlux", "formatFlux", "IN_DP_E2_FACTURX"),
        ("recuperer/syntaxeflux", "listeSyntaxeFlux", "syntaxeFlux", "IN_DP_E2_CII_FACTURX"),
        ("recuperer/pays", "listePays", "codePays", "FR"),
        ("recuperer/typedp", "listeTypeDemandePaiement", "typeDemandePaiement", "FACTURE"),
        ("recuperer/typeidentifiant/structure", "listeTypeIdentifiant", "typeIdentifiantStructure", "SIRET"),
        ("recuperer/structuresPourUtilisateur", "listeStructures", "idStructure", FARM_ID),
        ("rechercher/destinataire", "listeDestinataires", "siret", COLLEGE),
    ],
)
def test_lists(caller, path, key, name, value):
    answer = caller.call(f"transverses/v1/{path}")
    assert value in {row[name] for row in answer[key]}


def test_lists_are_narrowed(caller):
    found = caller.call("transverses/v1/recuperer/syntaxeflux", {"formatFlux": "IN_DP_E2_FACTURX"})
    assert found["listeSyntaxeFlux"] == [{"syntaxeFlux": "IN_DP_E2_CII_FACTURX"}]
    asked = {"nomVilleCodePostal": "marais", "parametresRecherche": {"nbResultatsParPage": 5}}
    (row,) = caller.call("transverses/v1/rechercher/destinataire", asked)["listeDestinataires"]
    assert row["siret"] == COLLEGE
    assert caller.call("transverses/v1/rechercher/destinataire", {"identifiant": "1"})["codeRetour"] == 20000
    issued = caller.call("transverses/v1/recuperer/structuresPourUtilisateur", {"espaceFo": 8})
    received = caller.call("transverses/v1/recuperer/structuresPourUtilisateur", {"espaceFo": 7})
    assert (len(issued["listeStructures"]), received["listeStructures"]) == (3, [])


@pytest.mark.parametrize(
    "path", ["transverses/v1/consulter/information/siret", "factures/v1/rechercher/demandePaiement"]
)
def test_what_does_not_work_in_qualification_says_so(caller, path):
    answer = caller.call(path, {"siretStructure": COLLEGE})
    assert answer["codeRetour"] == codes.NOT_IN_QUALIFICATION.number
    assert "espace de qualification" in answer["libelle"]


def test_public_works_are_empty_in_their_own_words(caller):
    assert caller.call("facturesTravaux/v1/rechercher")["libelle"].startswith("GFT_MSG_01.075")
    assert caller.call("transverses/v1/recuperer/structures/actives/facturetravaux")["listeStructures"] == []


def test_attachments_of_the_account(caller, simulator, connect):
    own = caller.call("utilisateurs/v1/monCompte/recuperer/rattachements", {"parametresRecherche": None})
    assert len(own["listeStructureRattachement"]) == own["parametresRetour"]["total"] == 3
    assert own["listeStructureRattachement"][0]["statutRattachementStructure"] == "VALIDEE"
    buyer = connect(simulator, world.BUYER_ACCOUNT)
    path = "structures/v1/lister/rattachementsutilisateur"
    one = buyer.call(path, {"identifiantStructure": COLLEGE, "typeIdentifiantStructure": "SIRET"})
    assert one["listeServices"][0]["codeService"] == "RESTAURATION"
    assert caller.call(path, {"identifiantStructure": COLLEGE})["codeRetour"] == codes.STRUCTURE_UNKNOWN.number
