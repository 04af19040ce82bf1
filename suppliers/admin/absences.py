"""Absences: each notes his own and names who reads his mails; a person in charge does it for those who could not."""

from django import forms
from django.contrib import admin
from django.utils import timezone

from suppliers.admin.journal import Journalled
from suppliers.models import Absence, User


def colleagues():
    return User.objects.filter(is_staff=True, is_active=True).order_by("last_name", "first_name", "email")


class AbsenceForm(forms.ModelForm):
    """`person`: whose absence it is, where the form does not ask."""

    person: User | None = None

    def clean(self):
        data = super().clean()
        first, last, user = data.get("first_day"), data.get("last_day"), data.get("user") or self.person
        if first and last and last < first:
            self.add_error("last_day", "L'absence finit avant de commencer\u00a0: corrigez l'un des deux jours.")
        elif last and last < timezone.localdate():
            self.add_error("last_day", "Ces jours sont passés\u00a0: donnez un dernier jour à venir.")
        elif first and last and self._others(user).overlapping(first, last).exists():
            self.add_error("first_day", "Une autre absence couvre déjà une partie de ces jours\u00a0: changez-la.")
        if user and data.get("deputy") == user:
            self.add_error("deputy", "Choisissez quelqu'un d'autre\u00a0: personne ne se remplace soi-même.")
        return data

    def _others(self, user: User | None):
        return Absence.objects.filter(user=user).exclude(pk=self.instance.pk)


@admin.register(Absence)
class AbsenceAdmin(Journalled):
    form = AbsenceForm
    list_display = ["user", "deputy", "first_day", "last_day"]
    list_display_links = ["first_day"]
    list_select_related = ["user", "deputy"]
    list_per_page = 50
    actions = None
    fieldsets = [
        (
            None,
            {
                "fields": ["user", "deputy", "first_day", "last_day"],
                "description": "Les messages du bureau vont pendant ces jours à la personne qui remplace. Elle doit "
                "avoir les mêmes droits\u00a0: sinon ils continuent d'arriver à la personne absente.",
            },
        )
    ]

    def manages(self, request) -> bool:
        return request.user.has_perm("suppliers.manage_absence")

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if self.manages(request) else rows.filter(user=request.user)

    def get_fieldsets(self, request, obj=None):
        title, options = self.fieldsets[0]
        fields = [name for name in options["fields"] if name != "user" or (self.manages(request) and obj is None)]
        return [(title, {**options, "fields": fields})]

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.person = obj.user if obj else request.user
        return form

    def formfield_for_foreignkey(self, field, request, **kwargs):
        return super().formfield_for_foreignkey(field, request, **{**kwargs, "queryset": colleagues()})

    def add_view(self, request, form_url="", extra_context=None):
        return super().add_view(request, form_url, {"title": "Noter une absence", **(extra_context or {})})

    def save_model(self, request, obj, form, change):
        if obj.user_id is None:
            obj.user = request.user
        super().save_model(request, obj, form, change)
