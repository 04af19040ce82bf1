"""People in the admin: found by e-mail, switched off rather than deleted."""

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.contrib.auth.models import Group, Permission
from django.forms import ModelMultipleChoiceField

from suppliers.admin.journal import Journalled
from suppliers.lists import LongListAdmin
from suppliers.models import User

# What Django lets people do to any model, which it names in English.
ACTS = {"add": "ajouter", "change": "modifier", "delete": "supprimer", "view": "voir"}


class PermissionsField(ModelMultipleChoiceField):
    def label_from_instance(self, permission):
        act = ACTS.get(permission.codename.removesuffix(f"_{permission.content_type.model}"), permission.name)
        return f"{permission.content_type} | {act}"


class PermissionsInFrench:
    """Of the admin of people and groups."""

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.remote_field.model is Permission:
            kwargs["form_class"] = PermissionsField
        return super().formfield_for_manytomany(db_field, request=request, **kwargs)


class NewPasswordForm(AdminPasswordChangeForm):
    usable_password_help_text = "Sans mot de passe, la personne se connecte avec un code reçu par e-mail."


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "first_name", "last_name"]
        field_classes = {}


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(Journalled, PermissionsInFrench, DjangoGroupAdmin):
    pass


@admin.register(User)
class UserAdmin(Journalled, PermissionsInFrench, LongListAdmin, DjangoUserAdmin):
    add_form = NewUserForm
    change_password_form = NewPasswordForm
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

    @admin.action(description="Retirer la double authentification (téléphone ou clé perdus)", permissions=["superuser"])
    def take_second_factor_away(self, request, queryset):
        """They sign in by e-mail until they set a new one. Whoever does it has first made sure who is asking."""
        people = list(queryset.filter(authenticator__isnull=False).distinct())
        Authenticator.objects.filter(user__in=people).delete()
        LogEntry.objects.log_actions(request.user.pk, people, CHANGE, "Double authentification retirée")
        told = ", ".join(person.email for person in people) or "personne n'en avait"
        self.message_user(request, f"Double authentification retirée\u00a0: {told}.")
