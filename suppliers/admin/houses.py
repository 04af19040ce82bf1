"""The people of a supplier or a buyer in the admin: agents use the same verbs as members, and read the journal."""

from django.contrib import admin
from django.db.models import Exists, OuterRef

from suppliers.admin.journal import Journalled


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class PeopleInline(admin.TabularInline):
    """Members: added and removed, never exchanged for one another."""

    extra = 0
    autocomplete_fields = ["user"]
    fields = ["user", "created_at"]
    readonly_fields = ["created_at"]

    def has_change_permission(self, request, obj=None):
        return False


class InvitationsInline(ReadOnlyInline):
    fields = readonly_fields = ["email", "invited_by", "sent_at", "expires_at"]
    verbose_name_plural = "invitations sans réponse"

    def get_queryset(self, request):
        return super().get_queryset(request).waiting().select_related("invited_by")


class ChangesInline(ReadOnlyInline):
    fields = readonly_fields = ["at", "what", "whom", "by"]
    verbose_name_plural = "personnes\u00a0: ce qui a changé"

    @admin.display(description="qui")
    def whom(self, change):
        return change.whom

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "by")


class PeopleFilter(admin.SimpleListFilter):
    """Without anybody, what we write to them reaches nobody."""

    title = "personnes"
    parameter_name = "personnes"

    def lookups(self, request, model_admin):
        return [("sans", "sans membre"), ("avec", "avec au moins un membre")]

    def queryset(self, request, queryset):
        if self.value() not in ("sans", "avec"):
            return queryset
        members = queryset.model._meta.get_field("members")
        mine = {members.field.name: OuterRef("pk"), "user__is_active": True}
        there = Exists(members.related_model.objects.filter(**mine))
        return queryset.filter(there if self.value() == "avec" else ~there)


class HouseAdmin(Journalled):
    """Who is added or removed is told, and so are the others; the journal names the agent."""

    def save_formset(self, request, form, formset, change):
        if formset.model is not self.model._meta.get_field("members").related_model:
            return super().save_formset(request, form, formset, change)
        formset.save(commit=False)
        for member in formset.deleted_objects:
            formset.instance.dismiss(member.user, by=request.user)
        for member in formset.new_objects:
            formset.instance.admit(member.user, by=request.user)
