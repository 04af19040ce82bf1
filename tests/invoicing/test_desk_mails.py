"""What agents hear of their queue, and suppliers of a review that lasts too long."""

from datetime import datetime

import pytest
from django.utils import timezone

from invoicing import dated_mails, unreviewed
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from suppliers.models import Mail
from tests.factories import MemberFactory
from tests.invoicing.at_desk import problem, staff, waiting
from tests.letters import delivered, forget_welcome, written

pytestmark = pytest.mark.django_db
QUEUE, LATE, OFFERED = "to_review", "review_late", "review_offered"


@pytest.fixture
def agent():
    return staff("review_invoice")


@pytest.fixture
def at(monkeypatch):
    """Sets the moment."""

    def set_to(text: str):
        now = timezone.make_aware(datetime.fromisoformat(text))
        monkeypatch.setattr(timezone, "now", lambda: now)

    return set_to


def since(text: str, **values) -> Invoice:
    return waiting(status_at=timezone.make_aware(datetime.fromisoformat(text)), **values)


def of(kind: str) -> list[str]:
    return [address for told, address in written() if told == kind]


# --- Every day ---


def test_every_working_day_agents_hear_how_long_the_queue_is(agent, at):
    since("2026-11-16 08:00")
    since("2026-11-18 08:00", verdict=[problem()])
    at("2026-11-19 08:00")
    for _ in range(2):
        dated_mails.tell()
    assert of(QUEUE) == [agent.email]
    subjects = [mail.subject for mail in Mail.objects.filter(kind=QUEUE)]
    assert subjects == ["2 factures à vérifier, la plus ancienne depuis 3\u00a0jours"]
    assert "Sans rien à signaler\u00a0: 1." in Mail.objects.get(kind=QUEUE).happened
    at("2026-11-20 08:00")
    dated_mails.tell()
    assert len(of(QUEUE)) == 2


def test_one_alone_is_spoken_of_as_one(agent, at):
    since("2026-11-18 08:00")
    at("2026-11-19 08:00")
    dated_mails.tell()
    assert delivered()[0].subject == "1 facture à vérifier depuis 1\u00a0jour"


@pytest.mark.parametrize("day", ["2026-11-21 08:00", "2026-11-11 08:00", "2026-11-19 06:00"])
def test_on_days_off_and_before_the_hour_nobody_is_told(agent, at, day):
    since("2026-11-02 08:00")
    at(day)
    dated_mails.tell()
    assert written() == []


def test_an_empty_queue_is_not_told_and_one_emptied_meanwhile_neither(agent, at):
    at("2026-11-19 08:00")
    dated_mails.tell()
    assert written() == []
    invoice = since("2026-11-19 07:00")
    dated_mails.tell()
    invoice.approve(by=agent)
    assert delivered() == []


# --- Late ---


def test_past_two_working_days_the_group_is_told_once(agent, at):
    invoice = since("2026-11-12 10:00")  # a Thursday
    at("2026-11-16 09:00")
    dated_mails.tell()
    assert of(LATE) == []
    for moment in ("2026-11-16 10:00", "2026-11-16 11:00", "2026-11-17 10:00"):
        at(moment)
        dated_mails.tell()
    assert of(LATE) == [agent.email]
    assert Mail.objects.get(kind=LATE).subject == f"Facture {invoice.number}\u00a0: délai de vérification dépassé"


def test_what_comes_under_review_again_is_late_again(agent, at):
    invoice = since("2026-11-12 10:00")
    at("2026-11-17 10:00")
    dated_mails.tell()
    Invoice.objects.filter(pk=invoice.pk).update(status_at=timezone.now())
    at("2026-11-20 10:00")
    dated_mails.tell()
    assert len(of(LATE)) == 2


def test_what_was_decided_before_the_mail_left_is_not_told(agent, at):
    invoice = since("2026-11-12 10:00")
    at("2026-11-17 10:00")
    dated_mails.tell()
    invoice.send_back(by=agent, reason="Illisible")
    assert not any("dépassé" in letter.body for letter in delivered())


# --- Past twice that ---


@pytest.fixture
def farm():
    """A farm and its only person."""
    person = MemberFactory().user
    MemberFactory()
    forget_welcome()
    return person


def of_farm(farm, moment="2026-11-12 10:00", **values) -> Invoice:
    supplier = farm.supplier_memberships.get().supplier
    return since(moment, order__supplier=supplier, **values)


def test_past_four_its_supplier_may_deposit_it_himself(farm, at):
    invoice = of_farm(farm)
    at("2026-11-17 10:00")
    dated_mails.tell()
    assert of(OFFERED) == []
    for moment in ("2026-11-18 10:00", "2026-11-19 10:00"):
        at(moment)
        dated_mails.tell()
    assert of(OFFERED) == [farm.email]
    [letter] = delivered()
    assert letter.subject == f"Facture {invoice.number}\u00a0: la vérification tarde"
    assert f"/factures/{invoice.pk}/" in letter.body


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"verdict": [problem("stop")]}, "Un contrôle la retient"),
        ({"iban": "FR7630006000011234567890189"}, "doit encore vous appeler"),
        ({"recipient": None}, "l'envoyer vous-même à l'acheteur"),
    ],
    ids=["stopped", "account to call about", "outside"],
)
def test_whatever_holds_it_up_its_supplier_is_told_what_he_may_do(farm, at, values, told):
    of_farm(farm, **values)
    at("2026-11-19 10:00")
    dated_mails.tell()
    [letter] = delivered()
    assert told in " ".join(letter.body.split())


def test_an_offer_that_was_taken_is_not_told(farm, at):
    invoice = of_farm(farm)
    at("2026-11-19 10:00")
    dated_mails.tell()
    invoice.take_over(by=farm, to=invoice.way_out, seen_revision=invoice.revision)
    assert delivered() == []


def test_what_leaves_by_itself_is_not_offered(farm, at, settings):
    settings.REVIEW_LAPSE = True
    of_farm(farm)
    doubtful = of_farm(farm, verdict=[problem()])
    at("2026-11-19 10:00")
    dated_mails.tell()
    assert list(Mail.objects.filter(kind=OFFERED).values_list("about", flat=True)) == [doubtful.pk]


# --- Without a look ---


def test_where_the_departement_decided_so_what_shows_nothing_leaves(farm, at, settings):
    settings.REVIEW_LAPSE = True
    clean, doubtful, off_order, fresh, called = (
        of_farm(farm),
        of_farm(farm, verdict=[problem()]),
        of_farm(farm, no_order="phone", billing=False),
        of_farm(farm, "2026-11-16 10:00"),
        of_farm(farm, iban="FR7630006000011234567890189"),
    )
    at("2026-11-18 10:00")
    unreviewed.let_go()
    assert Invoice.objects.get(pk=clean.pk).status == Status.APPROVED
    for kept in (doubtful, off_order, fresh, called):
        assert Invoice.objects.get(pk=kept.pk).status == Status.TO_REVIEW
    event = clean.events.get()
    assert (event.label, event.by) == ("Sans vérification : délai dépassé", None)
    clean.refresh_from_db()
    assert clean.send_after > timezone.now()


def test_it_is_off_by_default(farm, at):
    invoice = of_farm(farm)
    at("2026-12-18 10:00")
    unreviewed.let_go()
    assert Invoice.objects.get(pk=invoice.pk).status == Status.TO_REVIEW
