"""What PISTE answers before the business service sees anything."""

import http.client
import json
import time

import pytest
import requests

from chorus.simulator import world

HEALTH = "transverses/v1/health-check"


def get(caller, path, headers):
    return caller.session.get(f"{caller.simulator.url}/cpro/{path}", headers=headers, timeout=5)


def test_it_gives_a_token_for_credentials_in_the_form(caller):
    answer = caller.fetch_token()
    assert answer.status_code == 200
    assert answer.json() | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "openid",
    }
    assert len(answer.json()["access_token"]) == 54


def test_it_gives_a_token_by_http_basic_without_scope(caller):
    answer = caller.session.post(
        caller.simulator.token_url,
        data={"grant_type": "client_credentials"},
        auth=(world.CLIENT_ID, world.CLIENT_SECRET),
        timeout=5,
    )
    caller._token = answer.json()["access_token"]
    assert get(caller, HEALTH, caller.headers()).status_code == 200


@pytest.mark.parametrize(
    ("client_id", "secret"), [("unknown", world.CLIENT_SECRET), (world.CLIENT_ID, "wrong"), ("", ""), ("é", "é")]
)
def test_it_answers_the_same_to_an_unknown_client_and_to_a_wrong_secret(caller, client_id, secret):
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = caller.session.post(caller.simulator.token_url, data=form, timeout=5)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


def test_it_refuses_another_grant_and_a_json_body(caller):
    url = caller.simulator.token_url
    assert (
        caller.session.post(url, data={"grant_type": "password"}, timeout=5).json()["error"] == "unsupported_grant_type"
    )
    assert caller.session.post(url, json={}, timeout=5).json()["error"] == "invalid_request"


def test_it_is_healthy(caller):
    answer = get(caller, HEALTH, caller.headers())
    assert answer.json()["statusCode"] == "OK"
    assert "codeRetour" not in answer.json()


def test_it_asks_for_a_bearer(caller):
    answer = get(caller, HEALTH, {})
    assert answer.status_code == 400
    assert "Unable to find token" in answer.headers["WWW-Authenticate"]


def test_it_refuses_an_unknown_token_before_anything_else(caller):
    answer = caller.post("factures/v1/nowhere", Authorization="Bearer nonsense")
    assert (answer.status_code, answer.content) == (401, b"")


def test_its_token_dies_after_an_hour_of_its_clock(caller, simulator):
    assert get(caller, HEALTH, caller.headers()).status_code == 200
    simulator.advance(3601)
    assert get(caller, HEALTH, caller.headers()).status_code == 401


@pytest.mark.parametrize("header", ["bm90aGluZw==", "not base 64", "VEVDSF8xOndyb25n", "é".encode().decode("latin-1")])
def test_it_refuses_a_wrong_technical_account(caller, header):
    answer = get(caller, HEALTH, caller.headers() | {"cpro-account": header})
    assert (answer.status_code, answer.json()["ErrorCode"]) == (401, "401")


def test_it_refuses_a_dead_technical_password(caller, simulator):
    simulator.expire_password()
    assert get(caller, HEALTH, caller.headers()).status_code == 401
    simulator.expire_password(in_seconds=60)
    assert get(caller, HEALTH, caller.headers()).status_code == 200


def test_a_reset_password_refuses_the_old_one(caller, simulator):
    simulator.set_password("tout neuf")
    assert get(caller, HEALTH, caller.headers()).status_code == 401


def test_it_refuses_a_family_that_is_not_subscribed(caller, simulator):
    simulator.subscribe(["transverses"])
    assert get(caller, HEALTH, caller.headers()).status_code == 200
    answer = caller.post("structures/v1/rechercher")
    assert (answer.status_code, answer.content) == (403, b"")


def test_an_account_can_be_added(simulator, connect):
    account = world.TechnicalAccount(login="TECH_9_10000002500013@cpro.fr", password="fictif", siret="10000002500013")
    simulator.add_account(account.login, account.password, account.siret, suppliers=["10000002500013"])
    rows = connect(simulator, account).call("transverses/v1/recuperer/structures/actives/fournisseur")
    assert [row["identifiant"] for row in rows["listeStructures"]] == ["10000002500013"]


@pytest.mark.parametrize("status", [400, 401])
def test_it_wants_a_technical_account(start, connect, status):
    caller = connect(start(missing_account_status=status))
    assert get(caller, HEALTH, {"Authorization": f"Bearer {caller.token}"}).status_code == status


@pytest.mark.parametrize(
    "path", ["factures/v1/nowhere", "factures/v2/soumettre", "transverses/v1/deposer/flux", "factures/v1/consulter/cr"]
)
def test_it_answers_403_and_nothing_to_an_undeclared_path(caller, path):
    answer = caller.post(path)
    assert (answer.status_code, answer.content) == (403, b"")


