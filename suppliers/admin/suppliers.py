"""Producers as agents see them: who is validated, what they answered, whose account was confirmed."""

from pathlib import PurePath

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from suppliers.admin.houses import (
    ChangesInline,
    HouseAdmin,
    InvitationsInline,
    PeopleFilter,
    PeopleInline,
    ReadOnlyInline,
)
from suppliers.admin.imports import ExportedListAdmin
from suppliers.decisions import IbanCallForm
from suppliers.downloads import download
from suppliers.forms import own_vat_number
from suppliers.lists import ReadOnlyAdmin
from suppliers.models import (
    BoxChange,
    Establishment,
    IbanCall,
    Invitation,
    Mandate,
    Member,
    MemberChange,
    Partner,
    Supplier,
)


class EstablishmentInline(admin.StackedInline):
    model = Establishment
    extra = 0
    can_delete = False


class MemberInline(PeopleInline):
    model = Member
    verbose_name_plural = "personnes qui agissent pour ce fournisseur"


class InvitationInline(InvitationsInline):
    model = Invitation


class MemberChangeInline(ChangesInline):
    model = MemberChange


class PartnerInline(ReadOnlyInline):
    model = Partner


class MandateInline(ReadOnlyInline):
    model = Mandate
    fields = readonly_fields = ["version", "signed_at", "signed_by", "signatory", "revoked_at", "revoked_by"]


class BoxChangeInline(ReadOnlyInline):
    model = BoxChange
    fields = readonly_fields = ["at", "by", "uses_chorus", "depositor"]


class IbanCallInline(ReadOnlyInline):
    model = IbanCall
    fields = readonly_fields = ["masked_iban", "outcome", "person", "phone", "called_at", "by", "recorded_at"]


class SupplierForm(forms.ModelForm):
    """A VAT number is the company's own, whoever types it."""

    def clean_vat_number(self):
        siren = self.cleaned_data.get("siren") or self.instance.siren
        return own_vat_number(self.cleaned_data["vat_number"], siren, whose="le SIREN de ce fournisseur")


