"""State: survives a restart, counts right under concurrency, goes back to the first day."""

import contextlib
import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import requests

from chorus.simulator import RemoteSimulator, world
from tests.chorus.simulator.conftest import Caller, invoice_body
from tests.chorus.simulator.flux_files import encoded, facturx

HIVES = world.TechnicalAccount(login="TECH_7_19999999900001@cpro.fr", password="fictif", siret="19999999900001")


def race(simulator, numbers, workers=16):
    """Every number deposited once per worker at the same time; returns (codeRetour, number) of each answer."""
    callers = [Caller(simulator) for _ in range(workers)]
    token = callers[0].token
    piece = callers[0].add_file()

    def work(caller):
        caller._token = token
        bodies = [invoice_body(number, piece) for number in numbers]
        return [(caller.call("factures/v1/soumettre", body, timeout=60)["codeRetour"], body) for body in bodies]

    with ThreadPoolExecutor(workers) as pool:
        answers = [answer for answers in pool.map(work, callers) for answer in answers]
    for caller in callers:
        caller.close()
    return [(code, body["numeroFactureSaisi"]) for code, body in answers]


def test_one_of_many_twins_wins(simulator):
    numbers = [f"R-{rank}" for rank in range(10)]
    answers = race(simulator, numbers)
    assert Counter(code for code, _ in answers) == {0: 10, 29001: 150}
    assert {row["number"]: row["count"] for row in simulator.counts()} == dict.fromkeys(numbers, 1)


def test_every_twin_is_counted_when_the_check_is_off(simulator):
    simulator.set_duplicate_check(False)
    race(simulator, ["T-1", "T-2"])
    assert {row["number"]: row["count"] for row in simulator.counts()} == {"T-1": 16, "T-2": 16}
    assert len({row["cpp_id"] for row in simulator.invoices()}) == 32


def test_what_is_stored_is_what_was_processed(simulator):
    """Answers lost or cut, calls dropped: the count of stored invoices stays that of the calls let through."""
    simulator.set_duplicate_check(False)
    for kind in ("drop", "html_error", "lost_answer", "html_after", "cut_answer"):
        simulator.trouble(kind, operation="factures/soumettre", probability=0.1)
    callers = [Caller(simulator) for _ in range(8)]
    token, piece = callers[0].token, callers[0].add_file()

    def work(caller):
        caller._token = token
        for rank in range(40):
            with contextlib.suppress(requests.RequestException):
                caller.post("factures/v1/soumettre", invoice_body(f"W-{rank}", piece), timeout=60)

    with ThreadPoolExecutor(len(callers)) as pool:
        list(pool.map(work, callers))
    for caller in callers:
        caller.close()
    taken = simulator.taken()
    processed = simulator.calls()["factures/soumettre"] - taken["drop"] - taken["html_error"]
    assert simulator.calls()["factures/soumettre"] == 320
    assert sum(row["count"] for row in simulator.counts()) == processed == len(simulator.invoices()) < 320
    assert min(taken[kind] for kind in ("lost_answer", "html_after", "cut_answer")) > 0


def test_it_remembers_after_a_restart(start, connect, tmp_path):
    first = start(state=tmp_path / "state.sqlite3")
    caller = connect(first)
    cpp_id = caller.submit()["identifiantFactureCPP"]
    first.play(cpp_id, "MISE_A_DISPOSITION")
    first.set_duplicate_check(False)
    first.advance(86_400)
    token, shown = caller.token, first.now()
    first.stop()
    second = start(state=tmp_path / "state.sqlite3")
    again = connect(second)
    again._token = token
    assert second.now() >= shown
    assert second.invoices()[0]["status"] == "MISE_A_DISPOSITION"
    assert again.submit("F-2", day="2025-01-01")["identifiantFactureCPP"] > cpp_id
    assert second.office.duplicate_check is False


def test_reset_goes_back_to_the_first_day_without_giving_an_id_again(simulator, caller):
    before = caller.submit()["identifiantFactureCPP"]
    simulator.trouble("drop")
    simulator.advance(1e6)
    simulator.add_supplier("19999999900001", "Ruches")
    simulator.reset()
    caller._token = None
    assert simulator.invoices() == simulator.troubles() == []
    assert caller.submit()["identifiantFactureCPP"] > before
    assert caller.submit("F-2", supplier=world.SUPPLIER_ID_BASE)["codeRetour"] == 0


