"""The exchange with Chorus Pro, to look at. Only the technical accounts are managed here, and only by superusers."""

import json
from datetime import timedelta

from django import forms
from django.contrib import admin
from django.db.models import Case, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst

from chorus.conf import ENVIRONMENTS
from chorus.models import AttachedStructure, Connection, Cursor, Exchange, SetAside, Submission, TechnicalAccount
from invoicing.lists import OpeningFilter, ReadOnlyAdmin
from invoicing.review import without_ibans
from invoicing.typography import french

# Chorus Pro lets the password of a technical account live this long.
PASSWORD_LIFE = timedelta(days=424)
SHOWN_CALLS = 20


def as_json(value):
    """Raw data on several lines; an IBAN in it is shown in part only."""
    text = without_ibans(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))
    return format_html('<pre class="desk-raw">{}</pre>', text) if value else "—"


# --- Technical accounts ---


class AccountForm(forms.ModelForm):
    """The password goes in and never comes out: it is a field of the form, not of the model."""

    new_password = forms.CharField(
        label="Mot de passe",
        required=False,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Il n'est jamais réaffiché. Laissez vide pour garder celui qui est enregistré.",
    )

    class Meta:
        model = TechnicalAccount
        fields = ["environment", "login", "password_expires_at", "is_active"]
        help_texts = {"password_expires_at": "Vide : 424 jours après l'enregistrement du mot de passe."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "environment" in self.fields:
            self.fields["environment"] = forms.ChoiceField(label="Environnement", choices=list(ENVIRONMENTS.items()))

    def clean_new_password(self):
        password = self.cleaned_data["new_password"]
        if not password and not self.instance.pk:
            raise forms.ValidationError("Donnez le mot de passe du compte technique.")
        return password


class StructureInline(admin.TabularInline):
    model = AttachedStructure
    fields = ["name", "siret", "cpp_id"]
    extra = 0
    verbose_name_plural = "Structures pour lesquelles ce compte peut agir, lues sur Chorus Pro"

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(TechnicalAccount)
class TechnicalAccountAdmin(admin.ModelAdmin):
    form = AccountForm
    inlines = [StructureInline]
    list_display = ["login", "environment", "is_active", "expiry", "blocked_since", "blocked_reason", "last_success_at"]
    list_filter = ["environment", "is_active"]
    search_fields = ["login"]
    state = ["blocked_since", "blocked_reason", "last_success_at", "attachments_read_at"]

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        # Deposits name it for ever; an account that no longer serves is marked as not used.
        return False

    def get_fields(self, request, obj=None):
        secret = ["new_password"] if request.user.is_superuser else []
        return ["environment", "login", *secret, "password_expires_at", "is_active", *(self.state if obj else [])]

    def get_readonly_fields(self, request, obj=None):
        # Ids given by Chorus Pro belong to one environment: an account never moves to another.
        return ["environment", *self.state] if obj else []

    def save_model(self, request, obj, form, change):
        """Write what was typed, and nothing else: a sweep may have blocked the account meanwhile."""
        columns = {name for name in form.changed_data if name != "new_password"}
        if form.cleaned_data["new_password"]:
            obj.password = form.cleaned_data["new_password"]
            columns.add("password")
            if "password_expires_at" not in columns or not obj.password_expires_at:
                obj.password_expires_at = timezone.now() + PASSWORD_LIFE
                columns.add("password_expires_at")
        obj.save(update_fields=columns) if change else obj.save()

    @admin.display(description="mot de passe valable jusqu'au", ordering="password_expires_at")
    def expiry(self, account):
        if not account.password_expires_at:
            return "inconnu"
        days = (account.password_expires_at - timezone.now()).days
        left = f"encore {days} jour{'s' if days > 1 else ''}" if days >= 0 else "expiré"
        return f"{date_format(account.password_expires_at, 'j F Y')} ({left})"


# --- Submissions ---

ST = Submission.Status
# Those a person must look at come first.
URGENCY = [ST.HELD, ST.IN_DOUBT, ST.BLOCKED, ST.SENDING, ST.QUEUED]
WHAT_TO_DO = {
    ST.QUEUED: "Rien : elle part toute seule.",
    ST.SENDING: "Rien : l'envoi est en cours.",
    ST.IN_DOUBT: "Le portail la cherche sur Chorus Pro avant toute autre tentative. Ne la déposez pas à la main.",
    ST.BLOCKED: "La facture n'est pas en cause : réparez le compte technique ou ses droits, l'envoi reprendra seul.",
    ST.HELD: "Lisez la dernière erreur et cherchez la facture sur Chorus Pro. Ne la déposez pas à la main avant "
    "d'avoir vérifié qu'elle n'y est pas, puis prévenez le service informatique.",
    ST.REFUSED: "La facture est revenue à son fournisseur avec le motif.",
    ST.DEPOSITED: "Rien : Chorus Pro l'a reçue.",
}


class SubmissionFilter(OpeningFilter):
    title = "état"
    everything = "tous"
    opening = "ouverts"

    def lookups(self, request, model_admin):
        states = [(value, capfirst(label)) for value, label in ST.choices]
        return [(self.opening, "Pas encore partis"), *states, (self.everything, "Tous")]

    def only(self, queryset, value):
        return queryset.filter(status__in=Submission.OPEN if value == self.opening else [value])


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ["invoice", "status", "last_error", "supplier", "attempt", "due_at", "environment"]
    list_filter = [SubmissionFilter]
    search_fields = [
        "number",
        "invoice__number",
        "recipient_siret",
        "invoice__establishment__siret",
        "=cpp_id",
        "invoice__supplier__name",
    ]
    search_help_text = "Numéro de facture, SIRET, identifiant Chorus Pro ou nom du fournisseur."
    fieldsets = [
        (None, {"fields": ["to_invoice", "kind", "status", "what_to_do", "last_error"]}),
        ("Tentatives", {"fields": ["attempt", "due_at", "claimed_at", "calling_since", "doubt_since", "absences"]}),
        (
            "Ce qui est envoyé",
            {
                "fields": [
                    *("environment", "account", "structure_cpp_id", "recipient_siret", "number", "invoice_kind"),
                    *("issue_date", "total_ttc", "sent_sha256", "sent"),
                ]
            },
        ),
        (
            "Ce que Chorus Pro a répondu",
            {"fields": ["piece_id", "cpp_id", "deposited_at", "said_duplicate", "answered"]},
        ),
        ("Derniers appels", {"fields": ["calls"]}),
    ]
    readonly_fields = ["to_invoice", "what_to_do", "sent", "answered", "calls"]

    def get_queryset(self, request):
        # The encrypted password of the account is never needed here.
        rows = super().get_queryset(request).select_related("account", "invoice__supplier")
        return rows.defer("account__password", "invoice__reading", "invoice__iban", "invoice__supplier__iban")

    def get_ordering(self, request):
        if request.GET.get(SubmissionFilter.parameter_name) in (None, SubmissionFilter.opening):
            return [
                Case(*(When(status=status, then=Value(n)) for n, status in enumerate(URGENCY)), default=9),
                "due_at",
            ]
        return ["-pk"]

    @admin.display(description="fournisseur", ordering="invoice__supplier__name")
    def supplier(self, submission):
        return submission.invoice.supplier

    @admin.display(description="facture")
    def to_invoice(self, submission):
        url = reverse("admin:invoicing_invoice_change", args=[submission.invoice_id])
        return format_html('<a href="{}">{}</a>', url, submission.invoice)

    @admin.display(description="que faire")
    def what_to_do(self, submission):
        return french(WHAT_TO_DO[submission.status])

    @admin.display(description="données")
    def sent(self, submission):
        return as_json(submission.payload)

    @admin.display(description="réponse")
    def answered(self, submission):
        return as_json(submission.answer)

    @admin.display(description="appels")
    def calls(self, submission):
        lines = [in_one_line(call) for call in submission.exchanges.all()[:SHOWN_CALLS]]
        listed = format_html_join("", '<li>{}, {} <span class="quiet">{}</span></li>', lines)
        return format_html("<ol>{}</ol>", listed) if lines else "Aucun appel pour le moment."


def in_one_line(call: Exchange) -> tuple[str, str, str]:
    """When and what, how it ended, what Chorus Pro said."""
    began = f"{date_format(timezone.localtime(call.started_at), 'd/m/Y H:i:s')} {call.operation}"
    ended = f"HTTP {call.http_status}" if call.http_status else "sans réponse"
    return began, f"{ended} en {call.duration_ms} ms", f"{call.error} {call.label}".strip()


# --- The journal, the news, the connections ---


class OutcomeFilter(admin.SimpleListFilter):
    title = "résultat"
    parameter_name = "resultat"

    def lookups(self, request, model_admin):
        return [("ok", "Réussis"), ("ko", "En échec")]

    def queryset(self, request, queryset):
        return {"ok": queryset.filter(error=""), "ko": queryset.exclude(error="")}.get(self.value(), queryset)


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    date_hierarchy = "started_at"
    list_display = ["started_at", "operation", "http_status", "code", "label", "error", "duration_ms", "submission"]
    list_filter = ["started_at", OutcomeFilter]
    search_fields = ["operation", "label", "submission__number"]
    search_help_text = "Opération, libellé de la réponse, numéro de facture."

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("account", "submission__invoice")
        return rows.defer("account__password", "submission__invoice__reading", "submission__invoice__iban")


class SetAsideFilter(OpeningFilter):
    title = "suite"
    opening = "a-regler"

    def lookups(self, request, model_admin):
        return [(self.opening, "À régler"), ("reglees", "Réglées"), (self.everything, "Toutes")]

    def only(self, queryset, value):
        return queryset.filter(solved_at__isnull=value == self.opening)


@admin.register(SetAside)
class SetAsideAdmin(ReadOnlyAdmin):
    list_display = ["number", "cpp_id", "reason", "seen_at", "solved_at", "environment"]
    list_filter = [SetAsideFilter, "environment"]
    search_fields = ["number", "=cpp_id"]
    search_help_text = "Numéro de facture ou identifiant Chorus Pro."
    fields = ["number", "cpp_id", "reason", "what_to_do", "seen_at", "solved_at", "environment", "received"]
    readonly_fields = ["what_to_do", "received"]

    @admin.display(description="que faire")
    def what_to_do(self, aside):
        if aside.solved_at:
            return french("Rien : elle a pu être appliquée.")
        return french(
            "Le portail la relit à chaque passage. Si elle reste plus d'un jour, regardez la facture sur Chorus Pro "
            "et transmettez le motif et les données ci-dessous au service informatique."
        )

    @admin.display(description="données reçues")
    def received(self, aside):
        return as_json(aside.row)


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ["account", "position", "swept_at", "last_error"]
    list_select_related = ["account"]


@admin.register(Connection)
class ConnectionAdmin(ReadOnlyAdmin):
    list_display = ["supplier", "works", "failing_step", "checked_at"]
    list_filter = ["works", "failing_step"]
    list_select_related = ["supplier"]
    search_fields = ["supplier__name", "supplier__siren"]
