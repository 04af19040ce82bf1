from django.db import connection
from django.urls import reverse

from suppliers.encryption import keyed_hash
from suppliers.models import Supplier

IBAN = "FR7630006000011234567890189"
OTHER = "FR7610107001011234567890129"


def confirmed(supplier, by, iban=IBAN):
    supplier.change_iban(iban)
    supplier.confirm_iban(by=by, how="appelé au numéro connu")
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
