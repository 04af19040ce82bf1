"""`manage.py person`: all that names somebody is given to him, or leaves every column of every table."""

import json
import zipfile
from datetime import UTC, datetime
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection

from agrilocal18.person import KEPT, text_columns
from invoicing.models import Invoice
from suppliers.models import Import, Mail, Mandate, MembershipRequest, User
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, UserFactory
from tests.invoicing.conftest import drop, order, supplier_client  # noqa: F401
from tests.people import signed_in

pytestmark = pytest.mark.django_db

EMAIL, NAME = "amelie.durand@ferme.example", "Amélie Durand"


@pytest.fixture
def amelie():
    """She is named wherever somebody can be."""
    user = UserFactory(email=EMAIL, first_name="Amélie", last_name="Durand")
    member = MemberFactory(user=user)
    MemberFactory(supplier=member.supplier)
    house = member.supplier
    house.contact_name = NAME
    house.save(update_fields=["contact_name"])
    house.partners.create(name=NAME)
    house.invite("Amelie.Durand@ferme.example", by=house.members.last().user)
    buyer = BuyerMemberFactory(user=user).buyer
    type(buyer).objects.filter(pk=buyer.pk).update(email=EMAIL, contact_name=NAME.upper())
    buyer.changes.create(by=user, field="contact_name", old="", new=NAME)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    MembershipRequest.objects.create(
        user=user, siret=house.establishments.first().siret, company_name="Ferme", person_name=NAME, phone="0600000000"
    )
    Mandate.objects.filter(supplier=house).update(signatory=NAME, signed_by=user)
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=user.pk,
        object_repr=NAME,
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"name": EMAIL, "object": NAME}}]),
    )
    Import.objects.create(kind="orders", name="x.csv", by=user, report={"rows": [["1", NAME]]})
    Mail.objects.create(user=MemberFactory().user, kind="people", about=1, happened=f"{NAME} ({EMAIL}) est là.")
    invoice = InvoiceFactory(created_by=user, order__buyer=buyer)
    invoice.note(f"Relue par {NAME}", by=user)
    return user


def run(*words) -> str:
    out = StringIO()
    call_command("person", *map(str, words), stdout=out)
    return out.getvalue().replace("\u00a0", " ")


def columns_that_say(*words) -> set[str]:
    """Read from the tables themselves, whatever their models think of them."""
    found = set()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            for field in model._meta.local_fields:
                said = f'SELECT CAST("{field.column}" AS TEXT) FROM "{model._meta.db_table}"'
                cursor.execute(said)
                texts = [text.casefold() for (text,) in cursor.fetchall() if text]
                spelled = [form.casefold() for word in words for form in (word, json.dumps(word)[1:-1])]
                if any(form in text for text in texts for form in spelled):
                    found.add(f"{model._meta.label}.{field.name}")
    return found


def test_nothing_names_an_erased_person_but_what_the_law_keeps(amelie):
    before = columns_that_say(EMAIL, NAME)
    assert len(before) > 12
    signed_in(amelie)

    told = run(EMAIL, "--erase", "--no-input")

    assert columns_that_say(EMAIL, NAME) == {"suppliers.Mandate.signatory", "invoicing.InvoiceEvent.reason"}
    assert "Reste dans suppliers.Mandate.signatory (1 ligne)" in told
    assert "Reste dans invoicing.InvoiceEvent.reason (1 ligne) : preuve" in told
    assert told.count("Reste dans") == 2


def test_an_erased_person_can_do_nothing_and_his_acts_stay(amelie):
    browser = signed_in(amelie)
    amelie.is_staff = True
    amelie.save()
    amelie.groups.add(Group.objects.create(name="Un groupe"))
    acts = Invoice.objects.get().events.filter(by=amelie).count()

    run(EMAIL, "--erase", "--no-input")

    erased = User.objects.get(pk=amelie.pk)
    assert str(erased) == f"Personne effacée n° {amelie.pk}"
    rights = [erased.is_active, erased.is_staff, erased.has_usable_password(), erased.groups.exists()]
    houses = [erased.supplier_memberships.exists(), erased.buyer_memberships.exists()]
    doors = [model.objects.filter(user=erased).exists() for model in (EmailAddress, Authenticator)]
    assert not any(rights + houses + doors)
    assert not Session.objects.filter(session_key=browser.session.session_key).exists()
    assert not Mail.objects.filter(user=erased, sent_at=None).exists()
    assert Invoice.objects.get().events.filter(by=erased).count() == acts > 0
    with pytest.raises(CommandError):
        run(EMAIL, "--erase", "--no-input")


def test_it_leaves_others_alone(amelie):
    other = UserFactory(email=f"marie.{EMAIL}", first_name="Marie", last_name="Durand")
    EmailAddress.objects.create(user=other, email=other.email, primary=True)
    run(EMAIL, "--erase", "--no-input")
    assert User.objects.get(pk=other.pk).email == EmailAddress.objects.get().email == f"marie.{EMAIL}"
    assert User.objects.filter(is_active=True).count() == User.objects.count() - 1


def test_a_superuser_is_not_erased(amelie):
    User.objects.filter(pk=amelie.pk).update(is_superuser=True)
    with pytest.raises(CommandError, match="super-utilisateur"):
        run(EMAIL, "--erase", "--no-input")
    assert User.objects.get(pk=amelie.pk).email == EMAIL


def test_what_is_said_to_be_kept_exists():
    known = {str(column) for column in text_columns()}
    assert set(KEPT) <= known


def test_a_person_gets_his_rows_and_his_files(supplier_client, order, tmp_path):  # noqa: F811
    user = supplier_client.user
    invoice = drop(supplier_client, order)
    BuyerMemberFactory().user.set_password("x")
    path = tmp_path / "out.zip"
    run(user.email, "--export", path)

    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        (row,) = json.loads(archive.read("suppliers.User.json"))
        assert (row["email"], row["first_name"]) == (user.email, user.first_name)
        assert "password" not in row
        assert [one["id"] for one in json.loads(archive.read("invoicing.Invoice.json"))] == [invoice.pk]
        assert archive.read(f"fichiers/{invoice.document.name}").startswith(b"%PDF")
        assert "sessions.Session.json" not in names
        assert len(names) == len(set(names))
    assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="existe déjà"):
        run(user.email, "--export", path)


def test_a_person_gets_what_he_called_his_security_key_and_never_what_opens(tmp_path):
    user, path = UserFactory(), tmp_path / "out.zip"
    used = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
    data = {"name": "clé USB du bureau", "credential": {"id": "ce-qui-ouvre"}}
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data, last_used_at=used)
    run(user.email, "--export", path)
    with zipfile.ZipFile(path) as archive:
        (told,) = json.loads(archive.read("mfa.Authenticator.json"))
    assert (told["name"], told["last_used_at"]) == ("clé USB du bureau", "2026-11-03T09:30:00Z")
    assert told["created_at"]
    assert "ce-qui-ouvre" not in str(told)


def test_an_export_holds_nobody_elses_rows_and_no_secret(amelie, tmp_path):
    MemberFactory(user__email="autre@example.org")
    Invoice.objects.update(iban="FR7630006000011234567890189")
    path = tmp_path / "out.zip"
    run(EMAIL, "--export", path)
    with zipfile.ZipFile(path) as archive:
        said = "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
        assert NAME in said
        assert "autre@example.org" not in said
        assert "FR7630006000011234567890189" not in said
        assert "secret" not in said
