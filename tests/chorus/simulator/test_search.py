"""`rechercher/fournisseur`: criteria, paging, the silent maximum, the lag of the index."""

from datetime import datetime, timedelta

import pytest

from chorus.simulator import codes, world
from tests.chorus.simulator.conftest import DAIRY_ID, FARM_ID, GAEC_ID

COLLEGE = "20000001600010"


def numbers(answer):
    return [row["numeroFacture"] for row in answer.get("listeFactures", [])]


def paged(**asked):
    return {"rechercheFactureParFournisseur": asked}


@pytest.fixture
def many(caller):
    """Twelve invoices F-01 … F-12."""
    piece = caller.add_file()
    return [caller.submit(f"F-{rank:02}", piece=piece)["identifiantFactureCPP"] for rank in range(1, 13)]


def test_it_says_no_result_by_a_code_and_without_figures(caller):
    answer = caller.search(numeroFacture="nowhere")
    assert answer == {"codeRetour": 20000, "libelle": codes.NO_RESULT.label}


def test_it_finds_by_number_and_supplier(caller):
    caller.submit("F-1", engagement="BC-118", recipient=COLLEGE)
    caller.submit("F-1", supplier=GAEC_ID)
    (row,) = caller.search(numeroFacture="F-1", idFournisseur=FARM_ID)["listeFactures"]
    assert row["codeFournisseur"] == "10000001700010"
    assert row["codeDestinataire"] == COLLEGE
    assert (row["statut"], row["typeFacture"], row["montantTTC"]) == ("DEPOSEE", "FACTURE", 105.5)
    assert row["numeroBonCommande"] == "BC-118"
    assert row["dateFacture"] == "2025-03-31"
    assert datetime.fromisoformat(row["dateHeureEtatCourant"]).utcoffset() is not None
    assert "commentaireEtatCourant" not in row


CRITERIA = [
    *("idFournisseur", "idServiceFournisseur", "idStructureValideur", "coordonneeBancaire", "idUtilisateurCreateur"),
    *("numeroFacture", "typeFacture", "cadreFacturation", "statutCourant", "modeDepot", "numeroFluxDepot"),
    *("numeroMarche", "numeroBonCommande", "numeroFactureOrigine", "rejetTraite", "recupererTaille"),
    *("periodeDateDepotDu", "periodeDateFactureAu", "periodeDateHeureEtatCourantDu", "periodeDateHeureEtatCourantAu"),
    *("montantHTMin", "montantTTCMax", "montantApayerMax", "listeDestinataire", "rechercheFactureParFournisseur"),
]


@pytest.mark.parametrize("nothing", [0, "", None, 0.0])
@pytest.mark.parametrize("key", CRITERIA)
def test_whatever_a_client_sends_for_nothing_is_no_criterion(caller, key, nothing):
    caller.submit("F-1")
    assert numbers(caller.search(**{key: nothing})) == ["F-1"]


def test_nothing_within_lists_is_no_criterion_either(caller):
    caller.submit("F-1")
    recipient = {"idDestinataire": 0, "listeIdServiceExecutant": [0, None], "raisonSocialeStuctDmd": ""}
    for unused in ([None], [0], [{}], [recipient]):
        assert numbers(caller.search(listeDestinataire=unused)) == ["F-1"]
    for unused in ([None], [0], [""]):
        assert numbers(caller.search(statutCourant=unused)) == ["F-1"]
    assert numbers(caller.search(idFournisseur="0", rejetTraite="0", recupererTaille=1)) == ["F-1"]


def test_it_takes_unused_criteria_for_absent(caller):
    caller.submit()
    unused = {
        "idUtilisateurCourant": 0,
        "idFournisseur": 0,
        "numeroFacture": "",
        "statutCourant": [],
        "typeFacture": None,
    }
    unused |= {
        "montantHTMin": 0,
        "montantTTCMax": 0,
        "listeDestinataire": [{"idDestinataire": 0}],
        "rejetTraite": False,
    }
    unused |= {"periodeDateHeureEtatCourantDu": "", "periodeDateDepotAu": None, "modeDepot": ""}
    unused |= paged(pageResultatDemandee=0, nbResultatsParPage=0, nbResultatsMaximum=0, triColonne=None)
    assert numbers(caller.search(**unused)) == ["F-1"]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"numeroBonCommande": "BC-1"}, ["A"]),
        ({"statutCourant": ["REJETEE", "MISE_A_DISPOSITION"]}, ["B"]),
        ({"statutCourant": "DEPOSEE"}, ["A"]),
        ({"typeFacture": "AVOIR"}, []),
        ({"periodeDateFactureDu": "2025-02-02", "periodeDateFactureAu": "2025-02-02"}, ["B"]),
        ({"montantTTCMin": 100, "montantTTCMax": 200}, ["A"]),
        ({"montantApayerMax": 20.0}, ["B"]),
        ({"modeDepot": "SAISIE_API"}, []),
        ({"numeroFluxDepot": "CPP0011117000000000000001"}, []),
        ({"cadreFacturation": "A1_FACTURE_FOURNISSEUR"}, ["A", "B"]),
        ({"rejetTraite": True}, []),
        ({"listeDestinataire": [{"idDestinataire": world.RECIPIENT_ID_BASE}]}, ["B"]),
        ({"listeDestinataire": {"idDestinataire": world.RECIPIENT_ID_BASE}}, ["B"]),
        ({"listeDestinataire": [{"raisonSocialeStuctDmd": "Collège"}]}, ["A"]),
        (
            {"listeDestinataire": [{"raisonSocialeStuctDmd": "Collège"}, {"idDestinataire": world.RECIPIENT_ID_BASE}]},
            ["A", "B"],
        ),
        ({"listeDestinataire": [{"listeIdServiceExecutant": [1, 2]}]}, []),
        ({"idServiceFournisseur": 7}, []),
        ({"coordonneeBancaire": 7}, []),
    ],
)
def test_it_finds_by(caller, simulator, criteria, found):
    caller.submit("A", recipient=COLLEGE, engagement="BC-1", day="2025-01-05")
    second = caller.submit("B", day="2025-02-02", ht=10.0, tva=0.55, ttc=10.55)
    simulator.play(second["identifiantFactureCPP"], "MISE_A_DISPOSITION")
    assert sorted(numbers(caller.search(**criteria))) == found


