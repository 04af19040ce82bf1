"""What the pages of rows that a person settles share: who may, the reason he types, the looks that were made."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path

from invoicing.lifecycle import TransitionError
from invoicing.typography import french
from suppliers.lists import OpeningFilter, ReadOnlyAdmin

SHOWN_LOOKS = 5


class ReasonForm(forms.Form):
    """Why, in one sentence, about the attempt that was on the screen."""

    why = forms.CharField(label="Pourquoi", max_length=300, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}))
    seen = forms.IntegerField(required=False, min_value=0, max_value=32767)


def shown_looks(row) -> list[dict]:
    """The last looks at a row: who asked, when, and what was seen, in words."""
    return [
        {"look": look, "told": french(look.told) if look.looked_at else "En cours : la réponse vient dans la minute."}
        for look in row.looks.select_related("by")[:SHOWN_LOOKS]
    ]


def not_done(reason: Exception, form: ReasonForm) -> str:
    """Why nothing was done, with what was typed: nobody writes it twice."""
    typed = form.data.get("why", "").strip()
    return french(f"{reason} Votre texte, pour mémoire : « {typed} »" if typed else str(reason))


class ToSettleFilter(OpeningFilter):
    title = "suite"
    opening = "a-regler"

    def only(self, queryset, value):
        return queryset.filter(solved_at__isnull=value == self.opening)


class SettlingAdmin(ReadOnlyAdmin):
    """Rows to read and to settle: the page says above the data what to do, and offers the acts to who may."""

    def acts(self, request, row) -> dict:
        """What the page offers above the data: nothing, unless a page says so."""
        return {}

    def act_views(self) -> dict[str, Callable]:
        """The views of the acts, by the last word of their addresses."""
        return {}

    def has_settle_permission(self, request):
        return request.user.has_perm(f"chorus.settle_{self.opts.model_name}")

    def get_urls(self):
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"chorus_{self.opts.model_name}_{name}")
            for name, view in self.act_views().items()
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, object_id)
        acts = {"row": row, **self.acts(request, row)} if row else {}
        return super().change_view(request, object_id, form_url, {**acts, **(extra_context or {})})

    def sought(self, request, pk):
        """The row a person decides on; only somebody who may decide gets it."""
        if not (self.has_view_permission(request) and self.has_settle_permission(request)):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def carry_out(self, request, act: Callable[[dict], None], told: str) -> None:
        """Act on what was typed, or say why not."""
        form = ReasonForm(request.POST)
        try:
            if not form.is_valid():
                raise TransitionError(french("Écrivez pourquoi en une phrase : rien n'a été fait."))
            act(form.cleaned_data)
            self.message_user(request, french(told), messages.SUCCESS)
        except TransitionError as reason:
            self.message_user(request, not_done(reason, form), messages.WARNING)

    def back_to(self, pk):
        return redirect(f"admin:chorus_{self.opts.model_name}_change", pk)
