"""The buttons agents press, and what they see of it."""

from chorus import looks
from chorus.models import Exchange
from tests.factories import UserFactory

SURPRISE = {"code": 20999, "label": "ABC_MSG_99.999 - Surprise"}


def page(row) -> str:
    return f"/admin/chorus/{row._meta.model_name}/{row.pk}/change/"


def press(browser, row, act, **typed):
    typed = {"why": "Le service est rouvert.", "seen": getattr(row, "attempt", ""), **typed}
    return browser.post(f"/admin/chorus/{row._meta.model_name}/{row.pk}/{act}/", typed, follow=True)


def look(row, by=None):
    """Ask, and let the sweep answer."""
    asked = looks.ask(row, by=by or UserFactory())
    looks.answer_asked()
    asked.refresh_from_db()
    row.refresh_from_db()
    return asked


def deposits_sent() -> int:
    return Exchange.objects.filter(operation="factures/soumettre").count()
