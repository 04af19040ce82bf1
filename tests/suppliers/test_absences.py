"""Who is away names who reads his mails; who is in charge does it for those who could not."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from agrilocal18.apps import AGENTS, RESPONSABLES, permission_names
from suppliers.models import Absence, User
from tests.factories import MemberFactory, UserFactory
from tests.people import signed_in

pytestmark = pytest.mark.django_db
MAY = "invoicing.review_invoice"
ADD, LIST = "/admin/suppliers/absence/add/", "/admin/suppliers/absence/"


def colleague(group=AGENTS):
    person = UserFactory(is_staff=True)
    person.groups.add(Group.objects.get(name=group))
    return person


def away(user, deputy, *, begins=0, ends=0):
    today = timezone.localdate()
    return Absence.objects.create(
        user=user, deputy=deputy, first_day=today + timedelta(begins), last_day=today + timedelta(ends)
    )


def told() -> set[User]:
    return set(User.objects.staff_to_tell(MAY))


# --- Who reads ---


def test_the_deputy_reads_in_place_of_who_is_away(django_user_model):
    alone, deputy = colleague(), colleague()
    away(alone, deputy)
    assert told() == {deputy}
    assert set(User.objects.staff_who_may(MAY)) == {alone, deputy}


@pytest.mark.parametrize(("begins", "ends"), [(1, 3), (-3, -1)])
def test_on_other_days_everybody_reads_his_own(begins, ends):
    one, other = colleague(), colleague()
    away(one, other, begins=begins, ends=ends)
    assert told() == {one, other}


def test_deputies_of_deputies_read_and_a_circle_loses_nothing():
    first, second, third = (colleague() for _ in range(3))
    away(first, second)
    away(second, third)
    assert told() == {third}
    away(third, first)
    assert told() == {first, second, third}


@pytest.mark.parametrize("why", ["no right", "gone"])
def test_a_deputy_who_may_not_leaves_it_with_who_is_away(why):
    person, deputy = colleague(), colleague()
    if why == "gone":
        User.objects.filter(pk=deputy.pk).update(is_active=False)
    else:
        deputy.groups.clear()
    away(person, deputy)
    assert told() == {person}


# --- Who notes it ---


def note(person, deputy, *, begins=0, ends=2, **more):
    today = timezone.localdate()
    days = {"first_day": today + timedelta(begins), "last_day": today + timedelta(ends)}
    data = {"deputy": deputy.pk, **{name: day.strftime("%d/%m/%Y") for name, day in days.items()}, **more}
    return signed_in(person).post(ADD, data, follow=True)


def test_an_agent_notes_his_own_and_sees_no_other():
    person, deputy = colleague(), colleague()
    other = away(deputy, person)
    note(person, deputy, user=deputy.pk)
    noted = Absence.objects.exclude(pk=other.pk).get()
    assert (noted.user, noted.deputy) == (person, deputy)
    shown = signed_in(person).get(LIST).content.decode()
    assert f"/absence/{noted.pk}/" in shown
    assert f"/absence/{other.pk}/" not in shown
    theirs = reverse("admin:suppliers_absence_change", args=[other.pk])
    assert signed_in(person).post(theirs, {"deputy": deputy.pk}).status_code == 302
    other.refresh_from_db()
    assert other.deputy == person


def test_who_is_in_charge_notes_it_for_somebody_else():
    person, deputy, chief = colleague(), colleague(), colleague(RESPONSABLES)
    note(chief, deputy, user=person.pk)
    assert Absence.objects.get().user == person
    assert chief.has_perm(MAY)
    assert set(chief.get_all_permissions()) == {f"{app}.{name}" for app, name in permission_names(RESPONSABLES)}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"begins": 3, "ends": 1}, "finit avant de commencer"),
        ({"begins": -5, "ends": -1}, "Ces jours sont passés"),
        ({"begins": 8, "ends": 12}, "Une autre absence couvre déjà"),
        ({"first_day": "01/01/0001"}, "année 1 n"),
        ({"last_day": "31/12/9999"}, "année 9999 n"),
    ],
)
def test_days_that_make_no_sense_are_explained(values, sentence):
    person, deputy = colleague(), colleague()
    away(person, deputy, begins=10, ends=20)
    assert sentence in note(person, deputy, **values).content.decode()
    assert Absence.objects.count() == 1


def test_nobody_stands_in_for_himself():
    person = colleague()
    assert "personne ne se remplace soi-même" in note(person, person).content.decode()
    assert not Absence.objects.exists()


def test_only_people_of_the_desk_are_offered():
    person, farmer = colleague(), MemberFactory().user
    note(person, farmer)
    assert not Absence.objects.exists()


def test_a_member_of_a_supplier_has_no_such_page():
    assert signed_in(MemberFactory().user).get(LIST, follow=True).status_code == 403
