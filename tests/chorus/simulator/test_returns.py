"""What follows a deposit: answers of the supplier, acts of the buyer by API, details and files."""

import base64
import io
import zipfile

import pytest

from chorus.simulator import codes, world
from tests.chorus.simulator.conftest import DAIRY_ID, PDF

EHPAD, COLLEGE = "20000002400014", "20000001600010"


def refused(answer, code):
    return answer["codeRetour"] == code.number and answer["libelle"].startswith(code.message)


@pytest.fixture
def deposit(caller, simulator):
    """Deposit one invoice and bring it to a status."""

    def _deposit(status="MISE_A_DISPOSITION", number="F-1", **changes):
        cpp_id = caller.submit(number, **changes)["identifiantFactureCPP"]
        return simulator.play(cpp_id, status, "Le bon de commande manque", force=True)["cpp_id"]

    return _deposit


def test_a_suspended_invoice_is_completed_with_documents_and_a_comment(caller, simulator, deposit):
    cpp_id = deposit("SUSPENDUE")
    extra = {"pieceJointeComplementaireDesignation": "Bon", "pieceJointeComplementaireType": "03"}
    body = {"identifiantFactureCPP": cpp_id, "commentaire": "Le voici"}
    body["pieceJointeComplementaire"] = [extra | {"pieceJointeComplementaireId": caller.add_file(b"bon", "bon.txt")}]
    answer = caller.call("factures/v1/completer", body)
    assert (answer["codeRetour"], answer["numeroFacture"]) == (0, "F-1")
    assert len(answer["dateTraitement"]) == len("2026-01-01 00:00")
    (stored,) = simulator.invoices()
    assert (stored["status"], stored["extra_pieces"], stored["status_comment"]) == ("COMPLETEE", 1, "Le voici")
    assert refused(caller.call("factures/v1/completer", body), codes.NOT_SUSPENDED)
    assert simulator.play(cpp_id, "MANDATEE")["status"] == "MANDATEE"


def test_completing_is_all_or_nothing(caller, simulator, deposit):
    cpp_id = deposit("SUSPENDUE")
    extra = {"pieceJointeComplementaireDesignation": "Bon", "pieceJointeComplementaireId": 1}
    body = {"identifiantFactureCPP": cpp_id, "pieceJointeComplementaire": [extra]}
    assert refused(caller.call("factures/v1/completer", body), codes.PIECE_UNKNOWN)
    assert simulator.invoices()[0]["status"] == "SUSPENDUE"


def test_only_the_supplier_answers(simulator, connect, deposit):
    cpp_id = deposit("SUSPENDUE")
    stranger = connect(simulator, world.SUPPLIER_ACCOUNT)
    body = {"identifiantFactureCPP": cpp_id, "idFacture": cpp_id, "nouveauStatut": "MANDATEE"}
    body["listeDemandePaiement"] = [{"idDemandePaiement": cpp_id}]
    for operation in ("completer", "recycler", "traiterRejet", "traiter/recue"):
        assert refused(stranger.call(f"factures/v1/{operation}", body), codes.NOT_ALLOWED)
    assert refused(stranger.call("factures/v1/completer", {"identifiantFactureCPP": 1}), codes.NO_SUCH_INVOICE)
    assert refused(stranger.call("factures/v1/completer", {}), codes.NO_SUCH_INVOICE)


def test_an_invoice_is_recycled_to_another_recipient_under_its_number(caller, simulator, deposit):
    cpp_id = deposit("A_RECYCLER")
    simulator.advance(86_400)
    body = {"identifiantFactureCPP": cpp_id, "reference": {"numeroBonCommande": "BC-2"}}
    body["destinataire"] = {"codeDestinataire": EHPAD, "codeServiceExecutant": "CUISINE"}
    answer = caller.call("factures/v1/recycler", body)
    assert (answer["numeroFacture"], answer["statutFacture"]) == ("F-1", "DEPOSEE")
    assert answer["dateDepot"] == simulator.now()[:10]
    (stored,) = simulator.invoices()
    assert (stored["recipient_siret"], stored["service_code"], stored["engagement_number"]) == (
        EHPAD,
        "CUISINE",
        "BC-2",
    )
    assert refused(caller.call("factures/v1/recycler", body), codes.NOT_TO_RECYCLE)


def test_without_the_check_for_duplicates_an_answer_is_taken_again_and_counted(caller, simulator, deposit):
    simulator.set_duplicate_check(False)
    for status, operation in (("SUSPENDUE", "completer"), ("A_RECYCLER", "recycler"), ("REJETEE", "traiterRejet")):
        cpp_id = deposit(status, number=f"F-{operation}")
        body = {"identifiantFactureCPP": cpp_id, "listeDemandePaiement": [{"idDemandePaiement": cpp_id}]}
        for times in (1, 2):
            assert caller.call(f"factures/v1/{operation}", body)["codeRetour"] == 0
            assert {"cpp_id": cpp_id, "operation": operation, "count": times} in simulator.answers()
    never_sent_back = deposit(number="F-4")
    body = {"identifiantFactureCPP": never_sent_back}
    assert refused(caller.call("factures/v1/completer", body), codes.NOT_SUSPENDED)
    assert refused(caller.call("factures/v1/recycler", body), codes.NOT_TO_RECYCLE)


