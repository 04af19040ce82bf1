"""The journal of mails: who was told of what, and what did not leave."""

from django.contrib import admin, messages

from suppliers.lists import ReadOnlyAdmin
from suppliers.models import Mail
from suppliers.models.mail import KINDS, State


class KindFilter(admin.SimpleListFilter):
    title = "nature"
    parameter_name = "nature"

    def lookups(self, request, model_admin):
        return [(name, kind.label) for name, kind in KINDS.items()]

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() in KINDS else queryset


class StateFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return State.choices

    def queryset(self, request, queryset):
        return queryset.in_state(self.value()) if self.value() in State.values else queryset


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Read only; one that failed may be sent again."""

    list_display = ["created_at", "to", "what", "subject", "state_now", "sent_at", "attempts", "last_error"]
    list_filter = [StateFilter, KindFilter]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__last_name", "address", "subject"]
    search_help_text = "Adresse ou nom de la personne, objet."
    actions = ["resend"]
    fields = readonly_fields = [
        *("to", "what", "state_now", "subject", "happened", "to_do", "action", "path"),
        *("created_at", "due_at", "sent_at", "dropped_at", "attempts", "last_error"),
    ]

    @admin.display(description="destinataire")
    def to(self, mail):
        return mail.user or mail.address or "adresse oubliée"

    @admin.display(description="nature", ordering="kind")
    def what(self, mail):
        return mail.get_kind_display()

    @admin.display(description="état")
    def state_now(self, mail):
        return mail.state.label

    def has_resend_permission(self, request):
        return request.user.has_perm("suppliers.resend_mail")

    @admin.action(description="Renvoyer les courriels en échec", permissions=["resend"])
    def resend(self, request, queryset):
        count = sum(mail.send_again() for mail in queryset)
        if count:
            part = "Le courriel part" if count == 1 else f"{count} courriels partent"
            self.message_user(request, f"{part} dans la minute.", messages.SUCCESS)
        else:
            self.message_user(request, "Aucun de ces courriels n'est en échec\u00a0: rien ne repart.", messages.INFO)
