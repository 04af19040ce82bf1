"""A row of Chorus Pro that is one of our waiting invoices is adopted, and that invoice is never sent again."""

import datetime
from decimal import Decimal

import pytest

from chorus import deposit, news
from chorus.models import Search, SetAside, Submission
from chorus.tasks import deposit_sweep, news_sweep
from chorus.wiring import Clients
from invoicing import replies
from invoicing.checks import number_key
from invoicing.lifecycle import Status
from invoicing.models import Invoice, Kind
from tests.at_once import at_once
from tests.chorus.by_hand import deposit_by_hand, left_to_supplier
from tests.factories import UserFactory, siret

pytestmark = pytest.mark.django_db(transaction=True)

SUBMIT = "factures/soumettre"


def now(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def put(invoice, status) -> Invoice:
    Invoice.objects.filter(pk=invoice.pk).update(status=status)
    return now(invoice)


def is_followed(invoice, cpp_id) -> bool:
    found = Submission.objects.get(invoice=invoice, status=Submission.Status.DEPOSITED)
    return (found.cpp_id, found.environment, bool(found.account_id)) == (cpp_id, "simulator", True)


def test_a_row_queued_in_the_instant_of_the_adoption_does_not_stay(simulator, approved):
    invoice = approved()
    cpp_id = deposit_by_hand(invoice)
    news_sweep()
    Submission.objects.create(invoice=invoice, environment="simulator")
    deposit_sweep()
    assert is_followed(invoice, cpp_id)
    assert Submission.objects.count() == 1


# --- In every status that waits ---


@pytest.mark.parametrize("status", [Status.TO_REVIEW, Status.RETURNED, Status.APPROVED, Status.TO_SELF_DEPOSIT])
def test_a_waiting_invoice_is_adopted_and_never_sent(simulator, approved, status):
    invoice = put(approved(), status)
    cpp_id = deposit_by_hand(invoice)
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    news_sweep()
    assert now(invoice).status == Status.AVAILABLE
    assert is_followed(invoice, cpp_id)
    deposit_sweep()
    assert simulator.calls()[SUBMIT] == 1
    # What nobody expected is told to staff; a self-deposit is what was agreed.
    assert now(invoice).events.filter(kind="flag").exists() == (status != Status.TO_SELF_DEPOSIT)


def test_one_declared_deposited_is_adopted_too(simulator, approved, college):
    invoice = left_to_supplier(approved())
    invoice.declare(Status.DEPOSITED, on=datetime.date(2026, 11, 3), by=UserFactory(), seen_revision=invoice.revision)
    cpp_id = deposit_by_hand(invoice)
    news_sweep()
    assert not now(invoice).is_declared
    assert is_followed(invoice, cpp_id)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.WITHDRAWN, Status.OUTSIDE])
def test_what_does_not_wait_is_left_alone(simulator, approved, status):
    invoice = put(approved(), status)
    deposit_by_hand(invoice)
    news_sweep()
    assert now(invoice).status == status
    assert not Submission.objects.exists()
    assert not SetAside.objects.exists()


def test_a_row_of_a_deposit_in_doubt_ends_the_doubt(simulator, approved, patient):
    invoice = approved()
    simulator.trouble("lost_answer", operation="soumettre")
    patient(SETTLING_DELAY=3600)
    deposit.queue_ready()
    deposit.send_due()
    assert Submission.objects.get().status == Submission.Status.IN_DOUBT
    news_sweep()
    assert now(invoice).status == Status.DEPOSITED
    assert Submission.objects.get().status == Submission.Status.DEPOSITED
    assert simulator.calls()[SUBMIT] == 1


def test_a_row_that_is_not_what_left_proves_nothing_about_a_doubt(simulator, approved, patient):
    simulator.set_duplicate_check(False)
    invoice = approved()
    patient(SETTLING_DELAY=3600)
    simulator.trouble("html_error", operation="soumettre")
    deposit.queue_ready()
    deposit.send_due()
    assert Submission.objects.get().status == Submission.Status.IN_DOUBT
    other = {"total_ht": Decimal(200), "total_tva": Decimal(11), "total_ttc": Decimal(211), "net_to_pay": Decimal(211)}
    deposit_by_hand(invoice, **other)
    news_sweep()
    assert now(invoice).status == Status.SENDING
    assert Submission.objects.get().status == Submission.Status.IN_DOUBT


