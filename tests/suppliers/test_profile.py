import pytest
from django.urls import reverse
from django.utils import timezone

from chorus.models import Connection
from suppliers.identifiers import vat_number_of
from suppliers.models import Supplier
from tests.factories import siren


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def identity_of(supplier, **changes):
    """What a browser sends back: each field with the value the page was shown with."""
    shown = {name: getattr(supplier, name) for name in ("name", "vat_regime", "vat_number", "contact_name", "phone")}
    return {**shown, **{f"initial-{name}": value for name, value in shown.items()}, **changes}


def page_of(client, name, supplier):
    return client.get(reverse(f"suppliers:{name}", args=[supplier.pk])).content.decode()


def test_it_changes_the_identity(as_alice, supplier):
    url = reverse("suppliers:identity", args=[supplier.pk])
    number = vat_number_of(supplier.siren)
    data = identity_of(supplier, vat_regime="flat_rate", vat_number=f" {number[:4]} {number[4:]} ".lower())
    assert as_alice.post(url, data)["Location"] == reverse("suppliers:supplier", args=[supplier.pk])
    supplier.refresh_from_db()
    assert (supplier.vat_regime, supplier.vat_number) == ("flat_rate", number)


def test_it_never_guesses_the_vat_regime(as_alice, supplier):
    supplier.vat_regime = ""
    supplier.save(update_fields=["vat_regime"])
    assert "checked" not in page_of(as_alice, "identity", supplier)
    answer = as_alice.post(reverse("suppliers:identity", args=[supplier.pk]), identity_of(supplier))
    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"vat_regime"}


@pytest.mark.parametrize(
    ("number", "said"),
    [("FR00123456789", "n'est pas valable"), (vat_number_of(siren(77)), "celui d'une autre entreprise")],
)
def test_it_refuses_a_wrong_vat_number(as_alice, supplier, number, said):
    url = reverse("suppliers:identity", args=[supplier.pk])
    answer = as_alice.post(url, identity_of(supplier, vat_number=number))
    assert said in answer.context["form"].errors["vat_number"][0]
    supplier.refresh_from_db()
    assert supplier.vat_number == ""


def test_a_page_that_aged_puts_no_old_value_back(as_alice, supplier):
    stale = identity_of(supplier, contact_name="Dominique Exemple")
    Supplier.objects.filter(pk=supplier.pk).update(phone="02 00 00 00 77")
    as_alice.post(reverse("suppliers:identity", args=[supplier.pk]), stale)
    supplier.refresh_from_db()
    assert (supplier.contact_name, supplier.phone) == ("Dominique Exemple", "02 00 00 00 77")


def test_it_keeps_siren_and_validation_out_of_reach(as_alice, supplier):
    before = (supplier.siren, supplier.validated_at)
    forged = identity_of(supplier, siren=siren(5), validated_at="", uses_chorus="")
    as_alice.post(reverse("suppliers:identity", args=[supplier.pk]), forged)
    supplier.refresh_from_db()
    assert (supplier.siren, supplier.validated_at) == before
    assert supplier.uses_chorus


def test_it_keeps_the_partners_names(as_alice, supplier):
    supplier.name_partners(["Ancien Associé", "Camille Exemple"])
    url = reverse("suppliers:partners", args=[supplier.pk])
    as_alice.post(url, {"names": "  Camille   Exemple \n\nDominique Exemple\nCamille Exemple"})
    assert [p.name for p in supplier.partners.all()] == ["Camille Exemple", "Dominique Exemple"]
    assert "Camille Exemple\nDominique Exemple" in page_of(as_alice, "partners", supplier)
    as_alice.post(url, {"names": ""})
    assert not supplier.partners.exists()


def test_it_refuses_a_partner_name_that_does_not_fit(as_alice, supplier):
    answer = as_alice.post(reverse("suppliers:partners", args=[supplier.pk]), {"names": "x" * 121})
    assert answer.status_code == 200
    assert "trop long" in answer.content.decode()


def test_it_lists_who_may_act(as_alice, supplier, alice):
    assert alice.email in page_of(as_alice, "supplier", supplier)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (None, "pas encore vérifiée"),
        ({"asked_at": timezone.now()}, "vérification en cours"),
        ({"checked_at": timezone.now(), "works": True}, "fonctionne"),
        ({"checked_at": timezone.now(), "failing_step": "attachment"}, "pas encore rattachée"),
    ],
)
def test_it_says_whether_the_connection_works(as_alice, supplier, values, said):
    if values is not None:
        Connection.objects.create(supplier=supplier, **values)
    page = page_of(as_alice, "supplier", supplier)
    assert said in page
    being_checked = values is not None and "asked_at" in values
    assert (reverse("chorus:verify", args=[supplier.pk]) in page) != being_checked