def test_it_answers_from_another_process(tmp_path):
    state = tmp_path / "state.sqlite3"
    command = [sys.executable, "-m", "chorus.simulator", "--port", "0", "--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
        remote = RemoteSimulator(url)
        try:
            assert remote.is_up()
            assert remote.invoices() == []
            remote.set_duplicate_check(False)
            remote.trouble("html_error", operation="token", status=500)
            assert remote.troubles()[0]["options"] == {"status": 500}
            assert requests.post(f"{url}/api/oauth/token", timeout=5).status_code == 500
            with pytest.raises(ValueError, match=r"GDP_MSG_11\.008"):
                remote.play(1, "MANDATEE", "motif")
            with pytest.raises(TypeError):
                remote.play()
        finally:
            process.terminate()
        assert process.wait(10) == 0
    assert not remote.is_up()


def test_nothing_is_lost_when_it_is_killed(tmp_path, start, connect):
    """SIGKILL right after an answer: invoices, fluxes, accounts and attachments are there again."""
    state = tmp_path / "state.sqlite3"
    command = [sys.executable, "-m", "chorus.simulator", "--port", "0", "--state", str(state), "--flux-step", "non"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().rpartition(" ")[2].strip().rstrip("/")
        remote = RemoteSimulator(url)
        remote.token_url = f"{url}/api/oauth/token"
        remote.add_supplier("19999999900001", "Ruches")
        remote.add_account(HIVES.login, HIVES.password, HIVES.siret, suppliers=[HIVES.siret])
        remote.set_password("tout neuf")
        remote.expire_password(world.SUPPLIER_ACCOUNT.login)
        caller = connect(remote, replace(world.PLATFORM_ACCOUNT, password="tout neuf"))
        caller.submit("K-1")
        body = {"fichierFlux": encoded(facturx()), "nomFichier": "f.pdf", "syntaxeFlux": "IN_DP_E2_CII_FACTURX"}
        number = caller.call("factures/v1/deposer/flux", body)["numeroFluxDepot"]
        process.kill()
        process.wait(10)
    again = start(state=state)
    assert [row["number"] for row in again.invoices()] == ["K-1"]
    assert again.finish_flux(number)["state"] == "IN_INTEGRE"
    path = "transverses/v1/recuperer/structures/actives/fournisseur"
    assert [row["identifiant"] for row in connect(again, HIVES).call(path)["listeStructures"]] == [HIVES.siret]
    for account, status in (
        (replace(world.PLATFORM_ACCOUNT, password="tout neuf"), 200),
        (world.PLATFORM_ACCOUNT, 401),
        (world.SUPPLIER_ACCOUNT, 401),
    ):
        assert connect(again, account).post(path).status_code == status


def test_a_state_of_the_former_version_is_brought_up_to_date(tmp_path, start, connect):
    state = tmp_path / "state.sqlite3"
    first = start(state=state)
    connect(first).submit("O-1")
    first.stop()
    with contextlib.closing(sqlite3.connect(state)) as database:
        database.executescript(
            "drop table flux; alter table act drop column login; alter table account drop column active_at;"
            " pragma user_version = 1"
        )
    second = start(state=state)
    assert [row["number"] for row in second.invoices()] == ["O-1"]
    assert connect(second).submit("O-2")["codeRetour"] == 0
    assert second.fluxes() == []


def test_its_help_tells_a_stranger_all_he_needs():
    command = [sys.executable, "-m", "chorus.simulator", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    for account in world.ACCOUNTS:
        assert f"{account.login} {account.password}" in shown
    for words in (world.CLIENT_ID, world.CLIENT_SECRET, "/api/oauth/token", "/_simulator/", "--state", "--speed"):
        assert words in shown
    assert all(row.siret in shown for row in (*world.RECIPIENTS, *world.SUPPLIERS))


def test_a_taken_port_is_told_in_one_sentence(simulator):
    command = [sys.executable, "-m", "chorus.simulator", "--port", str(simulator.port)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "n'est pas libre" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("content", [b"not a database at all", None])
def test_a_state_it_cannot_use_is_told_in_one_sentence(tmp_path, content):
    state = tmp_path / "state.sqlite3"
    if content is None:
        with contextlib.closing(sqlite3.connect(state)) as database:
            database.execute("pragma user_version = 99")
    else:
        state.write_bytes(content * 100)
    command = [sys.executable, "-m", "chorus.simulator", "--port", "0", "--state", str(state)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "ne peut pas être ouvert" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_control_door_asks_for_json_and_known_verbs(simulator):
    url = f"{simulator.url}/_simulator"
    assert requests.post(f"{url}/calm", data="{}", timeout=5).status_code == 415
    assert requests.post(f"{url}/explode", json={}, timeout=5).status_code == 404
    assert requests.post(f"{url}/calm", json={"now": 1}, timeout=5).status_code == 400
    assert requests.post(f"{url}/now", json={}, timeout=5).json()["result"][:2] == "20"
