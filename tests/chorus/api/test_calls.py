"""Each operation: what is asked, and what is read in the answer, quirks included."""

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import responses

from chorus.api import AnswerLost, Attachment, Call, Refused, Requirements, Unknown

from .far_side import ACCOUNT, TOKEN, client

API = "https://api.example.test"
FINE = {"codeRetour": 0, "libelle": "TRA_MSG_00.000"}
NOTHING = {"codeRetour": 20000, "libelle": "TRA_MSG_00.015 La recherche n'a retourné aucun résultat"}


@pytest.fixture
def chorus():
    with client(API) as chorus:
        yield chorus


@pytest.fixture
def answer(web):
    """answer("factures/soumettre", {…}, {…}) → the bodies that were asked, one for each answer."""

    def answer(path: str, *payloads: dict, **envelope):
        family, _, operation = path.partition("/")
        asked = []

        def callback(request):
            asked.append(json.loads(request.body))
            return 200, {}, json.dumps({**FINE, **payloads[len(asked) - 1]})

        web.add_callback(responses.POST, f"{API}/cpro/{family}/v1/{operation}", callback)
        return asked

    return answer


def test_it_finds_a_structure_by_its_exact_siret_and_prefers_the_active_one(chorus, answer):
    row = {"typeIdentifiantStructure": "SIRET", "identifiantStructure": "20000001600010", "designationStructure": "A"}
    rows = [
        {**row, "idStructureCPP": 1, "identifiantStructure": "200000016000109", "statut": "ACTIVE"},
        {**row, "idStructureCPP": 2, "statut": "INACTIVE"},
        {**row, "idStructureCPP": 3, "statut": "ACTIVE"},
    ]
    asked = answer("structures/rechercher", {"listeStructures": rows}, NOTHING, {"listeStructures": rows[1]})
    found = chorus.find_structure("20000001600010")
    assert (found.id, found.identifier_type, found.name, found.active) == (3, "SIRET", "A", True)
    assert chorus.find_structure("20000001600010", private_too=True) is None
    assert chorus.find_structure("20000001600010").active is False
    assert asked[0] == {
        "structure": {"identifiantStructure": "20000001600010", "typeIdentifiantStructure": "SIRET"},
        "parametres": {"pageResultatDemandee": 1, "nbResultatsParPage": 100},
    }
    assert asked[1]["restreindreStructuresPrivees"] is False


@pytest.mark.parametrize(
    ("either", "service", "engagement", "expected"),
    [
        (False, False, False, Requirements()),
        (False, True, False, Requirements(service=True)),
        (False, False, True, Requirements(engagement=True)),
        (False, True, True, Requirements(service=True, engagement=True)),
        (True, False, False, Requirements(either=True)),
        (True, True, True, Requirements(either=True)),
    ],
)
def test_it_reads_what_a_recipient_requires(chorus, answer, either, service, engagement, expected):
    parameters = {
        "gestionNumeroEJOuCodeService": either,
        "codeServiceDoitEtreRenseigne": service,
        "numeroEJDoitEtreRenseigne": engagement,
    }
    answer("structures/consulter", {"informationGenerales": {"idStructureCPP": 7}, "parametres": parameters})
    assert chorus.structure(7).requirements == expected


def test_it_reads_a_structure(chorus, answer):
    general = {
        "identifiantStructure": "20000005700014",
        "libelleStructure": "CCAS",
        "structurePriveePublique": "PUBLIQUE",
        "dateExpirationMotPasseCompteTech": "2026-10-24 17:42",
    }
    parameters = {"statutMiseEnPaiementNestPasRemonte": True, "inconnu": [1]}
    asked = answer("structures/consulter", {"informationGenerales": general, "parametres": parameters})
    structure = chorus.structure(7)
    assert asked == [{"idStructureCPP": 7}]
    assert (structure.id, structure.identifier, structure.name) == (7, "20000005700014", "CCAS")
    assert (structure.is_public, structure.reports_payment) == (True, False)
    assert structure.technical_password_expires == datetime(2026, 10, 24, 15, 42, tzinfo=UTC)
    assert structure.raw["parametres"]["inconnu"] == [1]


