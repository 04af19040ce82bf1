"""The people of a supplier, added and removed at the desk."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from suppliers.models import Mail
from suppliers.outbox import send_due
from tests.factories import MemberFactory, UserFactory
from tests.suppliers.desk import SUPPLIERS

pytestmark = pytest.mark.django_db


def the_page_of(supplier) -> dict:
    """What the form of this supplier, without any inline but its establishment, sends."""
    inlines = ["establishments", "members", "invitations", "member_changes", "partners", "iban_calls"]
    inlines += ["mandates", "box_changes"]
    empty = {f"{name}-{form}_FORMS": 0 for name in inlines for form in ("TOTAL", "INITIAL")}
    establishment = supplier.establishments.get()
    row = {name: getattr(establishment, name) for name in ("siret", "city", "opened_on")}
    return {
        **empty,
        "name": supplier.name,
        "initial-name": supplier.name,
        "vat_regime": "normal",
        "establishments-TOTAL_FORMS": 1,
        "establishments-INITIAL_FORMS": 1,
        "establishments-0-id": establishment.pk,
        "establishments-0-supplier": supplier.pk,
        **{f"establishments-0-{name}": value for name, value in row.items()},
    }


def test_members_added_and_removed_at_the_desk_are_journalled_and_told(desk, agent, mailoutbox):
    member, person = MemberFactory(), UserFactory()
    supplier = member.supplier
    url = reverse(f"{SUPPLIERS}_change", args=[supplier.pk])
    page = the_page_of(supplier)
    page |= {"members-INITIAL_FORMS": 1, "members-0-id": member.pk, "members-0-supplier": supplier.pk}
    added = {"members-TOTAL_FORMS": 2, "members-1-user": person.pk, "members-1-supplier": supplier.pk}
    assert desk.post(url, {**page, **added}).status_code == 302
    Mail.objects.all().delete()
    assert desk.post(url, {**page, "members-TOTAL_FORMS": 1, "members-0-DELETE": "on"}).status_code == 302
    assert [one.user for one in supplier.members.all()] == [person]
    journal = supplier.member_changes.order_by("pk").values_list("what", "user", "by")
    assert list(journal) == [("added", person.pk, agent.pk), ("removed", member.user_id, agent.pk)]
    send_due()
    assert {letter.to[0] for letter in mailoutbox} == {member.user.email, person.email}
    assert "retiré par le Département" in mailoutbox[0].body
    assert "Personne retirée" in desk.get(url).content.decode()
    assert LogEntry.objects.filter(user=agent, object_id=str(supplier.pk)).count() == 2


def test_a_member_is_not_exchanged_for_another_at_the_desk(desk):
    member = MemberFactory()
    page = desk.get(reverse(f"{SUPPLIERS}_change", args=[member.supplier_id])).content.decode()
    assert 'name="members-0-DELETE"' in page
    assert 'name="members-0-user"' not in page


def test_agents_read_invitations_without_their_secret(desk):
    member = MemberFactory()
    member.supplier.invite("invitee@example.org", by=member.user)
    send_due()
    page = desk.get(reverse(f"{SUPPLIERS}_change", args=[member.supplier_id])).content.decode()
    assert "invitee@example.org" in page
    assert member.supplier.invitations.get().token_hash
    assert member.supplier.invitations.get().token_hash not in page
    assert 'name="invitations-0-email"' not in page
    journal = desk.get(reverse("admin:suppliers_mail_changelist"), {"q": "invitee@"}).content.decode()
    assert "Invitation à agir pour" in journal
