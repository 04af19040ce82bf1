"""People in the admin: found by e-mail, switched off rather than deleted."""

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm

from suppliers.models import User


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "first_name", "last_name"]
        field_classes = {}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    add_form = NewUserForm
    ordering = ["email"]
    list_display = ["email", "first_name", "last_name", "is_active", "is_staff", "last_login"]
    search_fields = ["email", "first_name", "last_name"]
    actions = ["take_second_factor_away"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Personne", {"fields": ["first_name", "last_name"]}),
        ("Droits", {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "first_name", "last_name", "usable_password", "password1", "password2"]}),
    ]

    def get_readonly_fields(self, request, obj=None):
        """The address people sign in with changes by their own hand only, since it must be verified."""
        return [*self.readonly_fields, "email"] if obj else self.readonly_fields

    def has_delete_permission(self, request, obj=None):
        return False

    def has_superuser_permission(self, request):
        return request.user.is_superuser

    @admin.action(description="Retirer la double authentification (téléphone perdu)", permissions=["superuser"])
    def take_second_factor_away(self, request, queryset):
        """They sign in by e-mail until they set a new one. Whoever does it has first made sure who is asking."""
        people = list(queryset.filter(authenticator__isnull=False).distinct())
        Authenticator.objects.filter(user__in=people).delete()
        LogEntry.objects.log_actions(request.user.pk, people, CHANGE, "Double authentification retirée")
        told = ", ".join(person.email for person in people) or "personne n'en avait"
        self.message_user(request, f"Double authentification retirée\u00a0: {told}.")
