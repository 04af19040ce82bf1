"""Suppliers and staff at the desk: who may change what, what is confirmed by telephone, what nobody sees."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agrilocal18.apps import GROUPS, READERS, permission_names
from chorus.models import Connection
from suppliers.identifiers import vat_number_of
from suppliers.models import MembershipRequest, Supplier, User
from tests.factories import EstablishmentFactory, MemberFactory, SupplierFactory, UserFactory, siret
from tests.suppliers.desk import REQUESTS, SUPPLIERS, request_for
from tests.suppliers.test_iban import a_rib

pytestmark = pytest.mark.django_db
IBAN = "FR7630006000011234567890189"


# --- The group ---


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_of_staff_has_the_rights_of_its_tables_and_no_other(group):
    rights = Permission.objects.filter(group__name=group).values_list("content_type__app_label", "codename")
    assert set(rights) == permission_names(group) != set()


def test_who_only_looks_on_changes_nothing():
    assert {codename.split("_")[0] for _, codename in permission_names(READERS)} == {"view"}


def test_no_agent_can_make_himself_more_than_that(desk, agent):
    assert desk.get(reverse("admin:suppliers_user_add")).status_code == 403
    url = reverse("admin:suppliers_user_change", args=[agent.pk])
    assert desk.get(url).status_code == 200
    assert desk.post(url, {"email": agent.email, "is_superuser": "on"}).status_code == 403
    agent.refresh_from_db()
    assert not agent.is_superuser


# --- Suppliers ---


def typed(field):
    value = field.value()
    return "" if value is None or value is False else value


def change_data(desk, supplier, **changes):
    """The form as the browser received it, hidden initial values included."""
    page = desk.get(reverse(f"{SUPPLIERS}_change", args=[supplier.pk]))
    form = page.context["adminform"].form
    data = {name: typed(form[name]) for name in form.fields}
    data |= {f"initial-{name}": value for name, value in data.items()}
    for formset in page.context["inline_admin_formsets"]:
        for each in [formset.formset.management_form, *formset.formset.initial_forms]:
            data |= {each.add_prefix(name): typed(each[name]) for name in each.fields}
    return {**data, **changes}


def test_an_agent_changes_what_he_may(desk, supplier, alice):
    data = change_data(desk, supplier, phone="02 00 00 00 55")
    assert desk.post(reverse(f"{SUPPLIERS}_change", args=[supplier.pk]), data).status_code == 302
    supplier.refresh_from_db()
    assert supplier.phone == "02 00 00 00 55"


def test_the_desk_takes_no_vat_number_of_another_company(desk, supplier):
    page, own = reverse(f"{SUPPLIERS}_change", args=[supplier.pk]), vat_number_of(supplier.siren)
    refused = desk.post(page, change_data(desk, supplier, vat_number=vat_number_of(siret(901)[:9])))
    assert "celui d'une autre entreprise" in refused.context["adminform"].form.errors["vat_number"][0]
    desk.post(page, change_data(desk, supplier, vat_number=f"{own[:4]} {own[4:]}"))
    supplier.refresh_from_db()
    assert supplier.vat_number == own


@pytest.mark.parametrize(("year", "taken"), [("0199", False), ("1899", True), ("9999", False)])
def test_the_desk_takes_old_farms_but_no_slip_of_the_finger(desk, supplier, year, taken):
    data = change_data(desk, supplier, **{"establishments-0-opened_on": f"24/06/{year}"})
    response = desk.post(reverse(f"{SUPPLIERS}_change", args=[supplier.pk]), data)
    assert (response.status_code == 302) is taken
    assert (f"{supplier.establishments.get().opened_on:%m/%Y}" == f"06/{year}") is taken


def test_an_aged_page_of_the_desk_puts_nothing_back(desk, supplier):
    data = change_data(desk, supplier, phone="02 00 00 00 55")
    Supplier.objects.filter(pk=supplier.pk).update(name="Nouveau nom", uses_chorus=False, depositor="")
    desk.post(reverse(f"{SUPPLIERS}_change", args=[supplier.pk]), data)
    supplier.refresh_from_db()
    assert (supplier.name, supplier.phone) == ("Nouveau nom", "02 00 00 00 55")
    assert not supplier.uses_chorus


def test_the_suppliers_own_words_are_out_of_the_agents_reach(desk, supplier):
    supplier.change_iban(IBAN)
    forged = {"siren": "1", "iban": "x", "uses_chorus": "", "depositor": "self", "validated_at": ""}
    desk.post(reverse(f"{SUPPLIERS}_change", args=[supplier.pk]), change_data(desk, supplier, **forged))
    after = Supplier.objects.get(pk=supplier.pk)
    assert (after.siren, after.iban, after.depositor) == (supplier.siren, IBAN, "portal")
    assert after.validated_at


def test_the_desk_never_shows_an_iban(desk, supplier):
    supplier.change_iban(IBAN)
    for url in (f"{SUPPLIERS}_change", f"{SUPPLIERS}_iban"):
        page = desk.get(reverse(url, args=[supplier.pk])).content.decode()
        assert IBAN not in page
        assert "FR76\u00a0••••\u00a00189" in page


def test_an_agent_adds_a_supplier_and_a_member(desk):
    person = UserFactory()
    data = {"name": "Ferme ajoutée", "siren": siret(7)[:9], "vat_regime": ""}
    inlines = ["establishments", "members", "invitations", "member_changes", "partners", "iban_calls"]
    inlines += ["mandates", "box_changes"]
    data |= {f"{name}-{key}": 0 for name in inlines for key in ("TOTAL_FORMS", "INITIAL_FORMS")}
    data |= {"members-TOTAL_FORMS": 1, "members-0-user": person.pk}
    assert desk.post(reverse(f"{SUPPLIERS}_add"), data).status_code == 302
    assert Supplier.objects.get().members.get().user == person


def test_an_agent_validates_several(desk, agent):
    waiting = SupplierFactory(validated_at=None)
    known = SupplierFactory()
    before = known.validated_at
    data = {"action": "validate", "_selected_action": [waiting.pk, known.pk]}
    page = desk.post(reverse(f"{SUPPLIERS}_changelist"), data, follow=True).content.decode()
    waiting.refresh_from_db()
    known.refresh_from_db()
    assert waiting.validated_by == agent
    assert (known.validated_at, known.validated_by) == (before, None)
    assert f"validés\u00a0: {waiting.name}".replace("'", "&#x27;") in page


def test_an_agent_validates_one_by_post_only(desk, agent):
    waiting = SupplierFactory(validated_at=None)
    url = reverse(f"{SUPPLIERS}_validate", args=[waiting.pk])
    assert desk.get(url).status_code == 405
    desk.post(url)
    waiting.refresh_from_db()
    assert waiting.validated_by == agent


def confirm(desk, supplier, seen=None, **values):
    data = {"outcome": "confirmed", "person": "Camille Exemple", "called_at": now(), "rib": a_rib(), **values}
    data |= {"seen": supplier.iban_hash if seen is None else seen}
    return desk.post(reverse(f"{SUPPLIERS}_iban", args=[supplier.pk]), data, follow=True)


def now(**shift):
    return timezone.localtime(timezone.now() + timedelta(**shift)).strftime("%Y-%m-%dT%H:%M")


def test_an_agent_confirms_an_iban_by_telephone(desk, agent, supplier):
    supplier.change_iban(IBAN)
    page = confirm(desk, supplier, phone="06 66 66 66 66").content.decode()
    supplier.refresh_from_db()
    assert (supplier.iban_confirmed_by, supplier.iban_confirmed_how) == (agent, "Camille Exemple, au 02 00 00 00 01")
    assert "confirmé par téléphone le" in page
    assert "IBAN vérifié" not in page


def test_an_iban_changed_during_the_call_is_not_confirmed(desk, supplier):
    supplier.change_iban(IBAN)
    seen = supplier.iban_hash
    supplier.change_iban("FR7610107001011234567890129")
    assert "a changé entre-temps" in confirm(desk, supplier, seen=seen).content.decode()
    supplier.refresh_from_db()
    assert supplier.iban_confirmed_at is None


def test_no_iban_is_nothing_to_confirm(desk, supplier):
    assert "rien à confirmer" in confirm(desk, supplier).content.decode()
    supplier.refresh_from_db()
    assert supplier.iban_confirmed_at is None


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ({"person": ""}, "qui vous avez joint"),
        ({"rib": ""}, "Joignez le RIB"),
        ({"called_at": now(hours=3)}, "dans l&#x27;avenir"),
        ({"called_at": "0001-01-01T00:00"}, "année 1 n&#x27;est pas possible"),
        ({"outcome": "perhaps"}, "choix"),
    ],
)
def test_a_confirmation_says_who_was_called_when_and_with_which_rib(desk, supplier, missing, told):
    supplier.change_iban(IBAN)
    assert told in confirm(desk, supplier, **missing).content.decode()
    supplier.refresh_from_db()
    assert supplier.iban_confirmed_at is None


def test_without_a_known_number_the_agent_says_where_he_took_it(desk, supplier):
    Supplier.objects.filter(pk=supplier.pk).update(phone="")
    supplier.change_iban(IBAN)
    supplier.refresh_from_db()
    assert "prenez-le ailleurs" in confirm(desk, supplier).content.decode()
    confirm(desk, supplier, phone="02 00 00 00 09, annuaire de la chambre d'agriculture")
    assert supplier.iban_calls.get().phone.startswith("02 00 00 00 09")


def test_the_rib_is_a_download_for_agents_only(desk, supplier, client, alice):
    supplier.change_iban(IBAN, rib=a_rib())
    url = reverse(f"{SUPPLIERS}_rib", args=[supplier.pk])
    answer = desk.get(url)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == b"%PDF-1.4 RIB"
    client.force_login(alice)
    assert client.get(url).status_code in (302, 403, 404)


@pytest.mark.parametrize("search", ["Ferme des Essais", '"02 00 00 00 01"'])
def test_it_finds_a_supplier(desk, supplier, search):
    SupplierFactory(phone="03 33 33 33 33")
    page = desk.get(reverse(f"{SUPPLIERS}_changelist"), {"q": search})
    assert list(page.context["cl"].queryset) == [supplier]


def test_it_finds_a_supplier_by_siren_and_by_a_spaced_siret(desk, supplier):
    number = EstablishmentFactory(supplier=supplier).siret
    SupplierFactory()
    for search in (supplier.siren, number, f"{number[:3]} {number[3:6]} {number[6:9]} {number[9:]}"):
        page = desk.get(reverse(f"{SUPPLIERS}_changelist"), {"q": search})
        assert list(page.context["cl"].queryset) == [supplier], search


def test_nothing_is_deleted_here(desk, supplier, alice):
    for url, pk in [
        (SUPPLIERS, supplier.pk),
        (REQUESTS, request_for(siret(901)).pk),
        ("admin:suppliers_user", alice.pk),
    ]:
        assert desk.post(reverse(f"{url}_delete", args=[pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["supplier", "membershiprequest", "mandate", "boxchange", "user", "mail"])
def test_the_lists_ask_the_same_number_of_questions(desk, name):
    def make(n):
        for i in range(n):
            member = MemberFactory()
            Connection.objects.create(supplier=member.supplier)
            member.supplier.box_changes.create(by=member.user, uses_chorus=True)
            request_for(siret(1000 + MembershipRequest.objects.count() + i))

    url = reverse(f"admin:suppliers_{name}_changelist")
    make(3)
    desk.get(url)
    with CaptureQueriesContext(connection) as few:
        desk.get(url)
    make(20)
    with CaptureQueriesContext(connection) as many:
        assert desk.get(url).status_code == 200
    assert len(many) == len(few)


def test_an_operator_adds_a_colleague_who_signs_in_by_code(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    data = {"email": "collegue@example.org", "first_name": "Lou", "usable_password": "false"}
    assert client.post(reverse("admin:suppliers_user_add"), data).status_code == 302
    colleague = User.objects.get(email="collegue@example.org")
    assert not colleague.has_usable_password()
    assert client.get(reverse("admin:suppliers_user_change", args=[colleague.pk])).status_code == 200


# --- What only a superuser sees ---


def test_the_desk_speaks_french_and_shows_no_secret(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:index")).content.decode()
    for english in ("MFA", "Authenticator", "Email", "email addresses"):
        assert english not in page
    assert client.get("/admin/mfa/authenticator/").status_code == 404
    assert client.get("/admin/account/emailaddress/").status_code == 404


def lost_phone() -> User:
    person = UserFactory()
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return person


def take_away(client, person):
    data = {"action": "take_second_factor_away", "_selected_action": [person.pk]}
    return client.post(reverse("admin:suppliers_user_changelist"), data, follow=True)


def test_a_superuser_takes_a_lost_second_factor_away_and_it_is_written_down(client):
    person, other = lost_phone(), lost_phone()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert person.email in take_away(client, person).content.decode()
    assert list(Authenticator.objects.values_list("user", flat=True)) == [other.pk]
    assert LogEntry.objects.get().object_id == str(person.pk)


def test_an_agent_does_not(client):
    person, agent = lost_phone(), UserFactory(is_staff=True)
    agent.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(agent)
    take_away(client, person)
    assert Authenticator.objects.exists()
