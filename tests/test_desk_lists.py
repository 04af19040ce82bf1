"""Every list of the desk, as a superuser: what it is called, and what is no key or no text."""

from importlib import import_module

import pytest
from django.conf import settings
from django.contrib import admin
from django.urls import reverse

from tests.factories import UserFactory
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser():
    return signed_in(UserFactory(is_staff=True, is_superuser=True))


@pytest.fixture
def lists():
    """(admin, address) of all of them."""
    import_module(settings.ROOT_URLCONF)
    made = list(admin.site._registry.values())
    return [(each, reverse(f"admin:{each.opts.app_label}_{each.opts.model_name}_changelist")) for each in made]


def test_no_title_is_djangos_own(superuser, lists):
    for _, address in lists:
        assert "Sélectionnez" not in superuser.get(address).context["title"], address
        add = superuser.get(f"{address}add/")
        assert add.status_code == 403 or "Ajout de" not in add.context["title"], address


def test_what_is_no_key_is_not_chosen(superuser, lists, rf):
    for each, address in lists:
        request = rf.get(address)
        request.user = superuser.user
        for action in each.get_actions(request):
            posted = {"action": action, "_selected_action": ["abc", "9" * 30, "\0"]}
            assert superuser.post(address, posted).status_code in (200, 302, 403), (address, action)


def test_a_search_takes_any_sign(superuser, lists):
    for each, address in lists:
        assert superuser.get(address, {"q": "a\0b"}).status_code in (200, 302), address
        if each.search_fields and each.opts.model_name in ("buyer", "recipient", "supplier", "user"):
            assert superuser.get(reverse("admin:autocomplete"), autocomplete(each)).status_code == 200, address


def autocomplete(each) -> dict[str, str]:
    """Of one relation that leads to these rows."""
    relation = next(field for field in each.opts.related_objects if field.field.many_to_one)
    field = relation.field
    named = {"app_label": field.model._meta.app_label, "model_name": field.model._meta.model_name}
    return {**named, "field_name": field.name, "term": "a\0b"}