def test_recycling_keeps_what_is_not_given_and_checks_the_rest(caller, simulator, deposit):
    cpp_id = deposit("A_RECYCLER", recipient=EHPAD, service="CUISINE")
    body = {"identifiantFactureCPP": cpp_id}
    assert refused(
        caller.call("factures/v1/recycler", body | {"destinataire": {"codeDestinataire": COLLEGE}}),
        codes.ENGAGEMENT_REQUIRED,
    )
    wrong = {"destinataire": {"codeServiceExecutant": "ANIMATION"}}
    assert refused(caller.call("factures/v1/recycler", body | wrong), codes.SERVICE_INACTIVE)
    assert caller.call("factures/v1/recycler", body | {"reference": {"numeroBonCommande": "BC-9"}})["codeRetour"] == 0
    (stored,) = simulator.invoices()
    assert (stored["service_code"], stored["engagement_number"]) == ("CUISINE", "BC-9")


def test_rejections_are_acknowledged_together_or_not_at_all(caller, simulator, deposit):
    first, second = deposit("REJETEE"), deposit(number="F-2")
    both = {"listeDemandePaiement": [{"idDemandePaiement": first}, {"idDemandePaiement": second}]}
    assert refused(caller.call("factures/v1/traiterRejet", both), codes.NOT_REJECTED)
    assert [row["rejection_handled"] for row in simulator.invoices()] == [False, False]
    simulator.play(second, "REJETEE", "Erreur")
    assert caller.call("factures/v1/traiterRejet", both)["codeRetour"] == 0
    rows = caller.search(rejetTraite=True)["listeFactures"]
    assert [row["rejetTraite"] for row in rows] == [True, True]
    history = caller.call("factures/v1/consulter/historique", {"idFacture": first})
    assert history["derniereAction"]["derniereActionCode"] == "TRAITEMENT_REJET"
    assert refused(caller.call("factures/v1/traiterRejet"), codes.FIELD_MISSING)


def test_the_buyer_acts_by_api(simulator, connect, deposit):
    cpp_id = deposit()
    buyer = connect(simulator, world.BUYER_ACCOUNT)
    body = {"idFacture": cpp_id, "nouveauStatut": "SUSPENDUE", "motif": "", "numeroDPMandat": ""}
    assert refused(buyer.call("factures/v1/traiter/recue", body), codes.REASON_REQUIRED)
    answer = buyer.call("factures/v1/traiter/recue", body | {"nouveauStatut": "MANDATEE", "numeroDPMandat": "M-77"})
    assert (answer["nouveauStatut"], answer["numeroFacture"]) == ("MANDATEE", "F-1")
    assert refused(
        buyer.call("factures/v1/traiter/recue", body | {"motif": "?", "nouveauStatut": "X"}), codes.MOVE_IMPOSSIBLE
    )
    detail = buyer.call("factures/v1/consulter/fournisseur", {"identifiantFactureCPP": cpp_id})["facture"]
    assert detail["references"]["numeroDpMandat"] == "M-77"


def test_it_tells_the_whole_invoice(caller, deposit):
    cpp_id = deposit(recipient=EHPAD, service="CUISINE")
    answer = caller.call("factures/v1/consulter/fournisseur", {"identifiantFactureCPP": cpp_id})
    invoice = answer["facture"]
    assert invoice["statutFacture"] == "MISE_A_DISPOSITION"
    assert invoice["destinataire"]["codeServiceExecutant"] == "CUISINE"
    assert invoice["destinataire"]["miseEnPaiementDestinataire"] is True
    assert invoice["fournisseur"]["codeFournisseur"] == "10000001700010"
    assert invoice["montantTotal"]["montantTtcTotal"] == 105.5
    assert invoice["pieceJointePrincipale"]["idPieceJointePrincipale"] > 0
    assert "numeroMarche" not in invoice["references"]


def test_it_gives_back_one_pdf_or_a_zip(caller, simulator, deposit):
    ids = [deposit(), deposit(number="A/2")]
    path = "factures/v1/telecharger/groupe"
    one = caller.call(path, {"format": "PDF", "listeFacture": [{"idFacture": ids[0]}]})
    assert base64.b64decode(one["fichierResultat"]) == PDF
    two = caller.call(path, {"format": "PDF", "listeFacture": [{"idFacture": cpp_id} for cpp_id in ids]})
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(two["fichierResultat"]))) as archive:
        assert len(archive.namelist()) == 2
        assert all(archive.read(name) == PDF for name in archive.namelist())
    assert refused(caller.call(path, {"format": "PDF", "listeFacture": []}), codes.FIELD_MISSING)
    assert refused(caller.call(path, {"format": "ODT", "listeFacture": []}), codes.VALUE_NOT_ALLOWED)


