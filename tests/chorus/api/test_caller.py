"""What every call has in common: throttle, journal, headers."""

from datetime import UTC

import pytest

from chorus.api import Call, Unknown

from .far_side import ACCOUNT, API, FINE, TOKEN, client


def test_it_throttles_before_each_call_and_tells_each_afterwards(web):
    steps: list = []
    chorus = client(API, throttle=lambda: steps.append("throttle"), journal=steps.append)
    web.post(f"{API}/cpro/factures/v1/traiterRejet", json={"codeRetour": 20001, "libelle": "GDP_MSG_11.008 Non"})
    with pytest.raises(Unknown):
        chorus.acknowledge_rejections([1])
    throttled, call = steps
    assert throttled == "throttle"
    assert isinstance(call, Call)
    assert (call.operation, call.http_status, call.code) == ("factures/traiterRejet", 200, 20001)
    assert (call.message_code, call.label, call.error) == ("GDP_MSG_11.008", "GDP_MSG_11.008 Non", "Unknown")
    assert call.started_at.tzinfo is UTC
    assert 0 <= call.duration_s < 5
    assert (call.request_bytes, call.response_bytes) == (52, 54)


def test_it_lets_the_throttle_stop_a_call(web):
    class Paused(Exception):
        pass

    def stop():
        raise Paused

    with pytest.raises(Paused):
        client(API, throttle=stop).acknowledge_rejections([1])
    assert len(web.calls) == 0


def test_it_gives_the_answer_of_a_deposit_even_if_the_journal_cannot_be_written(web, caplog):
    def broken(call):
        raise OSError("disk full")

    web.post(f"{API}/cpro/factures/v1/soumettre", json={**FINE, "identifiantFactureCPP": 12})
    assert client(API, journal=broken).submit({}, 1, "a.pdf").cpp_id == 12
    assert "factures/soumettre" in caplog.text


def test_it_may_be_used_with_no_journal_and_closed_twice(web):
    web.get(f"{API}/cpro/transverses/v1/health-check", json={"statusCode": "OK"})
    chorus = client(API)
    assert chorus.health().available
    chorus.close()
    chorus.close()


def test_it_identifies_itself_and_nothing_more(web):
    health = web.get(f"{API}/cpro/transverses/v1/health-check", json={"statusCode": "OK"})
    client(API).health()
    headers = health.calls[0].request.headers
    assert dict(headers) == {
        "User-Agent": "Agrilocal18",
        "Authorization": f"Bearer {TOKEN}",
        "cpro-account": ACCOUNT.header(),
        "Accept": "application/json;charset=utf-8",
    }
