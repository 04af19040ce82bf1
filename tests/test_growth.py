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
from orders.models import BuyerChange, BuyerClosure, BuyerMember
from suppliers.models import Establishment, Member, Partner
from tests.browser.screens import SCREENS, names
from tests.browser.world import World
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, OrderFactory, UserFactory
from tests.people import signed_in

pytestmark = pytest.mark.django_db

# Pictures of PDFs do not count; Django's own admin, which only the Département opens, is as heavy as it is.
HEAVIEST = 100_000
ROLES = [role for role in SCREENS if role not in ("agent", "operator")]
PROFILE = ("identity", "iban", "partners", "chorus_box")
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


def costs(pages) -> dict:
    """Queries of each (client, address)."""
    found = {}
    for client, page in pages:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200, page
        found[client.user.email, page] = len(queries)
    return found


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

    # As few as show every part of a page; what a process asks but once is asked before.
    grow(invoice, 2 * len(STATES))
    costs(pages)
    few = costs(pages)
    grow(invoice, 1000)
    assert costs(pages) == few


def test_a_file_of_a_thousand_rows_is_read_by_five_hundred():
    """Memory does not grow with the table: what one query reads of a dozen rows takes three here."""
    invoice = InvoiceFactory(order=OrderFactory(), status=Status.AVAILABLE)
    invoice.events.create(to_status=invoice.status, occurred_at=timezone.now())
    producer = signed_in(MemberFactory(supplier=invoice.supplier).user)
    buyer = signed_in(BuyerMemberFactory(buyer=invoice.buyer).user)
    files = {"invoicing:export": producer, "orders:to_bill_export": producer}
    files |= {"invoicing:received_export": buyer, "orders:export": buyer}
    pages = [(client, reverse(name, args=["csv"])) for name, client in files.items()]
    grow(invoice, 2 * len(STATES))
    costs(pages)
    few = costs(pages)
    grow(invoice, 1000)
    assert {page: many for page, many in costs(pages).items() if many > 3 * few[page]} == {}


class Crowd:
    """Many rows of each list of the desk, and of what stands on the profile of a producer and on a canteen's page."""

    def __init__(self, world: World):
        self.world = world
        self.supplier, self.buyer = world.order.supplier, world.order.buyer
        self.supplier.partners.create(name="Dominique Exemple")
        self.buyer.closures.create(first_day=timezone.localdate(), last_day=timezone.localdate())

    def grow(self, count: int) -> set[str]:
        """Gives the names of the models of which there are more now."""
        self.count, self.made = count, {}
        self._sides()
        self._desk()
        self._chorus()
        self._houses()
        return set(self.made)

    def _more(self, made: str, row=None, **vary) -> None:
        self.made[made] = copies(row or self.world.rows[made], self.count, **vary)

    def _named(self, n: int) -> str:
        return f"{self.count}-{n}"

    def _numbered(self, n: int) -> int:
        return self.count * 10_000 + n

    def _of(self, name: str):
        return lambda n: self.made[name][n].pk

    def _sides(self) -> None:
        self._more("user", email=lambda n: f"{self._named(n)}@example.org")
        self._more("group", name=self._named)
        self._more("supplier", siren=lambda n: f"{self._numbered(n):09d}")
        self._more("recipient", siret=lambda n: f"{self._numbered(n):014d}")
        self._more("buyer", recipient_id=self._of("recipient"))
        self._more("order", reference=self._named, form_key=lambda n: uuid4())
        own = dict.fromkeys(("number", "number_key", "document_sha256"), self._named)
        self._more("invoice", status=lambda n: Status.AVAILABLE, **own)
        self._more("invoiceevent", external_id=lambda n: None)

    def _desk(self) -> None:
        self._more("mail", about=self._numbered)
        self._more("mandate", supplier_id=self._of("supplier"))
        self._more("takeover", supplier_id=self._of("supplier"))
        self._more("reply", invoice_id=self._of("invoice"))
        for name in (
            "membershiprequest",
            "buyermembershiprequest",
            "boxchange",
            "ibancall",
            "import",
            "attachment",
            "absence",
            "logentry",
        ):
            self._more(name)

    def _chorus(self) -> None:
        self._more("technicalaccount", login=self._named)
        self._more("cursor", account_id=self._of("technicalaccount"))
        self._more("submission", invoice_id=self._of("invoice"))
        self._more("recipientchange", recipient_id=self._of("recipient"))
        self._more("setaside", cpp_id=self._numbered)
        self._more("exchange")
        for name in ("connection", "facturxsupplier"):
            self._more(name, supplier_id=self._of("supplier"))

    def _houses(self) -> None:
        users = {"user_id": self._of("user")}
        self._more("member", Member.objects.filter(supplier=self.supplier).first(), **users)
        self._more("buyermember", BuyerMember.objects.filter(buyer=self.buyer).first(), **users)
        self._more("partner", Partner.objects.first(), name=self._named)
        sirets = {"siret": lambda n: f"9{self._numbered(n):013d}"}
        self._more("establishment", Establishment.objects.filter(supplier=self.supplier).first(), **sirets)
        self._more("buyerclosure", BuyerClosure.objects.first())
        self._more("buyerchange", BuyerChange.objects.first())


def test_a_thousand_rows_cost_the_desk_and_the_profiles_the_queries_of_a_dozen():
    world = World()
    crowd = Crowd(world)
    lists = [name for name in names() if name.endswith("_changelist")]
    client = {role: signed_in(world.people[role]) for role in ("operator", "producer", "buyer")}
    profiles = [("producer", f"suppliers:{name} supplier") for name in ("supplier", *PROFILE)]
    pages = [
        *((client["operator"], reverse(name)) for name in lists),
        *((client[role], world.address(screen)) for role, screen in [*profiles, ("buyer", "orders:buyer buyer")]),
    ]
    grown = crowd.grow(12)
    assert {name for name in lists if name.split("_")[-2] not in grown} == set()
    costs(pages)
    few = costs(pages)
    crowd.grow(1000)
    assert costs(pages) == few
