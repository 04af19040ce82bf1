"""The engagement numbers of the State's services: asked by a sweep, told as a warning, off by default."""

from datetime import timedelta

import pytest
from django.conf import settings as given
from django.urls import reverse
from django.utils import timezone

from chorus import engagements
from chorus.models import TechnicalAccount
from chorus.simulator import world
from chorus.steps import Step
from chorus.tasks import deposit_sweep
from invoicing.lifecycle import Status
from invoicing.verdict import judge_and_keep
from orders.models import Recipient, Requires, StateEngagement
from tests.factories import (
    BuyerFactory,
    InvoiceFactory,
    MemberFactory,
    OrderFactory,
    RecipientFactory,
)
from tests.invoicing.at_desk import page, read, staff

pytestmark = pytest.mark.django_db(transaction=True)

ASK = "engagementsJuridiques/rechercher"
CODE = "engagement-unknown"
(STATE,) = [one.siret for one in world.QUALIFICATION_RECIPIENTS if one.name == "Destinataire État"]
PUBLISHED = next(number for siret, number in world.ENGAGEMENTS if siret == world.SUPPLIERS[0].siret)


@pytest.fixture
def checking(patient):
    patient(CHECK_ENGAGEMENTS=True)


@pytest.fixture
def prefecture(portal):
    """A buyer whose recipient is a service of the State, by its SIRET."""
    return BuyerFactory(recipient=RecipientFactory(siret=STATE, requires=Requires.SERVICE))


@pytest.fixture
def waiting(supplier, prefecture):
    def make(number, *, buyer=prefecture, **values):
        values = {"status": Status.TO_REVIEW, **values}
        invoice = InvoiceFactory(order=OrderFactory(supplier=supplier, buyer=buyer), engagement_number=number, **values)
        judge_and_keep(invoice)
        return invoice

    return make


def warned(invoice) -> bool:
    invoice.refresh_from_db()
    assert all(problem["level"] == "warn" for problem in invoice.verdict if problem["code"] == CODE)
    return CODE in {problem["code"] for problem in invoice.verdict}


def asked(simulator) -> int:
    return simulator.calls().get(ASK, 0)


def time_passes() -> None:
    StateEngagement.objects.update(due_at=timezone.now() - timedelta(seconds=1))


# --- What is told ---


def test_it_is_off_by_default(waiting, simulator):
    assert given.CHORUS["CHECK_ENGAGEMENTS"] is False
    invoice = waiting("1999999999")
    deposit_sweep()
    assert asked(simulator) == 0
    assert not StateEngagement.objects.exists()
    assert not warned(invoice)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.RETURNED, Status.TO_REVIEW])
def test_an_unknown_number_is_a_warning_while_it_can_be_corrected(checking, waiting, status):
    invoice = waiting("1999999999", status=status)
    deposit_sweep()
    assert warned(invoice)


def test_a_published_number_says_nothing(checking, waiting, simulator):
    invoice = waiting(PUBLISHED)
    deposit_sweep()
    assert asked(simulator) == 1
    assert not warned(invoice)


def test_what_is_published_to_another_supplier_is_unknown(checking, waiting):
    (foreign,) = [number for siret, number in world.ENGAGEMENTS if siret == world.SUPPLIERS[1].siret]
    invoice = waiting(foreign)
    deposit_sweep()
    assert warned(invoice)


def test_supplier_and_agent_read_it_and_may_go_on(checking, waiting, supplier, client):
    invoice = waiting("1999999999", status=Status.DRAFT, service_code="SFACETAT")
    deposit_sweep()
    client.force_login(MemberFactory(supplier=supplier).user)
    assert "Chorus Pro ne connaît pas le numéro d'engagement « 1999999999 »" in read(
        client.get(reverse("invoicing:confirm", args=[invoice.pk]))
    )
    reviewed = waiting("1999999999")
    client.force_login(staff("view_invoice", "review_invoice"))
    assert "Chorus Pro ne connaît pas le numéro d'engagement « 1999999999 »" in read(client.get(page(reviewed)))


# --- Of whom it is asked ---


def test_other_bodies_publish_nothing_and_are_not_asked_for(checking, waiting, college, simulator):
    invoice = waiting("1999999999", buyer=college)
    deposit_sweep()
    assert asked(simulator) == 0
    assert not warned(invoice)


def test_staff_say_what_the_siret_does_not(checking, waiting, college, simulator):
    Recipient.objects.filter(siret=college.recipient.siret).update(is_state_service=True)
    Recipient.objects.filter(siret=STATE).update(is_state_service=False)
    decentralised, not_of_the_state = waiting("1999999998", buyer=college), waiting("1999999999")
    deposit_sweep()
    assert (warned(decentralised), warned(not_of_the_state)) == (True, False)
    assert asked(simulator) == 1


def test_the_query_and_the_property_agree(portal):
    for siret in (STATE, world.DEMO_RECIPIENTS[0].siret, "11000201100051"):
        for said in (None, True, False):
            recipient, _ = Recipient.objects.update_or_create(siret=siret, defaults={"is_state_service": said})
            assert recipient.is_of_the_state == Recipient.objects.of_the_state().filter(pk=recipient.pk).exists()


