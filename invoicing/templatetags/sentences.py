"""Sentences of the pages that are said of an invoice and of an avoir alike."""

from django import template

from invoicing.models import Invoice

register = template.Library()


@register.filter
def tell(invoice: Invoice, sentence: str) -> str:
    """`{{ invoice|tell:"Retirer {cette_facture}" }}`"""
    return invoice.tell(sentence)
