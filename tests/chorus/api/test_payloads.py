import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus.api import Attachment, submit_payload
from chorus.api.payloads import bound, complete_payload, euros, recycle_payload, search_payload, with_pieces


def invoice(**changes):
    given = {
        "number": "FA-2026-0042",
        "invoice_date": date(2026, 3, 31),
        "supplier_id": 26_300_989,
        "recipient_siret": "20000002400014",
        "total_ht": Decimal("100.00"),
        "total_tva": Decimal("5.50"),
        "total_ttc": Decimal("105.50"),
        "net_to_pay": Decimal("105.50"),
    }
    return submit_payload(**(given | changes))


def test_it_builds_the_smallest_body_that_live_clients_send():
    assert with_pieces(invoice(service_code="CUISINE", engagement_number="BC-118"), 10_321_512, "FA.pdf") == {
        "modeDepot": "DEPOT_PDF_API",
        "numeroFactureSaisi": "FA-2026-0042",
        "dateFacture": "2026-03-31",
        "destinataire": {"codeDestinataire": "20000002400014", "codeServiceExecutant": "CUISINE"},
        "fournisseur": {"idFournisseur": 26_300_989},
        "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
        "references": {
            "deviseFacture": "EUR",
            "typeFacture": "FACTURE",
            "modePaiement": "VIREMENT",
            "numeroBonCommande": "BC-118",
        },
        "montantTotal": {
            "montantHtTotal": 100.0,
            "montantTVA": 5.5,
            "montantTtcTotal": 105.5,
            "montantAPayer": 105.5,
        },
        "pieceJointePrincipale": [
            {"pieceJointePrincipaleDesignation": "FA.pdf", "pieceJointePrincipaleId": 10_321_512}
        ],
    }


def test_it_leaves_out_what_is_empty_but_keeps_zero():
    payload = invoice(total_tva=Decimal("0.00"))
    assert payload["montantTotal"]["montantTVA"] == 0
    assert "codeServiceExecutant" not in payload["destinataire"]
    assert "commentaire" not in payload


def test_it_tells_a_credit_note_and_the_invoice_it_corrects():
    references = invoice(kind="AVOIR", origin_number="FA-1", vat_type="SANS_TVA", contract_number="M1")["references"]
    assert references == {
        "deviseFacture": "EUR",
        "typeFacture": "AVOIR",
        "typeTva": "SANS_TVA",
        "numeroMarche": "M1",
        "numeroFactureOrigine": "FA-1",
        "modePaiement": "VIREMENT",
    }


def test_it_does_not_change_the_payload_it_adds_the_file_to():
    payload = invoice()
    with_pieces(payload, 1, "a.pdf")
    assert "pieceJointePrincipale" not in payload


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_it_sends_every_amount_to_the_cent_after_a_stay_in_the_database(amount):
    stored = json.loads(json.dumps(euros(amount)))
    assert json.loads(json.dumps(stored), parse_float=Decimal) == amount


@pytest.mark.parametrize("amount", ["0.001", "105.505", "10000000000000", "-10000000000000"])
def test_it_refuses_an_amount_it_cannot_send_exactly(amount):
    with pytest.raises(ValueError, match="two decimals"):
        invoice(total_ttc=Decimal(amount))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (date(2026, 3, 31), "2026-03-31T23:59:59"),
        (datetime(2026, 3, 31, 22, 30, 15, 999_999, tzinfo=UTC), "2026-04-01T00:30:15"),
        (datetime(2026, 3, 31, 22, 30), "2026-03-31T22:30:00"),
    ],
)
def test_it_bounds_a_period_in_local_time(value, expected):
    assert bound(value, time(23, 59, 59)) == expected


def test_it_always_says_how_many_rows_it_wants_at_most():
    nothing = {"supplier_id": None, "number": "", "changed_from": None, "changed_to": None, "statuses": ()}
    body = search_payload(page=2, page_size=50, maximum=999, sort="", ascending=True, flow_number="", **nothing)
    assert body == {
        "rechercheFactureParFournisseur": {
            "pageResultatDemandee": 2,
            "nbResultatsParPage": 50,
            "nbResultatsMaximum": 999,
            "triSens": "Ascendant",
        }
    }


def test_it_answers_a_suspension_with_files_a_comment_or_both():
    piece = {
        "pieceJointeComplementaireDesignation": "bon.pdf",
        "pieceJointeComplementaireType": "01",
        "pieceJointeComplementaireId": 5,
    }
    attachment = Attachment(name="bon.pdf", kind="01", piece_id=5)
    assert complete_payload(12, "Voici", []) == {"identifiantFactureCPP": 12, "commentaire": "Voici"}
    assert complete_payload(12, "", [attachment]) == {"identifiantFactureCPP": 12, "pieceJointeComplementaire": [piece]}


def test_it_reroutes_with_only_what_is_known():
    assert recycle_payload(12, "20000002400014", "CUISINE", "", "") == {
        "identifiantFactureCPP": 12,
        "destinataire": {"codeDestinataire": "20000002400014", "codeServiceExecutant": "CUISINE"},
    }
    assert recycle_payload(12, "20000002400014", "", "E-1", "")["reference"] == {"numeroBonCommande": "E-1"}