def test_staff_may_say_it_of_a_recipient_read_on_chorus(client, prefecture):
    client.force_login(staff("view_recipient", "change_recipient"))
    url = reverse("admin:orders_recipient_change", args=[prefecture.recipient.pk])
    forms = {"services-TOTAL_FORMS": 0, "services-INITIAL_FORMS": 0}
    assert client.post(url, {"is_state_service": "false", "name": "Autre", **forms}).status_code == 302
    changed = Recipient.objects.get(siret=STATE)
    assert changed.is_state_service is False
    assert changed.name != "Autre"


def test_the_warning_goes_once_staff_say_that_it_is_no_service_of_the_state(checking, waiting, client, prefecture):
    invoice = waiting("1999999999", status=Status.DRAFT)
    deposit_sweep()
    assert warned(invoice)
    client.force_login(staff("view_recipient", "change_recipient"))
    url = reverse("admin:orders_recipient_change", args=[prefecture.recipient.pk])
    forms = {"services-TOTAL_FORMS": 0, "services-INITIAL_FORMS": 0}
    client.post(url, {"is_state_service": "false", **forms})
    assert not warned(invoice)


def test_who_unticked_the_box_is_not_asked_for(checking, waiting, supplier, simulator):
    waiting("1999999999")
    type(supplier).objects.update(uses_chorus=False, depositor="")
    deposit_sweep()
    assert asked(simulator) == 0


@pytest.mark.parametrize("status", [Status.APPROVED, Status.DEPOSITED, Status.WITHDRAWN])
def test_what_can_no_longer_be_corrected_is_not_asked_for(checking, waiting, simulator, status):
    waiting("1999999999", status=status, send_after=timezone.now() + timedelta(hours=1))
    deposit_sweep()
    assert asked(simulator) == 0


# --- How often ---


def test_one_number_is_asked_once_and_again_when_it_has_aged(checking, waiting, simulator):
    for _ in range(3):
        waiting("1999999999")
    deposit_sweep()
    deposit_sweep()
    assert asked(simulator) == 1
    due = StateEngagement.objects.get().due_at - timezone.now()
    assert timedelta(hours=11) < due <= engagements.AGE
    time_passes()
    deposit_sweep()
    assert asked(simulator) == 2


def test_published_at_last_it_is_said_no_more(checking, waiting):
    invoice = waiting(PUBLISHED)
    StateEngagement.objects.create(
        environment="simulator", establishment=invoice.establishment, number=PUBLISHED, is_known=False
    )
    judge_and_keep(invoice)
    assert warned(invoice)
    deposit_sweep()
    assert not warned(invoice)


def test_two_workers_do_not_both_ask(waiting):
    invoice = waiting("1999999999")
    mine = StateEngagement.objects.create(environment="simulator", establishment=invoice.establishment, number="1")
    theirs = StateEngagement.objects.get()
    later = timezone.now() + timedelta(minutes=1)
    assert (mine.claim(later), theirs.claim(later)) == (True, False)


# --- When nobody answers ---


def test_when_chorus_is_down_nothing_is_said_and_it_is_asked_later(checking, waiting, simulator):
    first, second = waiting("1999999999"), waiting("1999999998")
    simulator.trouble("html_error", operation=ASK, times=None)
    deposit_sweep()
    deposit_sweep()
    assert asked(simulator) == 1
    assert not warned(first)
    simulator.calm()
    time_passes()
    deposit_sweep()
    assert warned(first)
    assert warned(second)


def test_without_the_consent_deposits_go_on(checking, waiting, approved, simulator):
    invoice, sent = waiting("1999999999"), approved()
    simulator.subscribe([family for family in world.FAMILIES if family != "engagementsJuridiques"])
    deposit_sweep()
    assert not warned(invoice)
    sent.refresh_from_db()
    assert sent.status == Status.DEPOSITED
    assert TechnicalAccount.objects.get().blocked_since is None


def test_a_dead_password_blocks_the_account_and_is_not_tried_for_each_number(checking, waiting, simulator):
    waiting("1999999999")
    waiting("1999999998")
    simulator.expire_password()
    engagements.check_due()
    engagements.check_due()
    assert asked(simulator) <= 2  # A 401 is asked once more with a fresh token.
    assert TechnicalAccount.objects.get().blocked_since


# --- Switched off, or elsewhere ---


def test_switched_off_it_takes_back_what_it_said(checking, waiting, patient):
    invoice = waiting("1999999999")
    deposit_sweep()
    assert warned(invoice)
    patient(CHECK_ENGAGEMENTS=False)
    deposit_sweep()
    assert not warned(invoice)
    assert not StateEngagement.objects.exists()


def test_what_another_environment_said_counts_for_nothing(checking, waiting):
    invoice = waiting(PUBLISHED)
    StateEngagement.objects.create(
        environment="qualification",
        establishment=invoice.establishment,
        number=PUBLISHED,
        is_known=False,
        due_at=timezone.now() + timedelta(hours=10),
    )
    judge_and_keep(invoice)
    deposit_sweep()
    assert not warned(invoice)
    assert StateEngagement.objects.get().environment == "simulator"


# --- « Vérifier la connexion » ---


@pytest.mark.parametrize(("on", "step"), [(True, Step.CONSENT), (False, Step.NONE)])
def test_the_consent_is_proved_only_when_it_is_needed(account, patient, simulator, on, step):
    patient(CHECK_ENGAGEMENTS=on)
    simulator.subscribe([family for family in world.FAMILIES if family != "engagementsJuridiques"])
    account.ask()
    deposit_sweep()
    account.refresh_from_db()
    assert account.failing_step == step
    assert account.failing_detail == ("Engagements" if on else "")
    assert account.blocked_since is None
