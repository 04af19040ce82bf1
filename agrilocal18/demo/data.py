"""People, producers, buyers, orders and what arrived of them, to play with; what exists stays as the player left it.

Everything is fictitious and matches chorus.simulator.world: the simulator knows these SIRETs and this account.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from agrilocal18.apps import AGENTS
from agrilocal18.demo.accounts import AGENT, BUYER, OPERATOR, PASSWORD, PEOPLE, PRODUCER, SELF_DEPOSITOR, Person
from agrilocal18.demo.papers import rib_pdf
from agrilocal18.demo.photographs import crate_of_potatoes
from chorus.conf import configuration
from chorus.models import TechnicalAccount
from chorus.simulator import world
from chorus.tasks import directory_sweep
from orders.models import Buyer, Order, Reception, Recipient
from suppliers.identifiers import vat_number_of
from suppliers.models import Depositor, IbanCall, Supplier, User, VatRegime

FARM, GAEC = world.SUPPLIERS[0], world.SUPPLIERS[1]
COLLEGE, EHPAD, COMMUNE, LYCEE, CCAS, _INACTIVE = world.DEMO_RECIPIENTS
FARM_IBAN = "FR7630006000011234567890189"
FICTION = " (démonstration)"


@dataclass(frozen=True, kw_only=True)
class Canteen:
    """A buyer of the demonstration; `usual_service` as its cook would know it."""

    recipient: world.Recipient
    kind: Buyer.Kind
    city: str
    usual_service: str = ""


CANTEENS = (
    Canteen(recipient=COLLEGE, kind=Buyer.Kind.COLLEGE, city="Marmagne"),
    Canteen(recipient=EHPAD, kind=Buyer.Kind.EHPAD, city="Vierzon", usual_service="CUISINE"),
    Canteen(recipient=COMMUNE, kind=Buyer.Kind.COMMUNE, city="Valdoré", usual_service="ECOLES"),
    Canteen(recipient=LYCEE, kind=Buyer.Kind.LYCEE, city="Bourges", usual_service="INTENDANCE"),
    Canteen(recipient=CCAS, kind=Buyer.Kind.CCAS, city="Montbrun"),
)


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """What the cook said of a line when it was delivered. `quantity` where only a part came."""

    outcome: Reception.Outcome
    quantity: str = ""
    reason: str = ""
    photo: Callable[[], bytes] | None = None


@dataclass(frozen=True, kw_only=True)
class Bought:
    """An order; `days_ago` it was delivered. Lines are (product, quantity, unit, price HT, VAT rate in percent).

    `arrived`: of each line in turn; empty where nobody said yet.
    """

    reference: str
    supplier: world.Supplier
    recipient: world.Recipient
    days_ago: int
    engagement: str = ""
    service: str = ""
    lines: tuple[tuple[str, str, str, str, str], ...] = field(default=())
    arrived: tuple[Arrived, ...] = ()


CARROTS = ("Carottes", "40", "kg", "1.60", "5.5")
POTATOES = ("Pommes de terre", "60", "kg", "1.10", "5.5")
YOGHURT = ("Yaourts nature", "120", "pot", "0.55", "5.5")
APPLES = ("Pommes", "50", "kg", "2.20", "5.5")

ALL_OF_IT = Arrived(outcome=Reception.Outcome.CONFORM)
SPROUTED = Arrived(
    outcome=Reception.Outcome.PART, quantity="52", reason="8 kg germés, rendus au livreur", photo=crate_of_potatoes
)
TOO_WARM = Arrived(outcome=Reception.Outcome.REFUSED, reason="Livrés à 12\u00a0°C\u00a0: chaîne du froid rompue")

BOUGHT = (
    Bought(
        reference="AGL18-0001", supplier=FARM, recipient=COLLEGE, days_ago=6, engagement="EJ-2026-0118",
        lines=(CARROTS, POTATOES), arrived=(ALL_OF_IT, SPROUTED),
    ),
    Bought(reference="AGL18-0002", supplier=FARM, recipient=COLLEGE, days_ago=2, lines=(APPLES,)),
    Bought(reference="AGL18-0003", supplier=FARM, recipient=EHPAD, days_ago=5, service="CUISINE", lines=(YOGHURT,)),
    Bought(reference="AGL18-0004", supplier=FARM, recipient=COMMUNE, days_ago=4, service="ECOLES", lines=(APPLES,)),
    Bought(
        reference="AGL18-0005", supplier=GAEC, recipient=COLLEGE, days_ago=8, engagement="EJ-2026-0121",
        lines=(YOGHURT,), arrived=(TOO_WARM,),
    ),
    Bought(reference="AGL18-0006", supplier=GAEC, recipient=CCAS, days_ago=3, lines=(POTATOES,)),
)  # fmt: skip


def load() -> None:
    """Add what is missing, then read from the simulator what the buyers' structures ask for."""
    with transaction.atomic():
        _people()
        _farm()
        _gaec()
        for canteen in CANTEENS:
            _canteen(canteen)
        Buyer.objects.get(recipient__siret=COLLEGE.siret).members.get_or_create(user=user(BUYER))
        for bought in BOUGHT:
            _order(bought)
        _technical_account()
    directory_sweep()


