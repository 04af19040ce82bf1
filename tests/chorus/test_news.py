"""What Chorus Pro tells comes back once, in any order, and nothing that fails stops the rest."""

import datetime

import pytest
from django.utils import timezone

from chorus import histories, news, windows
from chorus.api import Chorus
from chorus.models import Cursor, Exchange, SetAside, Submission
from chorus.simulator import world
from chorus.tasks import deposit_sweep, news_sweep
from chorus.wiring import connect
from invoicing.lifecycle import Status
from tests.factories import InvoiceFactory, OrderFactory, SupplierFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.core]


def cpp_id(invoice) -> int:
    return Submission.objects.get(invoice=invoice).cpp_id


def status_of(invoice) -> str:
    return type(invoice).objects.get(pk=invoice.pk).status


def told(invoice) -> list[str]:
    return [event.to_status for event in invoice.timeline()]


def test_each_status_comes_back_until_the_payment(simulator, deposited):
    (invoice,) = deposited()
    for word in ("MISE_A_DISPOSITION", "SERVICE_FAIT", "MANDATEE", "MISE_A_DISPOSITION_COMPTABLE", "MISE_EN_PAIEMENT"):
        simulator.play(cpp_id(invoice), word)
        news_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.PAID
    assert told(invoice)[-6:] == ["deposited", "available", "service_done", "ordered", "at_accountant", "paid"]


def test_a_clock_that_is_days_ahead_hides_nothing(simulator, deposited):
    """A person may move the simulator's by days; what it dates then is news all the same."""
    (invoice,) = deposited()
    for word, status in (("MISE_A_DISPOSITION", Status.AVAILABLE), ("MANDATEE", Status.ORDERED)):
        simulator.advance(5 * 24 * 3600)
        simulator.play(cpp_id(invoice), word)
        news_sweep()
        assert status_of(invoice) == status


def test_steps_between_two_sweeps_are_all_kept(simulator, deposited):
    (invoice,) = deposited()
    for word in ("MISE_A_DISPOSITION", "MANDATEE", "MISE_EN_PAIEMENT"):
        simulator.play(cpp_id(invoice), word)
    news_sweep()
    assert told(invoice)[-3:] == ["available", "ordered", "paid"]


def test_reading_the_same_news_again_changes_nothing(simulator, deposited):
    (invoice,) = deposited()
    simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    news_sweep()
    before = (told(invoice), Exchange.objects.filter(operation="factures/consulter/historique").count())
    news_sweep()
    after = (told(invoice), Exchange.objects.filter(operation="factures/consulter/historique").count())
    assert before == after


def test_the_motive_is_told_in_the_buyers_own_words(simulator, deposited):
    (invoice,) = deposited()
    simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    simulator.play(cpp_id(invoice), "SUSPENDUE", "Il manque le bon de livraison n° 12")
    news_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.SUSPENDED
    assert invoice.timeline()[-1].reason == "Il manque le bon de livraison n° 12"


def test_a_word_nobody_knows_changes_nothing_and_is_flagged(simulator, deposited):
    (invoice,) = deposited()
    simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    news_sweep()
    simulator.advance(60)
    simulator.play(cpp_id(invoice), "MANDATEE")
    simulator.trouble("unknown_status", operation="rechercher/fournisseur", times=None)
    news_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.AVAILABLE
    assert "STATUT_INVENTE_SIM" in invoice.events.filter(kind="flag").last().reason


def test_leaving_paid_is_never_silent(simulator, deposited):
    (invoice,) = deposited()
    now = timezone.now()
    invoice.apply_news(Status.PAID, now, word="MISE_EN_PAIEMENT")
    invoice.apply_news(Status.SUSPENDED, now + datetime.timedelta(minutes=1), word="SUSPENDUE", comment="Erreur")
    assert "Erreur" in invoice.events.get(kind="flag").reason


def test_older_news_never_overwrite_newer_ones(deposited):
    (invoice,) = deposited()
    now = timezone.now()
    assert invoice.apply_news(Status.PAID, now, word="MISE_EN_PAIEMENT")
    assert not invoice.apply_news(Status.AVAILABLE, now - datetime.timedelta(hours=1), word="MISE_A_DISPOSITION")
    assert invoice.status == Status.PAID


