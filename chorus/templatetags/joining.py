"""How far a supplier is on the way to his first deposit."""

from django import template

from chorus.joining import stages

register = template.Library()


@register.inclusion_tag("chorus/_joining.html")
def joining(supplier):
    return {"supplier": supplier, "stages": stages(supplier)}