@pytest.mark.parametrize("payload", [{}, {"informationGenerales": None}, NOTHING])
def test_it_takes_no_answer_for_a_recipient_that_requires_nothing(chorus, answer, payload):
    answer("structures/consulter", payload)
    with pytest.raises(Unknown):
        chorus.structure(7)


def test_it_reads_all_the_services_each_once(chorus, answer):
    def row(id):
        return {"idService": id, "codeService": f"S{id}", "libelleService": "L", "estActif": id != 2}

    asked = answer(
        "structures/rechercher/services",
        {"listeServices": [row(1), row(2)], "parametresRetour": {"pages": 2, "total": 103}},
        {"listeServices": [row(2), row(3)], "parametresRetour": {"pages": 2, "total": 103}},
    )
    assert [(service.id, service.code, service.active) for service in chorus.services(9)] == [
        (1, "S1", True),
        (2, "S2", False),
        (3, "S3", True),
    ]
    assert [body["parametresRechercherServicesStructure"]["pageResultatDemandee"] for body in asked] == [1, 2]
    assert asked[0]["idStructure"] == 9


def test_it_marks_the_service_nobody_may_use(chorus, answer):
    answer("structures/rechercher/services", {"listeServices": {"idService": 1, "codeService": "FACTURES_PUBLIQUES"}})
    assert chorus.services(9)[0].reserved


def test_it_reads_no_service(chorus, answer):
    answer("structures/rechercher/services", NOTHING, {})
    assert chorus.services(9) == ()
    assert chorus.services(9) == ()


def test_it_reads_one_service(chorus, answer):
    payload = {"informationsGenerales": {"codeService": "S1", "nomService": "Cuisine"}, "parametres": {}}
    asked = answer("structures/consulter/service", payload, payload | {"parametres": {"numeroEngagement": True}})
    assert not chorus.service(9, 1).engagement_required
    assert chorus.service(9, 1).engagement_required
    assert asked[0] == {"idStructure": 9, "idService": 1}


def test_it_lists_the_structures_it_may_act_for(chorus, answer):
    asked = answer(
        "transverses/recuperer/structures/actives/fournisseur",
        {"listeStructures": {"idStructureCPP": 1, "identifiant": "10000001700010", "designationStructure": "F"}},
        {"listeStructures": [{"idStructureCPP": "2", "identifiantStructure": "10000002500013"}, {"sans": "id"}]},
        NOTHING,
    )
    assert [(found.id, found.identifier) for found in chorus.attached_structures()] == [(1, "10000001700010")]
    assert [(found.id, found.identifier) for found in chorus.attached_structures()] == [(2, "10000002500013")]
    assert chorus.attached_structures() == ()
    assert asked[0] == {}


def test_it_uploads_a_file(chorus, answer):
    asked = answer("transverses/ajouter/fichier", {"pieceJointeId": 6_921_279})
    assert chorus.add_file("Facture mars.PDF", b"%PDF") == 6_921_279
    assert asked == [
        {
            "pieceJointeFichier": "JVBERg==",
            "pieceJointeNom": "Facture mars.PDF",
            "pieceJointeTypeMime": "application/pdf",
            "pieceJointeExtension": "PDF",
        }
    ]


def test_it_does_not_invent_the_id_of_a_file(chorus, answer):
    answer("transverses/ajouter/fichier", {})
    with pytest.raises(Unknown, match="without pieceJointeId"):
        chorus.add_file("a.pdf", b"%PDF")


def test_it_deposits_an_invoice(chorus, answer):
    deposited = {
        "identifiantFactureCPP": 3_123_988,
        "numeroFacture": "FAC1",
        "statutFacture": "DEPOSEE",
        "dateDepot": "2026-03-27",
        "identifiantStructure": "00000000000727",
    }
    asked = answer("factures/soumettre", deposited)
    submitted = chorus.submit({"numeroFactureSaisi": "FAC1"}, 5, "FAC1.pdf")
    assert (submitted.cpp_id, submitted.number, submitted.status) == (3_123_988, "FAC1", "DEPOSEE")
    assert submitted.deposit_date == date(2026, 3, 27)
    assert submitted.raw["identifiantStructure"] == "00000000000727"
    piece = {"pieceJointePrincipaleDesignation": "FAC1.pdf", "pieceJointePrincipaleId": 5}
    assert asked == [{"numeroFactureSaisi": "FAC1", "pieceJointePrincipale": [piece]}]


