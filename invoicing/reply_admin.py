"""Answers to invoices that came back, and the files sent with them: to read. A file is only ever downloaded."""

from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from invoicing.models import Attachment, Reply
from invoicing.typography import french
from suppliers.lists import ReadOnlyAdmin
from suppliers.templatetags.french import file_size

NOT_SHOWN = ("invoice__reading", "invoice__verdict", "invoice__iban")


def to_invoice(invoice):
    return format_html('<a href="{}">{}</a>', reverse("admin:invoicing_invoice_change", args=[invoice.pk]), invoice)


def download(attachment: Attachment):
    """The same address as suppliers use: an attachment, never opened or guessed by the browser."""
    address = reverse("invoicing:attachment", args=[attachment.invoice_id, attachment.pk])
    return format_html('<a href="{}">Télécharger {}</a> ({})', address, attachment.name, file_size(attachment.size))


@admin.register(Reply)
class ReplyAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "invoice", "kind", "state", "by", "acted_as"]
    list_filter = ["kind", "state"]
    search_fields = [
        "invoice__number",
        "invoice__number_key",
        "invoice__establishment__siret",
        "invoice__engagement_number",
        "engagement_number",
        "recipient__siret",
    ]
    search_help_text = "Numéro de facture, SIRET ou numéro d'engagement."
    fields = [
        *("of_invoice", "kind", "state", "refusal", "comment", "files"),
        *("recipient", "service_code", "engagement_number", "redone_as"),
        *("about", "by", "acted_as", "created_at"),
    ]
    readonly_fields = ["of_invoice", "files"]

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("invoice", "by", "recipient", "redone_as")
        return rows.defer(*NOT_SHOWN)

    @admin.display(description="facture")
    def of_invoice(self, reply):
        return to_invoice(reply.invoice)

    @admin.display(description="pièces jointes")
    def files(self, reply):
        listed = [(download(attachment),) for attachment in reply.attachments.all()]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", listed)) if listed else "aucune"


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin):
    list_display = ["name", "invoice", "nature", "weight", "reply"]
    search_fields = [
        "name",
        "invoice__number",
        "invoice__establishment__siret",
        "invoice__engagement_number",
        "sha256",
    ]
    search_help_text = french("Nom du fichier, numéro de facture, SIRET, numéro d'engagement, empreinte.")
    fields = ["of_invoice", "reply", "to_download", "nature", "sha256"]
    readonly_fields = ["of_invoice", "to_download", "nature"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("invoice", "reply").defer(*NOT_SHOWN)

    @admin.display(description="facture")
    def of_invoice(self, attachment):
        return to_invoice(attachment.invoice)

    @admin.display(description="nature", ordering="kind")
    def nature(self, attachment):
        return settings.ATTACHMENT_KINDS.get(attachment.kind, attachment.kind)

    @admin.display(description="taille", ordering="size")
    def weight(self, attachment):
        return file_size(attachment.size)

    @admin.display(description="fichier")
    def to_download(self, attachment):
        return download(attachment)
