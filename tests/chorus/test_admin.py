"""The exchange with Chorus Pro as staff see it: to read, except the technical accounts for superusers."""

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chorus.desk import what_to_do
from chorus.models import Connection, Cursor, Exchange, SetAside, Submission, TechnicalAccount
from invoicing.lifecycle import Status
from invoicing.models import Reply
from tests.factories import AttachedStructureFactory, InvoiceFactory, TechnicalAccountFactory, UserFactory
from tests.invoicing.at_desk import read

pytestmark = pytest.mark.django_db

SECRET = "un-secret-de-compte"
ST = Submission.Status
LISTS = ["technicalaccount", "submission", "exchange", "setaside", "cursor", "connection"]


@pytest.fixture
def account():
    return TechnicalAccountFactory(password=SECRET)


@pytest.fixture
def agent(client):
    """Staff who may see everything of the exchange."""
    person = UserFactory(is_staff=True)
    seen = Permission.objects.filter(content_type__app_label="chorus", codename__startswith="view_")
    person.user_permissions.set(seen)
    client.force_login(person)
    return client


@pytest.fixture
def chief(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def submission(account, status=ST.QUEUED, **values):
    now = timezone.now()
    frozen = {"account": account, "structure_cpp_id": 7, "claimed_at": now, "number": "F-1", "environment": "simulator"}
    own = {
        ST.DEPOSITED: {"cpp_id": 1000 + Submission.objects.count()},
        ST.AWAITING: {"transport": "facturx", "flow_number": "CPP0011117000000000000001", "awaiting_since": now},
    }
    invoice = InvoiceFactory(status=Status.SENDING)
    return Submission.objects.create(invoice=invoice, status=status, **{**frozen, **own.get(status, {}), **values})


def call(of, **values):
    told = {"operation": "soumettre", "http_status": 200, "label": "GCU_MSG_01_000", "duration_ms": 150}
    told |= {"environment": "simulator", "account": of.account, "started_at": timezone.now(), **values}
    return Exchange.objects.create(submission=of, **told)


def everything(account):
    sent = submission(account, ST.HELD, payload={"iban": "FR7630006000011234567890189"}, last_error="Réponse inconnue")
    return {
        "technicalaccount": account,
        "submission": sent,
        "exchange": call(sent),
        "setaside": SetAside.objects.create(environment="simulator", cpp_id=9, number="F-9", row={"a": 1}, reason="?"),
        "cursor": Cursor.objects.create(account=account),
        "connection": Connection.objects.create(supplier=sent.invoice.supplier),
    }


# --- Reading ---


@pytest.mark.parametrize("who", ["agent", "chief"])
def test_every_page_opens_and_none_shows_a_secret(who, account, request):
    browser = request.getfixturevalue(who)
    AttachedStructureFactory(account=account, name="Ferme rattachée")
    for name, row in everything(account).items():
        for address in (f"/admin/chorus/{name}/", f"/admin/chorus/{name}/{row.pk}/change/"):
            response = browser.get(address)
            assert response.status_code == 200, address
            shown = read(response)
            assert SECRET not in shown
            assert "gAAAA" not in shown  # how an encrypted value begins
            assert "FR7630006000011234567890189" not in shown
    assert "Ferme rattachée" in read(browser.get(f"/admin/chorus/technicalaccount/{account.pk}/change/"))


def test_the_application_with_its_token_is_not_in_the_admin(chief):
    assert chief.get("/admin/chorus/pisteapplication/").status_code == 404


@pytest.mark.parametrize("name", [name for name in LISTS if name != "technicalaccount"])
def test_nobody_writes_by_hand(chief, account, name):
    row = everything(account)[name]
    before = type(row).objects.filter(pk=row.pk).values().get()
    assert chief.get(f"/admin/chorus/{name}/add/").status_code == 403
    forged = {"status": "queued", "reason": "x", "works": "on", "operation": "x", "_save": "Enregistrer"}
    assert chief.post(f"/admin/chorus/{name}/{row.pk}/change/", forged).status_code == 403
    assert chief.post(f"/admin/chorus/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).values().get() == before


def test_staff_without_the_right_see_nothing(client, account):
    client.force_login(UserFactory(is_staff=True))
    for name, row in everything(account).items():
        assert client.get(f"/admin/chorus/{name}/").status_code == 403
        assert client.get(f"/admin/chorus/{name}/{row.pk}/change/").status_code == 403


def test_others_stay_outside(client):
    for name in LISTS:
        assert client.get(f"/admin/chorus/{name}/").status_code == 302
    client.force_login(UserFactory())
    for name in LISTS:
        assert client.get(f"/admin/chorus/{name}/", follow=True).status_code == 403


# --- Submissions ---


def listed(response):
    return [row.status for row in response.context["cl"].result_list]


def test_those_to_look_at_come_first_and_the_done_ones_stay_away(agent, account):
    for status in (ST.QUEUED, ST.DEPOSITED, ST.IN_DOUBT, ST.SENDING, ST.BLOCKED, ST.REFUSED, ST.HELD):
        submission(account, status)
    assert listed(agent.get("/admin/chorus/submission/")) == [ST.HELD, ST.IN_DOUBT, ST.BLOCKED, ST.SENDING, ST.QUEUED]
    assert len(listed(agent.get("/admin/chorus/submission/", {"etat": "tous"}))) == 7
    assert listed(agent.get("/admin/chorus/submission/", {"etat": "refused"})) == [ST.REFUSED]


def test_a_submission_is_found_by_number_and_siret(agent, account):
    sought = submission(account, ST.DEPOSITED, number="F-SOUGHT", recipient_siret="20000000800025", cpp_id=4321)
    submission(account, ST.QUEUED)
    for words in ("F-SOUGHT", "20000000800025", "4321", sought.invoice.establishment.siret, sought.invoice.number):
        found = agent.get("/admin/chorus/submission/", {"q": words}).context["cl"].result_list
        assert [row.pk for row in found] == [sought.pk], words


def test_a_submission_shows_what_left_what_came_back_and_what_to_do(agent, account):
    sent = submission(
        account, ST.HELD, payload={"numero": "F-1"}, answer={"codeRetour": 99}, attempt=5, last_error="Code 99"
    )
    call(sent, http_status=None, error="AnswerLost", label="")
    call(sent)
    shown = read(agent.get(f"/admin/chorus/submission/{sent.pk}/change/"))
    for words in ('"numero": "F-1"', '"codeRetour": 99', "Code 99", "Ne la déposez pas à la main", "sans réponse"):
        assert words in shown
    assert "HTTP 200 en 150 ms" in shown


@pytest.mark.parametrize("status", ST)
def test_every_state_says_what_to_do(agent, account, status):
    row = submission(account, status)
    shown = read(agent.get(f"/admin/chorus/submission/{row.pk}/change/"))
    assert what_to_do(row).replace("\u00a0", " ") in shown


# --- Journal and news ---


def test_the_journal_tells_failures_apart(agent, account):
    of = submission(account)
    call(of, operation="soumettre")
    failed = call(of, operation="rechercher", http_status=503, error="Unavailable")
    shown = agent.get("/admin/chorus/exchange/", {"resultat": "ko"}).context["cl"].result_list
    assert [row.pk for row in shown] == [failed.pk]


def test_a_call_is_found_by_its_invoice_and_by_what_was_answered(agent, account):
    sought = call(submission(account, number="F-SOUGHT"), operation="soumettre", label="Déjà déposée")
    call(submission(account, number="F-OTHER"), operation="rechercher")
    for words in ("f-sought", "déjà déposée", "soumettre"):
        found = agent.get("/admin/chorus/exchange/", {"q": words}).context["cl"].result_list
        assert [row.pk for row in found] == [sought.pk], words


def test_the_journal_shows_one_day(agent, account):
    of, today = submission(account), timezone.localdate()
    begins = timezone.make_aware(datetime.combine(today, time()))
    of_today = call(of, started_at=begins)
    of_yesterday = call(of, started_at=begins - timedelta(seconds=1))
    for day, expected in ((today, [of_today.pk]), (today - timedelta(1), [of_yesterday.pk])):
        found = agent.get("/admin/chorus/exchange/", {"jour": day.isoformat()}).context["cl"].result_list
        assert [row.pk for row in found] == expected, day
    assert agent.get("/admin/chorus/exchange/", {"jour": "hier"}).context["cl"].result_count == 2


def test_the_journal_says_each_call_in_french_and_in_few_columns(agent, account):
    of = submission(account)
    call(
        of, operation="transverses/recuperer/structures", attempt=2, code=20001, message_code="GDP_MSG_11.005",
        label="GDP_MSG_11.005 - Pas de droits", request_bytes=1500, response_bytes=900,
    )  # fmt: skip
    page = agent.get("/admin/chorus/exchange/")
    shown = read(page)
    assert f"{of.invoice}, tentative 2" in shown
    assert "HTTP 200 20001 GDP_MSG_11.005 - Pas de droits" in shown
    assert "1 ko, 900 octets" in shown.replace("\u00a0", " ")
    assert len(page.context["cl"].list_display) <= 7


@pytest.mark.parametrize("name", ["technicalaccount", "submission", "exchange", "setaside", "cursor"])
def test_the_environment_is_said_in_french(agent, account, name):
    row = everything(account)[name]
    for address in (f"/admin/chorus/{name}/", f"/admin/chorus/{name}/{row.pk}/change/"):
        shown = re.sub(r"<[^>]*>", " ", read(agent.get(address)))
        assert not re.search(r"\bsimulator\b", shown)
    assert "simulateur" in shown.lower()


def test_rows_of_one_environment_are_chosen(agent):
    rows = [
        SetAside.objects.create(environment=name, cpp_id=n, row={}, reason="?")
        for n, name in enumerate(["simulator", "production"])
    ]
    shown = agent.get("/admin/chorus/setaside/", {"environment": "production"}).context["cl"].result_list
    assert list(shown) == [rows[1]]


def test_only_an_invoice_is_said_to_be_deposited(agent, account):
    deposit = submission(account, ST.DEPOSITED)
    reply = Reply.objects.create(
        invoice=deposit.invoice, kind=Reply.Kind.ANSWER, comment="Voici", by=UserFactory(), state=Reply.State.SENT
    )
    answer = Submission.objects.create(
        invoice=deposit.invoice, reply=reply, kind=Submission.Kind.COMPLETE, status=ST.DEPOSITED,
        environment="simulator",
    )  # fmt: skip
    taken = datetime(2026, 11, 21, 10, 34, tzinfo=UTC)
    Submission.objects.filter(pk=deposit.pk).update(deposited_at=taken)
    assert "21 novembre 2026 à 11 h 34" in read(agent.get(f"/admin/chorus/submission/{deposit.pk}/change/"))
    for row, said in ((deposit, "déposée"), (answer, "transmise")):
        assert str(row).endswith(f", {said}")
        assert f'<div class="readonly">{said}</div>' in read(agent.get(f"/admin/chorus/submission/{row.pk}/change/"))
    shown = read(agent.get(f"/admin/chorus/submission/{answer.pk}/change/"))
    assert "déposée" not in shown
    assert "Voici" in shown
    assert f"/admin/invoicing/reply/{reply.pk}/change/" in shown


def test_news_set_aside_open_on_those_to_settle(agent):
    waiting = SetAside.objects.create(environment="simulator", cpp_id=1, number="F-1", row={}, reason="?")
    SetAside.objects.create(environment="simulator", cpp_id=2, row={}, reason="?", solved_at=timezone.now())
    assert [row.pk for row in agent.get("/admin/chorus/setaside/").context["cl"].result_list] == [waiting.pk]
    assert len(agent.get("/admin/chorus/setaside/", {"etat": "toutes"}).context["cl"].result_list) == 2
    assert "relit à chaque passage" in read(agent.get(f"/admin/chorus/setaside/{waiting.pk}/change/"))


@pytest.mark.parametrize("name", ["submission", "exchange", "connection"])
def test_more_rows_cost_no_more_queries(agent, account, name):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert agent.get(f"/admin/chorus/{name}/").status_code == 200
        return len(captured)

    def add(count):
        for _ in range(count):
            sent = submission(account)
            call(sent)
            Connection.objects.create(supplier=sent.invoice.supplier)

    add(3)
    few = queries()
    add(27)
    assert queries() == few


# --- Technical accounts ---

ACCOUNTS = "/admin/chorus/technicalaccount/"
NO_ROWS = {f"structures-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}


def typed(**values):
    blank = {"environment": "simulator", "login": "TECH_1@cpro.fr", "new_password": "", "is_active": "on"}
    return {**blank, "password_expires_at_0": "", "password_expires_at_1": "", **NO_ROWS, **values}


def test_a_superuser_adds_an_account_whose_password_dies_in_424_days(chief):
    response = chief.post(f"{ACCOUNTS}add/", typed(new_password=f" {SECRET} "))
    assert response.status_code == 302, response.context["errors"]
    kept = TechnicalAccount.objects.get()
    assert kept.password == f" {SECRET} "
    assert timedelta(days=423) < kept.password_expires_at - timezone.now() <= timedelta(days=424)


def test_a_password_does_not_last_for_ever(chief):
    data = typed(new_password=SECRET, password_expires_at_0="31/12/9999", password_expires_at_1="12:00:00")
    assert "année 9999 n'est pas possible ici" in read(chief.post(f"{ACCOUNTS}add/", data))
    assert not TechnicalAccount.objects.exists()


def test_an_account_needs_a_password_and_a_known_environment(chief):
    shown = read(chief.post(f"{ACCOUNTS}add/", typed()))
    assert "Donnez le mot de passe du compte technique." in shown
    shown = read(chief.post(f"{ACCOUNTS}add/", typed(environment="mars", new_password=SECRET)))
    assert "mars" in shown
    assert SECRET not in shown
    assert not TechnicalAccount.objects.exists()


def test_a_second_account_of_the_same_name_is_refused_in_words(chief, account):
    response = chief.post(f"{ACCOUNTS}add/", typed(login=account.login, new_password=SECRET))
    assert response.status_code == 200
    assert "existe déjà" in read(response)
    assert TechnicalAccount.objects.count() == 1


def test_leaving_the_password_empty_keeps_it(chief, account):
    response = chief.post(f"{ACCOUNTS}{account.pk}/change/", typed(login="AUTRE@cpro.fr"))
    assert response.status_code == 302, response.context["errors"]
    account.refresh_from_db()
    assert (account.login, account.password) == ("AUTRE@cpro.fr", SECRET)


def test_a_new_password_is_written_and_starts_a_new_life(chief, account):
    account.password_expires_at = timezone.now()
    account.save(update_fields=["password_expires_at"])
    date, time = timezone.localtime(account.password_expires_at).strftime("%d/%m/%Y %H:%M:%S").split()
    data = typed(login=account.login, new_password="nouveau", password_expires_at_0=date, password_expires_at_1=time)
    chief.post(f"{ACCOUNTS}{account.pk}/change/", data)
    account.refresh_from_db()
    assert account.password == "nouveau"
    assert account.password_expires_at > timezone.now() + timedelta(days=423)


def test_saving_an_account_never_undoes_what_a_sweep_wrote(chief, account):
    """The form was open while a sweep blocked the account."""
    chief.get(f"{ACCOUNTS}{account.pk}/change/")
    account.block("Mot de passe expiré")
    chief.post(f"{ACCOUNTS}{account.pk}/change/", typed(login=account.login, environment="production", is_active=""))
    account.refresh_from_db()
    assert (account.blocked_reason, account.is_active, account.environment) == (
        "Mot de passe expiré",
        False,
        "simulator",
    )


def test_agents_read_accounts_and_change_none(agent, account):
    shown = read(agent.get(f"{ACCOUNTS}{account.pk}/change/"))
    assert account.login in shown
    assert "new_password" not in shown
    assert agent.post(f"{ACCOUNTS}{account.pk}/change/", typed(new_password="x")).status_code == 403
    assert agent.post(f"{ACCOUNTS}add/", typed(new_password="x")).status_code == 403
    account.refresh_from_db()
    assert account.password == SECRET


def test_no_account_is_deleted(chief, account):
    assert chief.post(f"{ACCOUNTS}{account.pk}/delete/", {"post": "yes"}).status_code == 403
    assert TechnicalAccount.objects.exists()


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=30, hours=1), "(encore 30 jours)"),
        (timedelta(days=1, hours=1), "(encore 1 jour)"),
        (timedelta(hours=-1), "(expiré)"),
        (None, "inconnu"),
    ],
)
def test_the_list_says_how_long_a_password_lives(agent, account, left, words):
    account.password_expires_at = timezone.now() + left if left else None
    account.save(update_fields=["password_expires_at"])
    assert words in read(agent.get(ACCOUNTS))