def test_it_reads_a_page_of_news(chorus, answer, web):
    row = (
        b'{"codeRetour": 0, "libelle": "TRA_MSG_00.000", "parametresRetour": {"pageCourante": 2, "pages": 3, "total":'
        b' 201}, "listeFactures": [{"identifiantFactureCPP": 12, "numeroFacture": "FA-1", "typeFacture": "FACTURE",'
        b' "dateFacture": "2026-03-31", "dateDepot": "2026-04-01", "codeDestinataire": "20000001600010",'
        b' "codeFournisseur": "10000001700010", "montantTTC": 1406.272000, "statut": "STATUT_INCONNU_DEMAIN",'
        b' "dateHeureEtatCourant": "2026-04-02T15:10:25.536+02:00", "commentaireEtatCourant": "Bon de livraison ?",'
        b' "numeroBonCommande": null, "champNouveau": {"a": 1}}, {"numeroFacture": "sans identifiant"}]}'
    )
    web.post(f"{API}/cpro/factures/v1/rechercher/fournisseur", body=row)
    page = chorus.search_invoices(page=2)
    first, second = page.rows
    assert (page.page, page.pages, page.total) == (2, 3, 201)
    assert (first.cpp_id, first.number, first.kind, first.status) == (12, "FA-1", "FACTURE", "STATUT_INCONNU_DEMAIN")
    assert (first.invoice_date, first.deposit_date) == (date(2026, 3, 31), date(2026, 4, 1))
    assert (first.recipient_siret, first.supplier_code) == ("20000001600010", "10000001700010")
    assert first.total_ttc == Decimal("1406.272")
    assert first.status_at == datetime(2026, 4, 2, 13, 10, 25, 536_000, tzinfo=UTC)
    assert (first.comment, first.engagement_number, first.service_code) == ("Bon de livraison ?", "", "")
    assert json.loads(json.dumps(first.raw))["montantTTC"] == "1406.272000"
    assert (second.cpp_id, second.number, second.status_at) == (None, "sans identifiant", None)


def test_it_asks_for_news_of_a_period(chorus, answer):
    asked = answer("factures/rechercher/fournisseur", NOTHING)
    page = chorus.search_invoices(
        supplier_id=3,
        number="FA-1",
        changed_from=date(2026, 3, 1),
        changed_to=date(2026, 3, 31),
        statuses=("DEPOSEE",),
        flow_number="CPP1",
        page_size=50,
        maximum=500,
        sort="DateDepot",
        ascending=True,
    )
    assert (page.rows, page.page, page.pages, page.total) == ((), 1, 1, 0)
    assert asked == [
        {
            "idFournisseur": 3,
            "numeroFacture": "FA-1",
            "statutCourant": ["DEPOSEE"],
            "numeroFluxDepot": "CPP1",
            "periodeDateHeureEtatCourantDu": "2026-03-01T00:00:00",
            "periodeDateHeureEtatCourantAu": "2026-03-31T23:59:59",
            "rechercheFactureParFournisseur": {
                "pageResultatDemandee": 1,
                "nbResultatsParPage": 50,
                "nbResultatsMaximum": 500,
                "triColonne": "DateDepot",
                "triSens": "Ascendant",
            },
        }
    ]


@pytest.mark.parametrize("empty", [NOTHING, {}, {"listeFactures": []}, {"listeFactures": None, "parametresRetour": {}}])
def test_it_takes_the_three_ways_of_saying_nothing(chorus, answer, empty):
    answer("factures/rechercher/fournisseur", empty)
    assert chorus.search_invoices().rows == ()


def passage(id, status="DEPOSEE", at="2018-04-19 11:08", **more):
    return {"histoStatutId": id, "histoStatutCode": status, "histoStatutDatePassage": at} | more


