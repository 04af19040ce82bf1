"""What is sent: files, invoices, answers to a recipient."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from chorus.api import AnswerLost, Attachment, Refused, Unknown


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