def test_more_than_a_page_of_news_is_read_whole(simulator, deposited, monkeypatch):
    monkeypatch.setattr(windows, "PAGE_SIZE", 3)
    invoices = deposited(8)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    news_sweep()
    for invoice in invoices:
        invoice.refresh_from_db()
    assert {invoice.status for invoice in invoices} == {Status.AVAILABLE}


def test_a_window_with_too_many_rows_is_halved(simulator, deposited, monkeypatch):
    monkeypatch.setattr(windows, "MAXIMUM", 4)
    monkeypatch.setattr(windows, "PAGE_SIZE", 2)
    invoices = deposited(6)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
        simulator.advance(120)
    news_sweep()
    for invoice in invoices:
        invoice.refresh_from_db()
    assert {invoice.status for invoice in invoices} == {Status.AVAILABLE}
    assert Cursor.objects.get().last_error == ""


def test_rows_that_move_between_pages_are_not_missed(simulator, deposited, monkeypatch):
    monkeypatch.setattr(windows, "PAGE_SIZE", 2)
    invoices = deposited(7)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    simulator.trouble("moving_rows", operation="rechercher/fournisseur", times=2)
    news_sweep()
    news_sweep()
    for invoice in invoices:
        invoice.refresh_from_db()
    assert {invoice.status for invoice in invoices} == {Status.AVAILABLE}


def test_many_changes_are_read_by_several_threads_each_once(simulator, deposited, patient):
    patient(NEWS_THREADS=3)
    invoices = deposited(17)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    before = simulator.calls().get("factures/consulter/historique", 0)
    assert news.read_all() == 17
    assert simulator.calls()["factures/consulter/historique"] - before == 17
    assert {status_of(invoice) for invoice in invoices} == {Status.AVAILABLE}


def test_a_row_that_fails_in_a_thread_is_set_aside_and_the_others_are_applied(simulator, deposited):
    invoices = deposited(12)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    for _ in range(2):  # its news, and its retry at the end of the sweep
        simulator.trouble("business_error", operation="consulter/historique", code=20000, label="GDP_MSG_11.008 - Non")
    assert news.read_all() in (10, 11)
    assert SetAside.objects.filter(reason__contains="GDP_MSG_11.008").exists()
    assert Cursor.objects.get().position


def test_once_denied_the_threads_stop_asking_and_the_cursor_stays(simulator, deposited, patient):
    patient(NEWS_THREADS=2)
    invoices = deposited(30)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    simulator.trouble("wrong_password", operation="consulter/historique", times=None)
    assert news.read_all() == 0
    assert simulator.calls()["factures/consulter/historique"] <= 4  # each thread asks twice: a new token may help
    assert Cursor.objects.get().position is None
    assert Submission.objects.first().account.blocked_since


@pytest.mark.parametrize("trouble", ["html_error", "drop", "redirect", "too_many", "cut_answer"])
def test_an_unreadable_sweep_leaves_the_cursor_and_comes_back(simulator, deposited, trouble):
    (invoice,) = deposited()
    news_sweep()
    position = Cursor.objects.get().position
    simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    simulator.trouble(trouble, operation="rechercher/fournisseur", times=1 if trouble == "too_many" else 3)
    news_sweep()
    assert Cursor.objects.get().position == position
    assert Cursor.objects.get().last_error
    news_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.AVAILABLE


def test_one_history_that_cannot_be_read_stops_neither_the_others_nor_its_own_return(simulator, deposited):
    invoices = deposited(4)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    simulator.trouble("html_error", operation="consulter/historique")
    news_sweep()
    assert sorted(status_of(invoice) for invoice in invoices) == [*[Status.AVAILABLE] * 3, Status.DEPOSITED]
    assert (Cursor.objects.get().position, bool(Cursor.objects.get().last_error)) == (None, True)
    news_sweep()
    assert {status_of(invoice) for invoice in invoices} == {Status.AVAILABLE}
    assert (bool(Cursor.objects.get().position), Cursor.objects.get().last_error) == (True, "")


