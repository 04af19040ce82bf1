"""`deposer/flux` and its report: read for real, judged later, explained as Chorus Pro does."""

import base64
import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from chorus.simulator import codes, world
from chorus.simulator.flux.files import Unreadable, parts_of, xml_of
from chorus.simulator.flux.reading import read
from tests.chorus.simulator.conftest import FARM_ID
from tests.chorus.simulator.flux_files import (
    FACTURX,
    FARM,
    cii,
    encoded,
    facturx,
    gzip_bomb,
    pax_bomb,
    tar_gz,
    ubl,
    zipped,
)  # fmt: skip

COLLEGE, EHPAD, COMMUNE = "20000001600010", "20000002400014", "20000003200017"
AGREEMENT = "FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeAgreement"
SETTLEMENT = "FichierXml.SupplyChainTradeTransaction.ApplicableHeaderTradeSettlement"


@pytest.fixture
def deposit(caller):
    def _deposit(content, syntax=FACTURX, name="facture.pdf"):
        body = {"fichierFlux": encoded(content), "nomFichier": name, "syntaxeFlux": syntax, "avecSignature": False}
        return caller.call("factures/v1/deposer/flux", body | {"idUtilisateurCourant": 0})

    return _deposit


@pytest.fixture
def report(caller):
    return lambda number: caller.call("transverses/v1/consulterCRDetaille", {"numeroFluxDepot": number})


@pytest.fixture
def judged(deposit, report, simulator):
    """The report at the end of a deposit."""

    def _judged(content, syntax=FACTURX, name="facture.pdf"):
        number = deposit(content, syntax, name)["numeroFluxDepot"]
        simulator.advance(60)
        return report(number)

    return _judged


@pytest.fixture
def motives(judged):
    def _motives(**spoilt):
        answer = judged(facturx(cii(**spoilt)))
        assert answer["etatCourantDepotFlux"] == "IN_REJETE"
        (error,) = answer["listeErreurDP"]
        return error["libelleErreurDP"].split("|")

    return _motives


def test_a_deposit_is_only_received(deposit, simulator, caller):
    answer = deposit(facturx())
    assert answer["codeRetour"] == 0
    assert set(answer) == {"codeRetour", "libelle", "numeroFluxDepot", "dateDepot", "syntaxeFlux"}
    assert len(answer["numeroFluxDepot"]) == 25
    assert answer["numeroFluxDepot"].startswith("CPP0011117")
    assert simulator.invoices() == []
    assert caller.search(numeroFluxDepot=answer["numeroFluxDepot"])["codeRetour"] == codes.NO_RESULT.number


def test_the_report_comes_late_then_tells_each_state(deposit, report, simulator):
    number = deposit(facturx())["numeroFluxDepot"]
    early = report(number)
    assert (early["codeRetour"], early["libelle"]) == (20001, "POQ_MSG_01.003 - Flux introuvable.")
    simulator.advance(5.1)
    seen = []
    for _ in range(6):
        seen.append(report(number)["etatCourantDepotFlux"])
        simulator.advance(5)
    assert seen == [
        "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP",
        "IN_RECU",
        "IN_TRAITE_SE_CPP",
        "IN_EN_ATTENTE_TRAITEMENT_CPP",
        "IN_EN_COURS_TRAITEMENT_CPP",
        "IN_INTEGRE",
    ]


def test_an_integrated_flux_made_an_invoice(judged, simulator, caller):
    answer = judged(facturx(cii("FX-9", recipient=COLLEGE, engagement="BC-118")), name="FX-9.pdf")
    assert answer["etatCourantDepotFlux"] == "IN_INTEGRE"
    assert answer["listeErreurDP"] == answer["listeErreurTechnique"] == []
    assert answer["codeInterfaceDepotFlux"] == "FSO1117A"
    number = answer["nomFichier"].removeprefix("FSO1117A_CPP001_")
    (row,) = caller.search(numeroFluxDepot=number)["listeFactures"]
    assert (row["numeroFacture"], row["statut"], row["modeDepot"]) == ("FX-9", "DEPOSEE", "UPLOAD_API")
    assert (row["numeroFluxDepot"], row["numeroBonCommande"], row["montantTTC"]) == (number, "BC-118", 105.5)
    (stored,) = simulator.invoices()
    assert (stored["flow_number"], stored["supplier_siret"], stored["piece_name"]) == (number, FARM, "FX-9.pdf")
    full = caller.call("factures/v1/consulter/fournisseur", {"identifiantFactureCPP": stored["cpp_id"]})["facture"]
    assert full["recapitulatifDeTva"]["ligneTva"][0]["ligneTvaMontantBaseHtParTaux"] == 100.0


