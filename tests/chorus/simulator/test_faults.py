"""Each fault as a client sees it on the wire, and what the far side did meanwhile."""

import time

import pytest
import requests

from chorus.simulator.faults import KINDS, Faults

SUBMIT = "factures/soumettre"
PATH = "factures/v1/soumettre"


@pytest.fixture
def body(caller):
    return caller.invoice()


@pytest.mark.parametrize("kind", ["drop", "reset"])
def test_a_cut_before_processing_stores_nothing(caller, simulator, body, kind):
    simulator.trouble(kind, operation=SUBMIT)
    with pytest.raises(requests.ConnectionError):
        caller.post(PATH, body)
    assert simulator.invoices() == []
    assert caller.call(PATH, body)["codeRetour"] == 0


@pytest.mark.parametrize(
    ("kind", "options"), [("lost_answer", {}), ("lost_answer", {"reset": True}), ("cut_answer", {})]
)
def test_a_lost_answer_leaves_the_invoice_stored(caller, simulator, body, kind, options):
    simulator.trouble(kind, operation=SUBMIT, **options)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        caller.post(PATH, body)
    assert len(simulator.invoices()) == 1
    assert simulator.calls()[SUBMIT] == 1


def test_a_gateway_error_may_hide_a_success(caller, simulator, body):
    simulator.trouble("html_after", operation=SUBMIT, status=502)
    answer = caller.post(PATH, body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert len(simulator.invoices()) == 1


def test_a_slow_answer_comes_after_the_deed(caller, simulator, body):
    simulator.trouble("slow_answer", operation=SUBMIT, seconds=5)
    with pytest.raises(requests.ReadTimeout):
        caller.post(PATH, body, timeout=0.3)
    assert len(simulator.invoices()) == 1


def test_a_drip_never_trips_the_timeout_of_the_socket(caller, simulator, body):
    simulator.trouble("drip", operation=SUBMIT, interval=0.001)
    started = time.monotonic()
    assert caller.post(PATH, body, timeout=0.5).json()["codeRetour"] == 0
    assert time.monotonic() - started > 0.1


def test_latency_only_delays(caller, simulator, body):
    simulator.trouble("latency", operation=SUBMIT, seconds=0.2)
    started = time.monotonic()
    assert caller.call(PATH, body)["codeRetour"] == 0
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(
    ("kind", "options", "status"),
    [
        ("too_many", {"retry_after": 7}, 429),
        ("html_error", {"status": 503}, 503),
        ("html_ok", {}, 200),
        ("redirect", {"location": "http://127.0.0.1:9/x"}, 307),
        ("expired_token", {}, 401),
        ("wrong_password", {}, 401),
        ("expired_password", {}, 401),
        ("not_subscribed", {}, 403),
        ("business_error", {"code": 29001, "label": "SIM_MSG_01.001"}, 200),
    ],
)
def test_a_refusal_stores_nothing(caller, simulator, body, kind, options, status):
    simulator.trouble(kind, operation=SUBMIT, **options)
    answer = caller.post(PATH, body)
    assert answer.status_code == status
    assert simulator.invoices() == []
    assert answer.headers.get("Retry-After") == ("7" if kind == "too_many" else None)
    assert answer.headers.get("Location") == options.get("location")
    if kind == "business_error":
        assert answer.json()["codeRetour"] == 29001


def test_an_expired_token_stays_dead_and_a_fresh_one_works(caller, simulator, body):
    simulator.trouble("expired_token")
    assert caller.post(PATH, body).status_code == 401
    assert caller.post(PATH, body).status_code == 401
    caller._token = None
    assert caller.call(PATH, body)["codeRetour"] == 0


def test_the_token_endpoint_can_be_troubled_too(caller, simulator):
    simulator.trouble("html_error", operation="token")
    assert caller.fetch_token().status_code == 503
    assert caller.fetch_token().status_code == 200


def test_odd_answers(caller, simulator):
    caller.submit()
    simulator.trouble("unknown_status")
    simulator.trouble("single_objects")
    simulator.trouble("missing_keys", keys=["libelle", "montantHT"])
    answer = caller.search()
    row = answer["listeFactures"]
    assert row["statut"] == "STATUT_INVENTE_SIM"
    assert "libelle" not in answer
    assert "montantHT" not in row
    assert isinstance(caller.search()["listeFactures"], list)


def test_a_trouble_concerns_one_operation_a_number_of_times(caller, simulator):
    simulator.trouble("not_subscribed", operation="rechercher", times=2)
    for path, status in [
        ("structures/v1/rechercher", 403),
        ("structures/v1/rechercher/services", 200),
        ("structures/v1/rechercher", 403),
        ("structures/v1/rechercher", 200),
    ]:
        assert caller.post(path).status_code == status
    assert simulator.taken() == {"not_subscribed": 2}


def test_without_operation_the_token_is_spared(caller, simulator):
    simulator.trouble("html_error", times=None)
    assert caller.fetch_token().status_code == 200
    assert caller.post("structures/v1/rechercher").status_code == 503
    simulator.calm()
    assert caller.post("structures/v1/rechercher").status_code == 200
    assert simulator.troubles() == []


def drawn(seed):
    faults = Faults(seed)
    faults.order("drop", probability=0.2)
    return [bool(faults.take(SUBMIT)["refusal"]) for _ in range(500)]


def test_draws_are_repeatable_and_fair():
    assert drawn(1) == drawn(1) != drawn(2)
    assert 60 < sum(drawn(1)) < 140


def test_a_refused_call_takes_no_later_trouble():
    faults = Faults()
    faults.order("lost_answer")
    faults.order("drop")
    assert [trouble.kind for trouble in faults.take(SUBMIT)["refusal"]] == ["drop"]
    assert [trouble.kind for trouble in faults.take(SUBMIT)["answer"]] == ["lost_answer"]


def test_an_unknown_trouble_is_refused(simulator):
    with pytest.raises(ValueError, match="Panne inconnue"):
        simulator.trouble("earthquake")
    with pytest.raises(ValueError, match="Option inconnue"):
        simulator.trouble("drop", seconds=3)


def test_stopping_does_not_wait_for_a_slow_answer(start, connect):
    simulator = start()
    caller = connect(simulator)
    simulator.trouble("latency", seconds=60)
    with pytest.raises(requests.ReadTimeout):
        caller.post("structures/v1/rechercher", timeout=0.2)
    started = time.monotonic()
    simulator.stop()
    assert time.monotonic() - started < 5


def test_every_kind_says_what_it_is_in_french():
    assert all(
        kind.label and kind.stage in ("wait", "refusal", "answer", "shape", "standing") for kind in KINDS.values()
    )
