"""How the desk's lists of invoices and of what happened to them are narrowed; the board leads here."""

from django.contrib import admin
from django.utils import timezone

from invoicing.board import causes
from invoicing.board.spans import AGES, DELAYS, aged, delayed
from invoicing.typography import french
from orders.models import Buyer

LATE, AWAITED, RECEIVED = "retard", "attendu", "recu"


class AgeFilter(admin.SimpleListFilter):
    title = "temps passé dans cet état"
    parameter_name = "depuis"

    def lookups(self, request, model_admin):
        return [(span.key, span.label) for span in AGES]

    def queryset(self, request, queryset):
        chosen = next((span for span in AGES if span.key == self.value()), None)
        return queryset.filter(aged(chosen, timezone.now())) if chosen else queryset


class PaymentFilter(admin.SimpleListFilter):
    title = "paiement"
    parameter_name = "paiement"

    def lookups(self, request, model_admin):
        late = [(span.key, f"En retard, {span.label}") for span in DELAYS]
        return [(LATE, "En retard"), *late, (AWAITED, "Pas encore reçu"), (RECEIVED, "Reçu, dit le fournisseur")]

    def queryset(self, request, queryset):
        now, chosen = timezone.now(), self.value()
        if span := next((span for span in DELAYS if span.key == chosen), None):
            return queryset.past_due(now).filter(delayed(span, now))
        if chosen == LATE:
            return queryset.past_due(now)
        received = {AWAITED: True, RECEIVED: False}.get(chosen)
        return queryset if received is None else queryset.filter(received_on__isnull=received)


class BuyerFilter(admin.SimpleListFilter):
    """Shown once a link chose a buyer: there are too many to list them."""

    title = "acheteur"
    parameter_name = "acheteur"

    def lookups(self, request, model_admin):
        chosen = request.GET.get(self.parameter_name, "")
        # A key longer than that is no row's, and the database would stumble over it.
        found = Buyer.objects.filter(pk=chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 19 else ()
        return [(str(buyer.pk), buyer.name) for buyer in found]

    def has_output(self):
        return self.value() is not None

    def queryset(self, request, queryset):
        return queryset.filter(buyer__in=[key for key, _ in self.lookup_choices]) if self.value() else queryset


class CauseFilter(admin.SimpleListFilter):
    title = "cause de retour, sur 90 jours"
    parameter_name = "cause"

    def lookups(self, request, model_admin):
        return [(cause, french(label)) for cause, (label, _) in causes.CAUSES.items()]

    def queryset(self, request, queryset):
        return queryset.filter(causes.told(self.value(), timezone.now())) if self.value() in causes.CAUSES else queryset