def test_dates_of_the_report_have_an_offset(judged):
    answer = judged(facturx())
    for key in ("dateDepotFlux", "dateHeureEtatCourantFlux"):
        assert answer[key][10] == "T"
        assert answer[key][-6] in "+-"


def test_the_report_is_also_a_pdf(deposit, simulator, caller):
    number = deposit(facturx(cii("FX-9", payment="")))["numeroFluxDepot"]
    simulator.advance(60)
    answer = caller.call("transverses/v1/consulterCR", {"numeroFluxDepot": number, "dateDepot": "2026-01-01"})
    assert answer["etatCourantFlux"] == "IN_REJETE"
    shown = PdfReader(io.BytesIO(base64.b64decode(answer["fichierCR"]))).pages[0].extract_text()
    assert number in shown
    assert "Facture FX-9" in shown


@pytest.mark.parametrize(
    ("spoilt", "motive"),
    [
        (
            {"payment": ""},
            f"L'element {SETTLEMENT}.SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire.",
        ),
        (
            {"number": "F" * 21},
            "Le champ identifiant de la facture (FichierXml.ExchangedDocument.ID.value) ne doit pas depasser 20"
            " caracteres",
        ),
        ({"category": ""}, f"L'element {SETTLEMENT}.ApplicableTradeTax.CategoryCode.value est obligatoire."),
        (
            {"recipient": COLLEGE},
            f"L'engagement juridique ({AGREEMENT}.BuyerOrderReferencedDocument.IssuerAssignedID.value) est obligatoire",
        ),
        ({"recipient": EHPAD}, f"Le service executant ({AGREEMENT}.BuyerReference.value) est obligatoire"),
    ],
)
def test_motives_seen_in_real_reports(motives, spoilt, motive):
    assert motives(**spoilt) == [motive]


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({"number": ""}, "ExchangedDocument.ID.value est obligatoire"),
        ({"number": "N°1"}, "caracteres interdits"),
        ({"supplier": FARM[:9]}, "n'est pas reference dans "),  # cut, as real ones are
        ({"supplier": "10000004100010"}, "habilitations"),
        ({"recipient": COLLEGE[:9]}, "BuyerTradeParty.SpecifiedLegalOrganization.ID.value) n'est pas reference"),
        ({"recipient": "20000006500017"}, "est inactive"),
        ({"recipient": EHPAD, "service": "FACTURES_PUBLIQUES"}, "reserve aux factures entre structures publiques"),
        ({"recipient": EHPAD, "service": "NULLE-PART"}, "n'est pas reference"),
        ({"recipient": EHPAD, "service": "ANIMATION"}, "est inactif"),
        ({"recipient": COMMUNE}, "L'engagement juridique ou le service executant"),
        ({"cadre": "M1"}, "BusinessProcessSpecifiedDocumentContextParameter.ID.value"),
        ({"cadre": "A26"}, "A1 et A25"),
        ({"payment": "57"}, "mode de paiement"),
        ({"category": "X"}, "categorie de TVA"),
        ({"currency": "USD"}, "doit etre EUR"),
        ({"kind": "751"}, "type de facture"),
        ({"day": "20990101"}, "posterieure"),
        ({"day": "20251340"}, "incorrecte"),
        ({"ttc": "106.00", "net": "106.00"}, "montant TTC"),
        ({"net": "100.00"}, "montant a payer"),
        ({"rate": "20.00"}, "incoherent avec sa base"),
        ({"base": "cent"}, "n'est pas un montant"),
        ({"engagement": "E" * 51}, "50 caracteres"),
    ],
)
def test_other_motives(motives, spoilt, words):
    found = motives(**spoilt)
    assert any(words in motive for motive in found), found
    assert all(len(motive) <= 200 and motive.isascii() for motive in found)


