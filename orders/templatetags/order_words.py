"""What templates say of an order's references and quantities."""

from django import template

from orders import requirements
from orders.differences import Received
from orders.lines import french_number, in_units, quantity_of

register = template.Library()
register.filter("missing_in_column", requirements.missing_in_column)
register.filter("demand", requirements.demand)
register.filter("demand_of_service", requirements.demand_of_service)
register.filter("number", french_number)
register.filter("quantity", quantity_of)


@register.filter
def received(order) -> Received:
    return Received.of(order)


@register.filter
def ordered_quantity(reception) -> str:
    """What was ordered when it was said."""
    return in_units(reception.ordered, reception.unit)