def test_it_answers_403_to_another_method(caller):
    assert caller.post(HEALTH).status_code == 403
    assert get(caller, "factures/v1/soumettre", caller.headers()).status_code == 403


def test_it_wants_a_json_content_type(caller):
    url = f"{caller.simulator.url}/cpro/structures/v1/rechercher"
    assert caller.session.post(url, data="{}", headers=caller.headers(), timeout=5).status_code == 415
    for kind in ("application/json", "application/json;charset=utf-8", "Application/JSON; charset=UTF-8"):
        headers = caller.headers() | {"Content-Type": kind}
        assert caller.session.post(url, data="{}", headers=headers, timeout=5).status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b"null", b'{"a": NaN}', b'{"a": "\\ud800"}', b"\xff", b"[" * 100_000]
)
def test_it_answers_400_to_a_body_it_cannot_read(caller, body):
    headers = caller.headers() | {"Content-Type": "application/json"}
    url = f"{caller.simulator.url}/cpro/structures/v1/rechercher"
    answer = caller.session.post(url, data=body, headers=headers, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["libelle"].startswith("SIM_MSG_09.001")


@pytest.mark.parametrize(
    "body",
    [{"idStructureCPP": "abc"}, {"idStructureCPP": 2**63}, {"idStructureCPP": [1]}, {"idStructureCPP": 1.5}],
)
def test_it_answers_400_to_a_value_of_the_wrong_type(caller, body):
    assert caller.post("structures/v1/consulter", body).status_code == 400


def test_it_limits_the_calls_of_an_application(start, connect):
    caller = connect(start(quota=3))
    statuses = [get(caller, HEALTH, caller.headers()).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def test_it_reads_a_body_sent_in_chunks(caller, simulator):
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=5)
    body = json.dumps({"structure": {"identifiantStructure": "20000001600010"}}).encode()
    headers = caller.headers() | {"Content-Type": "application/json"}
    for _ in range(2):
        chunks = (body[start : start + 7] for start in range(0, len(body), 7))
        connection.request("POST", "/cpro/structures/v1/rechercher", chunks, headers, encode_chunked=True)
        assert len(json.load(connection.getresponse())["listeStructures"]) == 1
    connection.close()


def test_it_keeps_the_connection_open(simulator):
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=5)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b"ok\n"
    first = connection.sock
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b"ok\n"
    assert connection.sock is first
    connection.close()


def test_it_leaves_no_open_connection_when_it_stops(start):
    simulator = start()
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=5)
    connection.request("GET", "/healthz")
    connection.getresponse().read()
    port = simulator.port
    simulator.stop()
    connection.sock.settimeout(5)
    assert connection.sock.recv(1) == b""
    connection.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5)


def test_it_limits_the_calls_of_a_day(start, connect):
    simulator = start(daily_quota=2, retry_after=True)
    caller = connect(simulator)
    answers = [get(caller, HEALTH, caller.headers()) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 90_000
    simulator.advance(90_000)
    caller._token = None
    assert get(caller, HEALTH, caller.headers()).status_code == 200


def test_a_429_may_say_nothing_of_the_wait(start, connect):
    caller = connect(start(daily_quota=0))
    answer = get(caller, HEALTH, caller.headers())
    assert (answer.status_code, answer.content, "Retry-After" in answer.headers) == (429, b"", False)


def test_the_quota_may_change_while_it_runs(caller, simulator):
    simulator.set_quota(per_day=0)
    assert get(caller, HEALTH, caller.headers()).status_code == 429
    simulator.set_quota()
    assert get(caller, HEALTH, caller.headers()).status_code == 200


def test_a_new_account_waits_for_half_an_hour(simulator, connect):
    account = world.TechnicalAccount(login="TECH_8_10000002500013@cpro.fr", password="fictif", siret="10000002500013")
    simulator.add_account(account.login, account.password, account.siret, active_in=1800)
    caller = connect(simulator, account)
    assert get(caller, HEALTH, caller.headers()).status_code == 401
    simulator.advance(1801)
    assert get(caller, HEALTH, caller.headers()).status_code == 200


def test_a_faster_clock_kills_tokens_and_moves_fluxes(caller, simulator):
    assert get(caller, HEALTH, caller.headers()).status_code == 200
    simulator.run_at(100_000)
    deadline = time.monotonic() + 10
    while get(caller, HEALTH, caller.headers()).status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert get(caller, HEALTH, caller.headers()).status_code == 401


def test_an_empty_answer_names_a_content_type(caller):
    """A client in production reads this header of every error before it looks at the body."""
    assert caller.post("factures/v1/nowhere").headers["Content-Type"].startswith("text/plain")
