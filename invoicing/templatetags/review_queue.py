"""What waits for the agents, on pages that are not of invoices."""

from django import template
from django.db.models import Count, Min

from invoicing.models import Invoice
from invoicing.review import in_words

register = template.Library()


@register.simple_tag
def invoices_to_review() -> dict:
    """{"count": how many, "since": « 3 jours » for the oldest, nothing when none waits}"""
    waiting = Invoice.objects.to_review().aggregate(count=Count("pk"), oldest=Min("status_at"))
    return {"count": waiting["count"], "since": waiting["oldest"] and in_words(waiting["oldest"])}