def user(person: Person) -> User:
    return User.objects.get(email=person.email)


def _people() -> None:
    for person in PEOPLE:
        if not User.objects.filter(email=person.email).exists():
            made = User.objects.create_user(
                person.email, PASSWORD, first_name=person.first_name, last_name=person.last_name
            )
            EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    User.objects.filter(email__in=[AGENT.email, OPERATOR.email]).update(is_staff=True)
    User.objects.filter(email=OPERATOR.email).update(is_superuser=True)
    user(AGENT).groups.add(Group.objects.get_or_create(name=AGENTS)[0])


def _farm() -> None:
    farm, created = _supplier(FARM, address="1 chemin des Chênes", postcode="18500", city="Marmagne")
    if created:
        farm.record_call(
            FARM_IBAN,
            outcome=IbanCall.Outcome.CONFIRMED,
            phone=farm.phone,
            person="Camille Exemple (démonstration)",
            called_at=timezone.now(),
            by=user(AGENT),
            rib=ContentFile(rib_pdf(farm.name, FARM_IBAN), name="rib.pdf"),
        )
        farm.members.create(user=user(PRODUCER))
        farm.answer_box(uses_chorus=True, depositor=Depositor.PORTAL, by=user(PRODUCER))


def _gaec() -> None:
    gaec, created = _supplier(GAEC, address="2 route du Val", postcode="18400", city="Saint-Florent-sur-Cher")
    if created:
        gaec.members.create(user=user(SELF_DEPOSITOR))
        gaec.answer_box(uses_chorus=True, depositor=Depositor.SELF, by=user(SELF_DEPOSITOR))
        for name in ("Dominique Exemple", "Claude Exemple"):
            gaec.partners.create(name=name)


def _supplier(known: world.Supplier, **place: str) -> tuple[Supplier, bool]:
    siren = known.siret[:9]
    supplier, created = Supplier.objects.get_or_create(
        siren=siren,
        defaults={
            "name": known.name.removesuffix(FICTION),
            "vat_regime": VatRegime.NORMAL,
            "vat_number": vat_number_of(siren),
            "phone": "02 00 00 00 01",
            "validated_at": timezone.now(),
            "validated_by": user(AGENT),
        },
    )
    supplier.establishments.get_or_create(siret=known.siret, defaults={"opened_on": datetime.date(2015, 1, 1), **place})
    return supplier, created


def _canteen(canteen: Canteen) -> None:
    name = canteen.recipient.name.removesuffix(FICTION)
    recipient, _ = Recipient.objects.get_or_create(siret=canteen.recipient.siret, defaults={"name": name})
    Buyer.objects.get_or_create(
        recipient=recipient,
        defaults={
            "name": name,
            "kind": canteen.kind,
            "city": canteen.city,
            "usual_service": canteen.usual_service,
            "contact_name": "Sacha Exemple",
            "phone": "02 00 00 00 02",
            "email": BUYER.email,
        },
    )


def _order(bought: Bought) -> None:
    delivered = timezone.localdate() - datetime.timedelta(days=bought.days_ago)
    order, created = Order.objects.get_or_create(
        reference=bought.reference,
        defaults={
            "buyer": Buyer.objects.get(recipient__siret=bought.recipient.siret),
            "supplier": Supplier.objects.get(siren=bought.supplier.siret[:9]),
            "engagement_number": bought.engagement,
            "service_code": bought.service,
            "ordered_on": delivered - datetime.timedelta(days=7),
            "delivery_on": delivered,
        },
    )
    if created:
        for product, quantity, unit, price, rate in bought.lines:
            order.lines.create(
                description=product,
                quantity=Decimal(quantity),
                unit=unit,
                unit_price=Decimal(price),
                vat_rate=Decimal(rate),
            )
        _receive(order, bought.arrived)


def _receive(order: Order, arrived: tuple[Arrived, ...]) -> None:
    """At ten o'clock on the day of the delivery."""
    at = timezone.make_aware(datetime.datetime.combine(order.delivery_on, datetime.time(10)))
    said = [
        Reception.of(
            line,
            one.outcome,
            quantity=Decimal(one.quantity) if one.quantity else None,
            reason=one.reason,
            photo=ContentFile(one.photo(), name="photo.jpg") if one.photo else "",
            at=at,
        )
        for line, one in zip(order.lines.all(), arrived, strict=False)
    ]
    Reception.objects.record(order, said, by=user(BUYER), seen_revision=order.revision)


def _technical_account() -> None:
    known = world.PLATFORM_ACCOUNT
    TechnicalAccount.objects.get_or_create(
        environment=configuration().environment,
        login=known.login,
        defaults={
            "password": known.password,
            "password_expires_at": timezone.now() + datetime.timedelta(days=world.PASSWORD_DAYS),
        },
    )
