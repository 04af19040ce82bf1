"""Technical accounts, managed by superusers only, and the connections of suppliers."""

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from chorus.admin.environments import EnvironmentFilter, InEnvironment
from chorus.checkup import ask_for_check
from chorus.conf import ENVIRONMENTS
from chorus.models import PASSWORD_LIFE, AttachedStructure, Connection, TechnicalAccount
from chorus.steps import Advice
from invoicing.typography import french
from suppliers.admin.journal import Journalled
from suppliers.days import date_format
from suppliers.lists import DeskAdmin, ReadOnlyAdmin
from suppliers.models import Supplier
from suppliers.typography import how_many

MEND_THEN_RESUME = (
    "lisez ce motif, vérifiez sur Chorus Pro avec l'une de ces factures, puis cliquez sur « Reprendre les envois »."
)
RESUMED = french(
    "Une facture part pour essai à la prochaine minute. Si elle passe, les autres suivent ; "
    "si le même refus revient, les envois s'arrêtent de nouveau."
)
ASKED = "La vérification est demandée. Rechargez la page dans une minute pour lire le résultat."


def told(advice: Advice | None):
    """The failing step, whoever mends it: an agent reads the supplier's part to him on the telephone."""
    if advice is None:
        return "Rien à signaler."
    clicks = format_html_join("", "<li>{}</li>", ((click,) for click in advice.clicks))
    return format_html("{} À réparer par {}\u00a0:<ol>{}</ol>", advice.wrong, advice.mender.label, clicks)


class AskingAdmin(DeskAdmin):
    """A question to Chorus Pro is an act: who only looks on does not put it."""

    def has_ask_permission(self, request):
        return request.user.has_perm("chorus.settle_submission")

    def must_be_asking(self, request) -> None:
        if not self.has_ask_permission(request):
            raise PermissionDenied

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"may_ask": self.has_ask_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)


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
        help_texts = {"password_expires_at": "Vide\u00a0: 424 jours après l'enregistrement du mot de passe."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "environment" in self.fields:
            self.fields["environment"] = forms.ChoiceField(label="Environnement", choices=list(ENVIRONMENTS.items()))
        if expiry := self.fields.get("password_expires_at"):
            for part, name in zip(expiry.widget.widgets, ("date", "heure"), strict=True):
                part.attrs["aria-label"] = f"{expiry.label}, {name}"

    def clean_new_password(self):
        password = self.cleaned_data["new_password"]
        if not password and not self.instance.pk:
            raise forms.ValidationError("Donnez le mot de passe du compte technique.")
        return password

    def clean(self):
        """The constraint looks at the supplier too, which is not a field of this form."""
        cleaned = super().clean()
        environment, login = cleaned.get("environment") or self.instance.environment, cleaned.get("login")
        same = TechnicalAccount.objects.of_portal().filter(environment=environment, login=login)
        if same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                "Un compte technique du portail existe déjà sous cet identifiant. Modifiez celui-là."
            )
        return cleaned


