"""The real client against the simulator: one deposit on a good day, then every fault it can order."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from chorus.api import (
    Account,
    AnswerLost,
    Chorus,
    ChorusError,
    Denied,
    MemoryTokens,
    Refused,
    Unavailable,
    Unknown,
    submit_payload,
)
from chorus.simulator import Simulator, world

FREE = "12345678200051"
EHPAD = "20000002400014"
UNATTACHED = world.SUPPLIERS[3].siret


@pytest.fixture(scope="module")
def running():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running):
    running.reset()
    return running


def connect(simulator, account=world.PLATFORM_ACCOUNT, **options) -> Chorus:
    settings = {
        "api_url": simulator.url,
        "token_url": simulator.token_url,
        "client_id": world.CLIENT_ID,
        "client_secret": world.CLIENT_SECRET,
        "account": Account(account.login, account.password),
        "timeout": (1, 1),
        "deadline": 1.0,
    }
    return Chorus(**settings | options)


@pytest.fixture
def chorus(simulator):
    with connect(simulator) as chorus:
        yield chorus


def invoice(chorus, number="FA-1", *, recipient=FREE, **changes):
    given = {
        "number": number,
        "invoice_date": date.today(),
        "supplier_id": chorus.attached_structures()[0].id,
        "recipient_siret": recipient,
        "total_ht": Decimal("100.00"),
        "total_tva": Decimal("5.50"),
        "total_ttc": Decimal("105.50"),
        "net_to_pay": Decimal("105.50"),
    }
    return submit_payload(**given | changes)


def deposit(chorus, number="FA-1", **changes):
    payload = invoice(chorus, number, **changes)
    piece = chorus.add_file(f"{number}.pdf", b"%PDF-1.7 une facture")
    return chorus.submit(payload, piece, f"{number}.pdf")


def test_it_plays_the_whole_story(simulator, chorus):
    assert chorus.health().available
    found = chorus.find_structure(EHPAD)
    assert chorus.structure(found.id).requirements.service
    assert {service.code: service.active for service in chorus.services(found.id) if not service.reserved} == {
        "CUISINE": True,
        "ANIMATION": False,
    }
    deposited = deposit(chorus, recipient=EHPAD, service_code="CUISINE")
    simulator.advance(3600)
    simulator.play(deposited.cpp_id, "MISE_A_DISPOSITION")
    simulator.advance(3600)
    simulator.play(deposited.cpp_id, "SUSPENDUE", "Il manque le bon de livraison")
    row = chorus.search_invoices(number="FA-1").rows[0]
    assert (row.cpp_id, row.status, row.comment) == (deposited.cpp_id, "SUSPENDUE", "Il manque le bon de livraison")
    assert (row.recipient_siret, row.service_code, row.total_ttc) == (EHPAD, "CUISINE", Decimal("105.5"))
    history = chorus.history(deposited.cpp_id)
    assert history.entries[0].status == history.current_status == "SUSPENDUE"
    assert history.entries[-1].status == "DEPOSEE"
    assert row.status_at - history.entries[0].at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changes", "message_code"),
    [
        ({"recipient": "99999999999999"}, "SIM_MSG_02.001"),
        ({"recipient": "20000006500017"}, "SIM_MSG_02.002"),
        ({"recipient": EHPAD}, "SIM_MSG_02.003"),
        ({"recipient": EHPAD, "service_code": "ANIMATION"}, "SIM_MSG_02.005"),
        ({"recipient": "20000001600010"}, "SIM_MSG_02.007"),
        ({"recipient": "20000003200017"}, "SIM_MSG_02.008"),
        ({"total_ttc": Decimal("105.60")}, "SIM_MSG_03.001"),
        ({"number": "n° 42"}, "SIM_MSG_01.002"),
        ({"invoice_date": date.today() + timedelta(days=3)}, "SIM_MSG_01.004"),
    ],
)
def test_it_refuses_an_invoice_for_its_own_fault(chorus, changes, message_code):
    with pytest.raises(Refused) as caught:
        deposit(chorus, **changes)
    assert caught.value.message_code == message_code
    assert not caught.value.is_duplicate


def test_it_recognises_a_number_already_there(chorus):
    deposit(chorus)
    with pytest.raises(Refused) as caught:
        deposit(chorus)
    assert caught.value.is_duplicate


def test_it_denies_a_supplier_that_is_not_attached(simulator, chorus):
    found = chorus.find_structure(UNATTACHED, private_too=True)
    assert chorus.find_structure(UNATTACHED) is None
    with pytest.raises(Denied):
        deposit(chorus, supplier_id=found.id)


LEFT_STORED = ["lost_answer", "cut_answer", "drip", "html_after"]
LEFT_NOT_STORED = ["drop", "reset", "html_error", "html_ok", "redirect"]


@pytest.mark.parametrize("kind", LEFT_STORED + LEFT_NOT_STORED)
def test_it_doubts_a_deposit_whose_answer_did_not_come(simulator, chorus, kind):
    payload, piece = invoice(chorus), chorus.add_file("a.pdf", b"%PDF-1.7")
    simulator.trouble(kind, operation="soumettre")
    with pytest.raises(AnswerLost):
        chorus.submit(payload, piece, "a.pdf")
    assert len(simulator.invoices()) == (1 if kind in LEFT_STORED else 0)
    assert simulator.calls()["factures/soumettre"] == 1


@pytest.mark.parametrize("kind", LEFT_STORED + LEFT_NOT_STORED + ["too_many"])
def test_it_reads_again_later(simulator, chorus, kind):
    simulator.trouble(kind, operation="rechercher/fournisseur")
    with pytest.raises(Unavailable):
        chorus.search_invoices()
    assert chorus.search_invoices().rows == ()


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("too_many", {"retry_after": 7}, Unavailable),
        ("not_subscribed", {}, Denied),
        ("business_error", {}, Unknown),
        ("business_error", {"code": 20001, "label": "GDP_MSG_11.005"}, Denied),
    ],
)
def test_it_tells_a_deposit_that_was_not_taken(simulator, chorus, kind, options, error):
    payload, piece = invoice(chorus), chorus.add_file("a.pdf", b"%PDF-1.7")
    simulator.trouble(kind, operation="soumettre", **options)
    with pytest.raises(error) as caught:
        chorus.submit(payload, piece, "a.pdf")
    assert getattr(caught.value, "retry_after", None) == options.get("retry_after")
    assert simulator.invoices() == []


def test_it_passes_over_a_token_that_died(simulator, chorus):
    payload, piece = invoice(chorus), chorus.add_file("a.pdf", b"%PDF-1.7")
    announced = []
    simulator.trouble("expired_token", operation="soumettre")
    chorus.submit(payload, piece, "a.pdf", before_send=lambda: announced.append(1))
    assert announced == [1, 1]
    assert len(simulator.invoices()) == 1


def test_it_denies_a_dead_password_a_wrong_one_and_a_wrong_secret(simulator):
    account = world.PLATFORM_ACCOUNT
    simulator.expire_password(account.login)
    for chorus in (
        connect(simulator),
        connect(simulator, account=world.TechnicalAccount(login=account.login, password="autre", siret="")),
        connect(simulator, client_secret="autre"),
    ):
        with pytest.raises(Denied):
            chorus.health()


@pytest.mark.parametrize("kind", ["single_objects", "missing_keys", "unknown_status"])
def test_it_bears_answers_of_another_shape(simulator, chorus, kind):
    deposited = deposit(chorus)
    found = chorus.find_structure(EHPAD)
    simulator.trouble(kind, times=None)
    assert [row.cpp_id for row in chorus.search_invoices(number="FA-1").rows] == [deposited.cpp_id]
    assert chorus.history(deposited.cpp_id).entries
    assert chorus.structure(found.id).requirements.service
    assert chorus.services(found.id)
    assert chorus.attached_structures()


def test_it_shares_one_token_between_accounts(simulator):
    tokens = MemoryTokens()
    connect(simulator, tokens=tokens).health()
    connect(simulator, account=world.SUPPLIER_ACCOUNT, tokens=tokens).health()
    assert simulator.calls()["token"] == 1


def test_it_knows_nothing_of_an_invoice_that_is_not_ours(simulator, chorus):
    with pytest.raises(ChorusError) as caught:
        chorus.history(1)
    assert not isinstance(caught.value, Refused)


def test_it_reads_every_page_of_many_invoices(simulator, chorus):
    for number in range(5):
        deposit(chorus, f"FA-{number}")
    pages = [chorus.search_invoices(page=page, page_size=2) for page in (1, 2, 3)]
    assert [(page.page, page.pages, page.total) for page in pages] == [(1, 3, 5), (2, 3, 5), (3, 3, 5)]
    assert len({row.cpp_id for page in pages for row in page.rows}) == 5
    assert len({row.cpp_id for row in chorus.every_invoice(page_size=2)}) == pages[0].total
    assert chorus.search_invoices(maximum=2).total == 2
