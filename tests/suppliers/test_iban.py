from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import timezone

from suppliers.encryption import keyed_hash
from suppliers.journals import erasing
from suppliers.models import IbanCall, Mail, Supplier
from suppliers.outbox import send_due
from tests.factories import MemberFactory
from tests.invoicing.photographs import a_scanner

IBAN = "FR7630006000011234567890189"
OTHER = "FR7610107001011234567890129"


def a_rib(name="rib.pdf", content=b"%PDF-1.4 RIB"):
    return SimpleUploadedFile(name, content)


def call(supplier, iban, by, outcome="confirmed", **values):
    values = {"phone": supplier.phone, "person": "Camille Exemple", "rib": a_rib(), **values}
    return supplier.record_call(iban, outcome=outcome, called_at=timezone.now(), by=by, **values)


def confirmed(supplier, by, iban=IBAN):
    supplier.change_iban(iban)
    call(supplier, iban, by)
    return supplier


def change(client, supplier, iban):
    return client.post(reverse("suppliers:iban", args=[supplier.pk]), {"iban": iban}, follow=True)


def test_it_takes_a_full_iban_typed_with_spaces(client, supplier, alice):
    client.force_login(alice)
    page = change(client, supplier, "fr76 3000 6000 0112 3456 7890 189").content.decode()
    supplier.refresh_from_db()
    assert supplier.iban == IBAN
    assert "vous rappellera" in page


def test_it_shows_the_iban_masked_everywhere(client, supplier, alice):
    supplier.change_iban(IBAN)
    client.force_login(alice)
    for name in ("supplier", "iban", "identity"):
        page = client.get(reverse(f"suppliers:{name}", args=[supplier.pk])).content.decode()
        assert IBAN not in page.replace(" ", "").replace("\u00a0", "")
    assert "FR76\u00a0••••\u00a00189" in client.get(reverse("suppliers:supplier", args=[supplier.pk])).content.decode()


def test_a_new_account_must_be_confirmed_again(client, supplier, alice):
    confirmed(supplier, alice)
    client.force_login(alice)
    change(client, supplier, OTHER)
    supplier.refresh_from_db()
    assert (supplier.iban, supplier.iban_confirmed_at, supplier.iban_confirmed_by) == (OTHER, None, None)
    assert supplier.iban_confirmed_how == ""


def test_the_same_account_stays_confirmed(client, supplier, alice):
    confirmed(supplier, alice)
    client.force_login(alice)
    assert "rien n&#x27;a changé" in change(client, supplier, IBAN).content.decode()
    supplier.refresh_from_db()
    assert supplier.iban_confirmed_by == alice


def test_it_refuses_a_wrong_iban_and_keeps_the_old_one(client, supplier, alice):
    confirmed(supplier, alice)
    client.force_login(alice)
    answer = change(client, supplier, IBAN[:-1] + "8")
    assert "n&#x27;est pas valable" in answer.content.decode()
    supplier.refresh_from_db()
    assert supplier.iban == IBAN
    assert supplier.iban_confirmed_at


