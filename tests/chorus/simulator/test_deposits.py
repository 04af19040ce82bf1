"""`ajouter/fichier` and `soumettre`: what is stored, what is refused and how."""

import base64
import hashlib
from datetime import timedelta

import pytest

from chorus.simulator import codes, world
from tests.chorus.simulator.conftest import DAIRY_ID, FARM_ID, GAEC_ID, PDF

EHPAD, COLLEGE, COMMUNE, LYCEE, INACTIVE = (
    "20000002400014",
    "20000001600010",
    "20000003200017",
    "20000004000010",
    "20000006500017",
)


def refused(answer, code):
    return answer["codeRetour"] == code.number and answer["libelle"].startswith(code.message)


def changed(caller, **blocks):
    """A right invoice with some keys changed; None takes a key away."""
    body = caller.invoice()
    for key, value in blocks.items():
        if isinstance(value, dict):
            body[key] = {name: part for name, part in (body[key] | value).items() if part is not None}
        elif value is None:
            del body[key]
        else:
            body[key] = value
    return caller.call("factures/v1/soumettre", body)


def test_it_stores_an_invoice(caller, simulator):
    answer = caller.submit("FA-2026/0042", engagement="BC-118", recipient=COLLEGE)
    (stored,) = simulator.invoices()
    assert answer == {
        "codeRetour": 0,
        "libelle": "GCU_MSG_01_000",
        "identifiantFactureCPP": stored["cpp_id"],
        "numeroFacture": "FA-2026/0042",
        "statutFacture": "DEPOSEE",
        "dateDepot": simulator.now()[:10],
        "identifiantStructure": "10000001700010",
    }
    assert stored["supplier_siret"] == "10000001700010"
    assert stored["recipient_siret"] == COLLEGE
    assert stored["engagement_number"] == "BC-118"
    assert stored["piece_sha256"] == hashlib.sha256(PDF).hexdigest()


def test_it_takes_the_piece_as_an_object_too(caller):
    body = caller.invoice()
    body["pieceJointePrincipale"] = body["pieceJointePrincipale"][0]
    assert caller.call("factures/v1/soumettre", body)["codeRetour"] == 0


def test_it_takes_empty_values_for_absent_ones(caller):
    body = caller.invoice() | {"idUtilisateurCourant": 0, "commentaire": None, "lignePoste": [], "ligneTva": None}
    body["fournisseur"] |= {"idServiceFournisseur": 0, "codeCoordonneesBancairesFournisseur": 0}
    body["destinataire"]["codeServiceExecutant"] = ""
    assert caller.call("factures/v1/soumettre", body)["codeRetour"] == 0


def test_it_refuses_a_number_twice_for_one_supplier_only(caller, simulator):
    caller.submit("F-1")
    assert refused(caller.submit("F-1"), codes.DUPLICATE)
    assert refused(caller.submit("F-1", kind="AVOIR"), codes.DUPLICATE)
    assert caller.submit("F-1", supplier=GAEC_ID)["codeRetour"] == 0
    assert caller.submit("f-1")["codeRetour"] == 0
    assert [row["count"] for row in simulator.counts()] == [1, 1, 1]


@pytest.mark.parametrize("status", ["SUPPRIMEE", "ABANDONNEE"])
def test_it_frees_the_number_of_a_deleted_invoice(caller, simulator, status):
    simulator.play(caller.submit()["identifiantFactureCPP"], status, force=True)
    assert caller.submit()["codeRetour"] == 0


def test_it_keeps_the_number_of_a_rejected_invoice(caller, simulator):
    simulator.play(caller.submit()["identifiantFactureCPP"], "REJETEE", "Erreur", force=True)
    assert refused(caller.submit(), codes.DUPLICATE)


def test_it_stores_twins_when_the_check_is_off(caller, simulator):
    simulator.set_duplicate_check(False)
    ids = {caller.submit()["identifiantFactureCPP"] for _ in range(3)}
    assert len(ids) == 3
    assert simulator.counts() == [{"supplier_siret": "10000001700010", "number": "F-1", "count": 3}]


