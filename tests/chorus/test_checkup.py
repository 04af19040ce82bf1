"""« Vérifier la connexion »: which step fails, what to do, who does it, and nobody else's business."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from chorus import checkup
from chorus.models import Connection, PisteApplication, TechnicalAccount
from chorus.simulator import world
from chorus.steps import Mender, Step, advice
from chorus.tasks import deposit_sweep
from suppliers.identifiers import format_siret
from tests.factories import EstablishmentFactory, MemberFactory, SupplierFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

FARM = world.SUPPLIERS[0].siret


def check(supplier) -> Connection:
    checkup.ask_for_check(supplier)
    assert Connection.objects.get(supplier=supplier).is_being_checked
    deposit_sweep()
    return Connection.objects.get(supplier=supplier)


def found(supplier) -> tuple[str, str]:
    checked = check(supplier)
    assert not checked.is_being_checked
    assert checked.works == (checked.failing_step == Step.NONE)
    return checked.failing_step, checked.failing_detail


def test_an_attached_supplier_is_connected(supplier):
    assert found(supplier) == (Step.NONE, "")


# --- Each step, in order ---


def test_without_an_account_the_portal_is_not_connected(portal):
    checkup.ask_for_check(SupplierFactory())
    checkup.answer_checks()
    assert Connection.objects.get().failing_step == Step.OFF


def test_a_silent_chorus_is_nobodys_fault(supplier, simulator):
    simulator.trouble("html_error", times=None)
    assert found(supplier) == (Step.UNREACHABLE, "")


def test_a_silent_piste_is_told_apart_from_a_silent_chorus(supplier, simulator):
    simulator.trouble("html_error", times=None, operation="token")
    assert found(supplier) == (Step.UNREACHABLE, "PISTE")


def test_piste_refuses_the_application(supplier, portal):
    portal.CHORUS = {**portal.CHORUS, "CLIENT_SECRET": "00000000-0000-4000-8000-000000000000"}
    assert found(supplier) == (Step.APPLICATION, "")


@pytest.mark.parametrize("missing", ["transverses", "structures", "factures"])
def test_each_api_needs_its_own_consent(supplier, simulator, missing):
    simulator.subscribe([family for family in world.FAMILIES if family != missing])
    assert found(supplier) == (Step.CONSENT, missing.capitalize())


def test_a_refused_account_is_told_apart_from_a_dead_password(supplier, account, simulator):
    simulator.set_password("un-autre-mot-de-passe")
    assert found(supplier) == (Step.ACCOUNT, "")
    simulator.set_password(world.PLATFORM_ACCOUNT.password)
    simulator.expire_password()
    TechnicalAccount.objects.update(password_expires_at=timezone.now() - timedelta(days=1))
    step, date = found(supplier)
    assert step == Step.PASSWORD
    assert str(timezone.now().year) in date


def test_a_supplier_nobody_attached_is_told_so(account):
    supplier = SupplierFactory(siren=world.SUPPLIERS[3].siret[:9])
    assert found(supplier) == (Step.ATTACHMENT, world.SUPPLIERS[3].siret)


@pytest.mark.parametrize(
    ("space", "state"), [("", "absent"), ("SUPPRIME", "closed"), ("CONSULTATION_UNIQUEMENT", "read-only")]
)
def test_the_space_must_be_open_and_writable(supplier, simulator, space, state):
    simulator.attach(FARM, space=space)
    assert found(supplier) == (Step.SPACE, f"{state} {FARM}")


def test_what_was_mended_works_again(supplier, simulator):
    simulator.attach(FARM, space="CONSULTATION_UNIQUEMENT")
    check(supplier)
    simulator.attach(FARM)
    assert found(supplier) == (Step.NONE, "")


def test_one_attached_establishment_is_enough_and_the_others_are_named(supplier):
    other = EstablishmentFactory(supplier=supplier)
    EstablishmentFactory(supplier=supplier, closed_on=timezone.localdate() - timedelta(days=1))
    checked = check(supplier)
    assert (checked.works, checked.not_attached) == (True, other.siret)


def test_a_question_asked_during_a_check_is_answered_by_the_next_one(supplier):
    checkup.ask_for_check(supplier)
    asked = Connection.objects.get()
    asked.answer(began=asked.asked_at - timedelta(seconds=1), step=Step.NONE, works=True)
    assert Connection.objects.get().is_being_checked


def test_one_sweep_proves_an_account_once_for_all_who_ask(account, simulator):
    for known in world.SUPPLIERS[:3]:
        checkup.ask_for_check(SupplierFactory(siren=known.siret[:9]))
    deposit_sweep()
    assert Connection.objects.filter(works=True).count() == 3
    assert simulator.calls()["transverses/health-check"] == 1


# --- What to do, and who ---


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("step", [step for step in Step if step])
def test_every_step_says_what_is_wrong_and_what_to_do(step, own):
    told = advice(step, own=own)
    assert told.wrong.endswith(".")
    assert told.clicks
    assert advice("") is None


@pytest.mark.parametrize(
    ("step", "own", "mender"),
    [
        (Step.APPLICATION, False, Mender.STAFF),
        (Step.CONSENT, False, Mender.STAFF),
        (Step.ACCOUNT, False, Mender.STAFF),
        (Step.ACCOUNT, True, Mender.SUPPLIER),
        (Step.PASSWORD, False, Mender.STAFF),
        (Step.PASSWORD, True, Mender.SUPPLIER),
        (Step.ATTACHMENT, False, Mender.SUPPLIER),
        (Step.SPACE, False, Mender.SUPPLIER),
        (Step.UNREACHABLE, False, Mender.NOBODY),
    ],
)
def test_a_step_is_told_to_whoever_can_mend_it(step, own, mender):
    assert advice(step, own=own).mender == mender


def test_the_supplier_reads_whom_he_must_attach(client, account, portal):
    portal.CHORUS = {**portal.CHORUS, "PORTAL_USER": "depot@agrilocal.example", "PORTAL_STRUCTURE": "Agrilocal, 1000"}
    member = MemberFactory(supplier=SupplierFactory(siren=world.SUPPLIERS[3].siret[:9]))
    check(member.supplier)
    client.force_login(member.user)
    page = client.get(reverse("suppliers:supplier", args=[member.supplier_id])).content.decode()
    for words in (
        "Activités du gestionnaire",
        "depot@agrilocal.example",
        "Agrilocal, 1000",
        format_siret(world.SUPPLIERS[3].siret),
    ):
        assert words in page


def test_the_supplier_is_not_told_to_mend_what_staff_must_mend(client, supplier, simulator):
    simulator.subscribe(["transverses"])
    member = MemberFactory(supplier=supplier)
    check(supplier)
    client.force_login(member.user)
    page = client.get(reverse("suppliers:supplier", args=[supplier.pk])).content.decode()
    assert "vous n'avez rien à faire" in page
    assert "Consentement CGU" not in page


# --- The page, with and without JavaScript ---


def test_a_member_asks_for_the_check_and_a_stranger_gets_404(client, supplier):
    member = MemberFactory(supplier=supplier).user
    url, moving = (reverse(f"chorus:{name}", args=[supplier.pk]) for name in ("verify", "connection"))
    client.force_login(UserFactory())
    assert client.post(url).status_code == 404
    assert client.get(moving).status_code == 404
    client.force_login(member)
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    assert Connection.objects.get(supplier=supplier).is_being_checked


def test_the_page_follows_a_check_that_is_under_way(client, supplier):
    client.force_login(MemberFactory(supplier=supplier).user)
    moving = reverse("chorus:connection", args=[supplier.pk])
    profile = client.post(reverse("chorus:verify", args=[supplier.pk]), follow=True).content.decode()
    assert f'hx-get="{moving}"' in profile
    assert "Actualiser cette page" in profile
    assert client.get(moving).status_code == 204
    deposit_sweep()
    answered = client.get(moving).content.decode()
    assert "fonctionne" in answered
    assert "hx-get" not in answered


# --- At the desk ---

SEES = Q(codename__startswith="view_")


@pytest.fixture
def agent(client):
    person = UserFactory(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(SEES | Q(codename="settle_submission")))
    client.force_login(person)
    return client


def test_an_agent_asks_for_a_supplier_and_reads_whom_to_call(agent, account):
    supplier = SupplierFactory(siren=world.SUPPLIERS[3].siret[:9])
    ask = reverse("admin:chorus_connection_ask", args=[supplier.pk])
    assert ask in agent.get(reverse("admin:suppliers_supplier_change", args=[supplier.pk])).content.decode()
    page = agent.post(ask, follow=True)
    deposit_sweep()
    page = agent.get(page.request["PATH_INFO"]).content.decode()
    assert "À réparer par le fournisseur" in page
    assert escape("rattachement à une structure") in page


def test_an_agent_asks_for_several_suppliers_at_once(agent, supplier):
    check(supplier)
    chosen = {"action": "ask_again", "_selected_action": [supplier.connection.pk]}
    agent.post(reverse("admin:chorus_connection_changelist"), chosen)
    assert Connection.objects.get().is_being_checked


def test_an_agent_asks_for_an_account_as_a_whole(agent, account, simulator):
    simulator.subscribe(["transverses"])
    page = reverse("admin:chorus_technicalaccount_change", args=[account.pk])
    ask = reverse("admin:chorus_technicalaccount_ask", args=[account.pk])
    assert ask in agent.get(page).content.decode()
    agent.post(ask)
    deposit_sweep()
    told = agent.get(page).content.decode()
    assert "À réparer par le Département" in told
    assert "Structures" in told
    assert world.PLATFORM_ACCOUNT.password not in told


def test_who_only_looks_on_does_not_ask(client, supplier, account):
    onlooker = UserFactory(is_staff=True)
    onlooker.user_permissions.set(Permission.objects.filter(SEES))
    client.force_login(onlooker)
    for shown, asked, row in (
        ("suppliers_supplier_change", "chorus_connection_ask", supplier),
        ("chorus_technicalaccount_change", "chorus_technicalaccount_ask", account),
    ):
        ask = reverse(f"admin:{asked}", args=[row.pk])
        assert ask not in client.get(reverse(f"admin:{shown}", args=[row.pk])).content.decode()
        assert client.post(ask).status_code == 403
    assert not Connection.objects.exists()


def test_an_account_of_another_environment_is_not_called(account, simulator):
    other = TechnicalAccount.objects.create(environment="qualification", login="TECH_9@cpro.fr", password="x")
    other.ask()
    PisteApplication.objects.all().delete()
    checkup.answer_checks()
    other.refresh_from_db()
    assert other.failing_step == Step.OFF
    assert "token" not in simulator.calls()
