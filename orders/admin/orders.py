"""Orders as agents look them up and, when a buyer telephones, correct them."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from orders.admin.history import HistoryInline, ReadInline
from orders.forms import DaysMixin, ReferencesMixin
from orders.lines import french_number, in_units
from orders.models import LinesLocked, Order, OrderChange, OrderChanged, OrderLine, Reception
from orders.requirements import demand, missing
from suppliers.admin import ImportedListAdmin
from suppliers.typography import euros, french

NOBODY = french("personne : nos messages sur cette commande ne sont lus par personne. Appelez l'acheteur ({phone}).")
REFERENCES = ("engagement_number", "service_code", "contract_number")


class OrderAdminForm(ReferencesMixin, DaysMixin, forms.ModelForm):
    """Knows which revision it showed: an agent changes only what he saw."""

    reference = forms.CharField(label="référence Agrilocal", max_length=40, required=False)
    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["seen_revision"] = self.instance.revision
        if self.instance.pk and "service_code" in self.fields:
            self.offer_services(self.instance.buyer)

    def clean_supplier(self):
        supplier = self.cleaned_data["supplier"]
        if supplier.successor:
            raise forms.ValidationError(f"{supplier} est repris par {supplier.heir}\u00a0: choisissez ce dernier.")
        return supplier

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk and self.cleaned_data.get("seen_revision") != self.instance.revision:
            raise forms.ValidationError(str(OrderChanged()))
        return cleaned


class LineInline(admin.TabularInline):
    model = OrderLine
    extra = 0

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, min_num=1, validate_min=obj is None, **kwargs)

    def _may(self, order, allowed: bool) -> bool:
        return allowed and not (order and order.is_billed)

    def has_add_permission(self, request, obj=None):
        return self._may(obj, super().has_add_permission(request, obj))

    def has_change_permission(self, request, obj=None):
        return self._may(obj, super().has_change_permission(request, obj))

    def has_delete_permission(self, request, obj=None):
        return self._may(obj, super().has_delete_permission(request, obj))


class ChangeInline(HistoryInline):
    model = OrderChange


class ReceptionInline(ReadInline):
    model = Reception
    fields = readonly_fields = ["at", "by", "description", "outcome", "received", "reason", "picture"]
    verbose_name_plural = "réceptions"

    @admin.display(description="reçu")
    def received(self, reception):
        return f"{french_number(reception.quantity)} sur {in_units(reception.ordered, reception.unit)}"

    @admin.display(description="photo")
    def picture(self, reception):
        if reception.photo_erased_at:
            return "photo effacée"
        if not reception.photo:
            return ""
        address = reverse("orders:reception_photo", args=[reception.order_id, reception.pk])
        return format_html('<a href="{}">Télécharger</a>', address)


class MissingFilter(admin.SimpleListFilter):
    title = "numéro d'engagement"
    parameter_name = "numero"

    def lookups(self, request, model_admin):
        return [("manquant", "manquant"), ("demande", "manquant et demandé")]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        lacking = queryset.lacking_engagement()
        return lacking.filter(engagement_asked_at__isnull=False) if self.value() == "demande" else lacking


@admin.register(Order)
class OrderAdmin(ImportedListAdmin):
    """References change with their history and are told to the invoices; lines only while nothing is billed."""

    import_kind = "orders"

    form = OrderAdminForm
    list_display = ["reference", "buyer", "supplier", "ordered_on", "engagement_number", "still_to_come", "ttc"]
    list_filter = [MissingFilter, "ordered_on"]
    search_fields = [
        *("reference", "engagement_number", "supplier__name", "supplier__siren"),
        *("buyer__name", "buyer__recipient__siret"),
    ]
    search_help_text = "Référence, fournisseur, acheteur, SIREN, SIRET ou numéro d'engagement."
    autocomplete_fields = ["buyer", "supplier"]
    inlines = [LineInline, ReceptionInline, ChangeInline]
    actions = None
    fieldsets = [
        (
            None,
            {"fields": ["reference", "buyer", "who_reads", "supplier", "ordered_on", "delivery_on", "delivery_place"]},
        ),
        ("Références pour la facture", {"fields": ["chorus_demand", *REFERENCES, "still_to_come", "asked"]}),
        ("Montants", {"fields": ["ht", "ttc", "remaining", "seen_revision"]}),
    ]
    readonly_fields = ["who_reads", "chorus_demand", "still_to_come", "asked", "ht", "ttc", "remaining"]

    @admin.display(description="personnes chez l'acheteur")
    def who_reads(self, order):
        if not order.pk:
            return "—"
        return ", ".join(map(str, order.buyer.people())) or NOBODY.format(phone=order.buyer.phone or "numéro inconnu")

    @admin.display(description="Chorus Pro")
    def chorus_demand(self, order):
        return demand(order.buyer.recipient) if order.pk else "—"

    @admin.display(description="à venir")
    def still_to_come(self, order):
        return ", ".join(missing(order)) if order.pk else ""

    @admin.display(description="numéro demandé", ordering="engagement_asked_at")
    def asked(self, order):
        at = order.engagement_asked_at
        return f"le {at:%d/%m/%Y} par {order.engagement_asked_by}" if at else "non"

    @admin.display(description="total HT")
    def ht(self, order):
        return euros(order.total_ht) if order.pk else ""

    @admin.display(description="total TTC")
    def ttc(self, order):
        return euros(order.total_ttc) if order.pk else ""

    @admin.display(description="reste à facturer HT")
    def remaining(self, order):
        return euros(order.remaining_ht) if order.pk else ""

    def get_queryset(self, request):
        return super().get_queryset(request).with_people().with_billings()

    def get_readonly_fields(self, request, obj=None):
        return [*self.readonly_fields, "reference", "buyer", "supplier"] if obj else self.readonly_fields

    def has_delete_permission(self, request, obj=None):
        return False

    def changeform_view(self, request, *args, **kwargs):
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (OrderChanged, LinesLocked) as error:
            # Somebody was faster than this very request: all of it was rolled back.
            self.message_user(request, str(error), messages.ERROR)
            return HttpResponseRedirect(request.path)

    def save_model(self, request, obj, form, change):
        if not change:
            return obj.place([], by=request.user)
        changed = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        references = {name: changed.pop(name) for name in REFERENCES if name in changed}
        stored = Order.objects.get(pk=obj.pk)
        stored.change_references(by=request.user, seen_revision=form.cleaned_data["seen_revision"], **references)
        if "delivery_place" in changed:
            stored.change_delivery(by=request.user, delivery_place=changed["delivery_place"])
        obj.revision = stored.revision
        obj.save(update_fields=[name for name in ("ordered_on", "delivery_on") if name in changed])

    def save_formset(self, request, form, formset, change):
        if formset.model is not OrderLine or not change:
            return super().save_formset(request, form, formset, change)
        formset.save(commit=False)
        if formset.has_changed():
            kept = [row for row in formset.forms if row not in formset.deleted_forms]
            lines = [row.instance for row in kept if row.instance.pk or row.has_changed()]
            order = Order.objects.get(pk=form.instance.pk)
            order.change_lines(lines, by=request.user, seen_revision=form.instance.revision)
