"""One token per application: kept, renewed early, dropped only when it is the one that failed."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
import responses

from chorus.api import Account, AnswerLost, Chorus, Denied, MemoryTokens, Unavailable
from chorus.api.auth import read_token

from .far_side import answering, client, far_side, http

API = "https://api.example.test"
TOKENS = "https://oauth.example.test/api/oauth/token"
HEALTH = f"{API}/cpro/transverses/v1/health-check"
FINE = {"body": "disponible", "statusCode": "OK", "statusCodeValue": 200}
DEPOSITED = {"codeRetour": 0, "libelle": "GCU_MSG_01_000", "identifiantFactureCPP": 12}


def chorus(tokens=None) -> Chorus:
    account = Account("TECH_1@cpro.fr", "mot de passe é")
    return Chorus(
        api_url=API, token_url=TOKENS, client_id="id", client_secret="se&cret", account=account, tokens=tokens
    )


def token(web, name="T1", **more):
    return web.post(TOKENS, json={"access_token": name, "token_type": "Bearer", "expires_in": 3600} | more)


def test_it_asks_for_a_token_once_and_shows_both_credentials(web):
    asked = token(web)
    health = web.get(HEALTH, json=FINE)
    client = chorus()
    assert client.health().available
    assert client.health().message == "disponible"
    assert (asked.call_count, health.call_count) == (1, 2)
    form = parse_qs(asked.calls[0].request.body.decode())
    assert form == {
        "grant_type": ["client_credentials"],
        "client_id": ["id"],
        "client_secret": ["se&cret"],
        "scope": ["openid"],
    }
    headers = health.calls[0].request.headers
    assert headers["Authorization"] == "Bearer T1"
    assert headers["cpro-account"] == "VEVDSF8xQGNwcm8uZnI6bW90IGRlIHBhc3NlIMOp"


def test_it_shares_the_token_of_a_store(web):
    asked = token(web)
    web.get(HEALTH, json=FINE)
    tokens = MemoryTokens()
    chorus(tokens).health()
    chorus(tokens).health()
    assert asked.call_count == 1


def test_it_tries_once_more_with_a_fresh_token_after_401(web):
    token(web, "T1")
    token(web, "T2")
    refused = web.get(HEALTH, status=401)
    accepted = web.get(HEALTH, json=FINE)
    assert chorus().health().available
    assert refused.calls[0].request.headers["Authorization"] == "Bearer T1"
    assert accepted.calls[0].request.headers["Authorization"] == "Bearer T2"


def test_it_denies_after_a_second_401(web):
    token(web)
    health = web.get(HEALTH, status=401)
    with pytest.raises(Denied):
        chorus().health()
    assert health.call_count == 2


def test_it_keeps_a_token_that_another_worker_renewed_meanwhile(web):
    asked = token(web, "never asked for")
    tokens = MemoryTokens()
    later = datetime.now(UTC) + timedelta(hours=1)
    tokens.put("old", later)

    def renewed_elsewhere(request):
        tokens.put("new", later)
        return 401, {}, ""

    web.add_callback(responses.GET, HEALTH, renewed_elsewhere)
    accepted = web.get(HEALTH, json=FINE)
    chorus(tokens).health()
    assert accepted.calls[0].request.headers["Authorization"] == "Bearer new"
    assert tokens.get() == "new"
    assert asked.call_count == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 400, "json": {"error": "invalid_client"}}, Denied),
        ({"status": 503, "body": "<html>"}, Unavailable),
        ({"status": 200, "body": "<html>"}, Unavailable),
        ({"status": 200, "json": {"token_type": "Bearer"}}, Unavailable),
        ({"status": 200, "json": {"access_token": "two words"}}, Unavailable),
        ({"status": 200, "json": {"access_token": "a\r\nX-Header: b"}}, Unavailable),
        ({"body": ConnectionError("cut")}, Unavailable),
    ],
)
def test_it_never_doubts_a_deposit_for_want_of_a_token(web, answer, error):
    web.post(TOKENS, **answer)
    submit = web.post(f"{API}/cpro/factures/v1/soumettre", json=DEPOSITED)
    with pytest.raises(error):
        chorus().submit({}, 1, "a.pdf")
    assert submit.call_count == 0


def test_it_never_doubts_a_deposit_whose_second_token_does_not_come(web):
    token(web)
    web.post(TOKENS, status=503)
    web.post(f"{API}/cpro/factures/v1/soumettre", status=401)
    with pytest.raises(Unavailable):
        chorus().submit({}, 1, "a.pdf")


def test_it_announces_both_departures_of_a_deposit_refused_by_401():
    fresh = http({"access_token": "fresh", "expires_in": 3600})
    announced = []
    with (
        far_side(answering(http(b"", "401 Unauthorized")), answering(http(DEPOSITED))) as side,
        far_side(answering(fresh)) as piste,
        client(side.url, token_url=piste.url) as chorus,
    ):
        chorus.submit({}, 1, "a.pdf", before_send=lambda: announced.append(len(side.requests)))
    assert announced == [0, 1]
    assert [b"Bearer fresh" in request for request in side.requests] == [False, True]


def test_it_doubts_the_second_try_like_any_other():
    fresh = http({"access_token": "fresh", "expires_in": 3600})
    with (
        far_side(answering(http(b"", "401 Unauthorized")), answering(http(b"", "502 Bad Gateway"))) as side,
        far_side(answering(fresh)) as piste,
        client(side.url, token_url=piste.url) as chorus,
        pytest.raises(AnswerLost),
    ):
        chorus.submit({}, 1, "a.pdf")
    assert side.connections == 2


NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expires_in", "seconds"), [(3600, 3480), ("3600", 3480), (100, 50), (None, 180), ("soon", 180), (10**12, 86_280)]
)
def test_it_renews_a_token_early(expires_in, seconds):
    payload = json.loads(json.dumps({"access_token": "T", "expires_in": expires_in}))
    assert read_token(payload, received_at=NOW) == ("T", NOW + timedelta(seconds=seconds))


def test_it_forgets_a_token_whose_time_is_over_and_drops_only_the_one_named():
    tokens = MemoryTokens()
    tokens.put("T", datetime.now(UTC) - timedelta(seconds=1))
    assert tokens.get() is None
    tokens.put("T", datetime.now(UTC) + timedelta(minutes=1))
    tokens.drop("another")
    assert tokens.get() == "T"
    tokens.drop("T")
    assert tokens.get() is None


@pytest.mark.parametrize("address", ["", "api.piste.gouv.fr", "ftp://api.piste.gouv.fr"])
def test_it_refuses_an_address_that_is_not_http(address):
    with pytest.raises(ValueError, match="https://"):
        Chorus(api_url=address, token_url=TOKENS, client_id="", client_secret="", account=Account("", ""))