# --- What makes it the same invoice ---


@pytest.mark.parametrize("typed", ["f2026-0147", "F2026 0147", "F2026_0147", "F 2026/0147"])
@pytest.mark.parametrize("status", [Status.TO_SELF_DEPOSIT, Status.APPROVED])
def test_the_number_may_be_written_otherwise(simulator, approved, status, typed):
    invoice = put(approved(number="F2026-0147"), status)
    deposit_by_hand(invoice, number=typed)
    news_sweep()
    assert now(invoice).status == Status.DEPOSITED
    assert now(invoice).number == "F2026-0147"


@pytest.mark.parametrize("typed", ["F2026-01470", "F2026-147", "F2026-1-47"])
def test_another_number_is_another_invoice(simulator, approved, typed):
    invoice = left_to_supplier(approved(number="F2026-0147"))
    deposit_by_hand(invoice, number=typed)
    news_sweep()
    assert now(invoice).status == Status.TO_SELF_DEPOSIT


@pytest.mark.parametrize("status", [Status.TO_SELF_DEPOSIT, Status.APPROVED])
def test_another_year_is_another_invoice(simulator, approved, status):
    invoice = put(approved(), status)
    deposit_by_hand(invoice, invoice_date=datetime.date(2025, 11, 2))
    news_sweep()
    assert now(invoice).status == status


@pytest.mark.parametrize("kind", [Kind.INVOICE, Kind.CREDIT_NOTE])
def test_a_credit_note_is_no_invoice(simulator, approved, kind):
    invoice = left_to_supplier(approved(kind=kind))
    other = Kind.CREDIT_NOTE if kind == Kind.INVOICE else Kind.INVOICE
    deposit_by_hand(invoice, kind=other.value)
    news_sweep()
    assert now(invoice).status == Status.TO_SELF_DEPOSIT
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"invoice_date": datetime.date(2026, 11, 1)},
        {"total_ht": Decimal(200), "total_tva": Decimal(11), "total_ttc": Decimal(211), "net_to_pay": Decimal(211)},
        {"recipient_siret": siret(777)},
    ],
)
def test_what_the_portal_would_send_must_agree_in_all(simulator, approved, typed):
    simulator.add_recipient(siret(777), "Collège voisin")
    waits, own = approved(), left_to_supplier(approved())
    deposit_by_hand(waits, **typed)
    deposit_by_hand(own, **typed)
    put(waits, Status.TO_REVIEW)
    news_sweep()
    assert now(waits).status == Status.TO_REVIEW
    # Its supplier may have typed his own a little differently: it is his, and staff are told of what matters.
    assert now(own).status == Status.DEPOSITED
    told = now(own).events.filter(kind="flag", reason__contains="autrement que sur le portail")
    assert told.exists() == ("invoice_date" not in typed)


def test_the_same_number_of_another_supplier_is_his(simulator, approved, account):
    invoice = left_to_supplier(approved())
    others = account.structures.exclude(siret=invoice.establishment.siret).first()
    deposit_by_hand(invoice, supplier_id=others.cpp_id)
    news_sweep()
    assert now(invoice).status == Status.TO_SELF_DEPOSIT


def test_a_draft_of_chorus_pro_was_never_deposited(simulator, approved):
    invoice = left_to_supplier(approved())
    cpp_id = deposit_by_hand(invoice)
    simulator.play(cpp_id, "ABANDONNEE", force=True)
    news_sweep()
    assert now(invoice).status == Status.TO_SELF_DEPOSIT


# --- Candidates, environments, races ---


