"""The journal of what people do at the desk and keep as files: Django's own, with the values before and after."""

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import localize

from suppliers.lists import DeskAdmin, ReadOnlyAdmin

NOTHING = "rien"
LONGEST = 200


class Journalled(DeskAdmin):
    """What is changed in a form is noted as « Téléphone : 02 … → 06 … »; of a secret, only that it changed. Of a new
    row what it begins with is noted."""

    def construct_change_message(self, request, form, formsets, add=False):
        message = super().construct_change_message(request, form, formsets, add)
        changed = iter([] if add or not form.changed_data else [_changes(form)])
        own = [*changed, *(_changes(row) for row in _changed_rows(formsets or []))]
        for entry, values in zip((one["changed"] for one in message if "changed" in one), own, strict=True):
            entry["fields"] = values
        new = [*([form] if add else []), *_new_rows(formsets or [])]
        for entry, row in zip([one["added"] for one in message if "added" in one], new, strict=True):
            message.append({"changed": {**entry, "fields": _beginnings(row)}})
        return message


def _changed_rows(formsets) -> list[forms.ModelForm]:
    by_row = _forms_by_row(formsets)
    return [by_row[id(row)] for formset in formsets for row, _ in formset.changed_objects]


def _new_rows(formsets) -> list[forms.ModelForm]:
    by_row = _forms_by_row(formsets)
    return [by_row[id(row)] for formset in formsets for row in formset.new_objects]


def _forms_by_row(formsets) -> dict[int, forms.ModelForm]:
    return {id(form.instance): form for formset in formsets for form in formset.forms}


def _beginnings(form: forms.BaseForm) -> list[str]:
    """Of the fields that hold something, as they were proposed or not."""
    seen = {name: field for name, field in form.fields.items() if not field.widget.is_hidden and name != "DELETE"}
    told = {name: _in_words(field, form.cleaned_data.get(name)) for name, field in seen.items()}
    return [_beginning(form, name, words) for name, words in told.items() if words != NOTHING]


def _beginning(form: forms.BaseForm, name: str, words: str) -> str:
    label = str(form[name].label)
    return label if isinstance(form.fields[name].widget, forms.PasswordInput) else f"{label}\u00a0: {words}"


def _changes(form: forms.BaseForm) -> list[str]:
    return [_change(form, name) for name in form.changed_data]


def _change(form: forms.BaseForm, name: str) -> str:
    field, label = form.fields[name], str(form[name].label)
    if isinstance(field.widget, forms.PasswordInput):
        return label
    return f"{label}\u00a0: {_in_words(field, form[name].initial)} → {_in_words(field, form.cleaned_data.get(name))}"


def _in_words(field: forms.Field, value) -> str:
    if isinstance(field, forms.ModelChoiceField):
        value = _row(field, value)
    elif isinstance(field, forms.ChoiceField):
        value = dict(field.choices).get(value, value)
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list | tuple | models.QuerySet):
        value = ", ".join(sorted(map(str, value)))
    return str(localize(value))[:LONGEST] if value not in (None, "") else NOTHING


def _row(field: forms.ModelChoiceField, value):
    """A form's first value is a key, or several."""
    try:
        return field.clean(value) if value else None
    except ValidationError:
        return value


@admin.register(LogEntry)
class JournalAdmin(ReadOnlyAdmin):
    change_form_template = "suppliers/admin/entry.html"
    list_display = ["action_time", "user", "content_type", "object_repr", "what"]
    list_filter = ["action_time", "content_type"]
    list_select_related = ["user", "content_type"]
    ordering = ["-pk"]
    search_fields = ["user__email", "user__last_name", "object_repr", "change_message"]
    search_help_text = "Adresse ou nom de la personne, objet, valeur d'avant ou d'après."
    fields = ["action_time", "user", "content_type", "object_id", "object_repr", "what"]

    @admin.display(description="ce qui a été fait")
    def what(self, entry):
        return entry.get_change_message() or entry.get_action_flag_display()
