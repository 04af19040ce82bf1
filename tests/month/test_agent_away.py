"""A real situation of a month: the agent is away, and no farm waits for his return."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from agrilocal18.apps import AGENTS, RESPONSABLES
from invoicing import dated_mails
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from invoicing.tasks import let_go_unreviewed
from invoicing.working_days import calendar
from tests.factories import InvoiceFactory, UserFactory
from tests.invoicing.conftest import confirm, drop
from tests.letters import written
from tests.month.test_invoices import current, detail
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def of_group(name):
    person = UserFactory(is_staff=True)
    person.groups.add(Group.objects.get(name=name))
    return person


def waits_since(invoice, days: int) -> None:
    Invoice.objects.filter(pk=invoice.pk).update(status_at=timezone.now() - timedelta(days=days))


def told(kind: str) -> set[str]:
    return {address for name, address in written() if name == kind}


@pytest.fixture
def a_working_day(monkeypatch, settings):
    """Mails about the queue leave on working days, whatever today is."""
    settings.MAIL_HOUR = 0
    now, today = timezone.now(), timezone.localdate()
    worked = calendar(today.year).get_nth_working_day(today, 1)
    monkeypatch.setattr(timezone, "now", lambda: now + (worked - today))


def test_agent_away(farmer, order, settings, a_working_day):
    """He falls ill: the person in charge names a deputy, who reads in his place that an invoice waits. Nobody finds
    the time: its farm deposits it; the next, which shows nothing, leaves by itself where the Département so decided.
    """
    agent, deputy, chief = of_group(AGENTS), of_group(AGENTS), of_group(RESPONSABLES)
    today = timezone.localdate()
    signed_in(chief).post(
        "/admin/suppliers/absence/add/",
        {
            "user": agent.pk,
            "deputy": deputy.pk,
            "first_day": f"{today:%d/%m/%Y}",
            "last_day": f"{today + timedelta(20):%d/%m/%Y}",
        },
    )
    invoice = drop(farmer, order)
    confirm(farmer, invoice)
    waits_since(invoice, 5)
    dated_mails.tell()
    for kind in ("to_review", "review_late"):
        assert told(kind) == {deputy.email, chief.email}

    waits_since(invoice, 15)
    dated_mails.tell()
    assert told("review_offered") == {farmer.user.email}
    assert "La vérification dure depuis plus de 4" in detail(farmer, invoice)
    seen = {"revision": current(invoice).revision, "to": Status.TO_SELF_DEPOSIT}
    farmer.post(reverse("invoicing:take_over", args=[invoice.pk]), seen)
    seen = {"revision": current(invoice).revision, "on": today.isoformat(), "comment": ""}
    farmer.post(reverse("invoicing:declare_deposited", args=[invoice.pk]), seen)
    assert (current(invoice).status, current(invoice).is_declared) == (Status.DEPOSITED, True)

    settings.REVIEW_LAPSE = True
    next_one = InvoiceFactory(order__supplier=order.supplier, status=Status.TO_REVIEW, verdict_at=timezone.now())
    waits_since(next_one, 15)
    let_go_unreviewed()
    assert current(next_one).status == Status.APPROVED
    assert "Sans vérification" in detail(farmer, next_one)
