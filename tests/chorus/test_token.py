"""One token for all workers: one of those who miss it fetches it, the others wait for him, but not for the dead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chorus.api import Unavailable
from chorus.models import PisteApplication
from chorus.wiring import DatabaseTokens, connect
from tests.at_once import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]

LEASE = timedelta(seconds=30)


def call_at_once(account, threads: int) -> list:
    """So many workers begin together; the code of each answer, or the error it met."""

    def work():
        try:
            with connect(account) as client:
                client.health()
        except Exception as error:
            return type(error)
        return "answered"

    return at_once(*[work] * threads)


def test_many_workers_without_a_token_fetch_one(simulator, account):
    simulator.trouble("latency", operation="token", seconds=0.2)
    assert call_at_once(account, 8) == ["answered"] * 8
    assert simulator.calls()["token"] == 1


def test_a_token_whose_time_is_over_is_fetched_again_once(simulator, account):
    call_at_once(account, 1)
    PisteApplication.objects.update(token_expires_at=timezone.now())
    simulator.trouble("latency", operation="token", seconds=0.2)
    assert call_at_once(account, 6) == ["answered"] * 6
    assert simulator.calls()["token"] == 2


def test_who_cannot_fetch_it_lets_the_next_one_try(simulator, account):
    simulator.trouble("html_error", operation="token", times=1)
    told = call_at_once(account, 4)
    assert sorted(map(str, told)) == sorted(map(str, [Unavailable, *["answered"] * 3]))
    assert simulator.calls()["token"] == 2


def test_a_client_that_failed_to_fetch_asks_the_others_again(simulator, account):
    simulator.trouble("html_error", operation="token", times=1)
    with connect(account) as client:
        with pytest.raises(Unavailable):
            client.health()
        call_at_once(account, 1)
        client.health()
    assert simulator.calls()["token"] == 2


def test_the_lease_of_a_dead_worker_ends(account):
    dead, living = DatabaseTokens("simulator", LEASE), DatabaseTokens("simulator", timedelta(seconds=0.3))
    assert dead.get() is None
    with pytest.raises(Unavailable):
        living.get()
    PisteApplication.objects.update(token_lease_until=timezone.now())
    assert living.get() is None


def test_the_token_of_a_worker_that_woke_up_late_counts(account):
    late, other = DatabaseTokens("simulator", LEASE), DatabaseTokens("simulator", LEASE)
    assert late.get() is None
    PisteApplication.objects.update(token_lease_until=timezone.now())
    assert other.get() is None
    late.give_up()
    assert PisteApplication.objects.get().token_lease_until is not None
    late.put("T", timezone.now() + timedelta(hours=1))
    assert other.get() == "T"
