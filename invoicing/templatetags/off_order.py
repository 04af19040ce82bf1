"""What a buyer is told of invoices without an order, on pages that know orders only."""

from django import template

from invoicing.models import Invoice

register = template.Library()


@register.inclusion_tag("invoicing/_off_order_notice.html", takes_context=True)
def off_order_notice(context):
    """How many await his word, with a way to them; nothing when there is none."""
    return {"waiting": Invoice.objects.for_buyers_of(context["user"]).awaiting_buyers_word().count()}