def test_it_reads_all_the_pages_of_a_history_each_line_once(chorus, answer):
    def page(number, *rows):
        return {
            "idFacture": 2_194_673,
            "numeroFacture": "FAC19-2512",
            "statutCourantCode": "SUSPENDUE",
            "historiquesDesStatuts": {
                "histoStatut": list(rows),
                "pageCouranteHistoStatut": number,
                "pagesHistoStatut": 2,
                "totalHistoStatut": 3,
            },
        }

    asked = answer(
        "factures/consulter/historique",
        page(1, passage(3, "SUSPENDUE", "2018-04-20 09:00", histoStatutCommentaire="Il manque le bon"), passage(2)),
        page(2, passage(2), passage(1)),
    )
    history = chorus.history(2_194_673)
    assert (history.cpp_id, history.number, history.current_status) == (2_194_673, "FAC19-2512", "SUSPENDUE")
    assert [entry.id for entry in history.entries] == [3, 2, 1]
    assert history.entries[0].comment == "Il manque le bon"
    assert history.entries[1].at == datetime(2018, 4, 19, 9, 8, tzinfo=UTC)
    assert [body["paramRechercheHistoStatuts"]["pageResultatDemandeeListeHistoStatut"] for body in asked] == [1, 2]


def test_it_reads_a_history_of_one_line_sent_as_an_object(chorus, answer):
    answer("factures/consulter/historique", {"historiquesDesStatuts": {"histoStatut": passage(1, at="bientôt")}})
    history = chorus.history(5)
    assert (history.cpp_id, history.entries[0].status, history.entries[0].at) == (5, "DEPOSEE", None)


def test_it_stops_reading_a_history_that_has_no_end(chorus, answer):
    endless = {"historiquesDesStatuts": {"histoStatut": [passage(1)], "pagesHistoStatut": 10**9}}
    asked = answer("factures/consulter/historique", *[endless] * 200)
    assert len(chorus.history(5).entries) == 1
    assert len(asked) == 200


def test_it_reads_an_invoice_in_full(chorus, answer):
    invoice = {
        "numeroFacture": "FA-1",
        "statutFacture": "MANDATEE",
        "rejetTraite": True,
        "destinataire": {"codeDestinataire": "20000001600010", "codeServiceExecutant": "S"},
        "fournisseur": {"idFournisseur": 4, "codeFournisseur": "10000001700010"},
        "references": {"typeFacture": "AVOIR", "dateEcheancePaiement": "2026-05-01", "numeroDpMandat": 1187},
        "montantTotal": {"montantHtTotal": 1326, "montantTVA": 130.272, "montantAPayer": 1400},
        "listeDesPiecesJointes": {"pieceJointe": {"pieceJointeId": 8, "pieceJointeDesignation": "bon.pdf"}},
    }
    asked = answer("factures/consulter/fournisseur", {"facture": invoice}, {})
    detail = chorus.invoice(12)
    assert asked == [{"identifiantFactureCPP": 12}]
    assert (detail.cpp_id, detail.kind, detail.status, detail.rejection_treated) == (12, "AVOIR", "MANDATEE", True)
    assert (detail.supplier_id, detail.service_code, detail.payment_order) == (4, "S", "1187")
    assert (detail.due_date, detail.total_ht) == (date(2026, 5, 1), Decimal(1326))
    assert (detail.total_tva, detail.total_ttc, detail.net_to_pay) == (Decimal("130.272"), None, Decimal(1400))
    assert [(file.id, file.name) for file in detail.attachments] == [(8, "bon.pdf")]
    with pytest.raises(Unknown):
        chorus.invoice(12)


def test_it_answers_a_suspension(chorus, answer):
    asked = answer("factures/completer", {"numeroFacture": "FA-1", "dateTraitement": "2026-07-01 09:30"})
    treated = chorus.complete(12, comment="Voici", attachments=[Attachment(name="b.pdf", kind="01", piece_id=8)])
    assert (treated.cpp_id, treated.number) == (12, "FA-1")
    assert treated.at == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert asked[0]["commentaire"] == "Voici"


def test_it_cannot_answer_a_suspension_that_is_over(chorus, answer):
    answer("factures/completer", {"codeRetour": 20002, "libelle": "GDP_MSG_11.033"})
    with pytest.raises(Refused):
        chorus.complete(12, comment="Voici")


def test_it_reroutes_an_invoice(chorus, answer):
    asked = answer("factures/recycler", {"statutFacture": "DEPOSEE", "dateDepot": "2026-07-01"})
    recycled = chorus.recycle(12, recipient_siret="20000002400014", service_code="CUISINE")
    assert (recycled.cpp_id, recycled.status, recycled.deposit_date) == (12, "DEPOSEE", date(2026, 7, 1))
    assert asked[0]["destinataire"]["codeServiceExecutant"] == "CUISINE"


