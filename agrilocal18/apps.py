"""Who the agents are: a group whose rights suffice for their work, so that nobody needs to be superuser."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

AGENTS = "Agents"
# app -> model -> what agents may do with it in the admin. Statuses are never edited by hand, whatever is written here.
AGENTS_MAY = {
    "suppliers": {
        "supplier": "add change view",
        "establishment": "add change view",
        "member": "add change delete view",
        "partner": "view",
        "membershiprequest": "change view",
        "mandate": "view",
        "boxchange": "view",
        "ibancall": "view",
        "mail": "resend view",
        "user": "view",
    },
    "orders": {
        "recipient": "add change view",
        "recipientservice": "view",
        "buyer": "add change view",
        "buyermember": "add change delete view",
        "buyerclosure": "add change delete view",
        "buyermembershiprequest": "change view",
        "order": "change view",
        "orderline": "view",
        "orderchange": "view",
    },
    "invoicing": {
        "invoice": "review view",
        "invoiceevent": "view",
        "invoicepage": "view",
        "billedorder": "view",
        "reply": "view",
        "attachment": "view",
    },
    "chorus": {
        "submission": "settle view",
        "exchange": "view",
        "connection": "view",
        "cursor": "view",
        "setaside": "settle view",
        "recipientchange": "settle view",
        "technicalaccount": "view",
        "facturxsupplier": "view",
    },
}


def permission_names() -> set[tuple[str, str]]:
    """(app, codename) of everything in the table above."""
    return {
        (app, f"{verb}_{model}")
        for app, models in AGENTS_MAY.items()
        for model, verbs in models.items()
        for verb in verbs.split()
    }


def set_agents_rights(sender, apps=apps, **kwargs):
    """The group has exactly the rights of the table, after each migrate; its people stay."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    wanted = permission_names()
    known = Permission.objects.filter(content_type__app_label__in=AGENTS_MAY).select_related("content_type")
    agents, _ = Group.objects.get_or_create(name=AGENTS)
    agents.permissions.set([p for p in known if (p.content_type.app_label, p.codename) in wanted])


class Agrilocal18Config(AppConfig):
    """Holds no model: the demonstration's commands, the site's frame and the agents' group."""

    name = "agrilocal18"
    verbose_name = "Portail"

    def ready(self):
        from agrilocal18 import checks  # noqa: F401

        # « auth » stands after our apps in INSTALLED_APPS, so their rights exist when its turn comes. This app has no
        # model: no signal is ever sent for it.
        post_migrate.connect(set_agents_rights, sender=apps.get_app_config("auth"))
