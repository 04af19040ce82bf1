"""Rows for tests. The plain factory makes what an agent would find on a normal day; traits name the state they set."""

import datetime
import hashlib
from decimal import Decimal

import factory
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from agrilocal18.apps import AGENTS
from chorus.models import AttachedStructure, TechnicalAccount
from invoicing.checks import number_key
from invoicing.lifecycle import Status
from invoicing.models import BilledOrder, Invoice
from orders.models import Buyer, BuyerMember, Order, OrderLine, Recipient, RecipientService, Requires
from suppliers.mandate import MANDATE_TEXT, MANDATE_VERSION
from suppliers.models import Depositor, Establishment, Mandate, Member, Supplier, User, VatRegime


def luhn_complete(prefix: str) -> str:
    """The prefix with the check digit that makes it pass the Luhn test, as SIREN and SIRET do."""
    total = 0
    for position, digit in enumerate(reversed(prefix)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return prefix + str(-total % 10)


def siren(n: int) -> str:
    return luhn_complete(f"9{n:07d}")


def siret(n: int) -> str:
    """The head office of the n-th fictitious company."""
    return luhn_complete(siren(n) + "0001")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"personne{n}@example.org")
    first_name = factory.Sequence(lambda n: f"Prénom{n}")
    last_name = "Exemple"


class AgentFactory(UserFactory):
    """Of the group that reviews; its rights suffice."""

    is_staff = True

    @factory.post_generation
    def group(person, create, name):
        person.groups.add(Group.objects.get(name=name or AGENTS))


class SupplierFactory(DjangoModelFactory):
    """Validated, box ticked, mandate in force: its invoices may be sent."""

    class Meta:
        model = Supplier
        skip_postgeneration_save = True

    class Params:
        no_account = factory.Trait(uses_chorus=False, depositor=Depositor.NOBODY)
        self_deposit = factory.Trait(depositor=Depositor.SELF)

    name = factory.Sequence(lambda n: f"Ferme d'essai {n}")
    siren = factory.Sequence(lambda n: siren(1000 + n))
    vat_regime = VatRegime.NORMAL
    contact_name = "Camille Exemple"
    phone = "02 00 00 00 01"
    uses_chorus = True
    depositor = Depositor.PORTAL
    validated_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def establishment(supplier, create, extracted, **kwargs):
        EstablishmentFactory(supplier=supplier, siret=luhn_complete(supplier.siren + "0001"), **kwargs)

    @factory.post_generation
    def mandate_in_force(supplier, create, extracted, **kwargs):
        if supplier.depositor == Depositor.PORTAL and extracted is not False:
            Mandate.objects.create(
                supplier=supplier,
                text=MANDATE_TEXT,
                version=MANDATE_VERSION,
                signed_at=timezone.now(),
                signed_by=UserFactory(),
                signatory="Camille Exemple",
            )


class EstablishmentFactory(DjangoModelFactory):
    class Meta:
        model = Establishment

    supplier = factory.SubFactory(SupplierFactory)
    siret = factory.Sequence(lambda n: siret(500000 + n))
    city = "Bourges"
    opened_on = datetime.date(2020, 1, 1)


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member

    supplier = factory.SubFactory(SupplierFactory)
    user = factory.SubFactory(UserFactory)


class RecipientFactory(DjangoModelFactory):
    """Known to Chorus Pro, active, read a moment ago; demands an engagement number as collèges do."""

    class Meta:
        model = Recipient

    siret = factory.Sequence(lambda n: siret(200000 + n))
    name = factory.Sequence(lambda n: f"Destinataire {n}")
    is_known = True
    requires = Requires.ENGAGEMENT
    synced_at = factory.LazyFunction(timezone.now)
    synced_from = "simulator"


class RecipientServiceFactory(DjangoModelFactory):
    class Meta:
        model = RecipientService

    recipient = factory.SubFactory(RecipientFactory)
    code = factory.Sequence(lambda n: f"SERVICE_{n}")
    label = "Restauration"


