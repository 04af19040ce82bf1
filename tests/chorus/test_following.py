"""Until when an invoice on Chorus Pro is followed, what a supplier's « no » stops, and how it all resumes."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from chorus import following, news
from chorus.models import Submission, TechnicalAccount
from chorus.simulator import world
from chorus.tasks import deposit_sweep, directory_sweep, news_sweep
from invoicing import replies
from invoicing.lifecycle import Status
from invoicing.models import Reply
from suppliers.models import Depositor, Supplier
from tests.factories import BuyerMemberFactory, MemberFactory, TechnicalAccountFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

FARM = world.SUPPLIERS[0].siret


@pytest.fixture
def member(supplier):
    return MemberFactory(supplier=supplier)


@pytest.fixture
def deposited(approved, account):
    invoice = approved()
    deposit_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.DEPOSITED
    return invoice


def untick(member):
    member.supplier.answer_box(uses_chorus=False, depositor="", by=member.user)


def tick(member, depositor=Depositor.PORTAL):
    member.supplier.answer_box(uses_chorus=True, depositor=depositor, by=member.user, signatory="Camille Exemple")


def play(simulator, invoice, status):
    simulator.play(invoice.submissions.get(kind="deposit").cpp_id, status, force=True)


def labels(invoice) -> list[str]:
    return [event.label for event in invoice.events.filter(kind="note")]


# --- Stopping ---


def test_as_long_as_it_may_be_read_nothing_stops(deposited, account):
    account.block("401")
    assert following.stop() == 0
    assert labels(deposited) == []


def test_unticking_ends_the_follow_up_once(deposited, member, simulator):
    untick(member)
    play(simulator, deposited, "REJETEE")
    news_sweep()
    news_sweep()
    deposited.refresh_from_db()
    assert deposited.status == Status.DEPOSITED
    assert deposited.follow_stopped_at
    assert labels(deposited) == ["Suivi arrêté"]
    assert "n'utilise plus Chorus Pro" in deposited.events.get(label="Suivi arrêté").reason.replace("’", "'")
    assert "factures/consulter/historique" not in simulator.calls()


def test_revoking_the_mandate_alone_goes_on_reading(deposited, member, simulator):
    """« Je dépose moi-même : suivi seulement »."""
    tick(member, Depositor.SELF)
    play(simulator, deposited, "MISE_A_DISPOSITION")
    news_sweep()
    deposited.refresh_from_db()
    assert (deposited.status, deposited.follow_stopped_at) == (Status.AVAILABLE, None)


def test_a_lost_attachment_ends_the_follow_up(deposited, simulator, read_twice):
    simulator.detach(FARM)
    read_twice()
    news_sweep()
    deposited.refresh_from_db()
    assert deposited.follow_stopped_at
    assert "Plus aucun compte" in deposited.events.get(label="Suivi arrêté").reason


def test_an_account_that_was_entered_a_moment_ago_stops_nothing(deposited, account):
    TechnicalAccount.objects.filter(pk=account.pk).update(is_active=False)
    TechnicalAccountFactory(login="TECH_9_10000009000017@cpro.fr")
    assert following.stop() == 0
    TechnicalAccount.objects.update(attachments_read_at=timezone.now())
    assert following.stop() == 1


def test_without_any_account_nothing_is_followed(deposited):
    TechnicalAccount.objects.update(is_active=False)
    assert following.stop() == 1


def test_a_paid_invoice_has_nothing_left_to_follow(deposited, member, simulator):
    play(simulator, deposited, "MISE_EN_PAIEMENT")
    news_sweep()
    untick(member)
    assert following.stop() == 0


# --- Resuming ---


def test_ticked_again_it_catches_up_what_was_missed(deposited, member, simulator):
    untick(member)
    news_sweep()
    for status in ("MISE_A_DISPOSITION", "SUSPENDUE"):
        play(simulator, deposited, status)
    tick(member)
    news_sweep()
    deposited.refresh_from_db()
    assert (deposited.status, deposited.follow_stopped_at) == (Status.SUSPENDED, None)
    told = set(deposited.events.filter(kind="news").values_list("to_status", flat=True))
    assert {Status.AVAILABLE, Status.SUSPENDED} <= told
    assert labels(deposited) == ["Suivi arrêté", "Suivi repris"]


def test_attached_again_it_resumes(deposited, simulator, read_twice):
    simulator.detach(FARM)
    read_twice()
    news_sweep()
    play(simulator, deposited, "MISE_A_DISPOSITION")
    simulator.attach(FARM)
    directory_sweep()
    news_sweep()
    deposited.refresh_from_db()
    assert (deposited.status, deposited.follow_stopped_at) == (Status.AVAILABLE, None)


def test_it_says_resumed_only_once_the_past_was_read(deposited, member, simulator):
    untick(member)
    news_sweep()
    tick(member)
    simulator.trouble("html_error", operation="factures/consulter/historique", times=None)
    news_sweep()
    deposited.refresh_from_db()
    assert deposited.follow_stopped_at
    simulator.calm()
    news_sweep()
    deposited.refresh_from_db()
    assert deposited.follow_stopped_at is None


def test_a_stopped_invoice_is_not_asked_for_one_by_one(deposited, member, portal):
    untick(member)
    following.stop()
    Supplier.objects.update(uses_chorus=True)
    portal.CHORUS = {**portal.CHORUS, "SILENCE_AGE": -1}
    assert news.ask_silent() == 0


# --- What has not left ---


def test_a_withdrawn_validation_stops_what_was_approved(approved, supplier):
    invoice = approved()
    Supplier.objects.update(validated_at=None)
    deposit_sweep()
    invoice.refresh_from_db()
    assert invoice.status == Status.TO_SELF_DEPOSIT
    assert "validé" in invoice.events.last().reason
    assert not Submission.objects.filter(status=Submission.Status.DEPOSITED).exists()


def test_a_reply_that_has_not_left_stays_here(deposited, member, simulator):
    play(simulator, deposited, "SUSPENDUE")
    news_sweep()
    deposited.refresh_from_db()
    replies.write(deposited, kind="answer", by=member.user, seen_revision=deposited.revision, comment="Voici.")
    untick(member)
    deposit_sweep()
    reply = Reply.objects.get()
    assert reply.state == Reply.State.REFUSED
    assert "Chorus Pro" in reply.refusal
    assert "factures/completer" not in simulator.calls()


# --- What people read ---


@pytest.fixture
def stopped(deposited, member):
    untick(member)
    news_sweep()
    deposited.refresh_from_db()
    return deposited


def read(client, person, name, *args) -> str:
    client.force_login(person)
    return client.get(reverse(name, args=args)).content.decode().replace("\xa0", " ")


def test_the_supplier_reads_when_it_stopped_and_how_it_resumes(client, stopped, member):
    day = f"Suivi arrêté le {date_format(timezone.localtime(stopped.follow_stopped_at), 'j F Y')}"
    page = read(client, member.user, "invoicing:detail", stopped.pk)
    assert day in page
    assert "cochez la case dans votre profil" in page
    assert day in read(client, member.user, "invoicing:list")
    assert day in read(client, member.user, "invoicing:supplier_home")


def test_the_buyer_reads_it_too(client, stopped):
    buyer = BuyerMemberFactory(buyer=stopped.buyer).user
    assert "Suivez-la sur Chorus Pro" in read(client, buyer, "invoicing:detail", stopped.pk)
    assert "Suivi arrêté le" in read(client, buyer, "invoicing:received")


def test_the_desk_reads_it_too(client, stopped):
    agent = UserFactory(is_staff=True, is_superuser=True)
    assert "suivi arrêté le" in read(client, agent, "admin:invoicing_invoice_change", stopped.pk)
    client.force_login(agent)
    listed = client.get(reverse("admin:invoicing_invoice_changelist"), {"etat": "toutes"}).content.decode()
    assert "suivi arrêté le" in listed


def test_who_lost_the_attachment_is_sent_to_the_check(client, deposited, member, simulator, read_twice):
    simulator.detach(FARM)
    read_twice()
    news_sweep()
    assert "vérifiez la connexion" in read(client, member.user, "invoicing:detail", deposited.pk)


def test_the_page_of_the_box_says_what_unticking_stops(client, member):
    assert "leur suivi s'arrête" in read(client, member.user, "suppliers:chorus_box", member.supplier_id).replace(
        "&#x27;", "'"
    )


def test_nothing_can_be_answered_through_us_meanwhile(deposited, member, simulator):
    play(simulator, deposited, "SUSPENDUE")
    news_sweep()
    deposited.refresh_from_db()
    assert replies.may_reply(deposited)
    untick(member)
    news_sweep()
    deposited.refresh_from_db()
    assert not replies.may_reply(deposited)