@pytest.mark.parametrize("number", ["A" * 21, "N°1", "a.b", "x\n", "é"])
def test_it_refuses_a_malformed_number(caller, number):
    assert refused(caller.submit(number), codes.NUMBER_MALFORMED)


@pytest.mark.parametrize("number", ["A", "A" * 20, "a-b_c/d+e f"])
def test_it_accepts_every_allowed_character(caller, number):
    assert caller.submit(number)["numeroFacture"] == number


def test_it_judges_the_date(caller, simulator):
    today = simulator.office.clock.today()
    assert caller.submit("D-1", day=today.isoformat())["codeRetour"] == 0
    assert refused(caller.submit("D-2", day=(today + timedelta(days=1)).isoformat()), codes.DATE_IN_FUTURE)
    assert refused(caller.submit("D-3", day="31/03/2026"), codes.DATE_MALFORMED)
    assert refused(caller.submit("D-4", day=""), codes.FIELD_MISSING)
    assert caller.submit("D-5", day="2025-03-31T11:30:23.463Z")["codeRetour"] == 0
    assert simulator.invoices(number="D-5")[0]["invoice_date"] == "2025-03-31"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"recipient": "99999999999999"}, codes.RECIPIENT_UNKNOWN),
        ({"recipient": "10000001700010"}, codes.RECIPIENT_UNKNOWN),
        ({"recipient": INACTIVE}, codes.RECIPIENT_INACTIVE),
        ({"recipient": EHPAD}, codes.SERVICE_REQUIRED),
        ({"recipient": EHPAD, "service": "NOWHERE"}, codes.SERVICE_UNKNOWN),
        ({"recipient": EHPAD, "service": "ANIMATION"}, codes.SERVICE_INACTIVE),
        ({"recipient": EHPAD, "service": "FACTURES_PUBLIQUES"}, codes.SERVICE_RESERVED),
        ({"recipient": COLLEGE}, codes.ENGAGEMENT_REQUIRED),
        ({"recipient": COLLEGE, "engagement": "  "}, codes.ENGAGEMENT_REQUIRED),
        ({"recipient": COMMUNE}, codes.SERVICE_OR_ENGAGEMENT_REQUIRED),
        ({"recipient": LYCEE, "engagement": "E1"}, codes.SERVICE_REQUIRED),
        ({"recipient": LYCEE, "service": "INTENDANCE"}, codes.ENGAGEMENT_REQUIRED),
        ({"recipient": "11000201100044", "service": "SFACETAT"}, codes.ENGAGEMENT_REQUIRED),
        ({"supplier": DAIRY_ID}, codes.NOT_ALLOWED),
        ({"supplier": 1}, codes.NOT_ALLOWED),
        ({"supplier": None}, codes.FIELD_MISSING),
        ({"ttc": 105.52}, codes.AMOUNTS_INCOHERENT),
        ({"piece": 1}, codes.PIECE_UNKNOWN),
        ({"engagement": "E" * 51}, codes.FIELD_TOO_LONG),
    ],
)
def test_it_refuses(caller, simulator, changes, code):
    assert refused(caller.submit(**changes), code)
    assert simulator.invoices() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient": EHPAD, "service": "CUISINE"},
        {"recipient": COLLEGE, "engagement": "E1"},
        {"recipient": COMMUNE, "engagement": "E1"},
        {"recipient": COMMUNE, "service": "ECOLES"},
        {"recipient": LYCEE, "service": "INTENDANCE", "engagement": "E1"},
        {"recipient": "12345678200028", "service": "SERVICE_DEST_SERV_OBL"},
        {"recipient": "12345678200036", "engagement": "E1"},
        {"recipient": "12345678200044", "service": "SERVICE_DEST_EJ_OU_SERV_OBL"},
        {"recipient": "20000005700014"},
        {"kind": "AVOIR", "ht": -100.0, "tva": -5.5, "ttc": -105.5},
        {"ttc": 105.51},
        {"ttc": None},
    ],
)
def test_it_accepts(caller, changes):
    if "ttc" in changes and changes["ttc"] is None:
        assert changed(caller, montantTotal={"montantTtcTotal": None})["codeRetour"] == 0
    else:
        assert caller.submit(**changes)["codeRetour"] == 0


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ({"modeDepot": None}, codes.FIELD_MISSING),
        ({"modeDepot": "AUTRE"}, codes.VALUE_NOT_ALLOWED),
        ({"references": {"deviseFacture": "USD"}}, codes.VALUE_NOT_ALLOWED),
        ({"references": {"modePaiement": None}}, codes.FIELD_MISSING),
        ({"references": {"typeFacture": "ACOMPTE"}}, codes.VALUE_NOT_ALLOWED),
        ({"references": {"typeTva": "SANS"}}, codes.VALUE_NOT_ALLOWED),
        ({"cadreDeFacturation": {"codeCadreFacturation": "A4_PROJET"}}, codes.VALUE_NOT_ALLOWED),
        ({"cadreDeFacturation": {"codeCadreFacturation": "A9_FACTURE_SOUSTRAITANT"}}, codes.FIELD_MISSING),
        ({"montantTotal": {"montantAPayer": None}}, codes.FIELD_MISSING),
        ({"montantTotal": {"montantRemiseGlobaleTTC": 10}}, codes.AMOUNTS_INCOHERENT),
        ({"pieceJointePrincipale": None}, codes.PIECE_MISSING),
        ({"pieceJointePrincipale": []}, codes.PIECE_MISSING),
        ({"commentaire": "x" * 2001}, codes.FIELD_TOO_LONG),
        ({"fournisseur": {"codeCoordonneesBancairesFournisseur": 7}}, codes.BANK_DETAILS_UNKNOWN),
    ],
)
def test_it_refuses_a_spoilt_body(caller, simulator, blocks, code):
    assert refused(changed(caller, **blocks), code)
    assert simulator.invoices() == []


