"""The claim: invoice and submission together or neither, and never both the claim and the take-back."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from chorus import deposit
from chorus.models import ClaimLost, Submission, TechnicalAccount
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import Invoice
from tests.at_once import at_once
from tests.factories import InvoiceFactory, OrderFactory, SupplierFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]

ROUNDS = 15


@pytest.mark.parametrize("round", range(ROUNDS))
def test_two_workers_never_claim_the_same_row(approved, round):
    approved()
    deposit.queue_ready()
    won = [claimed for claimed in at_once(deposit.claim_next, deposit.claim_next, deposit.claim_next) if claimed]
    assert len(won) == 1
    assert Submission.objects.get().attempt == 1


@pytest.mark.parametrize("round", range(ROUNDS))
def test_take_back_and_claim_never_both_win(approved, round):
    invoice, agent = approved(), UserFactory()
    deposit.queue_ready()
    seen = Invoice.objects.get(pk=invoice.pk)

    def take_back():
        try:
            seen.take_back(by=agent)
        except TransitionError:
            return False
        return True

    claimed, taken_back = at_once(deposit.claim_next, take_back)
    invoice.refresh_from_db()
    submission = Submission.objects.get()
    assert bool(claimed) != taken_back
    if claimed:
        assert (invoice.status, submission.status) == (Status.SENDING, Submission.Status.SENDING)
    else:
        assert (invoice.status, submission.status) == (Status.TO_REVIEW, Submission.Status.QUEUED)
        assert submission.attempt == 0


def seen_submission() -> Submission:
    return Submission.objects.select_related("invoice__recipient", "invoice__establishment").get()


def test_an_invoice_that_moved_leaves_the_submission_unclaimed(approved, account):
    invoice = approved()
    deposit.queue_ready()
    stale = seen_submission()
    invoice.send_back(by=UserFactory(), reason="Montant à revoir")
    assert not stale.claim(frozen=deposit.freeze(stale.invoice, account.structures.first()))
    assert Submission.objects.get().status == Submission.Status.QUEUED


def test_a_claim_looks_at_the_mandate_once_more(approved, supplier, account):
    approved()
    deposit.queue_ready()
    seen = seen_submission()
    supplier.mandates.update(revoked_at=timezone.now())
    assert not seen.claim(frozen=deposit.freeze(seen.invoice, account.structures.first()))
    assert Invoice.objects.get().status == Status.APPROVED


def test_revoking_the_mandate_stops_what_has_not_left(approved, supplier):
    invoice = approved()
    supplier.answer_box(uses_chorus=True, depositor="self", by=UserFactory())
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_SELF_DEPOSIT


def test_queueing_twice_makes_one_submission(approved):
    approved()
    assert deposit.queue_ready() == 1
    assert deposit.queue_ready() == 0
    at_once(deposit.queue_ready, deposit.queue_ready)
    assert Submission.objects.count() == 1


def test_the_claim_freezes_what_is_sent(approved, account):
    invoice = approved(engagement_number="EJ-1")
    deposit.queue_ready()
    submission = deposit.claim_next()
    assert submission.account == account
    assert submission.number == invoice.number
    assert submission.total_ttc == invoice.total_ttc
    assert submission.payload["references"]["numeroBonCommande"] == "EJ-1"
    assert submission.payload["montantTotal"]["montantTtcTotal"] == 105.5


def test_a_lost_claim_stops_every_further_step(approved):
    approved()
    deposit.queue_ready()
    first = deposit.claim_next()
    deposit.release_expired()
    second = deposit.claim_next()
    assert (first.attempt, second.attempt) == (1, 2)
    for step in (first.about_to_call, lambda: first.keep_piece(1)):
        with pytest.raises(ClaimLost):
            step()
    assert not first.retry_later("", at=timezone.now())
    assert not first.doubt("")
    assert not first.hold("")
    assert not first.block("")
    assert not first.refuse("", reason="Motif")
    assert Submission.objects.get().status == Submission.Status.SENDING


def test_a_call_that_began_while_the_sweep_looked_is_never_put_back_in_the_queue(approved):
    approved()
    deposit.queue_ready()
    working = deposit.claim_next()
    looked = seen_submission()
    working.about_to_call()
    assert not looked.expire()
    assert Submission.objects.get().status == Submission.Status.SENDING
    assert deposit.release_expired() == 1
    assert Submission.objects.get().status == Submission.Status.IN_DOUBT


@pytest.mark.parametrize(
    "values",
    [
        {"status": "elsewhere"},
        {"status": "deposited", "cpp_id": None},
        {"status": "sending"},
        {"status": "in_doubt"},
    ],
)
def test_the_database_refuses_impossible_submissions(approved, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.create(invoice=approved(), environment="simulator", **values)


@pytest.mark.parametrize("status", Submission.OPEN)
def test_one_open_submission_of_a_kind(approved, account, status):
    invoice = approved()
    now = timezone.now()
    frozen = {"account": account, "structure_cpp_id": 1, "claimed_at": now}
    taken = {"transport": "facturx", "flow_number": "CPP0011117000000000000001", "awaiting_since": now}
    Submission.objects.create(invoice=invoice, environment="simulator", status=status, **frozen, **taken)
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.create(invoice=invoice, environment="simulator")


def test_one_invoice_of_chorus_is_adopted_once(approved):
    for expected in (1, 2):
        same = {"environment": "simulator", "status": "deposited", "cpp_id": 77}
        if expected == 1:
            Submission.objects.create(invoice=approved(), **same)
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                Submission.objects.create(invoice=approved(), **same)


def test_a_deposit_of_chorus_that_two_invoices_claim_is_held(approved):
    first, second = approved(), approved()
    Submission.objects.create(invoice=first, environment="simulator", status="deposited", cpp_id=77)
    deposit.queue_ready()
    Submission.objects.filter(invoice=first, status="queued").delete()
    submission = deposit.claim_next()
    assert submission.invoice == second
    assert not submission.record(cpp_id=77, answer={})
    assert Submission.objects.get(pk=submission.pk).status == Submission.Status.HELD


def test_rows_of_a_blocked_account_do_not_stand_before_those_of_another(approved, account, college):
    for _ in range(25):
        approved()
    other = TechnicalAccount.objects.create(environment="simulator", login="TECH_2@cpro.fr", password="x")
    behind = InvoiceFactory(order=OrderFactory(supplier=SupplierFactory(), buyer=college), status=Status.APPROVED)
    other.structures.create(siret=behind.establishment.siret, cpp_id=7)
    account.block("Mot de passe refusé")
    deposit.queue_ready()
    assert deposit.claim_next().invoice == behind
    assert deposit.claim_next() is None


def test_rows_that_were_taken_back_do_not_stand_before_the_others(approved):
    for _ in range(25):
        approved()
    deposit.queue_ready()
    Invoice.objects.update(status=Status.TO_REVIEW)
    behind = approved()
    deposit.queue_ready()
    assert deposit.claim_next().invoice == behind


def test_many_workers_share_the_rows_without_one_left_or_taken_twice(approved):
    for _ in range(6):
        approved()
    deposit.queue_ready()

    def work():
        return [submission.pk for submission in iter(deposit.claim_next, None)]

    taken = [row for rows in at_once(work, work, work, work) for row in rows]
    assert sorted(taken) == sorted(Submission.objects.values_list("pk", flat=True))