class StructureInline(admin.TabularInline):
    model = AttachedStructure
    fields = ["name", "siret", "cpp_id", "missing_since"]
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
@method_decorator([sensitive_post_parameters("new_password"), sensitive_variables()], name="changeform_view")
class TechnicalAccountAdmin(InEnvironment, Journalled, AskingAdmin):
    form = AccountForm
    inlines = [StructureInline]
    list_display = [
        "login",
        "supplier",
        "in_environment",
        "is_active",
        "expiry",
        "check_state",
        "blocked_since",
        "sending",
        "last_success_at",
    ]
    actions = ["ask_again"]
    list_filter = [EnvironmentFilter, "is_active", ("supplier", admin.EmptyFieldListFilter)]
    list_select_related = ["supplier", "breaker"]
    search_fields = ["login", "supplier__name", "supplier__siren"]
    state = [
        *("check_state", "what_to_do", "checked_at"),
        *("blocked_since", "blocked_reason", "sending", "last_success_at", "attachments_read_at"),
    ]
    change_form_template = "chorus/admin/account.html"

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        # A supplier's own account is his: he enters, replaces and removes it in his profile.
        return request.user.is_superuser and not (obj and obj.is_own)

    def has_delete_permission(self, request, obj=None):
        # Deposits name it for ever; an account that no longer serves is marked as not used.
        return False

    def get_fields(self, request, obj=None):
        secret = ["new_password"] if self.has_change_permission(request, obj) else []
        own = ["supplier", "entered_by", "entered_at", "retired_at"] if obj and obj.is_own else []
        usual = ["in_environment" if obj else "environment", "login", *secret, "password_expires_at", "is_active"]
        return [*own, *usual, *(self.state if obj else [])]

    def get_readonly_fields(self, request, obj=None):
        # Ids given by Chorus Pro belong to one environment: an account never moves to another.
        return ["in_environment", "supplier", "entered_by", "entered_at", "retired_at", *self.state] if obj else []

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
        if columns & {"login", "password"}:
            obj.probe_at_once()

    @admin.display(description="envois")
    def sending(self, account):
        breaker = getattr(account, "breaker", None)
        if breaker is None or not breaker.is_open:
            return "ouverts"
        if breaker.paused_since:
            return french(f"{breaker.paused_reason}. Les envois attendent : {MEND_THEN_RESUME}")
        return f"Chorus Pro ne répond pas\u00a0: un essai à {date_format(localtime(breaker.next_trial_at), 'H:i')}"

    @admin.display(description="vérification")
    def check_state(self, account):
        if account.is_being_checked:
            return "en cours"
        if not account.checked_at:
            return "pas encore vérifié"
        return account.get_failing_step_display() if account.failing_step else "fonctionne"

    @admin.display(description="que faire")
    def what_to_do(self, account):
        if not account.checked_at and not account.advice:
            return french("Pas encore vérifié : cliquez sur « Vérifier ce compte ».")
        return told(account.advice)

    @admin.action(description="Vérifier les comptes choisis", permissions=["ask"])
    def ask_again(self, request, queryset):
        for account in queryset:
            account.ask()
        self.message_user(request, ASKED)

    def get_urls(self):
        ask = self.admin_site.admin_view(require_POST(self.ask))
        resume = self.admin_site.admin_view(require_POST(self.resume))
        return [
            path("<int:pk>/verifier/", ask, name="chorus_technicalaccount_ask"),
            path("<int:pk>/reprendre/", resume, name="chorus_technicalaccount_resume"),
            *super().get_urls(),
        ]

    def resume(self, request, pk):
        account = get_object_or_404(TechnicalAccount, pk=pk)
        if not self.has_change_permission(request):
            raise PermissionDenied
        account.resume()
        LogEntry.objects.log_actions(request.user.pk, [account], CHANGE, "Envois repris", single_object=True)
        self.message_user(request, RESUMED)
        return redirect("admin:chorus_technicalaccount_change", pk)

    def ask(self, request, pk):
        self.must_be_asking(request)
        get_object_or_404(TechnicalAccount, pk=pk).ask()
        self.message_user(request, ASKED)
        return redirect("admin:chorus_technicalaccount_change", pk)

    @admin.display(description="mot de passe valable jusqu'au", ordering="password_expires_at")
    def expiry(self, account):
        if not account.password_expires_at:
            return "inconnu"
        days = (account.password_expires_at - timezone.now()).days
        left = f"encore {how_many(days, 'jour')}" if days >= 0 else "expiré"
        return f"{date_format(account.password_expires_at, 'j F Y')} ({left})"


@admin.register(Connection)
class ConnectionAdmin(AskingAdmin, ReadOnlyAdmin):
    list_display = ["producer", "works", "failing_step", "failing_detail", "mender", "checked_at", "is_asked"]
    list_filter = ["works", "failing_step"]
    list_select_related = ["supplier"]
    search_fields = ["supplier__name", "supplier__siren"]
    actions = ["ask_again"]
    fields = ["supplier", "works", "failing_step", "failing_detail", "what_to_do", "not_attached"]
    fields += ["asked_at", "checked_at"]
    readonly_fields = ["what_to_do"]

    @admin.display(description="fournisseur", ordering="supplier__name")
    def producer(self, connection):
        return connection.supplier

    @admin.display(description="à réparer par")
    def mender(self, connection):
        return connection.advice.mender.label if connection.advice else "—"

    @admin.display(description="en cours", boolean=True)
    def is_asked(self, connection):
        return connection.is_being_checked

    @admin.display(description="que faire")
    def what_to_do(self, connection):
        return told(connection.advice)

    @admin.action(description="Vérifier la connexion des fournisseurs choisis", permissions=["ask"])
    def ask_again(self, request, queryset):
        for connection in queryset:
            connection.ask()
        self.message_user(request, ASKED)

    def get_urls(self):
        ask = self.admin_site.admin_view(require_POST(self.ask))
        return [path("demander/<int:supplier_pk>/", ask, name="chorus_connection_ask"), *super().get_urls()]

    def ask(self, request, supplier_pk):
        self.must_be_asking(request)
        supplier = get_object_or_404(Supplier, pk=supplier_pk)
        ask_for_check(supplier)
        self.message_user(request, ASKED)
        return redirect("admin:chorus_connection_change", supplier.connection.pk)
