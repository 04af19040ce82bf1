"""Recipients of Chorus Pro, the buyers behind them, and who asks to act for a buyer."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect

from orders.admin.history import HistoryInline
from orders.forms import usable_code
from orders.models import (
    Buyer,
    BuyerChange,
    BuyerClosure,
    BuyerInvitation,
    BuyerMember,
    BuyerMemberChange,
    BuyerMembershipRequest,
    Order,
    Recipient,
    RecipientService,
)
from orders.signals import recipient_noted
from suppliers.admin import (
    ChangesInline,
    ExportedListAdmin,
    HouseAdmin,
    InvitationsInline,
    PeopleFilter,
    PeopleInline,
    RequestAdmin,
)
from suppliers.admin.journal import Journalled
from suppliers.decisions import DecisionForm
from suppliers.identifiers import format_siret
from suppliers.lists import LongListAdmin
from suppliers.models import MembershipRequest


class KeptAdmin(Journalled, LongListAdmin):
    """Rows that invoices rest on: never deleted, and a page that has aged puts no old value back."""

    actions = None

    def has_delete_permission(self, request, obj=None):
        return False

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        for field in form.base_fields.values():
            field.show_hidden_initial = obj is not None
        return form

    def save_model(self, request, obj, form, change):
        obj.save(update_fields=form.changed_data if change else None)


class ServiceInline(admin.TabularInline):
    """Chorus Pro's own list once it was read there; until then agents may type what the buyer told them."""

    model = RecipientService
    fields = ["code", "label", "is_active", "engagement_required"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return never_synced(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return never_synced(obj) and super().has_change_permission(request, obj)


def never_synced(recipient: Recipient | None) -> bool:
    return recipient is None or recipient.synced_at is None


@admin.register(Recipient)
class RecipientAdmin(KeptAdmin):
    """What Chorus Pro said is a fact: agents read it. Before it was asked, they may note what the buyer told them."""

    list_display = ["spaced_siret", "name", "is_known", "is_active", "requires", "reports_payment", "synced_at"]
    list_display_links = ["spaced_siret", "name"]
    list_filter = ["is_known", "is_active", "requires", ("synced_at", admin.EmptyFieldListFilter)]
    search_fields = ["siret", "name", "buyers__name"]
    search_help_text = "SIRET, nom sur Chorus Pro ou nom de l'acheteur."
    told = ["siret", "name", "requires", "reports_payment", "is_known", "is_active", "synced_at", "read_in"]
    # The last one is never told by Chorus Pro: it stays with those who know.
    fields = [*told, "is_state_service"]
    readonly_fields = ["is_known", "is_active", "synced_at", "read_in"]
    inlines = [ServiceInline]

    @admin.display(description="SIRET", ordering="siret")
    def spaced_siret(self, recipient):
        return format_siret(recipient.siret)

    def save_related(self, request, form, formsets, change):
        """After the services, so that whoever listens reads all of it."""
        super().save_related(request, form, formsets, change)
        if change and (form.has_changed() or any(formset.has_changed() for formset in formsets)):
            recipient_noted.send(Recipient, recipient=form.instance)

    @admin.display(description="vérifié dans l'environnement")
    def read_in(self, recipient):
        return "simulateur" if recipient.synced_from == "simulator" else recipient.synced_from

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return self.readonly_fields
        return [*self.readonly_fields, "siret"] if never_synced(obj) else self.told


class BuyerForm(forms.ModelForm):
    def clean_usual_service(self):
        return usable_code(self.cleaned_data["usual_service"])


class BuyerMemberInline(PeopleInline):
    model = BuyerMember
    verbose_name_plural = "personnes qui agissent pour cet acheteur"


class BuyerInvitationInline(InvitationsInline):
    model = BuyerInvitation


class BuyerMemberChangeInline(ChangesInline):
    model = BuyerMemberChange


class BuyerClosureInline(admin.TabularInline):
    model = BuyerClosure
    extra = 0


class BuyerChangeInline(HistoryInline):
    model = BuyerChange


@admin.register(Buyer)
class BuyerAdmin(HouseAdmin, KeptAdmin, ExportedListAdmin):
    """Whatever is changed here stands in the history its own people read too."""

    import_kind, export_name = "buyers", "acheteurs"
    form = BuyerForm
    list_display = ["name", "kind", "city", "phone", "recipient"]
    list_filter = ["kind", ("recipient", admin.EmptyFieldListFilter), PeopleFilter]
    list_select_related = ["recipient"]
    search_fields = ["name", "city", "phone", "contact_name", "recipient__siret", "recipient__name"]
    search_help_text = "Nom, commune, téléphone ou SIRET."
    autocomplete_fields = ["recipient"]
    inlines = [
        *(BuyerClosureInline, BuyerMemberInline, BuyerInvitationInline),
        *(BuyerMemberChangeInline, BuyerChangeInline),
    ]

    def save_model(self, request, obj, form, change):
        if not change:
            return super().save_model(request, obj, form, change)
        obj.change(by=request.user, **{name: form.cleaned_data[name] for name in form.changed_data})

    def save_formset(self, request, form, formset, change):
        if formset.model is not BuyerClosure:
            return super().save_formset(request, form, formset, change)
        before = form.instance.closures_in_words()
        super().save_formset(request, form, formset, change)
        form.instance.note_closures(before, by=request.user)

    def exported(self):
        return Buyer.objects.select_related("recipient")


class BuyerDecisionForm(DecisionForm):
    """Accepting needs to know for which buyer: one SIRET may pay for several canteens."""

    field_order = ["decision", "buyer", "contact_made"]

    buyer = forms.ModelChoiceField(
        Buyer.objects.all(),
        label="Acheteur",
        required=False,
        help_text="Pour accepter. S'il n'est pas dans la liste, créez-le d'abord parmi les acheteurs.",
        widget=AutocompleteSelect(Order._meta.get_field("buyer"), admin.site),
    )

    def clean(self):
        cleaned = super().clean()
        if self.cleaned_data.get("decision") == self.ACCEPT and not self.cleaned_data.get("buyer"):
            self.add_error("buyer", "Choisissez l'acheteur pour lequel cette personne pourra agir.")
        return cleaned


@admin.register(BuyerMembershipRequest)
class BuyerMembershipRequestAdmin(RequestAdmin):
    kind = MembershipRequest.Kind.BUYER
    decision_form = BuyerDecisionForm
    page_template = "orders/admin/request.html"

    def known_as(self, asked):
        return {"buyers": self._buyers_of(asked)}

    def form_for(self, request, asked):
        buyers = self._buyers_of(asked)
        sole = buyers[0] if len(buyers) == 1 else None
        return self.decision_form(request.POST or None, initial={"buyer": sole})

    def _buyers_of(self, asked) -> list[Buyer]:
        found = Buyer.objects.filter(recipient__siret=asked.siret).select_related("recipient")
        return list(found.prefetch_related("members__user")[:20])