def test_it_waits_for_the_validator_of_a_subcontractor(caller):
    cadre = {"codeCadreFacturation": "A9_FACTURE_SOUSTRAITANT", "codeStructureValideur": "10000002500013"}
    assert changed(caller, cadreDeFacturation=cadre)["statutFacture"] == "A_VALIDER_1"


def typed_in(**totals):
    """The published example of a typed-in invoice: two lines at 20 %, one at 2.1 %, one at 5 %, discount 50."""
    lines = [(10, 50, {"lignePosteTauxTva": "TVA5"}), (1, 10, {"lignePosteTauxTva": "TVA5"})]
    lines += [(12, 36, {"lignePosteTauxTvaManuel": 2.1}), (16, 24, {"lignePosteTauxTvaManuel": 5})]
    return {
        "modeDepot": "SAISIE_API",
        "numeroFactureSaisi": None,
        "destinataire": {"codeDestinataire": "12345678200051"},
        "fournisseur": {"idFournisseur": FARM_ID},
        "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
        "references": {
            "deviseFacture": "EUR",
            "typeFacture": "FACTURE",
            "typeTva": "TVA_SUR_DEBIT",
            "modePaiement": "CHEQUE",
        },
        "lignePoste": [
            {"lignePosteNumero": rank, "lignePosteQuantite": quantity, "lignePosteMontantUnitaireHT": price, **rate}
            for rank, (quantity, price, rate) in enumerate(lines, 1)
        ],
        "ligneTva": [
            {"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 510, "ligneTvaMontantTvaParTaux": 102},
            {"ligneTvaTauxManuel": 2.1, "ligneTvaMontantBaseHtParTaux": 432, "ligneTvaMontantTvaParTaux": 9.072},
            {"ligneTvaTauxManuel": 5, "ligneTvaMontantBaseHtParTaux": 384, "ligneTvaMontantTvaParTaux": 19.2},
        ],
        "montantTotal": {
            "montantHtTotal": 1326,
            "montantTVA": 130.272,
            "montantRemiseGlobaleTTC": 50,
            "montantTtcTotal": 1406.272,
            "montantAPayer": 1400,
        }
        | totals,
    }


def test_it_numbers_and_dates_a_typed_in_invoice(caller, simulator):
    answer = caller.call("factures/v1/soumettre", typed_in())
    year = simulator.now()[:4]
    assert answer["numeroFacture"] == f"{year}0000000000000001"
    assert simulator.invoices()[0]["invoice_date"] == simulator.now()[:10]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda body: body["lignePoste"].clear(), codes.LINES_MISSING),
        (lambda body: body["lignePoste"].pop(), codes.AMOUNTS_INCOHERENT),
        (lambda body: body["ligneTva"][0].update(ligneTvaMontantTvaParTaux=99), codes.AMOUNTS_INCOHERENT),
        (lambda body: body["ligneTva"][0].update(ligneTvaTaux="TVA99"), codes.VALUE_NOT_ALLOWED),
        (lambda body: body["references"].pop("typeTva"), codes.FIELD_MISSING),
    ],
)
def test_it_cross_checks_a_typed_in_invoice(caller, spoil, code):
    body = typed_in()
    spoil(body)
    assert refused(caller.call("factures/v1/soumettre", body), code)


