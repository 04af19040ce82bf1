"""What the desk's forms and lists call the fields they show."""

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist

from suppliers.models import User

OURS = ("suppliers", "orders", "invoicing", "chorus")
THE_SAME_IN_FRENCH = {"version", "verdict", "transport"}


def test_every_field_shown_has_a_french_name(rf):
    """A field without a name of its own is shown under the name it has in the code: « Supplier »."""
    request = rf.get("/")
    request.user = User(is_staff=True, is_superuser=True)
    for model, desk in admin.site._registry.items():
        if model._meta.app_label in OURS:
            shown = {*flatten_fieldsets(desk.get_fieldsets(request, model())), *desk.get_list_display(request)}
            nameless = {name for name in shown if is_nameless(model, name)} - THE_SAME_IN_FRENCH
            assert not nameless, f"{model._meta.label}: {nameless}"


def is_nameless(model, name: str) -> bool:
    try:
        return model._meta.get_field(name).verbose_name == name.replace("_", " ")
    except FieldDoesNotExist:
        return False