def test_a_pdf_deposited_for_reading_can_be_submitted(caller, simulator):
    body = {"fichierFacture": base64.b64encode(PDF).decode(), "nomFichier": "f.pdf", "formatDepot": "PDF_NON_SIGNE"}
    answer = caller.call("factures/v1/deposer/pdf", body)
    assert (answer["numeroFacture"], answer["typeFacture"]) == (None, "FACTURE")
    assert simulator.invoices() == []
    assert caller.submit(piece=answer["pieceJointeId"])["codeRetour"] == 0
    too_big = base64.b64encode(bytes(10 * 1024 * 1024 + 1)).decode()
    assert caller.post("factures/v1/deposer/pdf", body | {"fichierFacture": too_big}).status_code == 413


def test_reference_lists(caller):
    rates = caller.call("transverses/v1/recuperer/tauxtva")["listeTauxTva"]
    assert {row["codeTauxTva"]: row["valeurTauxTva"] for row in rates}["TVA5"] == 20
    kinds = caller.call("transverses/v1/recuperer/typespj", {"typeObjet": "FACTURE"})["listeTypePieceJointe"]
    assert {row["codeTypePieceJointe"] for row in kinds} >= {"01", "02"}
    after = caller.call("transverses/v1/recuperer/etats/traitement", {"statutCourant": "COMPTABILISEE"})
    assert after["listeStatutsPossiblesPourTraitement"] == [{"statutPossiblePourTraitement": "MISE_EN_PAIEMENT"}]
    for path, key in {
        "motifs/exonerationtva": "listeMotifsExonerationTva",
        "devises": "listeDevises",
        "modereglements": "listeModePaiement",
        "cadrefacturation": "listeCadreFacturation",
        "modedepot": "listeModeDepot",
    }.items():
        assert caller.call(f"transverses/v1/recuperer/{path}")[key]


def test_bank_details_are_those_of_own_suppliers(caller):
    path = "transverses/v1/recuperer/coordbanc/valides"
    (row,) = caller.call(path, {"idStructure": world.SUPPLIER_ID_BASE})["listeCoordonneeBancaire"]
    body = caller.invoice()
    body["fournisseur"]["codeCoordonneesBancairesFournisseur"] = row["idCoordonneeBancaire"]
    assert caller.call("factures/v1/soumettre", body)["codeRetour"] == 0
    assert refused(caller.call(path, {"idStructure": DAIRY_ID}), codes.NOT_ALLOWED)


def test_the_space_tells_what_an_account_may_do(caller, simulator):
    path, farm = "structures/v1/rechercher/espaces", {"structure": {"idStructure": world.SUPPLIER_ID_BASE}}
    assert caller.call(path, farm)["listeEspace"][0]["typeHabilitation"] == "MODIFICATION"
    caller.submit("F-1")
    simulator.attach("10000001700010", space="CONSULTATION_UNIQUEMENT")
    assert caller.call(path, farm)["listeEspace"][0]["typeHabilitation"] == "CONSULTATION_UNIQUEMENT"
    assert refused(caller.submit("F-2"), codes.NOT_ALLOWED)
    assert caller.search()["parametresRetour"]["total"] == 1
    simulator.attach("10000001700010", space="")
    assert caller.call(path, farm)["listeEspace"] == []
    assert caller.search()["codeRetour"] == 20000
    actives = caller.call("transverses/v1/recuperer/structures/actives/fournisseur")["listeStructures"]
    assert len(actives) == 2


def test_the_directory_holds_every_recipient(caller):
    packed = base64.b64decode(caller.call("transverses/v1/telecharger/annuaire/destinataire")["fichierResultat"])
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = archive.read("annuaire.xml").decode()
    assert all(f"<Identifiant>{recipient.siret}<" in text for recipient in world.RECIPIENTS)
    assert "10000001700010" not in text


def test_engagements_of_the_state(caller):
    path = "engagementsJuridiques/v1/rechercher"
    body = {"structureReceptriceEngagementJuridique": str(world.SUPPLIER_ID_BASE)}
    body |= {"numeroEngagementJuridique": "1512345678", "etatCourantEngagementJuridique": "COMMANDE"}
    assert len(caller.call(path, body)["listeEngagementJuridique"]) == 1
    assert caller.call(path, body | {"numeroEngagementJuridique": "1500000000"})["listeEngagementJuridique"] == []


def test_an_empty_array_is_an_empty_body(caller):
    url = f"{caller.simulator.url}/cpro/transverses/v1/recuperer/tauxtva"
    answer = caller.session.post(url, json=[], headers=caller.headers(), timeout=5)
    assert answer.json()["codeRetour"] == 0
