"""The news set aside."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path

from chorus import desk, looks
from chorus.admin.acts import ReasonForm, not_done, shown_looks
from chorus.admin.environments import EnvironmentFilter, InEnvironment
from chorus.admin.raw import as_json
from chorus.models import SetAside
from invoicing.lifecycle import TransitionError
from invoicing.lists import OpeningFilter, ReadOnlyAdmin
from invoicing.typography import french

OPEN = (
    "Le portail la relit à chaque passage. Si elle reste, lisez le motif, relisez-la maintenant, puis comparez avec la "
    "facture sur Chorus Pro. Classez-la si elle ne concerne aucune facture du portail ; sinon transmettez le motif et "
    "les données ci-dessous au service informatique."
)


class SetAsideFilter(OpeningFilter):
    title = "suite"
    opening = "a-regler"

    def lookups(self, request, model_admin):
        return [(self.opening, "À régler"), ("reglees", "Réglées"), (self.everything, "Toutes")]

    def only(self, queryset, value):
        return queryset.filter(solved_at__isnull=value == self.opening)


@admin.register(SetAside)
class SetAsideAdmin(InEnvironment, ReadOnlyAdmin):
    list_display = ["number", "cpp_id", "reason", "seen_at", "solved_at", "in_environment"]
    list_filter = [SetAsideFilter, EnvironmentFilter]
    search_fields = ["number", "=cpp_id"]
    search_help_text = "Numéro de facture ou identifiant Chorus Pro."
    fields = [
        *("number", "cpp_id", "reason", "seen_at", "solved_at"),
        *("filed_by", "filed_reason", "in_environment", "received"),
    ]
    readonly_fields = ["in_environment", "received"]

    def has_settle_permission(self, request):
        return request.user.has_perm("chorus.settle_setaside")

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/relire/", view(self.reread), name="chorus_setaside_relire"),
            path("<int:pk>/classer/", view(self.file), name="chorus_setaside_classer"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        aside = self.get_object(request, object_id)
        acts = self.acts(request, aside) if aside else {}
        return super().change_view(request, object_id, form_url, {**acts, **(extra_context or {})})

    def acts(self, request, aside) -> dict:
        return {
            "row": aside,
            "what_to_do": french("Rien : elle est réglée." if aside.solved_at else OPEN),
            "may_settle": self.has_settle_permission(request) and not aside.solved_at,
            "looks": shown_looks(aside),
            "file_form": ReasonForm(auto_id="file_%s"),
        }

    def sought(self, request, pk) -> SetAside:
        if not (self.has_view_permission(request) and self.has_settle_permission(request)):
            raise PermissionDenied
        aside = SetAside.objects.filter(pk=pk).first()
        if aside is None:
            raise Http404
        return aside

    def reread(self, request, pk):
        aside = self.sought(request, pk)
        if request.method == "POST" and not aside.solved_at:
            looks.ask(aside, by=request.user)
            self.message_user(request, french(looks.ASKED), messages.INFO)
        return redirect("admin:chorus_setaside_change", pk)

    def file(self, request, pk):
        aside = self.sought(request, pk)
        form = ReasonForm(request.POST)
        if request.method == "POST":
            try:
                if not form.is_valid():
                    raise TransitionError(french("Écrivez pourquoi en une phrase : rien n'a été fait."))
                desk.file(aside, by=request.user, why=form.cleaned_data["why"])
                self.message_user(request, "La nouvelle est classée, avec votre motif.", messages.SUCCESS)
            except TransitionError as reason:
                self.message_user(request, not_done(reason, form), messages.WARNING)
        return redirect("admin:chorus_setaside_change", pk)

    @admin.display(description="données reçues")
    def received(self, aside):
        return as_json(aside.row)
