"""The life of an invoice: what the buyer may do, what happens by itself, what the history says."""

from datetime import datetime

import pytest

from chorus.simulator import world
from chorus.simulator.life import LABELS, MOVES
from tests.chorus.simulator.conftest import DAIRY_ID


def statuses(answer):
    return [line["histoStatutCode"] for line in answer["historiquesDesStatuts"]["histoStatut"]]


@pytest.fixture
def cpp_id(caller):
    return caller.submit()["identifiantFactureCPP"]


@pytest.fixture
def history(caller):
    def _history(cpp_id, **asked):
        return caller.call("factures/v1/consulter/historique", {"idFacture": cpp_id, **asked})

    return _history


def test_it_tells_the_dated_statuses_newest_first(simulator, history, cpp_id):
    simulator.advance(120)
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    simulator.advance(120)
    simulator.play(cpp_id, "SUSPENDUE", "Il manque le bon de livraison")
    answer = history(cpp_id)
    assert statuses(answer) == ["SUSPENDUE", "MISE_A_DISPOSITION", "DEPOSEE"]
    assert (answer["statutCourantCode"], answer["numeroFacture"]) == ("SUSPENDUE", "F-1")
    newest, *_rest, first = answer["historiquesDesStatuts"]["histoStatut"]
    assert newest["histoStatutCommentaire"] == "Il manque le bon de livraison"
    assert "histoStatutCommentaire" not in first
    passed = datetime.strptime(newest["histoStatutDatePassage"], "%Y-%m-%d %H:%M")
    assert abs((datetime.fromisoformat(simulator.now()).replace(tzinfo=None) - passed).total_seconds()) < 120
    assert answer["historiquesDesStatuts"]["totalHistoStatut"] == 3


def test_it_pages_the_history(simulator, history, cpp_id):
    for _ in range(12):
        simulator.play(cpp_id, "MANDATEE", force=True)
    assert len(statuses(history(cpp_id))) == 10
    asked = {"pageResultatDemandeeListeHistoStatut": 2, "nbResultatsParPageListeHistoStatut": 8}
    answer = history(cpp_id, paramRechercheHistoStatuts=asked)
    assert len(statuses(answer)) == 5
    assert answer["historiquesDesStatuts"]["pagesHistoStatut"] == 2
    ids = [line["histoStatutId"] for line in answer["historiquesDesStatuts"]["histoStatut"]]
    assert ids == sorted(ids, reverse=True)


def test_it_knows_only_invoices_of_the_account(caller, simulator, history, connect):
    assert history(1)["libelle"].startswith("GDP_MSG_11.008")
    other = connect(simulator, world.SUPPLIER_ACCOUNT).submit(supplier=DAIRY_ID)
    assert history(other["identifiantFactureCPP"])["libelle"].startswith("GDP_MSG_11.005")


def test_the_buyer_goes_all_the_way(simulator, history, cpp_id):
    path = ["EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION", "PRISE_EN_COMPTE_DESTINATAIRE", "SERVICE_FAIT", "MANDATEE"]
    path += ["MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE", "MISE_EN_PAIEMENT"]
    for status in path:
        simulator.play(cpp_id, status)
    assert statuses(history(cpp_id)) == [*reversed(path), "DEPOSEE"]


@pytest.mark.parametrize("status", ["SUSPENDUE", "REJETEE", "A_RECYCLER"])
def test_a_return_needs_a_reason(simulator, cpp_id, status):
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    with pytest.raises(ValueError, match="motif"):
        simulator.play(cpp_id, status, "  ")
    assert simulator.play(cpp_id, status, "Bon de commande absent")["status"] == status


def test_every_other_move_is_refused(simulator, cpp_id):
    for current in LABELS:
        simulator.play(cpp_id, current, "préparation", force=True)
        for target in set(LABELS) - set(MOVES.get(current, ())):
            with pytest.raises(ValueError, match=r"SIM_MSG_05\.001"):
                simulator.play(cpp_id, target, "motif")


def test_it_plays_out_of_order_and_unknown_statuses_when_forced(simulator, caller, history, cpp_id):
    caller.checks = False
    for status in ("MISE_EN_PAIEMENT", "MANDATEE", "STATUT_DE_DEMAIN"):
        simulator.play(cpp_id, status, force=True)
    assert statuses(history(cpp_id))[:3] == ["STATUT_DE_DEMAIN", "MANDATEE", "MISE_EN_PAIEMENT"]


def test_a_step_dated_before_the_current_one_only_enters_the_history(simulator, history, cpp_id):
    before = simulator.now()
    simulator.advance(3600)
    simulator.play(cpp_id, "MISE_EN_PAIEMENT", force=True)
    row = simulator.play(cpp_id, "MANDATEE", at=before, force=True)
    assert row["status"] == "MISE_EN_PAIEMENT"
    assert statuses(history(cpp_id)) == ["MISE_EN_PAIEMENT", "MANDATEE", "DEPOSEE"]


def test_buyers_may_lose_the_right_to_ask_for_recycling(start, connect):
    simulator = start(recycling_allowed=False)
    cpp_id = connect(simulator).submit()["identifiantFactureCPP"]
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    with pytest.raises(ValueError, match=r"SIM_MSG_05\.001"):
        simulator.play(cpp_id, "A_RECYCLER", "mauvais service")


def test_it_routes_by_itself_when_told(start, connect):
    simulator = start(routing_after=10, available_after=20)
    caller = connect(simulator)
    cpp_id = caller.submit()["identifiantFactureCPP"]
    deposited = datetime.fromisoformat(simulator.invoices()[0]["status_at"])
    simulator.advance(11)
    assert simulator.invoices()[0]["status"] == "EN_COURS_ACHEMINEMENT"
    simulator.advance(3600)
    assert caller.search()["listeFactures"][0]["statut"] == "MISE_A_DISPOSITION"
    (_, routed, available) = (datetime.fromisoformat(line["at"]) for line in simulator.history(cpp_id))
    assert ((routed - deposited).total_seconds(), (available - deposited).total_seconds()) == (10, 30)


def test_its_clock_can_run_faster(simulator):
    first = datetime.fromisoformat(simulator.now())
    simulator.run_at(1_000_000)
    assert (datetime.fromisoformat(simulator.now()) - first).total_seconds() >= 0
    simulator.run_at(0)
    frozen = simulator.now()
    assert simulator.now() == frozen
