from django import template

from chorus import own_accounts

register = template.Library()


@register.inclusion_tag("suppliers/_own_account.html", takes_context=True)
def own_account(context, supplier):
    """The part of a profile about the supplier's own technical account; empty where the option is off."""
    account = own_accounts.current(supplier)
    return {
        "supplier": supplier,
        "account": account,
        "may_enter": own_accounts.are_offered() and supplier.uses_chorus,
        "csrf_token": context.get("csrf_token"),
    }