def test_every_motive_is_told_at_once(motives):
    assert len(motives(payment="", category="", cadre="B1")) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"cadre": ""},
        {"cadre": "A2"},
        {"kind": "381", "payment": ""},
        {"profile": "urn:factur-x.eu:1p0:minimum", "payment": ""},
        {"tva": "0.00", "rate": "", "category": "O", "ttc": "100.00", "net": "100.00"},
        {"recipient": EHPAD, "service": "CUISINE"},
        {"recipient": COMMUNE, "service": "ECOLES"},
    ],
)
def test_it_integrates(judged, changes):
    answer = judged(facturx(cii(**changes)))
    assert (answer["etatCourantDepotFlux"], answer["listeErreurDP"]) == ("IN_INTEGRE", [])


def test_it_takes_a_bare_cii_and_a_ubl(judged, simulator):
    assert judged(cii(), "IN_DP_E1_CII_16B", "f.xml")["etatCourantDepotFlux"] == "IN_INTEGRE"
    assert judged(ubl(), "IN_DP_E1_UBL_INVOICE", "f.xml")["etatCourantDepotFlux"] == "IN_INTEGRE"
    assert [row["number"] for row in simulator.invoices()] == ["FX-1", "UB-1"]


def test_a_ubl_report_names_its_own_elements(judged):
    answer = judged(ubl(supplier="99999999999999"), "IN_DP_E2_UBL_INVOICE_MIN", "f.xml")
    assert answer["codeInterfaceDepotFlux"] == "FSO1110A"
    assert answer["listeErreurDP"][0]["libelleErreurDP"] == (
        "L'identifiant fournisseur de la demande de paiement (balise :"
        " AccountingSupplierParty.Party.PartyIdentification.ID.value) n'est pas reference dans notre systeme."
    )


def test_a_credit_note_is_one(judged, simulator):
    judged(facturx(cii("AV-1", kind="381")))
    assert simulator.invoices()[0]["kind"] == "AVOIR"


def test_a_lot_is_partly_integrated(judged, simulator):
    lot = {f"FX-{rank}.pdf": facturx(cii(f"FX-{rank}", payment="" if rank == 3 else "30")) for rank in range(1, 13)}
    answer = judged(tar_gz(lot), name="20260101_lot_factures.tar.gz")
    assert answer["etatCourantDepotFlux"] == "IN_INTEGRE_PARTIEL"
    assert [row["numeroDP"] for row in answer["listeErreurDP"]] == ["FX-3"]
    assert len(simulator.invoices()) == 11
    assert simulator.fluxes()[0]["invoices"] == 11


def test_a_zip_is_a_lot_too(judged, simulator):
    judged(zipped({"dossier/a.xml": cii("Z-1"), "dossier/b.xml": cii("Z-2")}), "IN_DP_E1_CII_16B", "lot.zip")
    assert [row["number"] for row in simulator.invoices()] == ["Z-1", "Z-2"]


def test_a_twin_inside_a_lot_is_refused(judged, simulator):
    answer = judged(tar_gz({"a.pdf": facturx(), "b.pdf": facturx()}))
    assert answer["etatCourantDepotFlux"] == "IN_INTEGRE_PARTIEL"
    assert "existe deja" in answer["listeErreurDP"][0]["libelleErreurDP"]
    simulator.set_duplicate_check(False)
    assert judged(facturx())["etatCourantDepotFlux"] == "IN_INTEGRE"


def test_a_corrected_invoice_comes_again_under_its_number(judged, simulator):
    assert judged(facturx(cii(category="")))["etatCourantDepotFlux"] == "IN_REJETE"
    assert simulator.invoices() == []
    assert judged(facturx())["etatCourantDepotFlux"] == "IN_INTEGRE"
    assert judged(facturx())["etatCourantDepotFlux"] == "IN_REJETE"
    assert [row["count"] for row in simulator.counts()] == [1]


