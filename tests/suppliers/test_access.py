import pytest
from django.urls import reverse

from tests.factories import MemberFactory

PAGES = ["supplier", "identity", "iban", "partners", "chorus_box"]


def address(page, supplier):
    return reverse(f"suppliers:{page}", args=[supplier.pk])


@pytest.mark.parametrize("page", PAGES)
def test_it_opens_to_a_member_and_to_his_colleague(client, supplier, alice, page):
    bob = MemberFactory(supplier=supplier).user
    for person in (alice, bob):
        client.force_login(person)
        assert client.get(address(page, supplier)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("person", ["charlie", "buyer", "nobody"])
def test_it_does_not_exist_for_others(client, supplier, page, person, request):
    client.force_login(request.getfixturevalue(person))
    assert client.get(address(page, supplier)).status_code == 404


@pytest.mark.parametrize("page", ["identity", "iban", "partners", "chorus_box"])
def test_it_takes_nothing_from_others(client, supplier, charlie, page):
    client.force_login(charlie)
    before = type(supplier).objects.filter(pk=supplier.pk).values().get()
    data = {"name": "Volée", "iban": "FR7630006000011234567890189", "names": "Volée", "vat_regime": "normal"}
    assert client.post(address(page, supplier), data).status_code == 404
    assert type(supplier).objects.filter(pk=supplier.pk).values().get() == before
    assert not supplier.partners.exists()


@pytest.mark.parametrize("page", [*PAGES, "profile", "membership_request"])
def test_it_sends_the_anonymous_to_sign_in(client, supplier, page):
    args = [supplier.pk] if page in PAGES else []
    url = reverse(f"suppliers:{page}", args=args)
    answer = client.get(url)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next={url}"


def test_it_shows_the_only_supplier_one_acts_for(client, supplier, alice):
    client.force_login(alice)
    assert "Ferme des Essais" in client.get(reverse("suppliers:profile")).content.decode()


def test_it_asks_which_one_when_there_are_several(client, supplier, alice):
    other = MemberFactory(user=alice, supplier__name="GAEC du Val Fleuri").supplier
    client.force_login(alice)
    page = client.get(reverse("suppliers:profile"))
    assert address("supplier", supplier) in page.content.decode()
    assert address("supplier", other) in page.content.decode()


def test_it_leads_the_newcomer_to_his_request(client, nobody):
    client.force_login(nobody)
    assert client.get(reverse("suppliers:profile"))["Location"] == reverse("suppliers:membership_request")


def test_its_queries_do_not_grow_with_what_it_shows(client, supplier, alice, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def fill(n):
        for i in range(n):
            MemberFactory(supplier=supplier)
            supplier.partners.create(name=f"Associé {supplier.partners.count()}{i}")
            supplier.box_changes.create(by=MemberFactory(supplier=supplier).user, uses_chorus=True)

    client.force_login(alice)
    fill(3)
    client.get(address("supplier", supplier))
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(address("supplier", supplier))
    fill(27)
    with django_assert_num_queries(len(few)):
        client.get(address("supplier", supplier))
