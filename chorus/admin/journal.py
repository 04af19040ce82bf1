"""The journal of calls, and how far the news were read."""

from datetime import date, datetime, time, timedelta

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst

from chorus.admin.environments import InEnvironment
from chorus.models import Cursor, Exchange
from chorus.watch import CLASSES
from suppliers.days import date_format
from suppliers.lists import ReadOnlyAdmin
from suppliers.templatetags.french import file_size

SHOWN_DAYS = 14


class PeriodFilter(admin.DateFieldListFilter):
    """By the name of its column it would read « Par le »."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.title = "période"


class DayFilter(admin.SimpleListFilter):
    """The last days, named without asking the journal which ones it holds: it would be read through for that."""

    title = "jour"
    parameter_name = "jour"

    def lookups(self, request, model_admin):
        days = [timezone.localdate() - timedelta(days=back) for back in range(SHOWN_DAYS)]
        return [(day.isoformat(), date_format(day, "l j F")) for day in days]

    def queryset(self, request, queryset):
        if self.value() not in dict(self.lookup_choices):
            return queryset
        day = date.fromisoformat(self.value())
        return queryset.filter(started_at__gte=midnight(day), started_at__lt=midnight(day + timedelta(days=1)))


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


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
class ExchangeAdmin(InEnvironment, ReadOnlyAdmin):
    list_display = ["at", "what", "about", "answered", "ended", "lasted", "sizes"]
    fields = [
        *("at", "operation", "about", "answered", "ended", "lasted", "sizes"),
        *("code", "message_code", "account", "in_environment"),
    ]
    readonly_fields = ["at", "about", "answered", "ended", "lasted", "sizes", "in_environment"]
    list_filter = [("started_at", PeriodFilter), DayFilter, OutcomeFilter]
    search_fields = ["operation", "message_code", "label", "submission__number"]
    search_help_text = "Opération, code ou libellé de la réponse, numéro de facture."

    @admin.display(description="le", ordering="started_at")
    def at(self, exchange):
        return date_format(timezone.localtime(exchange.started_at), "d/m/Y H:i:s")

    @admin.display(description="opération", ordering="operation")
    def what(self, exchange):
        return format_html_join(mark_safe("/<wbr>"), "{}", ((part,) for part in exchange.operation.split("/")))

    @admin.display(description="facture")
    def about(self, exchange):
        if exchange.submission is None:
            return "—"
        attempt = f", tentative {exchange.attempt}" if exchange.attempt else ""
        return f"{exchange.submission.invoice}{attempt}"

    @admin.display(description="réponse", ordering="http_status")
    def answered(self, exchange):
        http = f"HTTP {exchange.http_status}" if exchange.http_status else "sans réponse"
        code = "" if exchange.code is None else str(exchange.code)
        # The label usually begins with the message code.
        message = "" if exchange.label.startswith(exchange.message_code) else exchange.message_code
        return " ".join(filter(None, [http, code, message, exchange.label]))

    @admin.display(description="durée", ordering="duration_ms")
    def lasted(self, exchange):
        return f"{exchange.duration_ms}\u00a0ms"

    @admin.display(description="envoyé, reçu", ordering="request_bytes")
    def sizes(self, exchange):
        return f"{file_size(exchange.request_bytes)}, {file_size(exchange.response_bytes)}"

    @admin.display(description="erreur", ordering="error")
    def ended(self, exchange):
        return CLASSES.get(exchange.error, exchange.error)

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("account", "submission__invoice")
        return rows.defer("account__password", "submission__invoice__reading", "submission__invoice__iban")


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ["of_account", "position", "swept_at", "last_error"]
    list_select_related = ["account"]
    fields = ["of_account", "position", "swept_at", "last_error"]
    readonly_fields = ["of_account"]

    @admin.display(description="compte", ordering="account__login")
    def of_account(self, cursor):
        return cursor.account
