"""Groups of staff, whose rights suffice for their work, so that nobody needs to be superuser."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

AGENTS, RESPONSABLES, READERS = "Agents", "Responsables", "Lecture seule"
# app -> model -> what agents may do with it in the admin. Statuses are never edited by hand, whatever is written here.
AGENTS_MAY = {
    "suppliers": {
        "supplier": "add change import view",
        "establishment": "add change view",
        "member": "add delete view",
        "memberchange": "view",
        "invitation": "view",
        "partner": "view",
        "membershiprequest": "change view",
        "mandate": "view",
        "boxchange": "view",
        "ibancall": "view",
        "import": "view",
        "mail": "resend view",
        # His own; « manage », everybody's.
        "absence": "add change delete view",
        "user": "view",
    },
    "orders": {
        "recipient": "add change view",
        "recipientservice": "view",
        "buyermember": "add delete view",
        "buyermemberchange": "view",
        "buyerinvitation": "view",
        "buyer": "add change import view",
        "buyerclosure": "add change delete view",
        "buyerchange": "view",
        "buyermembershiprequest": "change view",
        "order": "change import view",
        "orderline": "view",
        "orderchange": "view",
        "reception": "view",
        "takeover": "view",
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


# What a person in charge may do besides.
JOURNAL = {"admin": {"logentry": "view"}}
RESPONSABLES_MAY = {"suppliers": {"absence": "manage"}, **JOURNAL}
# Mail goes to whoever sees technical accounts; absences are of those whom it goes to, imports of those who import.
NOT_TO_LOOK_AT = {"technicalaccount", "absence", "import"}
# Who looks on: an auditor, the security officer.
READERS_MAY = {app: dict.fromkeys(models.keys() - NOT_TO_LOOK_AT, "view") for app, models in AGENTS_MAY.items()}
GROUPS = {AGENTS: (AGENTS_MAY,), RESPONSABLES: (AGENTS_MAY, RESPONSABLES_MAY), READERS: (READERS_MAY, JOURNAL)}


def permission_names(group: str = AGENTS) -> set[tuple[str, str]]:
    """(app, codename) of everything in the tables of this group."""
    return {
        (app, f"{verb}_{model}")
        for table in GROUPS[group]
        for app, models in table.items()
        for model, verbs in models.items()
        for verb in verbs.split()
    }


def set_groups_rights(sender, apps=apps, **kwargs):
    """Each group has exactly the rights of its tables, after each migrate; its people stay."""
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    known = Permission.objects.select_related("content_type")
    for name in GROUPS:
        wanted = permission_names(name)
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([p for p in known if (p.content_type.app_label, p.codename) in wanted])


class Agrilocal18Config(AppConfig):
    """Holds no model: the demonstration's commands, the site's frame and the groups of staff."""

    name = "agrilocal18"
    verbose_name = "Portail"

    def ready(self):
        from agrilocal18 import checks, mails  # noqa: F401

        # « auth » stands after our apps in INSTALLED_APPS, so their rights exist when its turn comes. This app has no
        # model: no signal is ever sent for it.
        post_migrate.connect(set_groups_rights, sender=apps.get_app_config("auth"))
