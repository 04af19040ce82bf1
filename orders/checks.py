"""System checks: a column nobody reads is noticed when the portal starts, not when a list is imported."""

from django.conf import settings
from django.core.checks import Error, register

from orders.importing.orders import OrderResource


@register
def imported_columns_are_known(app_configs, **kwargs):
    unknown = sorted(set(settings.ORDERS_IMPORT_COLUMNS) - set(OrderResource().fields))
    if not unknown:
        return []
    hint = f"Fields are: {', '.join(OrderResource().fields)}."
    return [Error(f"ORDERS_IMPORT_COLUMNS names {', '.join(unknown)}.", hint=hint, id="orders.E001")]
