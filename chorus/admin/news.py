"""The news set aside."""

from django.contrib import admin, messages

from chorus import desk, looks
from chorus.admin.acts import ReasonForm, SettlingAdmin, ToSettleFilter, shown_looks
from chorus.admin.environments import EnvironmentFilter, InEnvironment
from chorus.admin.raw import as_json
from chorus.models import SetAside
from invoicing.typography import french

OPEN = (
    "Le portail la relit à chaque passage. Si elle reste, lisez le motif, relisez-la maintenant, puis comparez avec la "
    "facture sur Chorus Pro. Classez-la si elle ne concerne aucune facture du portail ; sinon transmettez le motif et "
    "les données ci-dessous au service informatique."
)


class SetAsideFilter(ToSettleFilter):
    def lookups(self, request, model_admin):
        return [(self.opening, "À régler"), ("reglees", "Réglées"), (self.everything, "Toutes")]


@admin.register(SetAside)
class SetAsideAdmin(InEnvironment, SettlingAdmin):
    list_display = ["number", "cpp_id", "reason", "seen_at", "solved_at", "in_environment"]
    list_filter = [SetAsideFilter, EnvironmentFilter]
    search_fields = ["number", "cpp_id"]
    search_help_text = "Numéro de facture ou identifiant Chorus Pro."
    fields = [
        *("number", "cpp_id", "reason", "seen_at", "solved_at"),
        *("filed_by", "filed_reason", "in_environment", "received"),
    ]
    readonly_fields = ["in_environment", "received"]

    def act_views(self):
        return {"relire": self.reread, "classer": self.file}

    def acts(self, request, row) -> dict:
        return {
            "what_to_do": french("Rien : elle est réglée." if row.solved_at else OPEN),
            "may_settle": self.has_settle_permission(request) and not row.solved_at,
            "looks": shown_looks(row),
            "file_form": ReasonForm(auto_id="file_%s"),
        }

    def reread(self, request, pk):
        aside = self.sought(request, pk)
        if request.method == "POST" and not aside.solved_at:
            looks.ask(aside, by=request.user)
            self.message_user(request, french(looks.ASKED), messages.INFO)
        return self.back_to(pk)

    def file(self, request, pk):
        aside = self.sought(request, pk)

        def act(typed):
            desk.file(aside, by=request.user, why=typed["why"])

        if request.method == "POST":
            self.carry_out(request, act, "La nouvelle est classée, avec votre motif.")
        return self.back_to(pk)

    @admin.display(description="données reçues")
    def received(self, aside):
        return as_json(aside.row)
