"""What changed at recipients: whom to telephone, and what is at stake."""

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst

from chorus import changes
from chorus.admin.acts import SettlingAdmin, ToSettleFilter
from chorus.admin.environments import InEnvironment
from chorus.models import RecipientChange
from invoicing.admin import and_phone
from invoicing.models import Invoice
from invoicing.review import status_label
from invoicing.typography import french
from orders.models import Order
from suppliers.days import date_format
from suppliers.typography import how_many

SHOWN = 50
READING_ASKED = "La relecture est demandée : rechargez la page dans une minute environ."
Kind = RecipientChange.Kind
ASK_SIRET = "Appelez l'acheteur : demandez son SIRET de facturation, corrigez son destinataire. Se règle seul {when}."
WHAT_TO_DO = {
    Kind.VANISHED: ASK_SIRET.format(when="si Chorus Pro le connaît de nouveau"),
    Kind.INACTIVE: ASK_SIRET.format(when="s'il redevient actif"),
    Kind.DEMANDS: "Les factures ci-dessous sont contrôlées de nouveau. Demandez à l'acheteur ce qui manque, puis "
    "marquez ce changement comme vu.",
    Kind.SERVICE: "Demandez à l'acheteur quel service l'a remplacé, puis marquez ce changement comme vu.",
}


class SolvedFilter(ToSettleFilter):
    everything = "tous"

    def lookups(self, request, model_admin):
        return [(self.opening, "À régler"), ("regles", "Réglés"), (self.everything, "Tous")]


def counted(rows, group: str):
    """How many of `rows` belong to the recipient of the outer row, as a subquery."""
    of_recipient = rows.order_by().values(group).annotate(n=Count("pk", distinct=True)).values("n")
    return Coalesce(Subquery(of_recipient), 0)


@admin.register(RecipientChange)
class RecipientChangeAdmin(InEnvironment, SettlingAdmin):
    list_display = ["what", "buyers_to_call", "at_stake", "seen_at", "solved_at"]
    list_filter = [SolvedFilter, "kind"]
    search_fields = ["recipient__siret", "recipient__name", "recipient__buyers__name", "service_code"]
    search_help_text = "SIRET, nom sur Chorus Pro, nom de l'acheteur ou code service."
    fields = [
        *("to_recipient", "what", "read_at", "buyers_to_call", "invoices", "orders"),
        *("seen_at", "solved_at", "solved_by", "in_environment"),
    ]
    readonly_fields = ["to_recipient", "what", "read_at", "buyers_to_call", "invoices", "orders", "in_environment"]

    def get_queryset(self, request):
        invoices = Invoice.objects.filter(recipient=OuterRef("recipient"), status__in=changes.UNSENT)
        orders = changes.unbilled(Order.objects.filter(buyer__recipient=OuterRef("recipient")))
        rows = super().get_queryset(request).select_related("recipient", "solved_by")
        return rows.prefetch_related("recipient__buyers").annotate(
            invoices_at_stake=counted(invoices, "recipient"), orders_at_stake=counted(orders, "buyer__recipient")
        )

    # --- What staff do about one ---

    def act_views(self):
        return {"vu": self.mark_as_seen, "relire": self.reread}

    def acts(self, request, row) -> dict:
        may = self.has_settle_permission(request) and not row.solved_at
        return {
            "what_to_do": french("Rien : c'est réglé." if row.solved_at else WHAT_TO_DO[row.kind]),
            "may_settle": may and row.kind not in RecipientChange.TROUBLE,
            "may_reread": may,
        }

    def reread(self, request, pk):
        """The recipient as Chorus Pro shows it now: the next sweep reads it, not this page."""
        change = self.sought(request, pk)
        if request.method == "POST":
            change.recipient.ask_reading()
            self.message_user(request, french(READING_ASKED), messages.INFO)
        return self.back_to(pk)

    def mark_as_seen(self, request, pk):
        change = self.sought(request, pk)
        if request.method == "POST" and change.kind not in RecipientChange.TROUBLE:
            if change.solve(by=request.user):
                self.message_user(request, "Le changement est marqué comme vu.", messages.SUCCESS)
            else:
                self.message_user(request, french("Ce changement était déjà réglé."), messages.INFO)
        return self.back_to(pk)

    # --- Columns ---

    @admin.display(description="changement", ordering="kind")
    def what(self, change):
        return capfirst(french(changes.in_words(change.recipient, change)))

    @admin.display(description="destinataire")
    def to_recipient(self, change):
        url = reverse("admin:orders_recipient_change", args=[change.recipient_id])
        return format_html('<a href="{}">{}</a>', url, change.recipient)

    @admin.display(description="lu sur Chorus Pro")
    def read_at(self, change):
        synced = change.recipient.synced_at
        told = f"le {date_format(timezone.localtime(synced), 'j F Y à H:i')}" if synced else "jamais"
        return f"{told}, relecture demandée" if change.recipient.is_reading_asked else told

    @admin.display(description="acheteurs à appeler")
    def buyers_to_call(self, change):
        called = [(and_phone(buyer.name, buyer.phone),) for buyer in change.recipient.buyers.all()]
        return format_html_join(mark_safe("<br>"), "{}", called) or "aucun"

    @admin.display(description="en jeu", ordering="invoices_at_stake")
    def at_stake(self, change):
        told = [
            how_many(n, word)
            for n, word in ((change.invoices_at_stake, "facture"), (change.orders_at_stake, "commande"))
            if n
        ]
        return ", ".join(told) or "rien"

    @admin.display(description="factures pas encore parties")
    def invoices(self, change):
        rows = changes.unsent_invoices(change.recipient).select_related("supplier").order_by("pk")[:SHOWN]
        told = [
            (
                reverse("admin:invoicing_invoice_change", args=[one.pk]),
                f"{one}, {one.supplier}",
                status_label(one.status),
            )
            for one in rows
        ]
        return format_html("<ul>{}</ul>", format_html_join("", LINE, told)) if told else "aucune"

    @admin.display(description="commandes pas encore facturées")
    def orders(self, change):
        rows = changes.unbilled_orders(change.recipient).select_related("supplier").order_by("pk")[:SHOWN]
        told = [(reverse("admin:orders_order_change", args=[one.pk]), str(one), str(one.supplier)) for one in rows]
        return format_html("<ul>{}</ul>", format_html_join("", LINE, told)) if told else "aucune"


LINE = '<li><a href="{}">{}</a> <span class="quiet">{}</span></li>'