def test_two_candidates_are_shown_to_a_person(simulator, approved):
    one = left_to_supplier(approved(number="F-1"))
    other = left_to_supplier(approved(number="F-2"))
    other.declare(Status.DEPOSITED, on=datetime.date(2026, 11, 3), by=UserFactory(), seen_revision=other.revision)
    # Its supplier says that Chorus Pro has it under the number of the first.
    Search.objects.create(invoice=other, environment="simulator", number="F-1", number_key=number_key("F-1"))
    deposit_by_hand(one)
    news_sweep()
    assert now(one).status == Status.TO_SELF_DEPOSIT
    assert now(other).is_declared
    assert "Plusieurs factures" in SetAside.objects.get().reason


def test_two_deposits_of_one_invoice_are_adopted_once(simulator, approved):
    simulator.set_duplicate_check(False)
    invoice = left_to_supplier(approved(number="F2026-0147"))
    first = deposit_by_hand(invoice)
    deposit_by_hand(invoice, number="F2026 0147")
    news_sweep()
    news_sweep()
    assert is_followed(invoice, first)
    assert not SetAside.objects.exists()


def test_ids_of_another_environment_are_not_ours(simulator, approved):
    invoice, elsewhere = left_to_supplier(approved()), left_to_supplier(approved())
    cpp_id = deposit_by_hand(invoice)
    Submission.objects.create(invoice=elsewhere, environment="qualification", status="deposited", cpp_id=cpp_id)
    news_sweep()
    assert is_followed(invoice, cpp_id)
    assert now(elsewhere).status == Status.TO_SELF_DEPOSIT


def test_what_waits_to_leave_for_another_environment_is_left_alone(simulator, approved):
    invoice = approved()
    Submission.objects.create(invoice=invoice, environment="qualification")
    deposit_by_hand(invoice)
    news_sweep()
    assert now(invoice).status == Status.APPROVED
    assert Submission.objects.get().environment == "qualification"


@pytest.mark.parametrize("round", range(8))
def test_adoption_and_claim_at_once_never_send_twice(simulator, approved, round):
    simulator.set_duplicate_check(False)
    invoice = approved()
    cpp_id = deposit_by_hand(invoice)
    at_once(news_sweep, lambda: (deposit.queue_ready(), deposit.send_due()))
    news_sweep()
    deposit_sweep()
    assert now(invoice).status in {Status.DEPOSITED, Status.ROUTING, Status.AVAILABLE}
    (deposited,) = Submission.objects.filter(invoice=invoice, status=Submission.Status.DEPOSITED)
    if simulator.calls()[SUBMIT] == 1:
        assert is_followed(invoice, cpp_id)
    else:
        # The worker was quicker than the news: it called before anybody could know.
        assert deposited.calling_since


def test_a_worker_that_claimed_before_the_row_came_sends_nothing(simulator, approved):
    simulator.set_duplicate_check(False)
    invoice = approved()
    deposit.queue_ready()
    claimed = deposit.claim_next()
    cpp_id = deposit_by_hand(invoice)
    news_sweep()
    with Clients() as clients:
        deposit.send(claimed, clients)
    assert simulator.calls()[SUBMIT] == 1
    assert is_followed(invoice, cpp_id)
    assert now(invoice).status in {Status.DEPOSITED, Status.ROUTING, Status.AVAILABLE}


def test_what_was_adopted_is_asked_for_when_silent_and_may_be_answered(simulator, approved):
    invoice = left_to_supplier(approved())
    cpp_id = deposit_by_hand(invoice)
    news_sweep()
    simulator.advance(120)
    simulator.play(cpp_id, "MISE_A_DISPOSITION")
    simulator.play(cpp_id, "SUSPENDUE", "Il manque le bon de livraison")
    Submission.objects.update(deposited_at="2026-01-01T00:00Z", heard_at=None)
    assert news.ask_silent() == 1
    assert now(invoice).status == Status.SUSPENDED
    seen = now(invoice)
    replies.write(seen, kind="answer", by=UserFactory(), seen_revision=seen.revision, comment="Le voici")
    deposit_sweep()
    assert simulator.history(cpp_id)[-1]["status"] == "COMPLETEE"