@pytest.mark.parametrize(
    ("content", "syntax", "words"),
    [
        (b"bonjour", "IN_DP_E1_CII_16B", "XML bien forme"),
        (b"<a/>", "IN_DP_E1_CII_16B", "ni du CII"),
        (ubl(), "IN_DP_E1_CII_16B", "ne correspond pas a la syntaxe"),
        (cii(), FACTURX, "n'est pas un PDF"),
        (facturx(), "IN_DP_E1_CII_16B", "n'est pas un XML"),
        (facturx(name="autre.xml"), FACTURX, "ne contient pas de piece factur-x.xml"),
        (b"%PDF-1.4 rien", FACTURX, "PDF illisible"),
        (b"\x1f\x8bfaux", FACTURX, "archive du flux est illisible"),
        (tar_gz({"a.pdf": facturx()})[:-40], FACTURX, "archive du flux est illisible"),
        (tar_gz({}), FACTURX, "aucun fichier"),
        (b"PK\x03\x04faux", FACTURX, "archive du flux est illisible"),
        (cii(), "IN_DP_E1_PES_FACTURE", "n'est pas lue par ce simulateur"),
        (
            b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
            "IN_DP_E1_CII_16B",
            "DOCTYPE n'est pas admise",
        ),
    ],
    ids=range(13),
)
def test_a_file_that_cannot_be_read_is_rejected_later(judged, simulator, content, syntax, words):
    answer = judged(content, syntax)
    assert (answer["codeRetour"], answer["etatCourantDepotFlux"]) == (0, "IN_REJETE")
    assert words in answer["listeErreurTechnique"][0]["libelleErreur"]
    assert set(answer["listeErreurTechnique"][0]) == {"codeErreur", "libelleErreur", "natureErreur"}
    assert simulator.invoices() == []


@pytest.mark.parametrize(
    "content",
    [
        b"<" + bytes(10 * 1024 * 1024),
        tar_gz({"a.xml": bytes(10 * 1024 * 1024 + 1)}),
        zipped({"a.xml": bytes(10 * 1024 * 1024 + 1)}),
        tar_gz({f"{rank}.xml": b"<a/>" for rank in range(501)}),
        gzip_bomb(200),
        pax_bomb(200),
    ],
    ids=["plain", "tar", "zip", "crowd", "bomb", "pax"],
)
def test_what_is_too_large_is_refused_at_once(deposit, content):
    answer = deposit(content, "IN_DP_E1_CII_16B")
    assert (answer["codeRetour"], answer["libelle"].partition(" ")[0]) == (20001, "GDP_MSG_11.022")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"syntaxeFlux": "IN_DP_E3_FACTUR_X_10"}, codes.VALUE_NOT_ALLOWED),
        ({"syntaxeFlux": None}, codes.FIELD_MISSING),
        ({"nomFichier": ""}, codes.FIELD_MISSING),
        ({"nomFichier": "f" * 201}, codes.FIELD_TOO_LONG),
        ({"fichierFlux": ""}, codes.FIELD_MISSING),
        ({"fichierFlux": "***"}, codes.FILE_UNREADABLE),
    ],
)
def test_a_wrong_request_is_refused(caller, changes, code):
    body = {"fichierFlux": encoded(cii()), "nomFichier": "f.xml", "syntaxeFlux": FACTURX} | changes
    assert caller.call("factures/v1/deposer/flux", body)["codeRetour"] == code.number


@pytest.mark.parametrize("number", ["CPP0011117000000000000001", "x", "0"])
def test_an_unknown_flux_is_said_so(report, number):
    answer = report(number)
    assert (answer["codeRetour"], answer["libelle"]) == (20001, "POQ_MSG_01.003 - Flux introuvable.")


def test_a_flux_is_only_told_to_its_account(deposit, simulator, connect):
    number = deposit(facturx())["numeroFluxDepot"]
    simulator.advance(60)
    other = connect(simulator, world.SUPPLIER_ACCOUNT)
    assert other.call("transverses/v1/consulterCRDetaille", {"numeroFluxDepot": number})["codeRetour"] == 20001


@pytest.mark.parametrize("state", ["IN_INCIDENTE", "QP_IRRECEVABLE", "IN_JAMAIS_VU"])
def test_a_flux_may_end_badly(judged, simulator, state):
    simulator.trouble("flux_state", state=state)
    assert judged(facturx())["etatCourantDepotFlux"] == state
    assert simulator.invoices() == []
    assert judged(facturx())["etatCourantDepotFlux"] == "IN_INTEGRE"


