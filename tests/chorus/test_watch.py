"""The status line: each figure tells what stands in the database, in words, and leads to its list."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chorus import watch
from chorus.models import Cursor, Exchange, SetAside, Submission, Sweep, Transport
from chorus.tasks import deposit_sweep, news_sweep
from chorus.watch import Level
from invoicing.lifecycle import Status
from suppliers.models import Mail
from suppliers.models.mail import ATTEMPTS
from tests.factories import InvoiceFactory, TechnicalAccountFactory, UserFactory
from tests.invoicing.at_desk import read, staff

pytestmark = pytest.mark.django_db

ST = Submission.Status
# Of the whole status line, however many rows stand behind it.
QUERIES = 15


@pytest.fixture
def swept(account):
    """A morning on which everything works."""
    deposit_sweep()
    news_sweep()
    Exchange.objects.all().delete()
    return account


def ago(**duration):
    return timezone.now() - timedelta(**duration)


def sign(name):
    return next(one for one in watch.signs() if one.name == name)


def said(name) -> str:
    return sign(name).told.replace("\u00a0", " ").replace("\u202f", " ")


def row(account, status, **values):
    values = {"account": account, "structure_cpp_id": 7, "claimed_at": timezone.now(), **values}
    invoice = InvoiceFactory(status=Status.SENDING)
    return Submission.objects.create(invoice=invoice, status=status, environment="simulator", **values)


def called(account, n=1, **values):
    values = {"operation": "soumettre", "started_at": timezone.now(), "duration_ms": 1, "http_status": 200, **values}
    Exchange.objects.bulk_create(Exchange(environment="simulator", account=account, **values) for _ in range(n))


def test_a_good_morning_is_all_green(swept):
    assert {one.name: one.level for one in watch.signs() if one.level != Level.GOOD} == {}
    assert watch.summary(watch.signs()) == "tout va bien"


@pytest.mark.parametrize(
    ("age", "level"), [({"minutes": 2}, Level.GOOD), ({"minutes": 20}, Level.WARN), ({"hours": 2}, Level.STOP)]
)
def test_a_silent_beat_is_told(swept, age, level):
    Sweep.objects.filter(name="news").update(began_at=ago(**age))
    assert sign("sweeps").level == level
    assert ("s'est tu" in said("sweeps")) == (level != Level.GOOD)


def test_a_portal_that_never_swept_is_told(account):
    assert sign("sweeps").level == Level.STOP
    assert "jamais" in said("sweeps")


def test_news_that_age_or_fail_are_told(swept):
    Cursor.objects.update(swept_at=ago(minutes=30))
    assert sign("news").level == Level.WARN
    Cursor.objects.update(swept_at=timezone.now(), last_error="Unavailable: HTTP 503")
    assert sign("news").level == Level.WARN
    assert "HTTP 503" in said("news")


def test_an_account_never_read_is_told(swept):
    TechnicalAccountFactory(login="AUTRE@cpro.fr")
    assert "jamais été lu" in said("news")


def test_the_lag_is_that_of_the_oldest_thing_that_could_leave(swept, approved):
    assert "Rien n'attend" in said("lag")
    invoice = approved()
    type(invoice).objects.filter(pk=invoice.pk).update(send_after=ago(minutes=30))
    assert (sign("lag").level, "30 minutes" in said("lag")) == (Level.WARN, True)
    Submission.objects.create(invoice=invoice, environment="simulator", due_at=ago(hours=3))
    assert (sign("lag").level, "3 heures" in said("lag")) == (Level.STOP, True)


def test_what_waits_for_its_time_is_no_lag(swept, approved):
    Submission.objects.create(invoice=approved(), environment="simulator", due_at=ago(hours=-1))
    assert "Rien n'attend" in said("lag")


def test_a_blocked_account_is_named_with_its_reason(swept):
    swept.block("Mot de passe expiré")
    assert sign("accounts").level == Level.STOP
    assert swept.login in said("accounts")
    assert "Mot de passe expiré" in said("accounts")


def test_held_doubtful_blocked_and_set_aside_rows_are_counted(swept):
    row(swept, ST.HELD)
    row(swept, ST.HELD)
    row(swept, ST.IN_DOUBT, doubt_since=ago(minutes=5))
    row(swept, ST.BLOCKED)
    SetAside.objects.create(environment="simulator", cpp_id=1, row={}, reason="?")
    assert said("held") == "2 envois attendent une décision."
    assert sign("held").level == Level.STOP
    assert "1 envoi incertain" in said("in_doubt")
    assert "1 envoi arrêté" in said("blocked")
    assert said("set_aside") == "1 nouvelle mise de côté."


def test_rows_of_another_environment_are_not_counted(swept):
    Submission.objects.create(invoice=InvoiceFactory(), environment="production", status=ST.HELD)
    assert sign("held").level == Level.GOOD


@pytest.mark.parametrize(
    ("age", "level"), [({"minutes": 5}, Level.GOOD), ({"hours": 3}, Level.WARN), ({"days": 3}, Level.STOP)]
)
def test_a_doubt_that_lasts_is_told(swept, patient, age, level):
    patient(DOUBT_DEADLINE=24 * 3600)
    row(swept, ST.IN_DOUBT, doubt_since=ago(**age))
    assert sign("in_doubt").level == level


@pytest.mark.parametrize(
    ("age", "level"), [({"hours": 20}, Level.GOOD), ({"hours": 40}, Level.WARN), ({"days": 3}, Level.STOP)]
)
def test_a_file_in_doubt_is_looked_for_longer_before_it_is_told(swept, patient, age, level):
    patient(DOUBT_DEADLINE=24 * 3600, FLUX_SETTLING_DELAY=24 * 3600)
    row(swept, ST.IN_DOUBT, doubt_since=ago(**age), transport=Transport.FACTURX)
    assert sign("in_doubt").level == level


def test_errors_of_the_last_hour_are_told_by_class(swept):
    called(swept, 20)
    called(swept, 3, error="Unavailable", http_status=503)
    called(swept, 50, error="Unavailable", http_status=503, started_at=ago(hours=2))
    assert said("errors") == "3 sur 23 dans l'heure (service indisponible 3)."
    assert sign("errors").level == Level.GOOD
    called(swept, 4, error="AnswerLost")
    assert sign("errors").level == Level.WARN
    called(swept, 30, error="Unavailable")
    assert sign("errors").level == Level.STOP


def test_a_refused_invoice_is_no_fault_of_the_exchange(swept):
    called(swept, 20, error="Refused")
    assert sign("errors").level == Level.GOOD
    assert said("errors").startswith("0 sur 20")


def test_the_quota_counts_calls_against_the_setting_and_tells_brakes(swept, patient):
    patient(CALLS_PER_SECOND=0.01)  # 36 an hour
    called(swept, 18)
    called(swept, 5, started_at=ago(hours=5))
    assert said("quota") == "18 appels dans l'heure (50 % de la limite réglée), 23 en un jour."
    assert sign("quota").level == Level.GOOD
    called(swept, 1, http_status=429, error="Unavailable")
    assert "freiné 1 fois" in said("quota")
    assert sign("quota").level == Level.WARN


def test_switched_off_it_says_so(portal):
    portal.CHORUS = {**portal.CHORUS, "ENVIRONMENT": ""}
    assert [one.name for one in watch.signs()] == ["off"]


# --- Pages ---


def test_each_figure_leads_to_a_list_that_opens(client, swept):
    models = ("submission", "cursor", "exchange", "setaside", "recipientchange", "technicalaccount", "mail")
    client.force_login(staff(*(f"view_{name}" for name in models)))
    signs = watch.signs()
    assert len(signs) > 3
    for one in signs:
        assert client.get(one.url).status_code == 200, one.url


def test_staff_read_it_on_the_index_and_above_the_lists(client, swept):
    client.force_login(staff("view_submission"))
    for address in ("/admin/", "/admin/chorus/submission/"):
        assert "échange avec Chorus Pro : tout va bien" in read(client.get(address))


def test_it_stays_folded_above_a_list_until_something_must_be_treated(client, swept):
    client.force_login(staff("view_submission"))
    assert 'desk-status" open' not in read(client.get("/admin/chorus/submission/"))
    row(swept, ST.HELD)
    assert 'desk-status" open' in read(client.get("/admin/chorus/submission/"))


def test_staff_without_the_right_do_not_read_it(client, swept):
    client.force_login(staff("view_supplier"))
    assert "échange avec Chorus Pro" not in read(client.get("/admin/"))


@pytest.mark.parametrize("count", [3, 300])
def test_it_costs_the_same_queries_at_3_and_300_rows(swept, count):
    invoices = [InvoiceFactory(status=Status.SENDING) for _ in range(3)]
    extra = [InvoiceFactory(order=invoices[0].orders.get(), status=Status.SENDING) for _ in range(count - 3)]
    Submission.objects.bulk_create(
        Submission(invoice=invoice, status=ST.HELD, environment="simulator") for invoice in invoices + extra
    )
    SetAside.objects.bulk_create(SetAside(environment="simulator", cpp_id=n, row={}, reason="?") for n in range(count))
    called(swept, count)
    with CaptureQueriesContext(connection) as captured:
        watch.signs()
    assert len(captured) == QUERIES


def test_operators_read_the_same_on_the_command_line(swept):
    told = StringIO()
    call_command("chorus_status", stdout=told)
    assert "Aucun compte bloqué" in told.getvalue()
    row(swept, ST.HELD)
    with pytest.raises(SystemExit) as ended:
        call_command("chorus_status", stdout=told)
    assert ended.value.code == 1
    assert "À traiter" in told.getvalue()


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ({}, Level.GOOD),
        ({"due_at": ago(minutes=11)}, Level.WARN),
        ({"due_at": ago(minutes=61)}, Level.STOP),
        ({"due_at": ago(minutes=61), "sent_at": ago(minutes=60)}, Level.GOOD),
        ({"due_at": ago(minutes=61), "dropped_at": ago(minutes=60)}, Level.GOOD),
        ({"due_at": ago(minutes=61), "attempts": ATTEMPTS}, Level.WARN),
    ],
    ids=["on its way", "late", "very late", "sent", "dropped", "failed"],
)
def test_mails_that_do_not_leave_are_told(swept, values, level):
    Mail.objects.create(user=UserFactory(), kind="member", about=1, **values)
    assert sign("mails").level == level
