"""The journal of calls, and how far the news were read."""

from django.contrib import admin
from django.utils.text import capfirst

from chorus.models import Cursor, Exchange
from chorus.watch import CLASSES
from invoicing.lists import ReadOnlyAdmin


class OutcomeFilter(admin.SimpleListFilter):
    title = "résultat"
    parameter_name = "resultat"

    def lookups(self, request, model_admin):
        return [("ok", "Réussis"), ("ko", "En échec"), *((name, capfirst(told)) for name, told in CLASSES.items())]

    def queryset(self, request, queryset):
        if self.value() in CLASSES:
            return queryset.filter(error=self.value())
        return {"ok": queryset.filter(error=""), "ko": queryset.exclude(error="")}.get(self.value(), queryset)


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    date_hierarchy = "started_at"
    list_display = [
        *("started_at", "operation", "submission", "attempt", "http_status", "code", "message_code", "label", "ended"),
        *("duration_ms", "request_bytes", "response_bytes"),
    ]
    list_filter = ["started_at", OutcomeFilter]
    search_fields = ["operation", "message_code", "label", "submission__number"]
    search_help_text = "Opération, code ou libellé de la réponse, numéro de facture."

    @admin.display(description="erreur", ordering="error")
    def ended(self, exchange):
        return CLASSES.get(exchange.error, exchange.error)

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("account", "submission__invoice")
        return rows.defer("account__password", "submission__invoice__reading", "submission__invoice__iban")


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ["account", "position", "swept_at", "last_error"]
    list_select_related = ["account"]
