"""The département of the load: four years of invoices, people who read them, suppliers with PDFs to deposit."""

import datetime
from collections.abc import Iterator
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.utils import timezone

from agrilocal18.apps import AGENTS
from agrilocal18.demo import samples
from agrilocal18.demo.accounts import PASSWORD
from agrilocal18.demo.papers import rib_pdf
from agrilocal18.demo.photographs import crate_of_potatoes
from invoicing.lifecycle import Status
from invoicing.models import Invoice, InvoicePage
from orders.models import Buyer, Order
from suppliers.identifiers import vat_number_of
from suppliers.models import Supplier, User
from tests.bench_web.fill import FIRST, Size, fill
from tests.bench_web.pages import at
from tests.factories import BuyerFactory, MemberFactory, OrderFactory, SupplierFactory, UserFactory
from tests.load.cast import Depositor, Drop, Reader
from tests.people import signed_in

# Of twenty readers, as a day has them.
ROLES = ["supplier"] * 12 + ["buyer"] * 7 + ["agent"]
BUYERS = 5  # of all who deposit
# How often, what, where.
Pages = Iterator[tuple[int, str, str]]


def fill_portal(size: Size) -> None:
    """Rows as `make bench-web` has them; the one PDF and the one picture that all of them name can be opened here."""
    fill(size)
    _put(Invoice.objects.earliest("pk").document.name, rib_pdf("Ferme d'essai", "FR7630006000011234567890189"))
    _put(InvoicePage.objects.earliest("pk").picture.name, crate_of_potatoes())


def _put(name: str, content: bytes) -> None:
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


# --- Who reads ---


def readers(size: Size, count: int) -> list[Reader]:
    """Each of another house, large and small ones; an agent in twenty."""
    return [_reader(number, count, size) for number in range(count)]


def _reader(number: int, count: int, size: Size) -> Reader:
    role, place = ROLES[number % len(ROLES)], number / count
    if role == "agent":
        agent = _agent(number)
        return _signed_in(number, agent, f"<strong>{agent.first_name}</strong>", _desk_pages(place))
    houses, many, pages = (
        (Supplier, size.suppliers, _supplier_pages) if role == "supplier" else (Buyer, size.buyers, _buyer_pages)
    )
    house = houses.objects.get(pk=FIRST + int(many * place))
    person = house.people().get()
    return _signed_in(number, person, f"Mon compte ({person.email})", pages(house))


def _signed_in(number: int, person: User, says: str, pages: Pages) -> Reader:
    often = [(what, path) for times, what, path in pages for _ in range(times)]
    return Reader(_address(0, number), signed_in(person).cookies["sessionid"].value, says, often)


def _address(crowd: int, number: int) -> str:
    """One for each person, of those that are kept for trials (RFC 2544)."""
    return f"198.18.{crowd}.{number + 1}"


def _agent(number: int) -> User:
    user = UserFactory(email=f"agent{number}@example.org", first_name=f"Agent{number:03d}", is_staff=True)
    user.groups.add(Group.objects.get(name=AGENTS))
    TOTP.activate(user, generate_totp_secret())
    return user


def _supplier_pages(supplier: Supplier) -> Pages:
    invoice = _middle(supplier.invoices.exclude(status=Status.DRAFT))
    yield 5, "supplier: home", at("invoicing:supplier_home")
    yield 3, "supplier: invoices", at("invoicing:list")
    yield 1, "supplier: invoices under way", at("invoicing:list", etat="en-cours")
    yield 2, "supplier: search", at("invoicing:list", q=invoice.number)
    yield 4, "supplier: an invoice", at("invoicing:detail", invoice.pk)
    yield 2, "supplier: its PDF", at("invoicing:document", invoice.pk)
    yield 2, "supplier: orders to bill", at("orders:to_bill")
    yield 1, "supplier: an order", at("orders:detail", invoice.billed_orders.get().order_id)


def _buyer_pages(buyer: Buyer) -> Pages:
    invoice = _middle(buyer.invoices.exclude(status__in=[Status.DRAFT, Status.WITHDRAWN]))
    yield 4, "buyer: orders", at("orders:buyer_home")
    yield 3, "buyer: invoices received", at("invoicing:received")
    yield 2, "buyer: search", at("invoicing:received", q=invoice.number)
    yield 4, "buyer: an invoice", at("invoicing:detail", invoice.pk)
    yield 3, "buyer: its PDF", at("invoicing:document", invoice.pk)
    yield 2, "buyer: numbers", at("orders:numbers")
    yield 2, "buyer: an order", at("orders:detail", invoice.billed_orders.get().order_id)


def _desk_pages(place: float) -> Pages:
    waiting, known = Invoice.objects.to_review().order_by("pk"), _middle(Invoice.objects)
    to_review = waiting[int(waiting.count() * place)]
    invoices = "admin:invoicing_invoice_changelist"
    yield 2, "agent: home", at("admin:index")
    yield 4, "agent: queue", at(invoices)
    yield 6, "agent: an invoice to review", at("admin:invoicing_invoice_change", to_review.pk)
    yield 3, "agent: its PDF", at("invoicing:document", to_review.pk)
    yield 2, "agent: search", at(invoices, etat="toutes", q=known.number)
    yield 1, "agent: orders", at("admin:orders_order_changelist")


def _middle(rows):
    return rows.order_by("pk")[rows.count() // 2]


# --- Who deposits ---


def depositors(count: int, files: int, folder: Path) -> list[Depositor]:
    """Suppliers who delivered `files` orders each and have an invoice of each of them in `folder`."""
    buyers = [BuyerFactory(city="Bourges") for _ in range(min(BUYERS, count))]
    hashed = make_password(PASSWORD)
    made = []
    for number in range(count):
        user, supplier = _producer(number, hashed)
        orders = [
            _delivered(supplier, f"D{number:02d}-{file:03d}", buyers[file % len(buyers)]) for file in range(files)
        ]
        drops = [_drop(order, folder) for order in orders]
        made.append(Depositor(_address(1, number), user.email, PASSWORD, supplier.pk, f"-D{number:02d}-", drops))
    samples.write(folder)
    return made


def _producer(number: int, password: str) -> tuple[User, Supplier]:
    supplier = SupplierFactory(name=f"Ferme du Dépôt {number:02d}")
    Supplier.objects.filter(pk=supplier.pk).update(vat_number=vat_number_of(supplier.siren))
    supplier.establishments.update(address=f"{number + 1} chemin des Dépôts", postcode="18000")
    user = MemberFactory(supplier=supplier, user__email=f"depot{number:02d}@example.org").user
    User.objects.filter(pk=user.pk).update(password=password)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user, supplier


def _delivered(supplier: Supplier, name: str, buyer: Buyer) -> Order:
    delivered = timezone.localdate() - datetime.timedelta(days=3)
    return OrderFactory(
        reference=f"{samples.BY_REFERENCE}{name}",
        supplier=supplier,
        buyer=buyer,
        ordered_on=delivered - datetime.timedelta(days=7),
        delivery_on=delivered,
    )


def _drop(order: Order, folder: Path) -> Drop:
    """What `samples.write` makes of it."""
    file = folder / f"facture-{order.reference}.pdf"
    return Drop(order.pk, str(file), order.reference.removeprefix(samples.BY_REFERENCE))
