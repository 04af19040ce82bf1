"""A supplier's own technical account: his alone, secret for ever, and used before the portal's."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.views.debug import get_exception_reporter_class

from chorus import accounts, deposit, doubt, news, own_accounts, views
from chorus.models import AttachedStructure, Connection, Exchange, Submission, TechnicalAccount
from chorus.simulator import world
from chorus.steps import Step
from chorus.tasks import deposit_sweep, directory_sweep, news_sweep
from invoicing.lifecycle import Status
from invoicing.models import InvoiceEvent
from tests.factories import InvoiceFactory, MemberFactory, OrderFactory, SupplierFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

CHEESE = world.SUPPLIERS[3].siret
LOGIN, SECRET = world.SUPPLIER_ACCOUNT.login, world.SUPPLIER_ACCOUNT.password
ST = Submission.Status


@pytest.fixture
def offered(portal):
    portal.CHORUS = {**portal.CHORUS, "OWN_ACCOUNTS": True}
    return portal


@pytest.fixture
def member(offered):
    """Of the cheese dairy, which never attached the portal's user."""
    return MemberFactory(supplier=SupplierFactory(siren=CHEESE[:9]))


@pytest.fixture
def page(client, member):
    client.force_login(member.user)
    return client


def url(member, name="own_account"):
    return reverse(f"chorus:{name}", args=[member.supplier_id])


def typed(**values):
    return {"login": LOGIN, "password": SECRET, "renewed_on": timezone.localdate().isoformat(), **values}


def give(member, login=LOGIN, password=SECRET):
    own_accounts.enter(member.supplier, login=login, password=password, renewed_on=timezone.localdate(), by=member.user)
    return TechnicalAccount.objects.get(supplier=member.supplier, login=login)


def approved(supplier, college, **values):
    return InvoiceFactory(order=OrderFactory(supplier=supplier, buyer=college), **{"status": Status.APPROVED, **values})


# --- Entering, replacing, removing ---


def test_it_is_off_by_default(client, portal):
    member = MemberFactory()
    client.force_login(member.user)
    assert client.get(url(member)).status_code == 404
    assert client.post(url(member), typed()).status_code == 404
    profile = client.get(reverse("suppliers:supplier", args=[member.supplier_id])).content.decode()
    assert "compte technique" not in profile.casefold()


def test_given_it_is_proved_at_once(page, member):
    assert page.post(url(member), typed()).status_code == 302
    assert Connection.objects.get().is_being_checked
    deposit_sweep()
    proved = Connection.objects.get()
    assert (proved.works, proved.through_own) == (True, True)


def test_a_wrong_password_is_the_suppliers_to_mend(page, member):
    page.post(url(member), typed(password="faux"))
    deposit_sweep()
    assert Connection.objects.get().failing_step == Step.ACCOUNT
    profile = page.get(reverse("suppliers:supplier", args=[member.supplier_id])).content.decode()
    assert "Mon compte technique" in profile
    assert "renouvelle le mot de passe" in profile


def test_a_stranger_and_another_supplier_get_404(client, member, offered):
    give(member)
    for person in (UserFactory(), MemberFactory().user):
        client.force_login(person)
        assert client.get(url(member)).status_code == 404
        assert client.post(url(member), typed()).status_code == 404
        assert client.post(url(member, "remove_own_account")).status_code == 404
    assert TechnicalAccount.objects.get().is_active


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"login": "avec:deux-points"}, "login"),
        ({"login": "avec espace"}, "login"),
        ({"login": world.PLATFORM_ACCOUNT.login}, "login"),
        ({"login": world.PLATFORM_ACCOUNT.login.lower()}, "login"),
        ({"password": ""}, "password"),
        ({"renewed_on": "2099-01-01"}, "renewed_on"),
        ({"renewed_on": "2020-01-01"}, "renewed_on"),
    ],
)
def test_what_cannot_be_right_is_told_and_the_password_is_not_shown_again(page, member, account, values, field):
    answer = page.post(url(member), typed(**values))
    assert field in answer.context["form"].errors
    assert SECRET not in answer.content.decode()
    assert not TechnicalAccount.objects.filter(supplier=member.supplier).exists()


def test_the_same_login_of_two_suppliers_is_nobodys_business(page, member, offered):
    give(MemberFactory())
    assert page.post(url(member), typed()).status_code == 302
    assert TechnicalAccount.objects.filter(login=LOGIN).count() == 2


def test_a_new_password_ends_a_blockage(page, member):
    account = give(member, password="ancien")
    account.block("401")
    page.post(url(member), typed())
    account.refresh_from_db()
    assert (account.password, account.blocked_since) == (SECRET, None)


def test_removed_before_it_served_nothing_is_left(page, member):
    give(member)
    page.post(url(member, "remove_own_account"))
    assert not TechnicalAccount.objects.exists()
    assert "plus de compte technique" in page.post(url(member, "remove_own_account"), follow=True).content.decode()


