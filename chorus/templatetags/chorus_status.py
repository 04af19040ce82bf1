"""The status line of the exchange, for staff who may read it."""

from django import template

from chorus import watch

register = template.Library()


@register.inclusion_tag("admin/chorus/_status.html", takes_context=True)
def chorus_status(context, *, folded: bool = False):
    """`folded`: only a summary, that opens, unless something has to be treated."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.has_perm("chorus.view_submission"):
        return {"signs": []}
    signs = watch.signs()
    level = watch.worst(signs)
    is_open = not folded or level == watch.Level.STOP
    return {"signs": signs, "level": level, "summary": watch.summary(signs), "is_open": is_open}