class BuyerFactory(DjangoModelFactory):
    class Meta:
        model = Buyer

    name = factory.Sequence(lambda n: f"Collège d'essai {n}")
    kind = Buyer.Kind.COLLEGE
    recipient = factory.SubFactory(RecipientFactory)
    phone = "02 00 00 00 02"
    email = "gestion@example.org"


class BuyerMemberFactory(DjangoModelFactory):
    class Meta:
        model = BuyerMember

    buyer = factory.SubFactory(BuyerFactory)
    user = factory.SubFactory(UserFactory)


class OrderFactory(DjangoModelFactory):
    """One line: 20 kg at 5,00 € HT, 5.5 % VAT; 100,00 € HT, 105,50 € TTC."""

    class Meta:
        model = Order
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda n: f"AGL-2026-{n:05d}")
    buyer = factory.SubFactory(BuyerFactory)
    supplier = factory.SubFactory(SupplierFactory)
    engagement_number = factory.Sequence(lambda n: f"EJ{n:06d}")

    @factory.post_generation
    def line(order, create, extracted, **kwargs):
        values = {"description": "Pommes de terre", "quantity": 20, "unit": "kg", "unit_price": 5, "vat_rate": "5.5"}
        OrderLine.objects.create(order=order, **{**values, **kwargs})
        order.refresh_from_db()


class InvoiceFactory(DjangoModelFactory):
    """A draft that bills one order of its supplier entirely. `status` gives the state it is put in."""

    class Meta:
        model = Invoice
        skip_postgeneration_save = True

    class Params:
        order = factory.SubFactory(OrderFactory)
        content = factory.Sequence(lambda n: f"%PDF-1.4 facture {n}".encode())

    supplier = factory.SelfAttribute("order.supplier")
    buyer = factory.SelfAttribute("order.buyer")
    recipient = factory.SelfAttribute("order.buyer.recipient")
    establishment = factory.LazyAttribute(lambda o: o.supplier.establishments.first())
    number = factory.Sequence(lambda n: f"F2026-{n:04d}")
    number_key = factory.LazyAttribute(lambda o: number_key(o.number))
    issue_date = datetime.date(2026, 11, 2)
    issue_year = factory.LazyAttribute(lambda o: o.issue_date.year)
    total_ht = Decimal("100.00")
    total_tva = Decimal("5.50")
    total_ttc = Decimal("105.50")
    net_to_pay = Decimal("105.50")
    engagement_number = factory.SelfAttribute("order.engagement_number")
    service_code = factory.SelfAttribute("order.service_code")
    document = factory.LazyAttribute(lambda o: ContentFile(o.content, name="facture.pdf"))
    document_name = "facture.pdf"
    document_sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.content).hexdigest())
    document_size = factory.LazyAttribute(lambda o: len(o.content))
    status = Status.DRAFT
    send_after = factory.LazyAttribute(lambda o: timezone.now() if o.status == Status.APPROVED else None)

    @factory.post_generation
    def billing(invoice, create, extracted, **kwargs):
        order = invoice.supplier.orders.filter(buyer=invoice.buyer).first()
        if order and extracted is not False:
            BilledOrder.objects.create(invoice=invoice, order=order, amount_ht=invoice.total_ht)


class TechnicalAccountFactory(DjangoModelFactory):
    class Meta:
        model = TechnicalAccount

    environment = "simulator"
    login = "TECH_1_20000000800025@cpro.fr"
    password = "mot de passe d'essai"


class AttachedStructureFactory(DjangoModelFactory):
    class Meta:
        model = AttachedStructure

    account = factory.SubFactory(TechnicalAccountFactory)
    siret = factory.Sequence(lambda n: siret(1000 + n))
    cpp_id = factory.Sequence(lambda n: 7000 + n)