def test_removed_after_a_deposit_the_row_stays_without_its_password(page, member, college, simulator):
    account = give(member)
    directory_sweep()
    sent = approved(member.supplier, college)
    deposit_sweep()
    page.post(url(member, "remove_own_account"))
    account.refresh_from_db()
    assert sent.submissions.get().account == account
    assert (account.password, account.is_active, account.structures.exists()) == ("", False, False)
    waiting = approved(member.supplier, college)
    deposit_sweep()
    assert waiting.submissions.get().status == ST.BLOCKED
    calls = simulator.calls()
    news_sweep()
    assert simulator.calls() == calls


def test_it_may_be_removed_where_the_option_was_switched_off(page, member, offered):
    give(member)
    offered.CHORUS = {**offered.CHORUS, "OWN_ACCOUNTS": False}
    assert not TechnicalAccount.objects.in_use("simulator").exists()
    assert (
        url(member, "remove_own_account")
        in page.get(reverse("suppliers:supplier", args=[member.supplier_id])).content.decode()
    )


# --- Whom it acts for ---


def test_it_goes_before_the_portals(member, account, college, simulator):
    simulator.attach(CHEESE)
    own = give(member)
    directory_sweep()
    invoice = approved(member.supplier, college)
    deposit_sweep()
    assert invoice.submissions.get().account == own
    assert simulator.invoices()[0]["login"] == LOGIN


def test_it_acts_for_nobody_else_even_if_chorus_lists_others(member, offered, college, simulator):
    simulator.attach(world.SUPPLIERS[0].siret, LOGIN)
    own = give(member)
    directory_sweep()
    assert [structure.siret for structure in own.structures.all()] == [CHEESE]
    neighbour = SupplierFactory(siren=world.SUPPLIERS[0].siret[:9])
    # As if it had been kept from a time when the rule was another.
    own.structures.create(siret=world.SUPPLIERS[0].siret, cpp_id=world.SUPPLIER_ID_BASE)
    invoice = approved(neighbour, college)
    deposit_sweep()
    assert invoice.submissions.get().status == ST.BLOCKED
    assert not simulator.invoices()


def test_its_news_are_its_suppliers_alone(member, account, college, simulator):
    """The neighbour's invoice changes; only the portal's account may tell."""
    neighbour = SupplierFactory(siren=world.SUPPLIERS[0].siret[:9])
    invoice = approved(neighbour, college)
    deposit_sweep()
    simulator.attach(world.SUPPLIERS[0].siret, LOGIN)
    give(member)
    simulator.play(invoice.submissions.get().cpp_id, "REJETEE", "non", force=True)
    TechnicalAccount.objects.filter(pk=account.pk).update(is_active=False)
    news.read_all()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    TechnicalAccount.objects.filter(pk=account.pk).update(is_active=True)
    news.read_all()
    invoice.refresh_from_db()
    assert invoice.status == Status.REJECTED


def test_it_follows_what_the_portals_account_deposited(member, account, college, simulator, portal, read_twice):
    simulator.attach(CHEESE)
    directory_sweep()
    invoice = approved(member.supplier, college)
    deposit_sweep()
    give(member)
    simulator.detach(CHEESE)
    read_twice()
    simulator.play(invoice.submissions.get().cpp_id, "MISE_A_DISPOSITION", force=True)
    portal.CHORUS = {**portal.CHORUS, "SILENCE_AGE": -1}
    Submission.objects.update(heard_at=None)
    assert news.ask_silent() == 1
    invoice.refresh_from_db()
    assert invoice.status == Status.AVAILABLE


def test_unticking_stops_it(member, simulator):
    give(member)
    member.supplier.answer_box(uses_chorus=False, depositor="", by=member.user)
    assert not TechnicalAccount.objects.in_use("simulator").exists()


# --- A change of account in the middle of a doubt ---


def in_doubt(invoice, simulator) -> Submission:
    simulator.trouble("lost_answer", operation="factures/soumettre")
    deposit.queue_ready()
    deposit.send_due()
    submission = invoice.submissions.get()
    assert submission.status == ST.IN_DOUBT
    return submission


def test_a_doubt_is_looked_for_with_the_new_account(member, account, college, simulator):
    simulator.attach(CHEESE)
    directory_sweep()
    submission = in_doubt(approved(member.supplier, college), simulator)
    own = give(member)
    directory_sweep()
    simulator.detach(CHEESE)
    assert accounts.watchers(submission) == [own, account]
    doubt.settle_due()
    submission.refresh_from_db()
    assert submission.status == ST.DEPOSITED
    assert len(simulator.invoices()) == 1


def test_a_replaced_password_serves_until_its_doubts_are_settled(member, college, simulator):
    former = give(member)
    directory_sweep()
    submission = in_doubt(approved(member.supplier, college), simulator)
    simulator.add_account("TECH_8_10000004100010@cpro.fr", "nouveau", CHEESE, suppliers=[])
    give(member, "TECH_8_10000004100010@cpro.fr", "nouveau")
    accounts.forget_retired()
    former.refresh_from_db()
    assert (former.is_active, former.password) == (False, SECRET)
    doubt.settle_due()
    accounts.forget_retired()
    former.refresh_from_db()
    submission.refresh_from_db()
    assert (former.password, submission.status) == ("", ST.DEPOSITED)


