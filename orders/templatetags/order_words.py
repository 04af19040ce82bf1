"""What templates say of an order's references and quantities."""

from django import template

from orders import requirements
from orders.lines import french_number, quantity_of

register = template.Library()
register.filter("missing", requirements.missing)
register.filter("demand", requirements.demand)
register.filter("demand_of_service", requirements.demand_of_service)
register.filter("number", french_number)
register.filter("quantity", quantity_of)
