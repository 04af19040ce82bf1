"""What becomes of a file that Chorus Pro took: each end of its report, and those that never come. Through HTTP."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from chorus import deposit
from chorus.api import FluxReport
from chorus.facturx import reports
from chorus.models import Submission
from chorus.tasks import deposit_sweep, news_sweep
from chorus.wiring import connect
from invoicing.lifecycle import Status
from tests.chorus.facturx.conftest import the_submission

pytestmark = pytest.mark.django_db(transaction=True)

ST = Submission.Status
MINUTE = timedelta(minutes=1)


@pytest.fixture
def taken(facturx, confirmed):
    """An invoice whose file Chorus Pro took a moment ago."""

    def make(**values):
        invoice = confirmed(**values)
        deposit_sweep()
        assert the_submission(invoice).status == ST.AWAITING
        return invoice

    return make


def reread(invoice) -> tuple[str, str]:
    invoice.refresh_from_db()
    return invoice.status, the_submission(invoice).status


def test_a_report_that_is_not_there_is_asked_for_again(simulator, taken, sweep):
    invoice = taken()
    for _ in range(3):
        deposit_sweep()
    assert reread(invoice) == (Status.SENDING, ST.AWAITING)
    assert simulator.calls()["transverses/consulterCRDetaille"] >= 3
    assert simulator.calls()["factures/deposer/flux"] == 1


def test_looks_grow_apart(taken, patient):
    patient(FLUX_REPORT_DELAY=60)
    submission = the_submission(taken())
    waits = []
    for minutes in (0, 10, 60, 600):
        submission.awaiting_since = timezone.now() - minutes * MINUTE
        waits.append(round((reports.next_look(submission) - timezone.now()) / MINUTE))
    assert waits == [1, 5, 30, 60]


def test_a_report_that_never_comes_is_shown_to_a_person(simulator, taken, patient):
    invoice = taken()
    patient(FLUX_REPORT_DEADLINE=0)
    deposit_sweep()
    assert reread(invoice) == (Status.SENDING, ST.HELD)
    assert the_submission(invoice).flow_number in the_submission(invoice).last_error


def test_silence_of_chorus_holds_nothing(simulator, taken, patient):
    invoice = taken()
    patient(FLUX_REPORT_DEADLINE=0)
    simulator.trouble("html_error", operation="transverses/consulterCRDetaille", times=None)
    deposit_sweep()
    assert reread(invoice) == (Status.SENDING, ST.AWAITING)


@pytest.mark.parametrize("state", ["IN_ETAT_INVENTE_SIM", "QP_IRRECEVABLE"])
def test_a_state_nobody_knows_is_kept_shown_and_not_pending_for_ever(simulator, taken, sweep, patient, state):
    invoice = taken()
    simulator.advance(10)
    simulator.finish_flux(the_submission(invoice).flow_number, state)
    deposit_sweep()
    assert (reread(invoice)[1], the_submission(invoice).flow_state) == (ST.AWAITING, state)
    patient(FLUX_REPORT_DEADLINE=0)
    deposit_sweep()
    assert reread(invoice)[1] == ST.HELD
    assert state in the_submission(invoice).last_error


def test_what_is_held_without_an_end_is_asked_for_again_never_sent_again(simulator, taken, sweep, patient):
    invoice = taken()
    patient(FLUX_REPORT_DEADLINE=0)
    deposit_sweep()
    assert the_submission(invoice).send_again()
    patient(FLUX_REPORT_DEADLINE=3600)
    sweep(times=3)
    assert reread(invoice) == (Status.DEPOSITED, ST.DEPOSITED)
    assert simulator.calls()["factures/deposer/flux"] == 1


# --- Rejected ---


def test_the_suppliers_fault_comes_back_with_the_reason_in_french(simulator, taken, sweep, college):
    invoice = taken()
    simulator.set_recipient(college.recipient.siret, service=True, engagement=True)
    sweep(times=2)
    assert reread(invoice) == (Status.RETURNED, ST.REFUSED)
    reason = invoice.timeline()[-1].reason
    assert "exige un code service" in reason
    assert "BuyerReference" in reason
    assert simulator.invoices() == []


def test_a_corrected_invoice_comes_again_under_its_number(simulator, taken, sweep, college):
    invoice = taken()
    simulator.set_recipient(college.recipient.siret, active=False)
    sweep(times=2)
    assert reread(invoice)[0] == Status.RETURNED
    simulator.set_recipient(college.recipient.siret, active=True)
    type(invoice).objects.filter(pk=invoice.pk).update(status=Status.APPROVED)
    sweep(times=3)
    assert reread(invoice) == (Status.DEPOSITED, ST.DEPOSITED)
    assert [row["number"] for row in simulator.invoices()] == [invoice.number]


def test_our_own_fault_is_shown_to_staff_and_leaves_the_supplier_in_peace(simulator, taken, sweep):
    invoice = taken()
    simulator.detach(invoice.establishment.siret)
    sweep(times=2)
    assert reread(invoice) == (Status.SENDING, ST.HELD)
    assert "habilitations" in the_submission(invoice).last_error


def test_after_our_fault_is_mended_it_is_sent_again_after_a_look(simulator, taken, sweep):
    invoice = taken()
    simulator.detach(invoice.establishment.siret)
    sweep(times=2)
    simulator.attach(invoice.establishment.siret)
    assert the_submission(invoice).send_again()
    sweep(times=3)
    assert reread(invoice) == (Status.DEPOSITED, ST.DEPOSITED)
    assert len(simulator.fluxes()) == 2
    assert len(simulator.invoices()) == 1


def test_a_number_taken_by_another_invoice_goes_back_to_the_supplier(simulator, taken, sweep, confirmed):
    first = taken(number="F-1", number_key="F1")
    sweep(times=3)
    Submission.objects.filter(invoice=first).delete()
    type(first).objects.filter(pk=first.pk).update(status=Status.WITHDRAWN)
    amounts = {"total_ht": "200", "total_tva": "11", "total_ttc": "211", "net_to_pay": "211"}
    second = taken(
        number="F-1", number_key="F1", vat_lines=[{"rate": "5.50", "base": "200.00", "tax": "11.00"}], **amounts
    )
    sweep(times=2)
    assert reread(second) == (Status.RETURNED, ST.REFUSED)
    assert "déjà ce numéro" in second.timeline()[-1].reason


# --- Not treated, partly, late ---


def test_a_file_that_was_not_treated_is_sent_again_after_a_look(simulator, taken, sweep):
    invoice = taken()
    simulator.advance(10)
    simulator.finish_flux(the_submission(invoice).flow_number, "IN_INCIDENTE")
    before = simulator.calls().get("factures/rechercher/fournisseur", 0)
    sweep(times=4)
    assert reread(invoice) == (Status.DEPOSITED, ST.DEPOSITED)
    assert simulator.calls()["factures/rechercher/fournisseur"] > before
    assert len(simulator.invoices()) == 1
    assert len(simulator.fluxes()) == 2


def test_a_file_that_is_never_treated_is_shown_to_a_person(simulator, taken, sweep):
    invoice = taken()
    for _ in range(deposit.ATTEMPTS):
        simulator.advance(10)
        for flux in simulator.fluxes():
            if not flux["ended"]:
                simulator.finish_flux(flux["number"], "IN_INCIDENTE")
        deposit_sweep()
        deposit_sweep()
    assert reread(invoice) == (Status.SENDING, ST.HELD)
    assert len(simulator.fluxes()) == deposit.ATTEMPTS
    assert the_submission(invoice).calling_since is None, "nothing of it is over there: it may be given back"


@pytest.mark.parametrize("about_us", [True, False])
def test_a_partly_integrated_file_is_read_for_our_invoice(simulator, taken, sweep, about_us):
    invoice = taken()
    number = invoice.number if about_us else "AUTRE-1"
    error = {"numeroDP": number, "libelleErreurDP": "(FichierXml.BuyerReference.value) est obligatoire"}
    report = FluxReport.from_json({"etatCourantDepotFlux": "IN_INTEGRE_PARTIEL", "listeErreurDP": error})
    if not about_us:
        simulator.advance(60)
    submission = the_submission(invoice)
    with connect(submission.account) as client:
        reports.conclude(submission, report, client)
    assert reread(invoice) == ((Status.RETURNED, ST.REFUSED) if about_us else (Status.DEPOSITED, ST.DEPOSITED))


def test_an_integrated_invoice_the_search_does_not_show_yet_is_waited_for(simulator, taken, sweep):
    invoice = taken()
    simulator.trouble("search_lag", seconds=500)
    sweep(times=2)
    assert reread(invoice) == (Status.SENDING, ST.AWAITING)
    assert the_submission(invoice).flow_state == "IN_INTEGRE"
    sweep(times=10)
    assert reread(invoice) == (Status.DEPOSITED, ST.DEPOSITED)


# --- Doubt ---


@pytest.mark.parametrize("trouble", ["lost_answer", "html_after", "cut_answer"])
def test_a_lost_answer_is_looked_up_by_number_not_sent_again(simulator, facturx, confirmed, sweep, trouble):
    simulator.set_duplicate_check(False)
    invoice = confirmed()
    simulator.trouble(trouble, operation="factures/deposer/flux")
    sweep()
    assert (reread(invoice)[1], the_submission(invoice).flow_number) == (ST.IN_DOUBT, "")
    sweep(times=3)
    assert reread(invoice) == (Status.DEPOSITED, ST.DEPOSITED)
    assert len(simulator.fluxes()) == 1


def test_a_files_absence_is_believed_only_after_its_own_delay(simulator, facturx, confirmed, sweep, patient):
    patient(FLUX_SETTLING_DELAY=3600)
    simulator.set_duplicate_check(False)
    invoice = confirmed()
    simulator.trouble("lost_answer", operation="factures/deposer/flux")
    for _ in range(4):
        deposit_sweep()
    assert reread(invoice)[1] == ST.IN_DOUBT
    assert len(simulator.fluxes()) == 1


def test_a_file_that_never_arrived_is_sent_again_once_its_absence_is_believed(simulator, facturx, confirmed, sweep):
    simulator.set_duplicate_check(False)
    invoice = confirmed()
    simulator.trouble("reset", operation="factures/deposer/flux")
    sweep()
    assert reread(invoice)[1] == ST.IN_DOUBT
    sweep(times=5)
    assert reread(invoice) == (Status.DEPOSITED, ST.DEPOSITED)
    assert len(simulator.invoices()) == 1


def test_a_late_answer_to_a_row_in_doubt_is_recorded(taken):
    submission = the_submission(taken())
    Submission.objects.filter(pk=submission.pk).update(status=ST.IN_DOUBT, flow_number="")
    submission.refresh_from_db()
    assert submission.hand_over(flow_number="CPP1", answer={}, look_at=timezone.now())
    assert (submission.status, submission.flow_number) == (ST.AWAITING, "CPP1")


def test_an_answer_that_comes_after_the_row_moved_on_is_told_to_staff(taken):
    invoice = taken()
    submission = the_submission(invoice)
    Submission.objects.filter(pk=submission.pk).update(status=ST.QUEUED, flow_number="")
    assert not submission.hand_over(flow_number="CPP1", answer={}, look_at=timezone.now())
    assert invoice.events.filter(kind="flag", reason__contains="CPP1").exists()


# --- News and accounts ---


def test_news_that_come_before_the_report_record_it_once(simulator, taken, sweep):
    invoice = taken()
    simulator.advance(60)
    news_sweep()
    assert reread(invoice)[1] == ST.DEPOSITED
    sweep(times=2)
    assert reread(invoice)[1] == ST.DEPOSITED
    deposited = [event for event in invoice.timeline() if event.to_status == Status.DEPOSITED]
    assert len(deposited) == 1
    assert len(simulator.invoices()) == 1


def test_news_of_a_negative_credit_note_show_no_difference(simulator, taken):
    lines = [{"rate": "5.50", "base": "-100.00", "tax": "-5.50"}]
    amounts = {"total_ht": "-100", "total_tva": "-5.5", "total_ttc": "-105.5", "net_to_pay": None}
    invoice = taken(
        kind="AVOIR", origin_number="F-1", vat_lines=lines, **{k: v and Decimal(v) for k, v in amounts.items()}
    )
    simulator.advance(60)
    news_sweep()
    assert reread(invoice)[1] == ST.DEPOSITED
    assert not invoice.events.filter(kind="flag").exists()


def test_a_refused_account_waits_without_holding_anything(simulator, taken, account, sweep):
    invoice = taken()
    simulator.trouble("wrong_password", times=None)
    deposit_sweep()
    account.refresh_from_db()
    assert account.blocked_since
    assert reread(invoice)[1] == ST.AWAITING
    simulator.calm()
    sweep(times=3)
    assert reread(invoice)[1] == ST.DEPOSITED


def test_an_account_no_longer_used_that_is_refused_leaves_it_to_a_person(simulator, taken, account, patient):
    invoice = taken()
    type(account).objects.update(is_active=False)
    patient(FLUX_REPORT_DEADLINE=0)
    simulator.trouble("wrong_password", times=None)
    reports.follow_due()
    assert reread(invoice) == (Status.SENDING, ST.HELD)


def test_two_workers_ask_for_a_report_once(taken):
    submission = the_submission(taken())
    twin = the_submission(submission.invoice)
    assert submission.take_look(next_at=timezone.now())
    assert not twin.take_look(next_at=timezone.now())
