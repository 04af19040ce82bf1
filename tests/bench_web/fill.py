"""A département after four years: its suppliers and buyers, their orders and invoices, in plausible proportions."""

from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from chorus.models import Exchange, Submission
from invoicing.lifecycle import ON_CHORUS, Status
from invoicing.models import Invoice, InvoiceEvent, InvoicePage, Reply
from orders.models import Order, Reception
from suppliers.models import Mail, User
from tests.bench_web.copies import (
    by_share,
    check_relations_again,
    continue_numbering,
    copies,
    numbered,
    one_of,
    without_checking_relations,
)
from tests.factories import BuyerMemberFactory, InvoiceFactory, MemberFactory, TechnicalAccountFactory, UserFactory

FIRST = 1000  # smaller keys are those of the rows that are copied
DAYS = 1400
LINES = 2  # of each order, all alike
PARTNERS, LARGE_PARTNERS = 30, 300  # with whom a house trades
FARMS = ["Ferme", "GAEC", "EARL", "Laiterie", "Vergers", "Maraîchage", "Boucherie", "Fournil", "Ruches", "Pisciculture"]
HOUSES = ["Collège", "EHPAD", "Lycée", "Commune", "École", "Crèche", "Hôpital", "Foyer"]
PLACES = ["Bourges", "Vierzon", "Sancerre", "Mehun", "Dun", "Lignières", "Aubigny", "Henrichemont", "Culan", "Baugy"]
# Of a thousand of the old invoices, and of the newest eighth.
SETTLED = {Status.REJECTED: 17, Status.WITHDRAWN: 11, Status.PAID: 972}
OPEN = {
    Status.DRAFT: 50,
    Status.TO_REVIEW: 8,
    Status.RETURNED: 24,
    Status.APPROVED: 8,
    Status.TO_SELF_DEPOSIT: 24,
    Status.OUTSIDE: 50,
    Status.DEPOSITED: 26,
    Status.ROUTING: 16,
    Status.AVAILABLE: 258,
    Status.ACKNOWLEDGED: 84,
    Status.SERVICE_DONE: 100,
    Status.SUSPENDED: 42,
    Status.TO_REROUTE: 16,
    Status.AT_ACCOUNTANT: 84,
    Status.BOOKED: 68,
    Status.ORDERED: 142,
}
STEPS = [Status.TO_REVIEW, Status.APPROVED, Status.DEPOSITED, Status.AVAILABLE, Status.ORDERED, Status.PAID]
PROBLEM = '[{"code": "x", "level": "warn", "fields": [], "message": "Le total diffère de la commande.", "to_do": ""}]'
LEFT = ", ".join(f"'{status}'" for status in ON_CHORUS)


@dataclass(frozen=True)
class Size:
    """`large` of the invoices reach one buyer, and a quarter as many come from one supplier."""

    invoices: int = 450_000
    suppliers: int = 14_000
    buyers: int = 17_000
    large: int = 20_000

    @property
    def orders(self) -> int:
        """The newest are not billed yet."""
        return self.invoices * 21 // 20


def fill(size: Size) -> None:
    model = InvoiceFactory(order__service_code="SERVICE_1", status=Status.AVAILABLE)
    order, account = model.billed_orders.get().order, TechnicalAccountFactory()
    producer, cook = MemberFactory(supplier=model.supplier).user, BuyerMemberFactory(buyer=model.buyer).user
    model.supplier.change_iban("FR7630006000011234567890189")
    with connection.cursor() as cursor:
        cursor.execute("select setseed(0.18)")
    without_checking_relations()
    _suppliers(model, producer, size)
    _buyers(model, cook, size)
    _orders(order, cook, size)
    _invoices(model, size)
    _history(model, producer)
    _exchange(model, account)
    _mails(producer)
    continue_numbering()
    check_relations_again()