def test_it_shows_only_the_suppliers_of_the_account(caller, simulator, connect):
    own = connect(simulator, world.SUPPLIER_ACCOUNT)
    own.submit("SECRET", supplier=DAIRY_ID)
    caller.submit("MINE")
    assert numbers(caller.search()) == ["MINE"]
    assert numbers(own.search()) == ["SECRET"]
    assert caller.search(idFournisseur=DAIRY_ID)["libelle"].startswith("GDP_MSG_11.005")


def test_it_gives_ten_rows_by_default(caller, many):
    answer = caller.search()
    assert numbers(answer) == [f"F-{rank:02}" for rank in range(12, 2, -1)]
    assert answer["parametresRetour"] == {"pageCourante": 1, "pages": 2, "nbResultatsParPage": 10, "total": 12}
    assert numbers(caller.search(**paged(pageResultatDemandee=2))) == ["F-02", "F-01"]


def test_it_sorts_as_asked(caller, many):
    asked = paged(triColonne="NumeroFacture", triSens="Ascendant", nbResultatsParPage=3, pageResultatDemandee=2)
    assert numbers(caller.search(**asked)) == ["F-04", "F-05", "F-06"]


def test_it_drops_silently_what_is_beyond_the_maximum(caller, many):
    answer = caller.search(**paged(nbResultatsMaximum=7, nbResultatsParPage=5))
    assert answer["parametresRetour"] == {"pageCourante": 1, "pages": 2, "nbResultatsParPage": 5, "total": 7}
    assert len(numbers(caller.search(**paged(nbResultatsMaximum=7, nbResultatsParPage=5, pageResultatDemandee=2)))) == 2


def test_its_maximum_is_200_rows_when_none_is_given(caller, simulator):
    piece = caller.add_file()
    for rank in range(203):
        caller.submit(f"M-{rank}", piece=piece)
    assert caller.search()["parametresRetour"]["total"] == 200
    assert caller.search(**paged(nbResultatsMaximum=1000))["parametresRetour"]["total"] == 203


def test_a_page_beyond_the_last_is_empty(caller, many):
    answer = caller.search(**paged(pageResultatDemandee=9))
    assert (answer["codeRetour"], answer["listeFactures"]) == (0, [])


def test_it_finds_what_changed_in_a_period(caller, simulator, many):
    simulator.advance(3600)
    start = simulator.now()
    simulator.play(many[3], "MISE_A_DISPOSITION")
    simulator.advance(60)
    end = simulator.now()
    simulator.advance(1)
    simulator.play(many[4], "MISE_A_DISPOSITION")
    period = {"periodeDateHeureEtatCourantDu": start, "periodeDateHeureEtatCourantAu": end}
    assert numbers(caller.search(**period)) == ["F-04"]
    utc = {key: datetime.fromisoformat(value).astimezone().isoformat() for key, value in period.items()}
    assert numbers(caller.search(**utc)) == ["F-04"]


def test_a_bound_without_zone_is_french_time_and_a_bare_day_is_the_whole_day(caller, simulator):
    caller.submit()
    today = simulator.office.clock.today()
    tomorrow = (today + timedelta(days=1)).isoformat()
    for start, end in ((today.isoformat(), today.isoformat()), (today.isoformat(), f"{today}T23:59:59")):
        period = {"periodeDateHeureEtatCourantDu": start, "periodeDateHeureEtatCourantAu": end}
        assert numbers(caller.search(**period)) == ["F-1"]
    assert numbers(caller.search(periodeDateHeureEtatCourantDu=tomorrow)) == []
    assert caller.post("factures/v1/rechercher/fournisseur", {"periodeDateDepotDu": "demain"}).status_code == 400


def test_bounds_may_count_as_whole_days(caller, simulator):
    caller.submit()
    simulator.advance(1)
    period = {"periodeDateHeureEtatCourantDu": simulator.now(), "periodeDateHeureEtatCourantAu": simulator.now()}
    assert numbers(caller.search(**period)) == []
    simulator.trouble("day_only")
    assert numbers(caller.search(**period)) == ["F-1"]


def test_its_index_may_lag(caller, simulator, many):
    simulator.trouble("search_lag", seconds=30)
    assert caller.search()["codeRetour"] == 20000
    simulator.advance(31)
    assert caller.search()["parametresRetour"]["total"] == 12
    simulator.play(many[0], "MISE_A_DISPOSITION")
    assert caller.search()["parametresRetour"]["total"] == 11
    simulator.calm()
    assert caller.search()["parametresRetour"]["total"] == 12


def test_rows_may_move_between_pages(caller, simulator, many):
    pages = [paged(nbResultatsParPage=4, pageResultatDemandee=page) for page in (1, 2, 3)]
    simulator.trouble("moving_rows", times=None)
    seen = [number for page in pages for number in numbers(caller.search(**page))]
    assert len(seen) == 12
    assert len(set(seen)) == 10