@admin.register(Supplier)
class SupplierAdmin(HouseAdmin, ExportedListAdmin):
    """The box, the mandate and the IBAN are the supplier's own words: agents read them, and confirm by telephone."""

    form = SupplierForm
    import_kind, export_name = "suppliers", "fournisseurs"

    list_display = [
        "name",
        "siren",
        "phone",
        "is_validated",
        "uses_chorus",
        "depositor",
        "connection_state",
        "iban_state",
    ]
    list_filter = [("validated_at", admin.EmptyFieldListFilter), "uses_chorus", "depositor", PeopleFilter]
    list_select_related = ["connection"]
    search_fields = ["name", "siren", "establishments__siret", "phone", "contact_name"]
    actions = ["validate"]
    change_form_template = "suppliers/admin/supplier.html"
    inlines = [
        *(EstablishmentInline, MemberInline, InvitationInline, MemberChangeInline),
        *(PartnerInline, IbanCallInline, MandateInline, BoxChangeInline),
    ]
    fieldsets = [
        (None, {"fields": ["name", "siren", "contact_name", "phone", "vat_regime", "vat_number", "successor"]}),
        ("Chorus Pro", {"fields": ["uses_chorus", "depositor", "connection_state"]}),
        ("Compte bancaire", {"fields": ["masked_iban", "iban_state"]}),
        ("Validation", {"fields": ["validated_at", "validated_by", "created_at"]}),
    ]
    readonly_fields = [
        "successor",
        *("uses_chorus", "depositor", "connection_state", "masked_iban", "iban_state"),
        *("validated_at", "validated_by", "created_at"),
    ]

    def exported(self):
        return Establishment.objects.select_related("supplier").order_by("supplier__name", "siret")

    @admin.display(description="validé", boolean=True, ordering="validated_at")
    def is_validated(self, supplier):
        return supplier.validated_at is not None

    @admin.display(description="connexion Chorus Pro")
    def connection_state(self, supplier):
        connection = getattr(supplier, "connection", None)
        if connection is None or connection.checked_at is None:
            return "pas vérifiée"
        return "fonctionne" if connection.works else connection.get_failing_step_display()

    @admin.display(description="IBAN (masqué)")
    def masked_iban(self, supplier):
        return supplier.masked_iban or "—"

    @admin.display(description="IBAN")
    def iban_state(self, supplier):
        if not supplier.iban_hash:
            return "aucun"
        if not supplier.iban_confirmed_at:
            return "à confirmer"
        return f"confirmé par téléphone le {supplier.iban_confirmed_at:%d/%m/%Y} ({supplier.iban_confirmed_how})"

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "siren"] if obj else self.readonly_fields

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        for field in form.base_fields.values():
            # Only what changed since the page was shown is written: a page that aged must not put old values back.
            field.show_hidden_initial = obj is not None
        return form

    def save_model(self, request, obj, form, change):
        if change:
            obj.write_identity(form.changed_data)
        else:
            obj.save()

    @admin.action(description="Valider les fournisseurs choisis", permissions=["change"])
    def validate(self, request, queryset):
        validated = [supplier for supplier in queryset if supplier.validate(by=request.user)]
        for supplier in validated:
            self.log_change(request, supplier, "Validé")
        told = f"Fournisseurs validés\u00a0: {', '.join(map(str, validated)) or 'aucun, ils l’étaient déjà'}."
        self.message_user(request, told, messages.SUCCESS if validated else messages.INFO)

    def get_urls(self):
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/iban/", view(self.call_about_iban), name="suppliers_supplier_iban"),
            path("<int:pk>/rib/", view(self.rib), name="suppliers_supplier_rib"),
            path("<int:pk>/valider/", view(require_POST(self.validate_one)), name="suppliers_supplier_validate"),
        ]
        return own + super().get_urls()

    def _changeable(self, request, pk):
        supplier = get_object_or_404(Supplier, pk=pk)
        if not self.has_change_permission(request, supplier):
            raise PermissionDenied
        return supplier

    def validate_one(self, request, pk):
        self._changeable(request, pk)
        self.validate(request, Supplier.objects.filter(pk=pk))
        return redirect("admin:suppliers_supplier_change", pk)

    def call_about_iban(self, request, pk):
        supplier = self._changeable(request, pk)
        since = supplier.iban_changed_at or supplier.created_at
        form = IbanCallForm(
            request.POST or None, request.FILES or None, supplier=supplier, iban=supplier.iban, since=since
        )
        if request.method == "POST" and form.is_valid():
            call = form.record(by=request.user)
            self.log_change(request, supplier, f"Contre-appel sur l'IBAN\u00a0: {call.get_outcome_display()}")
            self.message_user(request, "Le contre-appel est enregistré.", messages.SUCCESS)
            return redirect(reverse("admin:suppliers_supplier_change", args=[pk]))
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Confirmer l'IBAN"}
        return TemplateResponse(request, "suppliers/admin/iban.html", {**frame, "supplier": supplier, "form": form})

    def rib(self, request, pk):
        """The RIB of the profile's account: an untrusted file, saved and never opened by the browser."""
        supplier = self._changeable(request, pk)
        if not supplier.rib:
            raise Http404
        self.log_change(request, supplier, "RIB ouvert")
        return download(supplier.rib, PurePath(supplier.rib.name).name)


@admin.register(Mandate)
class MandateAdmin(ReadOnlyAdmin):
    list_display = ["supplier", "version", "signatory", "signed_at", "revoked_at"]
    list_select_related = ["supplier"]
    search_fields = ["supplier__name", "supplier__siren", "signatory"]


@admin.register(BoxChange)
class BoxChangeAdmin(ReadOnlyAdmin):
    list_display = ["supplier", "at", "by", "uses_chorus", "depositor"]
    list_select_related = ["supplier", "by"]
    search_fields = ["supplier__name", "supplier__siren"]


@admin.register(IbanCall)
class IbanCallAdmin(ReadOnlyAdmin):
    list_display = ["supplier", "masked_iban", "outcome", "person", "phone", "called_at", "by"]
    list_filter = ["outcome", "called_at"]
    list_select_related = ["supplier", "by"]
    search_fields = ["supplier__name", "supplier__siren", "person"]
    exclude = ["rib"]
