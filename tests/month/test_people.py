"""Real situations of a month: a canteen's secretary leaves, another one comes; partners of a GAEC share one address."""

import pytest
from django.test import Client
from django.urls import reverse

from orders.models import Order
from suppliers.models import User
from tests.factories import BuyerMemberFactory, MemberFactory, OrderFactory, UserFactory
from tests.invitations import act, come, invite, letter_to, link_in, read
from tests.people import signed_in
from tests.test_accounts import code_in, forget_attempts

pytestmark = pytest.mark.django_db
NEW = "nouvelle.secretaire@college.example.org"


def test_the_secretary_leaves_and_another_one_comes(farmer, mailoutbox):
    """Sylvie was the college's only person. She invites who comes after her, who has no account; once she is there
    Sylvie leaves, and finds nothing on the page she had open. The next mail goes to the new one, who gives the number
    and reads who left. No agent had anything to do."""
    forget_attempts()
    order = OrderFactory(supplier=farmer.user.supplier_memberships.get().supplier, engagement_number="")
    college = order.buyer
    sylvie = signed_in(BuyerMemberFactory(buyer=college).user)
    act(sylvie, college, "member", college.members.get().pk)
    assert sylvie.get(college.path).status_code == 200  # The last one stays.

    invite(sylvie, college, NEW)
    link = link_in(letter_to(NEW))
    newcomer = Client()
    newcomer.get(link)
    mailoutbox.clear()
    newcomer.post(reverse("invitation_account"), {"first_name": "Nadia", "last_name": "Exemple"})
    newcomer.post(reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[0])})
    assert newcomer.post(reverse("invitation"))["Location"] == college.path

    act(sylvie, college, "member", college.members.get(user=sylvie.user).pk)
    assert sylvie.get(reverse("orders:references", args=[order.pk])).status_code == 404
    farmer.post(reverse("orders:ask_engagement", args=[order.pk]))
    assert "attend le numéro d'engagement" in letter_to(NEW).body
    assert not [letter for letter in mailoutbox if letter.to == [sylvie.user.email] and "attend" in letter.body]

    page = newcomer.get(reverse("orders:references", args=[order.pk]))
    given = {name: page.context["form"][name].value() or "" for name in page.context["form"].fields}
    newcomer.post(reverse("orders:references", args=[order.pk]), given | {"engagement_number": "EJ-2026-12"})
    assert Order.objects.get(pk=order.pk).engagement_number == "EJ-2026-12"
    history = read(newcomer, college)
    assert [words in history for words in ("Invitation acceptée", "Départ", sylvie.user.email)] == [True] * 3
    assert not User.objects.get(email=NEW).membership_requests.exists()


def test_a_gaec_that_shares_one_address_goes_on_sharing_it():
    """The three partners act under one address and choose their names; an invitation to it is needless, and one of them
    may take an address of his own without losing the common one."""
    member = MemberFactory(user__email="gaec@example.org")
    gaec, shared = member.supplier, signed_in(member.user)
    shared.post(reverse("suppliers:partners", args=[gaec.pk]), {"names": "Alix\nBéa\nCam"})
    assert "agit déjà pour vous" in invite(shared, gaec, "gaec@example.org").content.decode()
    own = UserFactory(email="cam@example.org")
    own.emailaddress_set.create(email=own.email, verified=True, primary=True)
    invite(shared, gaec, own.email)
    cam = come(link_in(letter_to(own.email)), own)
    for client in (shared, cam):
        page = client.get(reverse("suppliers:supplier", args=[gaec.pk])).content.decode()
        assert [name in page for name in ("Alix", "Béa", "Cam")] == [True] * 3