def test_it_acknowledges_rejections(chorus, answer):
    asked = answer("factures/traiterRejet", {})
    chorus.acknowledge_rejections([12, 13])
    assert asked == [{"listeDemandePaiement": [{"idDemandePaiement": 12}, {"idDemandePaiement": 13}]}]


def test_it_downloads_files(chorus, answer):
    asked = answer("factures/telecharger/groupe", {"fichierResultat": base64.b64encode(b"%PDF").decode()}, {})
    assert chorus.download([12], with_attachments=True) == b"%PDF"
    assert asked[0] == {
        "idEspace": 8,
        "format": "PDF",
        "avecPiecesJointesComplementaires": "Oui",
        "listeFacture": [{"idFacture": 12}],
    }
    with pytest.raises(Unknown, match="without a file"):
        chorus.download([12])


def test_it_downloads_the_directory(chorus, answer):
    answer("transverses/telecharger/annuaire/destinataire", {"fichierResultat": "UEs="}, {"fichier": "UEs="})
    assert chorus.recipients_directory() == b"PK"
    assert chorus.recipients_directory() == b"PK"


def test_it_reads_what_the_ocr_found_even_if_nothing(chorus, answer):
    asked = answer("factures/deposer/pdf", {"pieceJointeId": 9, "numeroFacture": None, "montantHtTotal": 12.5}, {})
    found = chorus.read_pdf("a.pdf", b"%PDF")
    assert (found.piece_id, found.number, found.total_ht, found.invoice_date) == (9, "", Decimal("12.5"), None)
    assert asked[0] == {"fichierFacture": "JVBERg==", "nomFichier": "a.pdf", "formatDepot": "PDF_NON_SIGNE"}
    with pytest.raises(Unknown):
        chorus.read_pdf("a.pdf", b"%PDF")


def test_it_deposits_a_flux(chorus, answer):
    number = "CPP0011117000000000425903"
    asked = answer("factures/deposer/flux", {"numeroFluxDepot": number, "dateDepot": "2026-09-14"}, {})
    deposited = chorus.deposit_flux("FA-1.pdf", b"%PDF")
    assert (deposited.flow_number, deposited.deposit_date) == (number, date(2026, 9, 14))
    assert asked[0] == {
        "fichierFlux": "JVBERg==",
        "nomFichier": "FA-1.pdf",
        "syntaxeFlux": "IN_DP_E2_CII_FACTURX",
        "avecSignature": False,
    }
    with pytest.raises(AnswerLost, match="without numeroFluxDepot"):
        chorus.deposit_flux("FA-1.pdf", b"%PDF")


def test_it_reads_the_report_of_a_flux(chorus, answer):
    error = {"numeroDP": "FA-1", "identifiantFournisseur": "10000001700010", "libelleErreurDP": "Premier | Second|"}
    technical = [{"codeErreur": "E1"}, {"codeErreur": "E2", "libelleErreur": "Fichier illisible"}]
    asked = answer(
        "transverses/consulterCRDetaille",
        {
            "etatCourantDepotFlux": "IN_INTEGRE_PARTIEL",
            "dateHeureEtatCourantFlux": "2026-09-14T22:57:02+02:00",
            "listeErreurDP": error,
            "listeErreurTechnique": technical,
        },
        {"etatCourantFlux": "IN_ETAT_INCONNU"},
    )
    report = chorus.flux_report("CPP1")
    assert asked == [{"numeroFluxDepot": "CPP1"}]
    assert (report.state, report.is_final) == ("IN_INTEGRE_PARTIEL", True)
    assert report.at == datetime(2026, 9, 14, 20, 57, 2, tzinfo=UTC)
    assert report.errors[0].reasons == ("Premier", "Second")
    assert (report.errors[0].number, report.errors[0].recipient_code) == ("FA-1", "")
    assert report.technical_errors == ("E1", "Fichier illisible")
    waiting = chorus.flux_report("CPP1")
    assert (waiting.state, waiting.is_final, waiting.errors) == ("IN_ETAT_INCONNU", False, ())


