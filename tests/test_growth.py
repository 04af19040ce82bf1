"""What a page costs: its weight, and as many queries for a thousand rows as for a dozen."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing.lifecycle import Status
from tests.browser.screens import SCREENS
from tests.browser.world import World
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, OrderFactory, UserFactory
from tests.people import signed_in

pytestmark = pytest.mark.django_db

# Pictures of PDFs do not count; Django's own admin, which only the Département opens, is as heavy as it is.
HEAVIEST = 100_000
ROLES = [role for role in SCREENS if role not in ("agent", "operator")]
PARTS = re.compile(r'<(?:link|script)[^>]*(?:href|src)="/static/([^"]+\.(?:css|js))"')
STATES = [Status.DRAFT, Status.TO_REVIEW, Status.RETURNED, Status.AVAILABLE, Status.SUSPENDED, Status.PAID]


def weight(html: bytes) -> int:
    """Bytes of the page with its style sheets and scripts, before any compression."""
    parts = {finders.find(name) for name in PARTS.findall(html.decode())}
    return len(html) + sum(Path(part).stat().st_size for part in parts)


@pytest.mark.parametrize("role", ROLES)
def test_a_page_weighs_less_than_100_kilobytes(role):
    world = World()
    user = world.people[role]
    client = signed_in(user) if user else Client()
    weights = {screen: weight(client.get(world.address(screen)).content) for screen in SCREENS[role]}
    assert {screen: size for screen, size in weights.items() if not 5_000 < size < HEAVIEST} == {}


def copies(row, count, **vary):
    """Many rows like this one; `vary` gives what differs, from the number of the copy."""
    model = type(row)
    same = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
    del same[model._meta.pk.attname]
    return model.objects.bulk_create(model(**same | {name: of(n) for name, of in vary.items()}) for n in range(count))


def grow(invoice, count):
    """Orders of the same two sides, every other one billed, in all states."""
    billed, prefix = invoice.billed_orders.get(), f"{count}-"
    order, line = billed.order, billed.order.lines.first()
    own = {"reference": lambda n: f"{prefix}{n}", "form_key": lambda n: uuid4()}
    orders = copies(order, count, engagement_number=lambda n: "EJ" if n % 3 else "", **own)
    copies(line, count, order_id=lambda n: orders[n].pk)
    copies(line, count)
    numbered = {"number": lambda n: f"{prefix}{n}", "number_key": lambda n: f"{prefix}{n}"}
    states = {"status": lambda n: STATES[n % len(STATES)], "document_sha256": lambda n: f"{prefix}{n}"}
    invoices = copies(invoice, count // 2, **numbered, **states)
    copies(billed, count // 2, invoice_id=lambda n: invoices[n].pk, order_id=lambda n: orders[n].pk)
    copies(invoice.events.first(), count)


def test_a_thousand_rows_cost_the_queries_of_a_dozen():
    invoice = InvoiceFactory(order=OrderFactory(), status=Status.AVAILABLE)
    invoice.events.create(to_status=invoice.status, occurred_at=timezone.now())
    producer = signed_in(MemberFactory(supplier=invoice.supplier).user)
    buyer = signed_in(BuyerMemberFactory(buyer=invoice.buyer).user)
    agent = UserFactory(is_staff=True)
    agent.groups.add(Group.objects.get(name="Agents"))
    agent = signed_in(agent)
    order = invoice.billed_orders.get().order
    pages = [
        *((producer, reverse(f"invoicing:{name}")) for name in ("supplier_home", "list", "deposit")),
        (producer, reverse("orders:to_bill")),
        *((buyer, reverse(name)) for name in ("orders:buyer_home", "orders:numbers", "invoicing:received")),
        *((client, reverse("orders:detail", args=[order.pk])) for client in (producer, buyer)),
        *((client, reverse("invoicing:detail", args=[invoice.pk])) for client in (producer, buyer)),
        *((agent, reverse(f"admin:{name}_changelist")) for name in ("invoicing_invoice", "orders_order")),
        (agent, reverse("admin:invoicing_invoice_change", args=[invoice.pk])),
        (agent, reverse("admin:orders_order_change", args=[order.pk])),
    ]

    def costs():
        found = {}
        for client, page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            found[client.user.email, page] = len(queries)
        return found

    # As few as show every part of a page; what a process asks but once is asked before.
    grow(invoice, 2 * len(STATES))
    costs()
    few = costs()
    grow(invoice, 1000)
    assert costs() == few
