"""Which moves of an invoice are told, to whom, and what is no longer worth telling."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invoicing.lifecycle import ON_CHORUS, TRANSITIONS, Status
from invoicing.mails import STATUS
from invoicing.models import Invoice, Kind, NoOrder
from suppliers.models import Mail
from tests.factories import BuyerFactory, BuyerMemberFactory, MemberFactory, UserFactory
from tests.letters import delivered, forget_welcome, written

pytestmark = pytest.mark.django_db

TOLD = {Status.RETURNED, Status.SUSPENDED, Status.TO_REROUTE, Status.REJECTED, Status.PAID}


@pytest.fixture
def farm(order):
    """Two people of the supplier; the buyer, another farm and another canteen look on."""
    people = [MemberFactory(supplier=order.supplier).user for _ in range(2)]
    BuyerMemberFactory(buyer=order.buyer)
    BuyerMemberFactory()
    MemberFactory()
    forget_welcome()
    return people


def news(invoice, status, *, minutes=0) -> Invoice:
    assert invoice.apply_news(status, timezone.now() + timedelta(minutes=minutes), word=status)
    return invoice


def told_to(people, kind) -> list[tuple[str, str]]:
    return sorted((kind, person.email) for person in people)


def test_the_statuses_told_are_those_announced():
    assert set(STATUS) == TOLD


@pytest.mark.parametrize("status", sorted(ON_CHORUS - {Status.DEPOSITED}))
def test_news_are_told_to_everybody_of_the_supplier(an_invoice_of, farm, status):
    invoice = news(an_invoice_of(status=Status.DEPOSITED), status)
    expected = told_to(farm, f"invoice_{status}") if status in TOLD else []
    assert written() == expected
    letters = delivered()
    assert sorted(letter.to[0] for letter in letters) == [address for _, address in expected]
    for letter in letters:
        assert invoice.number in letter.subject
        assert f"/factures/{invoice.pk}/" in letter.body
        assert "105,50" not in letter.body


@pytest.mark.parametrize(
    ("source", "target"), [(source, target) for source in Status for target in sorted(TRANSITIONS[source] - ON_CHORUS)]
)
def test_of_our_own_moves_only_a_return_is_told(an_invoice_of, farm, source, target):
    invoice = an_invoice_of(status=source)
    invoice.move_to(target, reason="Le total est faux, voyez FR7630006000011234567890189")
    assert written() == (told_to(farm, "invoice_returned") if target == Status.RETURNED else [])
    assert not any("FR76" in letter.body for letter in delivered())


def test_the_same_news_read_again_are_told_once(an_invoice_of, farm):
    invoice = an_invoice_of(status=Status.DEPOSITED)
    at = timezone.now()
    assert invoice.apply_news(Status.SUSPENDED, at, word="SUSPENDUE")
    assert not invoice.apply_news(Status.SUSPENDED, at, word="SUSPENDUE")
    assert len(Mail.objects.filter(kind="invoice_suspended")) == 2


def test_a_second_return_is_told_too_a_second_payment_is_not(an_invoice_of, farm):
    invoice = an_invoice_of(status=Status.DEPOSITED)
    for minutes, status in enumerate([Status.SUSPENDED, Status.COMPLETED, Status.SUSPENDED], start=1):
        news(invoice, status, minutes=minutes)
    assert len(written()) == 4
    for minutes, status in enumerate([Status.PAID, Status.ORDERED, Status.PAID], start=5):
        news(invoice, status, minutes=minutes)
    assert len([kind for kind, _ in written() if kind == "invoice_paid"]) == 2


def test_who_stops_his_own_sending_is_not_told(an_invoice_of, farm):
    an_invoice_of(status=Status.APPROVED).cancel_sending(by=farm[0])
    assert written() == []


def test_what_a_person_declares_is_told_to_nobody(an_invoice_of, farm):
    invoice = an_invoice_of(status=Status.TO_SELF_DEPOSIT)
    for status in (Status.DEPOSITED, Status.SUSPENDED):
        invoice.declare(status, on=timezone.localdate(), by=farm[0], seen_revision=invoice.revision)
    assert written() == []


def test_an_avoir_is_never_paid_and_is_spoken_of_as_one(an_invoice_of, farm):
    note = an_invoice_of(status=Status.DEPOSITED, kind=Kind.CREDIT_NOTE, number="AV-12")
    news(note, Status.PAID, minutes=1)
    assert written() == []
    news(note, Status.REJECTED, minutes=2)
    [letter, _] = delivered()
    assert letter.subject == "Avoir AV-12\u00a0: refus de l'acheteur"
    assert "refuse l'avoir AV-12" in letter.body


# --- Dropped when untrue ---


def test_a_return_corrected_before_its_mail_left_is_not_told(an_invoice_of, farm):
    invoice = an_invoice_of(status=Status.TO_REVIEW)
    invoice.send_back(by=UserFactory(), reason="Le total est faux")
    invoice.confirm(by=farm[0], seen_revision=invoice.revision)
    assert delivered() == []


def test_of_two_returns_the_one_it_is_in_is_told(an_invoice_of, farm):
    invoice, agent = an_invoice_of(status=Status.TO_REVIEW), UserFactory()
    for _ in range(2):
        invoice.send_back(by=agent, reason="Le total est faux")
        invoice.confirm(by=farm[0], seen_revision=invoice.revision)
    invoice.send_back(by=agent, reason="Le total est faux")
    assert sorted(letter.to[0] for letter in delivered()) == sorted(person.email for person in farm)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.TO_REROUTE])
def test_a_return_that_is_answered_is_not_told(an_invoice_of, farm, status):
    invoice = news(an_invoice_of(status=Status.DEPOSITED), status)
    answered = {"kind": "answer"} if status == Status.SUSPENDED else {"kind": "reroute", "recipient": invoice.recipient}
    invoice.replies.create(about=invoice.chorus_status_at, state="waiting", by=farm[0], **answered)
    assert delivered() == []


def test_who_wrote_that_he_is_paid_is_not_told_so(an_invoice_of, farm):
    invoice = news(an_invoice_of(status=Status.DEPOSITED), Status.PAID)
    invoice.declare_received(on=timezone.localdate(), by=farm[0])
    assert delivered() == []


def test_who_left_the_farm_is_not_told(an_invoice_of, farm):
    invoice = news(an_invoice_of(status=Status.DEPOSITED), Status.PAID)
    invoice.supplier.members.filter(user=farm[0]).delete()
    assert [letter.to for letter in delivered()] == [[farm[1].email]]


# --- The buyer ---


@pytest.fixture
def canteen(order):
    people = [BuyerMemberFactory(buyer=order.buyer).user for _ in range(2)]
    BuyerMemberFactory()
    MemberFactory(supplier=order.supplier)
    forget_welcome()
    return people


def handed_over(an_invoice_of, **values) -> Invoice:
    invoice = an_invoice_of(billing=False, **values)
    invoice.confirm(by=UserFactory(), seen_revision=invoice.revision)
    return invoice


def test_an_invoice_without_order_is_told_to_its_buyer_once(an_invoice_of, canteen):
    invoice = handed_over(an_invoice_of, no_order=NoOrder.PHONE)
    invoice.send_back(by=UserFactory(), reason="Le total est faux")
    invoice.confirm(by=UserFactory(), seen_revision=invoice.revision)
    assert [row for row in written() if row[0] == "off_order"] == told_to(canteen, "off_order")
    letters = [letter for letter in delivered() if letter.to[0] in {person.email for person in canteen}]
    assert len(letters) == 2
    assert "sans commande" in letters[0].subject


def test_an_invoice_with_an_order_or_for_another_buyer_is_not(an_invoice_of, canteen):
    handed_over(an_invoice_of)
    handed_over(an_invoice_of, no_order=NoOrder.PHONE, buyer=BuyerFactory())
    assert written() == []


def test_a_buyer_who_has_answered_is_not_asked(an_invoice_of, canteen):
    invoice = handed_over(an_invoice_of, no_order=NoOrder.PHONE)
    invoice.disown(by=canteen[0], reason="", seen_revision=invoice.revision)
    assert delivered() == []