def test_it_reads_spaces_bank_details_rates_types_and_engagements(chorus, answer):
    space = {
        "idEspaceFo": 8,
        "codeEspace": 8,
        "libelleEspace": "Factures émises",
        "etatCourant": "ACTIVE",
        "typeHabilitation": "MODIFICATION",
    }
    answer("structures/rechercher/espaces", {"listeEspace": space})
    answer(
        "transverses/recuperer/coordbanc/valides",
        {"listeCoordonneeBancaire": [{"idCoordonneeBancaire": 5, "nomCoordonneeBancaire": "Compte courant"}]},
    )
    rate = {"codeTauxTva": "TVA5", "libelleTauxTva": "20 %", "valeurTauxTva": 5.5}
    answer("transverses/recuperer/tauxtva", {"listeTauxTva": [rate]})
    answer("transverses/recuperer/typespj", {"listeTypePieceJointe": [{"codeTypePieceJointe": "01"}]})
    asked = answer("engagementsJuridiques/rechercher", {"listeEngagementJuridique": {"numeroEngagementJuridique": 1}})
    found = chorus.spaces(4)[0]
    assert (found.code, found.label, found.active, found.writable) == ("8", "Factures émises", True, True)
    assert [(details.id, details.name) for details in chorus.bank_details(4)] == [(5, "Compte courant")]
    assert chorus.vat_rates()[0].value == Decimal("5.5")
    assert chorus.attachment_types()[0].code == "01"
    assert chorus.engagements(4, "1")[0].number == "1"
    assert asked[0]["structureReceptriceEngagementJuridique"] == "4"


def test_it_tells_the_health_of_the_service(chorus, web):
    web.get(f"{API}/cpro/transverses/v1/health-check", json={"body": "Maintenance", "statusCode": "KO"})
    health = chorus.health()
    assert (health.available, health.message) == (False, "Maintenance")


def test_it_throttles_before_each_call_and_tells_each_afterwards(web):
    steps: list = []
    chorus = client(API, throttle=lambda: steps.append("throttle"), journal=steps.append)
    web.post(f"{API}/cpro/factures/v1/traiterRejet", json={"codeRetour": 20001, "libelle": "GDP_MSG_11.008 Non"})
    with pytest.raises(Unknown):
        chorus.acknowledge_rejections([1])
    throttled, call = steps
    assert throttled == "throttle"
    assert isinstance(call, Call)
    assert (call.operation, call.http_status, call.code) == ("factures/traiterRejet", 200, 20001)
    assert (call.message_code, call.label, call.error) == ("GDP_MSG_11.008", "GDP_MSG_11.008 Non", "Unknown")
    assert call.started_at.tzinfo is UTC
    assert 0 <= call.duration_s < 5
    assert (call.request_bytes, call.response_bytes) == (52, 54)


def test_it_lets_the_throttle_stop_a_call(web):
    class Paused(Exception):
        pass

    def stop():
        raise Paused

    with pytest.raises(Paused):
        client(API, throttle=stop).acknowledge_rejections([1])
    assert len(web.calls) == 0


def test_it_gives_the_answer_of_a_deposit_even_if_the_journal_cannot_be_written(web, caplog):
    def broken(call):
        raise OSError("disk full")

    web.post(f"{API}/cpro/factures/v1/soumettre", json={**FINE, "identifiantFactureCPP": 12})
    assert client(API, journal=broken).submit({}, 1, "a.pdf").cpp_id == 12
    assert "factures/soumettre" in caplog.text


def test_it_may_be_used_with_no_journal_and_closed_twice(web):
    web.get(f"{API}/cpro/transverses/v1/health-check", json={"statusCode": "OK"})
    chorus = client(API)
    assert chorus.health().available
    chorus.close()
    chorus.close()


def test_it_identifies_itself_and_nothing_more(web):
    health = web.get(f"{API}/cpro/transverses/v1/health-check", json={"statusCode": "OK"})
    client(API).health()
    headers = health.calls[0].request.headers
    assert dict(headers) == {
        "User-Agent": "Agrilocal18",
        "Authorization": f"Bearer {TOKEN}",
        "cpro-account": ACCOUNT.header(),
        "Accept": "application/json;charset=utf-8",
    }
