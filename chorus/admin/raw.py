"""Raw data of the exchange, as staff read it."""

import json

from django.utils.html import format_html

from invoicing.review import without_ibans


def as_json(value):
    """Raw data on several lines; an IBAN in it is shown in part only."""
    text = without_ibans(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))
    return format_html('<pre class="desk-raw">{}</pre>', text) if value else "—"