def agent() -> User:
    user = UserFactory(email="agent@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name="Agents"))
    return user


# --- Suppliers and buyers ---


def _suppliers(model: Invoice, producer: User, size: Size) -> None:
    each, siren = numbered(FIRST, size.suppliers), "'7' || lpad(n::text, 8, '0')"
    name = f"{one_of(FARMS, 'n / 10')} || ' de ' || {one_of(PLACES, 'n')} || ' ' || n"
    copies(model.supplier, each, id="n", siren=siren, name=name)
    copies(model.supplier.establishments.get(), each, id="n", supplier_id="n", siret=f"{siren} || '00011'")
    copies(model.supplier.mandates.get(), each, supplier_id="n")
    # People have the keys of their houses: those of buyers follow those of suppliers.
    copies(producer, each, id="n", email="'producteur' || n || '@example.org'")
    copies(producer.supplier_memberships.get(), each, supplier_id="n", user_id="n")


def _buyers(model: Invoice, cook: User, size: Size) -> None:
    each, siret = numbered(FIRST, size.buyers), "'8' || lpad(n::text, 8, '0') || '00011'"
    place, user = one_of(PLACES, "n"), f"n + {size.suppliers}"
    name = f"{one_of(HOUSES, 'n / 10')} || ' de ' || {place} || ' ' || n"
    copies(model.recipient, each, id="n", siret=siret, name=f"'Structure ' || {name}")
    copies(model.buyer, each, id="n", recipient_id="n", name=name, city=place)
    copies(cook, each, id=user, email="'gestion' || n || '@example.org'")
    copies(cook.buyer_memberships.get(), each, buyer_id="n", user_id=user)


# --- Orders ---


def _orders(order: Order, cook: User, size: Size) -> None:
    day = f"current_date - ({FIRST + size.orders - 1} - n) * {DAYS} / {size.orders}"
    copies(
        order,
        f"(select n, random() as a, random() as b, random() as c from {numbered(FIRST, size.orders)}) as o",
        id="n",
        reference="'AGL-' || lpad(n::text, 8, '0')",
        form_key="gen_random_uuid()",
        **_sides(size),
        ordered_on=day,
        delivery_on=f"{day} + 7",
        # Half of those that lack it were asked for.
        engagement_number="case when n % 50 = 0 then '' else 'EJ' || lpad(n::text, 8, '0') end",
        engagement_asked_at="case when n % 100 = 0 then now() end",
    )
    line = order.lines.get()
    copies(line, f"{_all('orders_order')} cross join generate_series(1, {LINES})", order_id="o.id")
    said = {"quantity": 18, "reason": "Cageot abîmé", "by": cook}
    reception = Reception.of(line, Reception.Outcome.PART, **said)
    reception.save()
    copies(reception, _all("orders_order", "id % 5 = 0"), order_id="o.id", line_id="null")


def _sides(size: Size) -> dict[str, str]:
    """A few suppliers have most of the orders, each sells to its own few buyers; the first of each has very many."""
    of_buyer, of_supplier = (f"a < {size.large / size.invoices * share}" for share in (1, 1.25))
    many = min(LARGE_PARTNERS, size.suppliers - 1, size.buyers - 1)
    supplier = f"floor({size.suppliers} * b * b)::int"
    buyer = f"({supplier} * 7919 + floor({PARTNERS} * c)::int * 31) % {size.buyers}"
    return {
        "supplier_id": f"{FIRST} + case when {of_buyer} then 1 + floor({many} * b)::int when {of_supplier} then 0"
        f" else {supplier} end",
        "buyer_id": f"{FIRST} + case when {of_buyer} then 0 when {of_supplier} then 1 + floor({many} * c)::int"
        f" else {buyer} end",
    }


def _all(table: str, condition: str = "true") -> str:
    return f"(select * from {table} where id >= {FIRST} and {condition}) as o"


# --- Invoices ---


def _invoices(model: Invoice, size: Size) -> None:
    """Each bills one order entirely and has its key."""
    last, by_lot = FIRST + size.invoices - 1, "o.id::bigint * 7919 % 1000"
    is_old = f"o.id < {FIRST} + {size.invoices} * 7 / 8"
    status = f"case when {is_old} then {by_share(SETTLED, by_lot)} else {by_share(OPEN, by_lot)} end"
    number = "'F' || to_char(o.ordered_on, 'YYYY') || '-' || lpad(o.id::text, 6, '0')"
    copies(
        model,
        _all("orders_order", f"id <= {last}"),
        id="o.id",
        supplier_id="o.supplier_id",
        establishment_id="o.supplier_id",
        buyer_id="o.buyer_id",
        recipient_id="o.buyer_id",
        number=number,
        number_key=f"replace({number}, '-', '')",
        issue_date="o.ordered_on + 10",
        issue_year="extract(year from o.ordered_on + 10)",
        status=status,
        status_at="(o.ordered_on + 20)::timestamptz",
        chorus_status_at="(o.ordered_on + 20)::timestamptz",
        pay_by="o.ordered_on + 50",
        engagement_number="o.engagement_number",
        kind="case when o.id % 100 = 0 then 'AVOIR' else 'FACTURE' end",
        no_order="case when o.id % 200 = 1 then 'phone' else '' end",
        document_sha256="md5(o.id::text) || md5((-o.id)::text)",
        # As heavy as what is read in a PDF.
        reading="jsonb_build_object('words', repeat(md5(o.id::text) || ' ', 40))",
        verdict=f"case when o.id % 4 = 0 then '{PROBLEM}'::jsonb else '[]'::jsonb end",
        verdict_at="(o.ordered_on + 10)::timestamptz",
    )
    billed = model.billed_orders.get()
    copies(billed, _all("invoicing_invoice"), invoice_id="o.id", order_id="o.id", amount_ht=f"t.amount_ht * {LINES}")


def _history(model: Invoice, producer: User) -> None:
    event = InvoiceEvent.objects.create(
        invoice=model, kind=InvoiceEvent.Kind.STATUS, to_status=Status.AVAILABLE, occurred_at=timezone.now()
    )
    steps = f"{_all('invoicing_invoice')} cross join generate_series(0, {len(STEPS) - 1}) as n"
    at = "o.status_at - (10 - n) * interval '1 day'"
    copies(event, steps, invoice_id="o.id", to_status=one_of(STEPS, "n"), occurred_at=at, recorded_at=at)
    page = InvoicePage.objects.create(invoice=model, number=1, picture="pages/page.png")
    copies(page, _all("invoicing_invoice"), invoice_id="o.id")
    reply = Reply.objects.create(
        invoice=model, kind=Reply.Kind.ACKNOWLEDGE, state=Reply.State.SENT, by=producer, about=timezone.now()
    )
    copies(reply, _all("invoicing_invoice", "status = 'rejected'"), invoice_id="o.id", about="o.chorus_status_at")


def _exchange(model: Invoice, account) -> None:
    submission = Submission.objects.create(
        invoice=model, environment="simulator", status=Submission.Status.DEPOSITED, account=account, cpp_id=1
    )
    left = _all("invoicing_invoice", f"status in ({LEFT})")
    own = {"number": "o.number", "total_ttc": "o.total_ttc", "deposited_at": "o.status_at"}
    copies(submission, left, id="o.id", invoice_id="o.id", cpp_id="o.id", **own)
    exchange = Exchange.objects.create(
        operation="soumettre", environment="simulator", account=account, started_at=timezone.now(), duration_ms=150
    )
    copies(exchange, _all("chorus_submission"), submission_id="o.id", started_at="o.deposited_at")


def _mails(producer: User) -> None:
    now = timezone.now()
    mail = Mail.objects.create(user=producer, kind="paid", about=1, subject="Une facture est payée", sent_at=now)
    at = {"created_at": "o.status_at", "due_at": "o.status_at", "sent_at": "o.status_at"}
    copies(mail, _all("invoicing_invoice", "status = 'paid'"), user_id="o.supplier_id", about="o.id", **at)
