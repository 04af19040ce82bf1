"""The far side is the simulator, over real HTTP; the near side is the portal with one account and its suppliers."""

import pytest
from django.utils import timezone

from chorus import accounts
from chorus.models import AttachedStructure, TechnicalAccount
from chorus.simulator import Simulator, world
from chorus.tasks import deposit_sweep, directory_sweep
from invoicing.lifecycle import Status
from orders.models import Requires
from tests.factories import BuyerFactory, InvoiceFactory, OrderFactory, RecipientFactory, SupplierFactory

# Patience of zero: what takes an hour on the real service takes the next sweep here.
IMPATIENT = {
    "CALL_DEADLINE": 5,
    "LEASE": 0,
    "SETTLING_DELAY": 0,
    "DOUBT_DEADLINE": 0,
    "RETRY_DELAY": 0,
    "REQUIREMENTS_AGE": 3600,
    "NEWS_OVERLAP": 7200,
    "SILENCE_AGE": 3600,
    "CALLS_PER_SECOND": 0,
    "JOURNAL_DAYS": 90,
    "FACTURX": False,
    "FLUX_REPORT_DELAY": 0,
    "FLUX_REPORT_DEADLINE": 3600,
    "FLUX_SETTLING_DELAY": 0,
    "DEPOSIT_THREADS": 1,
    "NEWS_THREADS": 4,
}


@pytest.fixture(scope="session")
def running_simulator():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator):
    running_simulator.reset()
    yield running_simulator
    running_simulator.calm()


@pytest.fixture
def portal(settings, simulator, db):
    """Chorus Pro switched on, towards the simulator, with the platform's technical account."""
    settings.SEND_DELAY = 0
    settings.CHORUS = {
        **settings.CHORUS,
        **IMPATIENT,
        "ENVIRONMENT": "simulator",
        "API_URL": simulator.url,
        "TOKEN_URL": simulator.token_url,
        "CLIENT_ID": world.CLIENT_ID,
        "CLIENT_SECRET": world.CLIENT_SECRET,
    }
    return settings


@pytest.fixture
def patient(portal):
    """Overrides of the exchange's settings, for tests of one delay."""

    def override(**values):
        portal.CHORUS = {**portal.CHORUS, **values}

    return override


@pytest.fixture
def account(portal):
    account = TechnicalAccount.objects.create(
        environment="simulator",
        login=world.PLATFORM_ACCOUNT.login,
        password=world.PLATFORM_ACCOUNT.password,
        attachments_read_at=timezone.now(),
    )
    for position, supplier in enumerate(world.SUPPLIERS[:3]):
        account.structures.create(siret=supplier.siret, cpp_id=world.SUPPLIER_ID_BASE + position, name=supplier.name)
    return account


@pytest.fixture
def read_twice():
    """Read what the accounts see, and again once a disappearance is old enough to be believed."""

    def read():
        directory_sweep()
        AttachedStructure.objects.filter(missing_since__isnull=False).update(
            missing_since=timezone.now() - accounts.BELIEVED_AFTER
        )
        deposit_sweep()

    return read


@pytest.fixture
def supplier(account):
    return SupplierFactory(siren=world.SUPPLIERS[0].siret[:9])


@pytest.fixture
def college(portal):
    """A buyer whose recipient demands an engagement number, in the simulator too."""
    return BuyerFactory(recipient=RecipientFactory(siret=world.DEMO_RECIPIENTS[0].siret, requires=Requires.ENGAGEMENT))


@pytest.fixture
def approved(supplier, college):
    """Makes an invoice whose time to leave has come."""

    def make(**values):
        values.setdefault("status", Status.APPROVED)
        return InvoiceFactory(order=OrderFactory(supplier=supplier, buyer=college), **values)

    return make


@pytest.fixture
def deposited(simulator, approved):
    """Makes so many invoices that Chorus Pro has."""

    def make(count=1):
        invoices = [approved() for _ in range(count)]
        deposit_sweep()
        for invoice in invoices:
            invoice.refresh_from_db()
        return invoices

    return make