def test_it_keeps_additional_pieces(caller, simulator):
    piece = caller.add_file(b"a delivery note", "bon.txt")
    extra = {"pieceJointeComplementaireDesignation": "Bon de livraison", "pieceJointeComplementaireId": piece}
    body = caller.invoice() | {"pieceJointeComplementaire": [extra | {"pieceJointeComplementaireType": ""}]}
    assert caller.call("factures/v1/soumettre", body)["codeRetour"] == 0
    assert simulator.invoices()[0]["extra_pieces"] == 1
    body = caller.invoice("F-2") | {"pieceJointeComplementaire": [extra | {"pieceJointeComplementaireType": "99"}]}
    assert refused(caller.call("factures/v1/soumettre", body), codes.PIECE_TYPE_UNKNOWN)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pieceJointeFichier": "***"}, codes.FILE_UNREADABLE),
        ({"pieceJointeFichier": ""}, codes.FIELD_MISSING),
        ({"pieceJointeFichier": "    "}, codes.FILE_EMPTY),
        ({"pieceJointeExtension": "exe"}, codes.FILE_FORMAT),
        ({"pieceJointeNom": ""}, codes.FIELD_MISSING),
        ({"pieceJointeTypeMime": None}, codes.FIELD_MISSING),
        ({"pieceJointeFichier": base64.b64encode(bytes(10 * 1024 * 1024 + 1)).decode()}, codes.FILE_TOO_BIG),
    ],
)
def test_it_refuses_a_file(caller, changes, code):
    body = {"pieceJointeFichier": base64.b64encode(PDF).decode(), "pieceJointeNom": "f.pdf"}
    body |= {"pieceJointeTypeMime": "application/pdf", "pieceJointeExtension": "PDF"} | changes
    assert refused(caller.call("transverses/v1/ajouter/fichier", body), code)


def test_it_can_forget_the_bytes_of_the_files(start, connect):
    simulator = start(keep_files=False)
    connect(simulator).submit()
    assert simulator.invoices()[0]["piece_size"] == len(PDF)
    assert simulator._opened.value("select count(*) from content where bytes is not null") == 0


def test_another_account_has_its_own_suppliers(simulator, connect):
    own = connect(simulator, world.SUPPLIER_ACCOUNT)
    assert own.submit(supplier=DAIRY_ID)["codeRetour"] == 0
    assert refused(own.submit("F-2", supplier=FARM_ID), codes.NOT_ALLOWED)


def test_an_account_may_be_attached_and_detached(caller, simulator):
    simulator.attach("10000004100010")
    assert caller.submit(supplier=DAIRY_ID)["codeRetour"] == 0
    simulator.detach("10000004100010")
    assert refused(caller.submit("F-2", supplier=DAIRY_ID), codes.NOT_ALLOWED)


def test_every_invented_code_is_in_the_reserved_range():
    invented = codes.invented()
    assert len({code.message for code in invented}) == len(invented) > 20
    assert all(29000 <= code.number < 29100 for code in invented if code is not codes.FILE_TOO_BIG)


def test_an_exemption_typed_in_gives_its_reason(caller):
    body = typed_in()
    body["references"]["typeTva"] = "EXONERATION"
    assert refused(caller.call("factures/v1/soumettre", body), codes.FIELD_MISSING)
    body["references"]["motifExonerationTva"] = "ME1"
    assert caller.call("factures/v1/soumettre", body)["codeRetour"] == 0
