"""From an approved invoice to Chorus Pro, on good days and bad ones. Everything goes through HTTP."""

import hashlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from chorus import accounts, deposit
from chorus.api import trip
from chorus.models import Exchange, Submission
from chorus.simulator import world
from chorus.wiring import Clients
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from tests.chorus.by_hand import deposit_by_hand
from tests.chorus.sweeping import sweep, the_submission
from tests.factories import InvoiceFactory, OrderFactory, SupplierFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]


def test_it_deposits_an_approved_invoice_once(simulator, approved):
    invoice = approved()
    sweep(times=3)
    invoice.refresh_from_db()
    stored = simulator.invoices()
    assert [row["number"] for row in stored] == [invoice.number]
    assert stored[0]["engagement_number"] == invoice.engagement_number
    assert stored[0]["piece_sha256"] == invoice.document_sha256
    assert invoice.status == Status.DEPOSITED
    assert the_submission(invoice).cpp_id == stored[0]["cpp_id"]


def test_it_tells_the_timeline_in_order(simulator, approved):
    invoice = approved()
    sweep()
    assert [event.to_status for event in invoice.timeline()] == [Status.SENDING, Status.DEPOSITED]


def test_it_waits_for_the_time_in_which_the_decision_can_be_taken_back(simulator, approved, portal):
    portal.SEND_DELAY = 600
    invoice = approved(status=Status.TO_REVIEW)
    invoice.approve(by=UserFactory())
    sweep()
    assert simulator.invoices() == []
    assert not Submission.objects.exists()


def test_it_sends_only_for_suppliers_with_a_mandate(simulator, approved, supplier):
    approved()
    supplier.mandates.update(revoked_at="2026-11-01T00:00Z")
    sweep()
    assert simulator.invoices() == []


def test_it_does_nothing_while_chorus_is_off(simulator, approved, portal):
    approved()
    portal.CHORUS = {**portal.CHORUS, "ENVIRONMENT": ""}
    sweep()
    assert simulator.invoices() == []
    assert not Submission.objects.exists()


def test_rows_of_another_environment_are_never_swept(simulator, approved, portal, account):
    invoice = approved()
    Submission.objects.create(invoice=invoice, environment="production")
    sweep()
    assert simulator.invoices() == []


@pytest.mark.parametrize("trouble", ["drop", "reset", "html_error", "redirect", "too_many", "html_ok"])
def test_before_the_deposit_leaves_any_trouble_is_a_later_try(simulator, approved, trouble):
    invoice = approved()
    simulator.trouble(trouble, operation="ajouter/fichier")
    sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.APPROVED
    assert the_submission(invoice).status == Submission.Status.QUEUED
    sweep()
    assert len(simulator.invoices()) == 1


def test_a_refusal_goes_back_to_the_supplier_with_the_reason(simulator, approved, college):
    simulator.set_recipient(college.recipient.siret, service=True, engagement=True)
    invoice = approved()
    sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.RETURNED
    assert "code service" in invoice.timeline()[-1].reason
    assert the_submission(invoice).status == Submission.Status.REFUSED


def test_a_recipient_that_became_inactive_is_noticed_before_sending(simulator, approved, college, patient):
    patient(REQUIREMENTS_AGE=0)
    simulator.set_recipient(college.recipient.siret, active=False)
    invoice = approved()
    sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.RETURNED
    assert "inactif" in invoice.timeline()[-1].reason
    assert "factures/soumettre" not in [call.operation for call in Exchange.objects.all()]


def test_our_own_rights_are_nobodys_fault_and_resume_by_themselves(simulator, approved, account):
    invoice = approved()
    simulator.trouble("wrong_password", times=None)
    sweep()
    invoice.refresh_from_db()
    account.refresh_from_db()
    assert invoice.status == Status.SENDING
    assert the_submission(invoice).status == Submission.Status.BLOCKED
    assert account.blocked_since
    simulator.calm()
    sweep(times=2)
    invoice.refresh_from_db()
    account.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert account.blocked_since is None


def test_a_supplier_nobody_attached_waits_and_leaves_once_attached(simulator, approved, account):
    account.structures.all().delete()
    invoice = approved()
    deposit.queue_ready()
    deposit.send_due()
    invoice.refresh_from_db()
    assert invoice.status == Status.APPROVED
    assert the_submission(invoice).status == Submission.Status.BLOCKED
    accounts.probe_blocked()
    sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED


def test_what_nobody_listed_is_held_for_a_person(simulator, approved):
    invoice = approved()
    simulator.trouble("business_error", operation="soumettre", code=20999, label="ABC_MSG_99.999 - Surprise")
    sweep(times=2)
    invoice.refresh_from_db()
    assert the_submission(invoice).status == Submission.Status.HELD
    assert invoice.status == Status.SENDING
    assert simulator.invoices() == []


def test_bytes_that_are_not_those_received_never_leave(simulator, approved):
    invoice = approved()
    default_storage.delete(invoice.document.name)
    default_storage.save(invoice.document.name, ContentFile(b"%PDF-1.4 autre chose"))
    sweep()
    assert the_submission(invoice).status == Submission.Status.HELD
    assert simulator.invoices() == []


