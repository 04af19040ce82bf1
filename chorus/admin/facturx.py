"""The suppliers whose invoices leave as Factur-X: a row is the switch, off without it."""

from django.conf import settings
from django.contrib import admin

from chorus.models import FacturxSupplier
from suppliers.admin.journal import Journalled


@admin.register(FacturxSupplier)
class FacturxSupplierAdmin(Journalled):
    """Seen by agents, switched by superusers. Each switch is kept in the admin's own history."""

    list_display = ["supplier", "siren", "since"]
    list_select_related = ["supplier"]
    search_fields = ["supplier__name", "supplier__siren"]
    autocomplete_fields = ["supplier"]
    readonly_fields = ["state", "since"]

    def get_fields(self, request, obj=None):
        return ["supplier", "state", *(["since"] if obj else [])]

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser

    @admin.display(description="SIREN")
    def siren(self, chosen):
        return chosen.supplier.siren

    @admin.display(description="transport")
    def state(self, chosen):
        if settings.CHORUS["FACTURX"]:
            return (
                "Ses prochaines factures partent en Factur-X, ou en PDF simple quand leurs données n'y suffisent pas."
            )
        return "Le Factur-X est éteint sur ce portail (CHORUS_FACTURX)\u00a0: ses factures partent en PDF simple."
