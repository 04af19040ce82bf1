"""What is read of invoices: news, history, details, files, reports."""

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chorus.api import Unknown

from .far_side import API, NO_RESULT


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
    asked = answer("factures/rechercher/fournisseur", NO_RESULT)
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


@pytest.mark.parametrize(
    "empty", [NO_RESULT, {}, {"listeFactures": []}, {"listeFactures": None, "parametresRetour": {}}]
)
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