def test_removed_during_a_doubt_it_serves_to_look_and_is_wiped(page, member, college, simulator):
    former = give(member)
    directory_sweep()
    submission = in_doubt(approved(member.supplier, college), simulator)
    told = page.post(url(member, "remove_own_account"), follow=True).content.decode()
    assert "sera effacé aussitôt après" in told
    former.refresh_from_db()
    assert (former.is_active, former.password) == (False, SECRET)
    waiting = approved(member.supplier, college)
    deposit_sweep()
    former.refresh_from_db()
    submission.refresh_from_db()
    assert (submission.status, former.password) == (ST.DEPOSITED, "")
    assert waiting.submissions.get().status == ST.BLOCKED


def test_a_doubt_that_no_account_can_look_for_waits(member, college, simulator):
    account = give(member)
    directory_sweep()
    submission = in_doubt(approved(member.supplier, college), simulator)
    own_accounts.remove(member.supplier)
    TechnicalAccount.objects.filter(pk=account.pk).update(password="")
    for _ in range(3):
        Submission.objects.update(due_at=timezone.now())
        doubt.settle_due()
    submission.refresh_from_db()
    assert (submission.status, submission.absences) == (ST.IN_DOUBT, 0)
    give(member)
    directory_sweep()
    Submission.objects.update(due_at=timezone.now())
    doubt.settle_due()
    submission.refresh_from_db()
    assert submission.status == ST.DEPOSITED


# --- The secret ---


def test_the_secret_is_nowhere(page, member, college, simulator, caplog, offered):
    """Not on a page, in an event, in the journal of calls, in what is sent to us, nor in a log."""
    caplog.set_level(logging.DEBUG)
    page.post(url(member), typed())
    simulator.trouble("wrong_password", times=2)
    directory_sweep()
    deposit_sweep()
    invoice = approved(member.supplier, college)
    deposit_sweep()
    news_sweep()
    superuser = UserFactory(is_staff=True, is_superuser=True)
    shown = [page.get(path).content.decode() for path in pages_of(member, invoice)]
    page.force_login(superuser)
    shown += [page.get(path).content.decode() for path in desk_pages(invoice)]
    rows = [*InvoiceEvent.objects.values(), *Exchange.objects.values(), *Submission.objects.values()]
    rows += [*Connection.objects.values(), *AttachedStructure.objects.values()]
    texts = [*shown, *map(repr, rows), caplog.text, repr(TechnicalAccount.objects.get())]
    assert Exchange.objects.exists()
    assert not [text for text in texts if SECRET in text]


def pages_of(member, invoice):
    return [
        reverse("suppliers:supplier", args=[member.supplier_id]),
        url(member),
        url(member, "connection"),
        reverse("invoicing:detail", args=[invoice.pk]),
    ]


def desk_pages(invoice):
    account, submission = TechnicalAccount.objects.get(), Submission.objects.get()
    lists = [reverse(f"admin:chorus_{name}_changelist") for name in ("technicalaccount", "exchange", "connection")]
    return [
        *lists,
        reverse("admin:chorus_technicalaccount_change", args=[account.pk]),
        reverse("admin:chorus_submission_change", args=[submission.pk]),
        reverse("admin:suppliers_supplier_change", args=[invoice.supplier_id]),
    ]


def explode(supplier):
    raise PermissionDenied


def report_of(act, request) -> str:
    """What Django would write about an error in `act`."""
    try:
        act()
    except (PermissionDenied, ValueError) as error:
        reporter = get_exception_reporter_class(request)(request, type(error), error, error.__traceback__)
        return reporter.get_traceback_text() + reporter.get_traceback_html()
    pytest.fail("no error to report")


def test_a_fault_of_ours_shows_no_password_in_its_report(member, rf, settings, monkeypatch):
    settings.DEBUG = False
    request = rf.post(url(member), typed())
    request.user = member.user
    monkeypatch.setattr(own_accounts, "ask_for_check", explode)
    told = report_of(lambda: views.own_account(request, member.supplier_id), request)
    assert "own_accounts.py" in told
    assert SECRET not in told


def test_nor_does_a_fault_below_us(member, rf, settings):
    """Raised by the ORM, whose own variables hold what it was given."""
    settings.DEBUG = False
    today = timezone.localdate()
    told = report_of(
        lambda: own_accounts.enter(member.supplier, login=LOGIN, password=SECRET, renewed_on=today, by="nobody"),
        rf.get("/"),
    )
    assert "db/models/base.py" in told
    assert SECRET not in told


def test_the_desk_shows_it_and_cannot_change_it(client, member):
    account = give(member)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    change = reverse("admin:chorus_technicalaccount_change", args=[account.pk])
    shown = client.get(change).content.decode()
    assert LOGIN in shown
    assert "new_password" not in shown
    assert client.post(change, {"login": "x", "new_password": "x"}).status_code == 403
