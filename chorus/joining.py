"""Joining Chorus Pro: the guide, and how far a supplier is."""

from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from chorus.conf import configuration
from chorus.steps import Step, advice, portal_user
from invoicing.typography import french
from suppliers.days import date_format
from suppliers.models import Supplier
from suppliers.tagged_pdf import tagged_pdf

TITLE = "Rejoindre Chorus Pro"


@dataclass(frozen=True)
class Stage:
    """`done`: what the portal knows of it, in words; empty while it is to do. `part`: the guide's part that helps."""

    label: str
    part: str
    done: str = ""


def stages(supplier: Supplier) -> list[Stage]:
    """The stages towards a supplier's first deposit, in order."""
    return [
        Stage("Un compte Chorus Pro", "compte", _account(supplier)),
        Stage("Qui dépose vos factures", "mandat", _depositor(supplier)),
        Stage("Le rattachement du portail, vérifié", "rattachement", _connection(supplier)),
    ]


def _account(supplier: Supplier) -> str:
    return french("vous avez coché « J'utilise Chorus Pro »") if supplier.uses_chorus else ""


def _depositor(supplier: Supplier) -> str:
    if supplier.deposits_himself:
        return "vous déposez vous-même"
    return f"mandat signé le {_day(mandate.signed_at)}" if (mandate := supplier.mandate) else ""


def _connection(supplier: Supplier) -> str:
    connection = getattr(supplier, "connection", None)
    works = supplier.uses_chorus and connection and connection.works
    return f"la connexion fonctionne, vérifiée le {_day(connection.checked_at)}" if works else ""


def _day(moment) -> str:
    return date_format(timezone.localdate(moment), "j F Y")


def guide_text() -> str:
    """The words of the guide, the same on the page and in the file."""
    config = configuration()
    context = {
        "portal": settings.SITE,
        "chorus_portal": settings.CHORUS_PORTAL_URL,
        "chorus_help": settings.CHORUS_HELP_URL,
        "checked_on": settings.GUIDE_CHECKED_ON,
        "portal_user": portal_user() if config.portal_user else "",
        "attaching": advice(Step.ATTACHMENT).clicks,
        "own_accounts": config.own_accounts,
    }
    return render_to_string("chorus/_guide.html", context)


def guide_pdf(base_url: str) -> bytes:
    site = settings.SITE
    author = f"{site['name']}, {site['department']}"
    return tagged_pdf(guide_text(), title=TITLE, author=author, base_url=base_url, colour=site["colour"])