def test_a_report_may_never_come(judged, simulator):
    simulator.trouble("flux_silent")
    assert judged(facturx())["codeRetour"] == 20001
    simulator.advance(86_400)
    (flux,) = simulator.fluxes()
    assert (flux["state"], flux["invoices"]) == ("IN_INTEGRE", 1)


def test_a_trouble_of_fluxes_waits_for_one(caller, simulator, judged):
    simulator.trouble("flux_state")
    caller.submit()
    assert judged(facturx())["etatCourantDepotFlux"] == "IN_INCIDENTE"


def test_a_person_may_end_it(deposit, report, start, connect, simulator):
    first, second = (deposit(facturx(cii(number)))["numeroFluxDepot"] for number in ("A-1", "A-2"))
    assert simulator.finish_flux(first)["state"] == "IN_INTEGRE"
    assert simulator.finish_flux(second, "QP_IRRECEVABLE")["ended"] is True
    with pytest.raises(ValueError, match="déjà"):
        simulator.finish_flux(first, "IN_REJETE")
    with pytest.raises(LookupError):
        simulator.finish_flux("inconnu")
    simulator.advance(60)
    assert [row["state"] for row in simulator.fluxes()] == ["IN_INTEGRE", "QP_IRRECEVABLE"]


def test_by_hand_nothing_moves(start, connect):
    simulator = start(flux_step=None, report_after=0)
    body = {"fichierFlux": encoded(facturx()), "nomFichier": "f.pdf", "syntaxeFlux": FACTURX}
    connect(simulator).call("factures/v1/deposer/flux", body)
    simulator.advance(86_400)
    assert simulator.fluxes()[0]["state"] == "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP"


def test_integration_is_dated_when_it_was_due(deposit, simulator, caller):
    deposit(facturx())
    before = simulator.now()
    simulator.advance(7200)
    (row,) = caller.search()["listeFactures"]
    assert row["dateHeureEtatCourant"][:16] <= simulator.now()[:16]
    assert row["dateHeureEtatCourant"][11:13] == before[11:13] or before[14:16] >= "59"


def test_a_flux_survives_a_restart(start, connect, tmp_path):
    state = tmp_path / "state.sqlite3"
    first = start(state=state)
    body = {"fichierFlux": encoded(facturx()), "nomFichier": "f.pdf", "syntaxeFlux": FACTURX}
    number = connect(first).call("factures/v1/deposer/flux", body)["numeroFluxDepot"]
    first.stop()
    second = start(state=state)
    second.advance(60)
    answer = connect(second).call("transverses/v1/consulterCRDetaille", {"numeroFluxDepot": number})
    assert answer["etatCourantDepotFlux"] == "IN_INTEGRE"
    assert connect(second).search(idFournisseur=FARM_ID)["parametresRetour"]["total"] == 1


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("sample", "state"),
    [
        ("Facture_FR_BASICWL.pdf", "IN_INTEGRE"),
        ("Facture_FR_MINIMUM.pdf", "IN_INTEGRE"),
        ("Avoir_FR_type381_BASIC.pdf", "IN_INTEGRE"),
    ],
)
def test_published_examples_are_read(judged, simulator, shared, sample, state):
    simulator.add_supplier("99999999800010", "Au bon moulin")
    simulator.add_recipient("78787878400035", "Ma jolie boutique", engagement=True)
    answer = judged((shared / "samples" / sample).read_bytes())
    assert (answer["etatCourantDepotFlux"], answer["listeErreurDP"]) == (state, [])
    (stored,) = simulator.invoices()
    assert stored["engagement_number"] == "PO445"


WILD = [cii(), ubl(), facturx(), tar_gz({"a.pdf": facturx()}), zipped({"a.xml": cii()})]


@settings(max_examples=150)
@given(base=st.integers(0, len(WILD) - 1), cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), max_size=4))
def test_whatever_comes_is_read_or_refused(base, cuts):
    content = bytearray(WILD[base])
    for place, junk in cuts:
        start = int(place * len(content))
        content[start : start + 3] = junk
    with contextlib.suppress(Unreadable, codes.Refusal):
        for part in parts_of("wild", bytes(content)):
            assert read(part.name, xml_of(part, in_pdf=part.is_pdf)).fields
