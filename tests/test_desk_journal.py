"""Who changed what at the desk, from what to what, and who kept which list as a file."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from agrilocal18.apps import AGENTS, READERS, RESPONSABLES
from chorus.models import TechnicalAccount
from suppliers.admin import Journalled, RequestAdmin
from suppliers.lists import ReadOnlyAdmin
from suppliers.models import Absence
from tests.factories import BuyerFactory, BuyerMemberFactory, MemberFactory, TechnicalAccountFactory, UserFactory
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return signed_in(UserFactory(is_staff=True, is_superuser=True))


def save(client, row, **changes):
    """The form of this row as it is shown, with these changes."""
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    shown = client.get(page).context
    forms = [shown["adminform"].form]
    for inline in shown["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    posted = {}
    for form in forms:
        for field in form:
            value = field.value()
            posted[field.html_name] = "" if value is None else value
            posted[f"initial-{field.html_name}"] = posted[field.html_name]
    answer = client.post(page, {**posted, **changes})
    assert answer.status_code == 302, answer.context["errors"]


def told() -> str:
    return LogEntry.objects.latest("pk").get_change_message()


def test_a_change_is_noted_with_its_values(operator):
    buyer = BuyerFactory(phone="02 00 00 00 02")
    save(operator, buyer, phone="02 48 00 00 18", kind="ehpad")
    assert "02 00 00 00 02 → 02 48 00 00 18" in told()
    assert "collège → EHPAD" in told()
    assert LogEntry.objects.get().user == operator.user


def test_rights_that_somebody_is_given_are_noted(operator):
    person = UserFactory()
    group = Group.objects.get(name=AGENTS)
    save(operator, person, is_staff="on", groups=[group.pk])
    assert "non → oui" in told()
    assert "rien → Agents" in told()


def test_an_absence_is_noted_from_its_first_word_to_its_last(operator):
    deputy, today = UserFactory(is_staff=True, last_name="Berger"), timezone.localdate()
    days = dict.fromkeys(["first_day", "last_day"], f"{today:%d/%m/%Y}")
    operator.post(reverse("admin:suppliers_absence_add"), {"user": operator.user.pk, "deputy": deputy.pk, **days})
    absence = Absence.objects.get()
    assert "Berger" in told()
    assert str(today.year) in told()
    tomorrow = today + timedelta(days=1)
    save(operator, absence, **{**days, "last_day": f"{tomorrow:%d/%m/%Y}"})
    assert "→" in told()
    operator.post(reverse("admin:suppliers_absence_delete", args=[absence.pk]), {"post": "yes"})
    assert LogEntry.objects.latest("pk").action_flag == DELETION


def test_the_rows_of_a_new_thing_are_noted_too_and_no_password(operator):
    days = {"first_day": "21/12/2026", "last_day": "31/12/2026"}
    house = BuyerFactory()
    save(operator, house, **{"closures-TOTAL_FORMS": 1, **{f"closures-0-{name}": day for name, day in days.items()}})
    assert "31" in told()
    secret = "une phrase que personne ne lit"
    posted = {"email": "nouvelle@example.org", "usable_password": "true", "password1": secret, "password2": secret}
    operator.post(reverse("admin:suppliers_user_add"), posted)
    assert "nouvelle@example.org" in told()
    assert secret not in told()


def test_a_password_is_noted_without_its_value(operator):
    account = TechnicalAccountFactory()
    save(operator, account, new_password="un secret tout neuf")
    assert "Mot de passe" in told()
    assert "secret" not in told()
    assert TechnicalAccount.objects.get().password == "un secret tout neuf"


@pytest.mark.parametrize("wanted", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("person", "page"),
    [
        (MemberFactory, "invoicing:export"),
        (MemberFactory, "orders:to_bill_export"),
        (BuyerMemberFactory, "invoicing:received_export"),
        (BuyerMemberFactory, "orders:export"),
    ],
)
def test_a_list_that_is_kept_as_a_file_is_noted(person, page, wanted):
    user = person().user
    signed_in(user).get(reverse(page, args=[wanted]))
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (user, "Liste gardée en fichier")
    assert entry.object_repr.endswith(f".{wanted}")


@pytest.mark.parametrize("page", ["admin:suppliers_supplier_export", "admin:orders_buyer_export"])
def test_so_is_a_list_of_the_desk(operator, page):
    operator.get(reverse(page, args=["csv"]))
    assert LogEntry.objects.get().user == operator.user


def test_every_form_of_the_desk_is_journalled():
    """Requests are answered, not edited: each answer has an entry of its own."""
    kinds = (Journalled, ReadOnlyAdmin, RequestAdmin)
    assert [each for each in admin.site._registry.values() if not isinstance(each, kinds)] == []


@pytest.mark.parametrize(("group", "status"), [(AGENTS, 403), (RESPONSABLES, 200), (READERS, 200)])
def test_those_in_charge_and_who_looks_on_read_the_journal(group, status, operator):
    BuyerFactory()
    operator.get(reverse("admin:orders_buyer_export", args=["csv"]))
    reader = UserFactory(is_staff=True)
    reader.groups.add(Group.objects.get(name=group))
    page = signed_in(reader).get(reverse("admin:admin_logentry_changelist"), {"q": operator.user.email})
    assert page.status_code == status
    assert ("acheteurs-" in page.content.decode()) is (status == 200)
