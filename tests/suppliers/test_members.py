"""People of a supplier and of a buyer: they take access away, leave, and each time stands in the journal."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from suppliers.models import LastMember, Mail, NotOurs
from suppliers.models.mail import State
from suppliers.outbox import send_due
from tests.at_once import at_once
from tests.factories import BuyerMemberFactory, MemberFactory, UserFactory
from tests.invitations import ADDRESS, account, act, invite, letter_to, link_in, read
from tests.letters import forget_welcome
from tests.people import signed_in

pytestmark = pytest.mark.django_db
HOUSES = [(MemberFactory, "supplier"), (BuyerMemberFactory, "buyer")]


@pytest.fixture(params=HOUSES, ids=["supplier", "buyer"])
def house(request):
    """With two people, first and second."""
    factory, name = request.param
    member = factory()
    found = getattr(member, name)
    second = factory(**{name: found})
    found.first, found.second = signed_in(member.user), signed_in(second.user)
    found.add = lambda **values: factory(**{name: found}, **values).user
    found.other = signed_in(factory().user)
    forget_welcome()
    return found


def acts_of(house) -> list[tuple[str, str, str]]:
    """(act, whom, by), the oldest first."""
    return [(one.what, one.whom, one.by.email) for one in house.member_changes.order_by("pk")]


def member_of(house, client):
    return house.members.get(user=client.user)


def remove(client, house, whom):
    return act(client, house, "member", member_of(house, whom).pk)


def written_to() -> set[str]:
    mail.outbox.clear()
    send_due()
    return {letter.to[0] for letter in mail.outbox}


def test_its_people_are_listed_with_since_when(house):
    page = read(house.first, house)
    for client in (house.first, house.second):
        assert str(client.user) in page
        assert client.user.email in page
    assert f"depuis le {timezone.localdate().day} " in page.replace("1er", "1")


@pytest.mark.parametrize("what", ["page", "invite", "remove", "ask", "renew"])
def test_nobody_else_reads_or_changes_them(house, what):
    invite(house.first, house)
    invitation = house.invitations.get()
    before = (list(house.members.values()), list(house.invitations.values()), list(house.member_changes.values()))
    pages = {
        "page": lambda client: client.get(house.members_path),
        "invite": lambda client: invite(client, house, "intrus@example.org"),
        "remove": lambda client: remove(client, house, house.second),
        "ask": lambda client: client.get(
            reverse(f"{house.space}:member", args=[house.pk, member_of(house, house.first).pk])
        ),
        "renew": lambda client: act(client, house, "member_invitation", invitation.pk, again=""),
    }
    for stranger in (house.other, signed_in(UserFactory()), signed_in(UserFactory(is_staff=True))):
        assert pages[what](stranger).status_code == 404
    after = (list(house.members.values()), list(house.invitations.values()), list(house.member_changes.values()))
    assert after == before


def test_a_member_or_an_invitation_of_another_house_is_out_of_reach(house):
    invite(house.first, house)
    theirs = type(house).objects.exclude(pk=house.pk).get(members__user=house.other.user)
    assert act(house.other, theirs, "member", member_of(house, house.first).pk).status_code == 404
    assert act(house.other, theirs, "member_invitation", house.invitations.get().pk, cancel="").status_code == 404
    assert house.members.count() == 2
    assert house.invitations.waiting().exists()


def test_who_was_removed_finds_nothing_on_his_next_click(house):
    assert house.second.get(house.path).status_code == 200
    remove(house.first, house, house.second)
    for page in (house.path, house.members_path):
        assert house.second.get(page).status_code == 404
    assert house.first.get(house.path).status_code == 200
    assert acts_of(house) == [("removed", house.second.user.email, house.first.user.email)]
    assert "Personne retirée" in read(house.first, house)


def test_news_of_an_account_that_wait_for_who_was_removed_are_dropped():
    """They wait for no digest; what was sent before is his, what still waits is not."""
    member = MemberFactory()
    supplier, colleague = member.supplier, MemberFactory(supplier=member.supplier).user
    forget_welcome()
    supplier.change_iban("FR7630006000011234567890189")
    supplier.let_go(colleague, by=member.user)
    send_due()
    of_account = Mail.objects.filter(kind="iban_changed")
    assert of_account.get(user=colleague).state == State.DROPPED
    assert of_account.get(user=member.user).state == State.SENT


def test_all_are_told_who_went_and_so_is_he(house):
    third = house.add()
    forget_welcome()
    remove(house.first, house, house.second)
    told = {house.first.user.email, house.second.user.email, third.email}
    assert written_to() == told
    for letter in mail.outbox:
        assert house.second.user.email in letter.body
        assert house.first.user.email in letter.body
        assert house.members_path in letter.body


def test_one_may_leave_and_the_others_are_told(house):
    answer = remove(house.second, house, house.second)
    assert answer["Location"] == reverse("home")
    assert house.second.get(house.path).status_code == 404
    assert acts_of(house) == [("left", house.second.user.email, house.second.user.email)]
    assert written_to() == {house.first.user.email}


def test_the_last_one_stays(house):
    remove(house.first, house, house.second)
    assert "Il ne resterait personne" in house.first.get(
        reverse(f"{house.space}:member", args=[house.pk, member_of(house, house.first).pk])
    ).content.decode().replace("&#x27;", "'")
    remove(house.first, house, house.first)
    assert house.first.get(house.path).status_code == 200


def test_a_colleague_whose_account_is_switched_off_does_not_count(house):
    house.second.user.is_active = False
    house.second.user.save(update_fields=["is_active"])
    with pytest.raises(LastMember):
        house.let_go(house.first.user, by=house.first.user)
    house.let_go(house.second.user, by=house.first.user)
    assert house.members.get().user == house.first.user


def test_who_just_lost_the_right_lets_nobody_in_or_out(house):
    house.add()
    remove(house.first, house, house.second)
    gone = house.second.user
    with pytest.raises(NotOurs):
        house.invite(ADDRESS, by=gone)
    with pytest.raises(NotOurs):
        house.let_go(house.first.user, by=gone)
    assert not house.invitations.exists()


def test_the_invitations_of_who_was_removed_go_with_him(house):
    """Else he would come back by another address."""
    invite(house.second, house)
    link = link_in(letter_to())
    invite(house.first, house, "autre@example.org")
    remove(house.first, house, house.second)
    assert [one.email for one in house.invitations.waiting()] == ["autre@example.org"]
    assert ("cancelled", ADDRESS, house.first.user.email) in acts_of(house)
    client = signed_in(account())
    client.get(link)
    assert client.get(reverse("invitation")).status_code == 404


def test_who_leaves_by_himself_may_have_invited_who_comes_after_him(house):
    invite(house.second, house)
    remove(house.second, house, house.second)
    assert house.invitations.waiting().exists()


def test_any_member_may_do_the_sensitive_acts(house):
    person = signed_in(house.add())
    pages = ["suppliers:iban", "suppliers:chorus_box"] if house.space == "suppliers" else ["orders:buyer"]
    assert [person.get(reverse(page, args=[house.pk])).status_code for page in pages] == [200] * len(pages)


@pytest.mark.django_db(transaction=True)
def test_two_who_remove_each_other_at_once_do_not_empty_the_house(house):
    first, second = house.first.user, house.second.user

    def lose(whom, by):
        def act():
            try:
                return house.let_go(whom, by=by)
            except (LastMember, NotOurs) as refusal:
                return type(refusal)

        return act

    assert set(at_once(lose(first, second), lose(second, first))) in ({True, NotOurs}, {True, LastMember})
    assert house.members.count() == 1


def test_the_page_costs_as_much_for_many_as_for_few(house):
    def queries(count):
        for number in range(count):
            house.add()
            house.invitations.create(
                email=f"p{house.invitations.count()}-{number}@example.org",
                invited_by=house.first.user,
                sent_at=timezone.now(),
                expires_at=timezone.now() + timedelta(days=1),
            )
            house.member_changes.create(what="added", user=house.second.user, by=house.first.user)
        with CaptureQueriesContext(connection) as asked:
            read(house.first, house)
        return len(asked)

    assert queries(1) == queries(10)
