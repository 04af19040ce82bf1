"""The pages that are measured: of ordinary houses in turn, of the largest ones, and of the desk."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from invoicing.board.counting import count_all, pictures
from invoicing.lifecycle import Status
from invoicing.models import Invoice
from orders.models import Buyer, Order
from suppliers.lists import CappedPaginator, ReadOnlyAdmin
from suppliers.models import Supplier, User
from tests.bench_web.fill import FIRST, Size, agent
from tests.browser.screens import names
from tests.people import signed_in

LAST = 10**9  # the site gives the nearest page there is

Address = tuple[str, str]  # what the page is, where it is


@dataclass(frozen=True)
class Page:
    who: str
    what: str
    visits: list[tuple[Client, str]]


def pages(size: Size, houses: int) -> Iterator[Page]:
    """`houses` ordinary suppliers and buyers are visited in turn: no page is measured on the rows of one alone."""
    for who, house, count, addresses in (
        ("supplier", Supplier, size.suppliers, supplier_addresses),
        ("buyer", Buyer, size.buyers, buyer_addresses),
    ):
        ordinary = [FIRST + count * place // (houses + 1) for place in range(1, houses + 1)]
        yield from _in_turn(who, house.objects.filter(pk__in=ordinary), addresses)
        yield from _in_turn(f"large {who}", house.objects.filter(pk=FIRST), addresses)
    person = agent()
    desk = signed_in(person)
    yield from (Page("agent", what, [(desk, address)]) for what, address in desk_addresses(size, person))
    operator = signed_in(User.objects.create_superuser("operateur@example.org"))
    yield from (Page("operator", what, [(operator, address)]) for what, address in list_addresses())


def _in_turn(who: str, houses: Iterable[Model], addresses: Callable[..., Iterator[Address]]) -> Iterator[Page]:
    visits: dict[str, list[tuple[Client, str]]] = {}
    for house in houses:
        client = signed_in(house.people().get())
        for what, address in addresses(house):
            visits.setdefault(what, []).append((client, address))
    for what, found in visits.items():
        yield Page(who, what, found)


def at(name: str, *args, **asked) -> str:
    query = f"?{urlencode(asked)}" if asked else ""
    return reverse(name, args=args) + query


def supplier_addresses(supplier: Supplier) -> Iterator[Address]:
    invoice = _middle(supplier.invoices)
    order = invoice.billed_orders.get().order
    yield "home", at("invoicing:supplier_home")
    yield from _narrowed("invoices", "invoicing:list", ("a-faire", "en-cours", "payees"), avec=invoice.buyer_id)
    yield from _searched(
        "invoices",
        "invoicing:list",
        number=invoice.number,
        order=order.reference,
        SIRET=invoice.recipient.siret,
        name="Collège de Bourges",
    )
    yield from _narrowed("orders to bill", "orders:to_bill", ("a-facturer", "sans-numero"), avec=invoice.buyer_id)
    yield from _searched("orders to bill", "orders:to_bill", reference=order.reference, engagement="EJ0000")
    yield "invoice", at("invoicing:detail", invoice.pk)
    yield "order", at("orders:detail", order.pk)
    yield "deposit", at("invoicing:deposit")
    yield "profile", at("suppliers:supplier", supplier.pk)
    yield "invoices, a month as CSV", at("invoicing:export", "csv", **_a_month())


def buyer_addresses(buyer: Buyer) -> Iterator[Address]:
    invoice = _middle(buyer.invoices.exclude(status__in=[Status.DRAFT, Status.WITHDRAWN]))
    order = invoice.billed_orders.get().order
    yield from _narrowed("orders", "orders:buyer_home", ("a-facturer", "sans-numero"), avec=invoice.supplier_id)
    yield from _searched("orders", "orders:buyer_home", reference=order.reference, name="Ferme de Bourges")
    parts = ("hors-commande", "en-cours", "payees", "refusees")
    yield from _narrowed("invoices received", "invoicing:received", parts, avec=invoice.supplier_id)
    yield from _searched(
        "invoices received",
        "invoicing:received",
        number=invoice.number,
        engagement=invoice.engagement_number or "EJ0000",
        SIRET=invoice.establishment.siret,
        name="Ferme de Bourges",
    )
    yield "numbers", at("orders:numbers")
    yield "invoice", at("invoicing:detail", invoice.pk)
    yield "order", at("orders:detail", order.pk)
    yield "new order", at("orders:create")
    yield "house", at("orders:buyer", buyer.pk)
    yield "invoices received, a month as CSV", at("invoicing:received_export", "csv", **_a_month())


def desk_addresses(size: Size, person: User) -> Iterator[Address]:
    invoice, order = _middle(Invoice.objects), _middle(Order.objects)
    invoices, orders = "admin:invoicing_invoice_changelist", "admin:orders_order_changelist"
    yield "home", at("admin:index")
    yield from _board(person)
    yield "queue", at(invoices)
    yield from ((f"queue, {verdict}", at(invoices, verdict=verdict)) for verdict in ("clean", "doubtful"))
    yield from ((f"invoices, {state}", at(invoices, etat=state)) for state in ("toutes", "paid", "available"))
    yield "invoices, last page", at(invoices, etat="toutes", p=_last_page(Invoice))
    yield "invoices, without order", at(invoices, etat="toutes", commande="hors")
    yield from _searched(
        "invoices",
        invoices,
        number=invoice.number,
        SIRET=invoice.establishment.siret,
        engagement=f"EJ{invoice.pk:08d}",
        name="Ferme de Bourges",
        nothing="introuvable",
    )
    yield "invoice to review", at("admin:invoicing_invoice_change", _middle(Invoice.objects.to_review()).pk)
    yield "invoice paid", at("admin:invoicing_invoice_change", invoice.pk)
    yield "orders", at(orders)
    yield "orders, last page", at(orders, p=_last_page(Order))
    yield "orders, number missing", at(orders, numero="manquant")
    yield from _searched(
        "orders", orders, reference=order.reference, engagement=f"EJ{order.pk:08d}", name="Ferme de Bourges"
    )
    yield "order", at("admin:orders_order_change", order.pk)
    yield "suppliers", at("admin:suppliers_supplier_changelist")
    yield from _searched("suppliers", "admin:suppliers_supplier_changelist", SIREN=invoice.supplier.siren, name="Ferme")
    yield "supplier", at("admin:suppliers_supplier_change", FIRST)
    yield "buyers", at("admin:orders_buyer_changelist")
    yield from _searched("buyers", "admin:orders_buyer_changelist", SIRET=invoice.recipient.siret, name="Collège")
    yield "buyer", at("admin:orders_buyer_change", FIRST)
    sent = "admin:chorus_submission_changelist"
    yield "submissions, all", at(sent, etat="toutes")
    yield from _searched("submissions", sent, number=invoice.number)
    yield from _searched("journal of calls", "admin:chorus_exchange_changelist", number=invoice.number)
    yield from _searched("mails", "admin:suppliers_mail_changelist", address=f"producteur{FIRST}@example.org")


def _board(person: User) -> Iterator[Address]:
    """The page, and the list behind the first row of each of its pictures."""
    count_all()
    yield "board", at("admin:invoicing_board")
    for picture in pictures(person):
        if picture.chart.rows:
            yield f"list behind « {picture.panel.title} »", picture.chart.rows[0].url


def list_addresses() -> Iterator[Address]:
    """Every list of the admin as it opens."""
    for name in names():
        if name.endswith("_changelist"):
            yield name.removeprefix("admin:").removesuffix("_changelist").replace("_", ", "), at(name)


def _narrowed(what: str, name: str, states: Iterable[str], avec: int) -> Iterator[Address]:
    yield what, at(name)
    yield f"{what}, last page", at(name, page=LAST)
    yield from ((f"{what}, {state}", at(name, etat=state)) for state in states)
    yield f"{what} with one partner", at(name, avec=avec)


def _searched(what: str, list_name: str, /, **words: str) -> Iterator[Address]:
    yield from ((f"{what}, search by {kind}", at(list_name, q=text)) for kind, text in words.items())


def _a_month() -> dict[str, str]:
    today = timezone.localdate()
    return {"du": f"{today - timedelta(days=130):%Y-%m-%d}", "au": f"{today - timedelta(days=100):%Y-%m-%d}"}


def _last_page(model) -> int:
    return CappedPaginator(model.objects.all(), ReadOnlyAdmin.list_per_page).num_pages


def _middle(rows):
    ordered = rows.order_by("pk")
    return ordered[ordered.count() // 2]