def test_what_its_supplier_may_have_deposited_himself_is_looked_for_before_it_is_sent(simulator, approved, supplier):
    simulator.set_duplicate_check(False)
    agent = UserFactory()
    supplier.mandates.update(revoked_at=timezone.now())
    invoice = approved(status=Status.TO_REVIEW)
    assert invoice.approve(by=agent) == Status.TO_SELF_DEPOSIT
    deposit_by_hand(invoice)
    supplier.mandates.update(revoked_at=None)
    invoice = Invoice.objects.get(pk=invoice.pk)
    invoice.hand_over(by=agent, seen_revision=invoice.revision)
    assert invoice.approve(by=agent) == Status.APPROVED
    sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert len(simulator.invoices()) == 1


def test_an_outage_never_holds_a_row_however_long(simulator, approved):
    invoice = approved()
    simulator.trouble("html_error", times=None)
    sweep(times=8)
    assert the_submission(invoice).status == Submission.Status.QUEUED
    simulator.calm()
    sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED


def test_a_row_that_alone_keeps_failing_is_shown_to_a_person(simulator, approved):
    invoice = approved()
    for _ in range(5):
        simulator.trouble("html_error", operation="ajouter/fichier")
        sweep()
        # Another one passes meanwhile.
        Submission.objects.filter(invoice=invoice).update(due_at="2099-01-01T00:00Z")
        approved()
        sweep()
        Submission.objects.filter(invoice=invoice).update(due_at="2026-01-01T00:00Z")
    assert the_submission(invoice).status == Submission.Status.HELD


def test_the_journal_tells_calls_without_secret_or_file(simulator, approved):
    approved(content=b"%PDF-1.4 contenu confidentiel")
    sweep()
    rows = [str(row) for row in Exchange.objects.values()]
    assert {row.operation for row in Exchange.objects.all()} >= {"transverses/ajouter/fichier", "factures/soumettre"}
    for secret in (world.CLIENT_SECRET, world.PLATFORM_ACCOUNT.password, "confidentiel"):
        assert not any(secret in row for row in rows)


def test_a_supplier_who_is_not_attached_does_not_stop_the_others(simulator, approved, college):
    stranger = InvoiceFactory(order=OrderFactory(supplier=SupplierFactory(), buyer=college), status=Status.APPROVED)
    invoice = approved()
    sweep()
    stranger.refresh_from_db()
    invoice.refresh_from_db()
    assert stranger.status == Status.APPROVED
    assert the_submission(stranger).status == Submission.Status.BLOCKED
    assert invoice.status == Status.DEPOSITED


def test_a_worker_frozen_between_its_commit_and_its_call_sends_nothing(simulator, approved, monkeypatch):
    simulator.set_duplicate_check(False)
    monkeypatch.setattr(trip, "SEND_WITHIN", 0)
    invoice = approved()
    sweep()
    assert simulator.invoices() == []
    assert "factures/soumettre" not in simulator.calls()
    assert the_submission(invoice).status == Submission.Status.QUEUED


def test_a_deposit_wakes_after_its_lease_and_gives_up(simulator, approved):
    simulator.set_duplicate_check(False)
    invoice = approved()
    deposit.queue_ready()
    frozen = deposit.claim_next()
    sweep(times=2)  # its lease is over: another worker sends it
    with Clients() as clients:
        deposit.send(frozen, clients)
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert len(simulator.invoices()) == 1


def test_many_rows_leave_in_several_threads_each_once(simulator, approved, patient):
    patient(DEPOSIT_THREADS=3)
    simulator.set_duplicate_check(False)
    invoices = [approved() for _ in range(17)]
    deposit.queue_ready()
    assert deposit.send_due() == 17
    assert sorted(row["number"] for row in simulator.invoices()) == sorted(invoice.number for invoice in invoices)
    assert not Submission.objects.exclude(status=Submission.Status.DEPOSITED).exists()


def test_a_copy_without_what_was_hidden_leaves_in_the_originals_place(simulator, approved):
    invoice = approved()
    copy = b"%PDF-1.7 only its pages"
    invoice.plain_document.save("copie.pdf", ContentFile(copy), save=False)
    invoice.plain_sha256, invoice.plain_size = hashlib.sha256(copy).hexdigest(), len(copy)
    invoice.save(update_fields=["plain_document", "plain_sha256", "plain_size"])
    sweep()
    assert simulator.invoices()[0]["piece_sha256"] == invoice.plain_sha256 != invoice.document_sha256
    assert the_submission(invoice).sent_sha256 == invoice.plain_sha256


def test_a_copy_that_changed_on_the_disk_never_leaves(simulator, approved):
    invoice = approved()
    invoice.plain_document.save("copie.pdf", ContentFile(b"%PDF-1.7 something else"), save=False)
    invoice.plain_sha256 = hashlib.sha256(b"%PDF-1.7 only its pages").hexdigest()
    invoice.save(update_fields=["plain_document", "plain_sha256"])
    sweep()
    assert simulator.invoices() == []
    assert the_submission(invoice).status == Submission.Status.HELD