def test_a_row_silent_twice_is_set_aside_and_the_position_moves_on(simulator, deposited):
    invoices = deposited(2)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    for _ in range(2):
        simulator.trouble("html_error", operation="consulter/historique")
        news_sweep()
    (silent,) = [invoice for invoice in invoices if status_of(invoice) == Status.DEPOSITED]
    assert SetAside.objects.get(solved_at__isnull=True).cpp_id == cpp_id(silent)
    assert (bool(Cursor.objects.get().position), Cursor.objects.get().last_error) == (True, "")
    news_sweep()
    assert SetAside.objects.get().solved_at
    assert status_of(silent) == Status.AVAILABLE


def test_an_outage_is_not_asked_for_every_row(simulator, deposited, monkeypatch):
    monkeypatch.setattr(histories, "MOST_SILENT_ROWS", 2)
    for invoice in deposited(4):
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    simulator.trouble("html_error", operation="consulter/historique", times=None)
    news_sweep()
    assert simulator.calls()["factures/consulter/historique"] == 2
    assert Cursor.objects.get().position is None


def test_a_page_that_fails_is_read_again_at_once(simulator, deposited):
    (invoice,) = deposited()
    simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    simulator.trouble("html_error", operation="rechercher/fournisseur", times=2)
    news_sweep()
    assert status_of(invoice) == Status.AVAILABLE
    assert Cursor.objects.get().last_error == ""


def test_day_only_bounds_and_odd_shapes_are_borne(simulator, deposited):
    (invoice,) = deposited()
    simulator.trouble("day_only")
    simulator.trouble("single_objects", times=None)
    simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    news_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.AVAILABLE


def test_a_day_with_too_many_rows_is_read_status_by_status(simulator, deposited, monkeypatch):
    monkeypatch.setattr(windows, "MAXIMUM", 4)
    simulator.trouble("day_only", times=None)
    arrived, paid = deposited(3), deposited(3)
    for invoice in arrived:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    for invoice in paid:
        simulator.play(cpp_id(invoice), "MISE_EN_PAIEMENT", force=True)
    news_sweep()
    assert [status_of(invoice) for invoice in arrived] == [Status.AVAILABLE] * 3
    assert [status_of(invoice) for invoice in paid] == [Status.PAID] * 3
    assert Cursor.objects.get().last_error == ""


def test_a_supplier_who_took_our_rights_back_keeps_no_overfull_day_from_being_read(
    simulator, account, college, deposited, monkeypatch
):
    monkeypatch.setattr(windows, "MAXIMUM", 4)
    simulator.trouble("day_only", times=None)
    other = SupplierFactory(siren=world.SUPPLIERS[1].siret[:9])
    theirs = [InvoiceFactory(order=OrderFactory(supplier=other, buyer=college), status=Status.APPROVED) for _ in "12"]
    for invoice in [*deposited(2), *theirs]:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    account.structures.create(siret=world.SUPPLIERS[3].siret, cpp_id=world.SUPPLIER_ID_BASE + 3)
    with connect(account) as client:
        rows = windows.read_window(client, news.window_of(Cursor(account=account)), news.structures_of(account))
    assert len(rows) == 4


def test_a_row_that_cannot_be_applied_is_set_aside_and_the_rest_goes_on(simulator, deposited, monkeypatch):
    invoices = deposited(2)
    for invoice in invoices:
        simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    # Refused when its news are taken, and again when the sweep retries what it set aside.
    refused = {"operation": "consulter/historique", "code": 20000, "label": "GDP_MSG_11.008 - Absente"}
    first_and_its_retry = iter([True, False, True])
    real = Chorus.history

    def history(client, cpp_id):
        if next(first_and_its_retry, False):
            simulator.trouble("business_error", **refused)
        return real(client, cpp_id)

    monkeypatch.setattr(Chorus, "history", history)
    news_sweep()
    assert sorted(status_of(invoice) for invoice in invoices) == [Status.AVAILABLE, Status.DEPOSITED]
    assert SetAside.objects.get().solved_at is None
    news_sweep()
    assert [status_of(invoice) for invoice in invoices] == [Status.AVAILABLE, Status.AVAILABLE]
    assert SetAside.objects.get().solved_at