def test_the_database_never_sees_it(supplier):
    supplier.change_iban(IBAN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM suppliers_supplier WHERE id = %s", [supplier.pk])
        row = " ".join(map(str, cursor.fetchone()))
    assert IBAN not in row
    assert IBAN[-8:] not in row
    assert Supplier.objects.get(pk=supplier.pk).iban == IBAN


def test_equal_accounts_are_found_by_a_hash_that_needs_the_key(supplier, settings):
    supplier.change_iban(IBAN)
    assert Supplier.objects.filter(iban_hash=keyed_hash(IBAN)).get() == supplier
    settings.FIELD_HASH_KEY = "another key"
    assert not Supplier.objects.filter(iban_hash=keyed_hash(IBAN)).exists()


def test_an_older_key_still_decrypts(supplier, settings):
    supplier.change_iban(IBAN)
    settings.FIELD_KEYS = ["bmV3LWtleS1uZXcta2V5LW5ldy1rZXktbmV3LWtleSE=", *settings.FIELD_KEYS]
    assert Supplier.objects.get(pk=supplier.pk).iban == IBAN


# --- The call ---


def test_a_call_confirms_the_account_it_was_about_and_no_other(supplier, alice):
    confirmed(supplier, alice)
    assert supplier.what_was_said_of("fr76 3000 6000 0112 3456 7890 189") == "confirmed"
    assert supplier.what_was_said_of(OTHER) == ""
    assert supplier.iban_confirmed_how == f"Camille Exemple, au {supplier.phone}"


def test_nobody_answering_confirms_nothing(supplier, alice):
    supplier.change_iban(IBAN)
    call(supplier, IBAN, alice, outcome="unreached")
    assert supplier.what_was_said_of(IBAN) == ""
    assert not Mail.objects.filter(kind="iban_unreached").exists()


def test_an_account_the_person_does_not_know_is_confirmed_no_more(supplier, alice):
    confirmed(supplier, alice)
    call(supplier, IBAN, alice, outcome="denied")
    supplier.refresh_from_db()
    assert (supplier.what_was_said_of(IBAN), supplier.iban_confirmed_at) == ("denied", None)


def test_an_account_changed_back_is_called_about_again(supplier, alice):
    confirmed(supplier, alice)
    confirmed(supplier, alice, OTHER)
    supplier.change_iban(IBAN)
    assert supplier.what_was_said_of(IBAN) == ""
    assert supplier.what_was_said_of(OTHER) == "confirmed"


def test_a_confirmed_account_becomes_the_profiles(supplier, alice):
    confirmed(supplier, alice)
    call(supplier, OTHER, alice)
    supplier.refresh_from_db()
    assert supplier.iban == OTHER
    assert supplier.iban_hash == keyed_hash(OTHER)


def test_the_database_refuses_a_confirmation_without_rib(supplier, alice):
    supplier.change_iban(IBAN)
    with pytest.raises(IntegrityError):
        call(supplier, IBAN, alice, rib="")


def test_the_call_keeps_the_account_masked(supplier, alice):
    confirmed(supplier, alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM suppliers_ibancall")
        row = " ".join(map(str, cursor.fetchone()))
    assert IBAN[4:23] not in row
    assert IbanCall.objects.get().masked_iban == "FR76\u00a0••••\u00a00189"


# --- The number to call ---


def change_phone(client, supplier, phone):
    page = client.get(reverse("suppliers:identity", args=[supplier.pk]))
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields} | {"phone": phone}
    data |= {f"initial-{name}": form[name].value() for name in form.fields}
    assert client.post(reverse("suppliers:identity", args=[supplier.pk]), data).status_code == 302
    supplier.refresh_from_db()


def test_a_number_changed_with_the_account_is_not_the_one_to_call(client, supplier, alice):
    known = supplier.phone
    client.force_login(alice)
    change_phone(client, supplier, "06 99 99 99 98")
    change_phone(client, supplier, "06 99 99 99 99")
    supplier.change_iban(IBAN)
    assert supplier.phone == "06 99 99 99 99"
    assert supplier.phone_known_before(supplier.iban_changed_at) == known
    assert supplier.phone_changes.first().by == alice


def test_a_number_known_for_long_is_the_one_to_call(client, supplier, alice):
    client.force_login(alice)
    change_phone(client, supplier, "06 99 99 99 99")
    with erasing():
        supplier.phone_changes.update(at=timezone.now() - timedelta(days=31))
    assert supplier.phone_known_before(timezone.now()) == "06 99 99 99 99"


def test_a_number_an_agent_typed_is_known(client, supplier, alice):
    client.force_login(alice)
    change_phone(client, supplier, "06 99 99 99 99")
    Supplier.objects.filter(pk=supplier.pk).update(phone="02 00 00 00 77")
    supplier.refresh_from_db()
    assert supplier.phone_known_before(timezone.now()) == "02 00 00 00 77"


# --- All members are told ---


def test_every_member_is_told_once(client, supplier, alice):
    other = MemberFactory(supplier=supplier).user
    send_due()
    mail.outbox.clear()
    client.force_login(alice)
    change(client, supplier, IBAN)
    assert send_due() == 2
    assert send_due() == 0
    assert {message.to[0] for message in mail.outbox} == {alice.email, other.email}
    assert "fraude" in mail.outbox[0].body
    assert "0189" not in mail.outbox[0].body
    assert "vérifié" not in mail.outbox[0].body
    assert len(mail.outbox[0].subject.splitlines()) == 1


# --- The RIB ---


@pytest.mark.parametrize(
    ("name", "content"),
    [("rib.exe", b"%PDF-1.4"), ("rib.pdf", b"<html>"), ("rib.svg", b"<svg xmlns"), ("rib", b"%PDF-")],
)
def test_a_rib_is_a_pdf_or_a_photograph(client, supplier, alice, name, content):
    client.force_login(alice)
    page = client.post(
        reverse("suppliers:iban", args=[supplier.pk]), {"iban": IBAN, "rib": a_rib(name, content)}
    ).content.decode()
    assert "ni un PDF ni une photo" in page
    supplier.refresh_from_db()
    assert supplier.iban == ""


def test_a_rib_is_kept_only_once_the_scanner_called_it_clean(client, supplier, alice, settings):
    def post(content):
        return client.post(address, {"iban": IBAN, "rib": a_rib(content=content)}).content.decode()

    client.force_login(alice)
    address = reverse("suppliers:iban", args=[supplier.pk])
    settings.CLAMD = "127.0.0.1:1"
    assert "ne répond pas en ce moment" in post(b"%PDF-1.4 RIB")
    with a_scanner() as scanner:
        settings.CLAMD = scanner.address
        assert "programme dangereux" in post(b"%PDF-1.4 EICAR")
        assert not list(settings.MEDIA_ROOT.rglob("*.*"))
        post(b"%PDF-1.4 RIB")
    supplier.refresh_from_db()
    with supplier.rib.open() as kept:
        assert kept.read() == scanner.seen[-1] == b"%PDF-1.4 RIB"


def test_a_rib_given_with_the_account_serves_the_call(client, supplier, alice):
    client.force_login(alice)
    client.post(reverse("suppliers:iban", args=[supplier.pk]), {"iban": IBAN, "rib": a_rib()})
    supplier.refresh_from_db()
    assert call(supplier, IBAN, alice, rib="").rib.name == supplier.rib.name
    assert supplier.rib.name.startswith("rib/")