def test_only_one_worker_sweeps_an_account(simulator, deposited):
    deposited()
    cursor = Cursor.objects.create(account=Submission.objects.get().account)
    assert cursor.take(news.SWEEP_LEASE)
    assert not Cursor.objects.get().take(news.SWEEP_LEASE)
    assert news.read_all() == 0
    assert not Exchange.objects.filter(operation="factures/rechercher/fournisseur").exists()


def test_a_silent_invoice_is_asked_for_directly(simulator, deposited):
    (invoice,) = deposited()
    simulator.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    Submission.objects.update(deposited_at="2026-01-01T00:00Z")
    assert news.ask_silent() == 1
    invoice.refresh_from_db()
    assert invoice.status == Status.AVAILABLE
    assert news.ask_silent() == 0


def test_an_invoice_deposited_by_hand_is_adopted_and_followed(simulator, approved, supplier):
    invoice = approved()
    deposit_sweep()
    # The same invoice, as if the supplier had typed it on Chorus Pro himself.
    Submission.objects.all().delete()
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.TO_SELF_DEPOSIT, was_self_deposit=True)
    simulator.play(simulator.invoices()[0]["cpp_id"], "MISE_A_DISPOSITION")
    news_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.AVAILABLE


def test_a_row_of_somebody_else_is_left_alone(simulator, deposited):
    (invoice,) = deposited()
    Submission.objects.all().delete()
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.DRAFT)
    news_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DRAFT
    assert not SetAside.objects.exists()


def test_the_order_changed_after_deposit_only_tells(simulator, deposited):
    (invoice,) = deposited()
    invoice.orders.get().change_references(by=UserFactory(), engagement_number="NOUVEAU")
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    assert "NOUVEAU" in invoice.events.get(kind="flag").reason


# --- Changes within one minute: the history tells no seconds ---


@pytest.fixture
def one_minute(simulator):
    """Far from the next minute, and a clock that hardly moves by itself."""
    simulator.advance(65 - datetime.datetime.fromisoformat(simulator.now()).second)
    simulator.run_at(0.001)
    yield simulator
    simulator.run_at(1)


def ask(invoice, account) -> str:
    with connect(account) as client:
        histories.ask(cpp_id(invoice), client, "simulator")
    return status_of(invoice)


def test_who_asks_hears_of_a_change_within_the_minute_of_the_last_one(deposited, one_minute, account):
    (invoice,) = deposited()
    one_minute.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    news_sweep()
    assert status_of(invoice) == Status.AVAILABLE
    one_minute.advance(5)
    one_minute.play(cpp_id(invoice), "SUSPENDUE", "Il manque le bon de livraison")
    assert ask(invoice, account) == Status.SUSPENDED
    assert ask(invoice, account) == Status.SUSPENDED
    news_sweep()
    assert status_of(invoice) == Status.SUSPENDED


def test_a_history_read_too_early_never_takes_back_what_rows_told(deposited, one_minute, account):
    """Another worker applies a row between our reading of the history and our writing."""
    (invoice,) = deposited()
    one_minute.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    with connect(account) as client:
        early = client.history(cpp_id(invoice))
    one_minute.advance(5)
    one_minute.play(cpp_id(invoice), "SUSPENDUE", "Il manque le bon de livraison")
    news_sweep()
    invoice.refresh_from_db()
    at = histories.since(invoice, early)
    histories.apply(invoice, cpp_id(invoice), early, "simulator", early.current_status, at)
    assert status_of(invoice) == Status.SUSPENDED


def test_a_row_read_before_the_question_never_takes_its_answer_back(deposited, one_minute, account):
    (invoice,) = deposited()
    one_minute.play(cpp_id(invoice), "MISE_A_DISPOSITION")
    news_sweep()
    with connect(account) as client:
        (row,) = client.search_invoices().rows
        one_minute.advance(5)
        one_minute.play(cpp_id(invoice), "SUSPENDUE", "Il manque le bon de livraison")
        ask(invoice, account)
        news.take_one(row, client, "simulator")
    assert status_of(invoice) == Status.SUSPENDED
