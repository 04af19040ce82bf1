"""What Chorus Pro says of recipients: do they exist, what do they want on an invoice, which services have they."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.utils import timezone

from chorus.api import Chorus, ChorusError, Requirements, Service
from chorus.changes import compare, picture
from chorus.conf import configuration
from chorus.wiring import accounts_in_use, connect
from invoicing.lifecycle import FREE_NUMBER, SETTLED
from invoicing.models import Invoice
from orders.models import PSEUDO_SERVICE, SERVICE_MAX, Buyer, Recipient, RecipientService, Requires

logger = logging.getLogger(__name__)

# Well under TASK_TIME_LIMIT: what is left waits for the next sweep.
BUDGET = timedelta(minutes=10)
# From and to which hour; so many failures in a row mean that the service is down, not that a recipient is odd.
NIGHT = (21, 6)
GIVE_UP = 5
# People wait for these, and deposits wait behind them.
ASKED = 10


def refresh(client: Chorus, recipient: Recipient) -> None:
    """Read one recipient again; about three calls, plus one for each of its active services. Changes are told."""
    before = picture(recipient)
    _read(client, recipient)
    compare(recipient, before)


def _read(client: Chorus, recipient: Recipient) -> None:
    found = client.find_structure(recipient.siret)
    if found is None:
        _store(recipient, is_known=False)
        return
    structure = client.structure(found.id)
    if not structure.is_public:
        # Only our suppliers' own are found at all: they issue invoices, and receive none there.
        _store(recipient, is_known=False, name=(structure.name or found.name)[:200])
        return
    services, today = client.services(found.id), timezone.localdate()
    demanding = {
        service.code: client.service(found.id, service.id).engagement_required
        for service in services
        if service.is_open(today) and service.code != PSEUDO_SERVICE
    }
    with transaction.atomic():
        _store(
            recipient,
            is_known=True,
            is_active=found.active,
            name=(structure.name or found.name)[:200],
            requires=requires(structure.requirements),
            reports_payment=structure.reports_payment,
        )
        _store_services(recipient, services, demanding)


def requires(told: Requirements) -> Requires:
    if told.either:
        return Requires.EITHER
    if told.service and told.engagement:
        return Requires.BOTH
    if told.service:
        return Requires.SERVICE
    return Requires.ENGAGEMENT if told.engagement else Requires.NOTHING


def _store(recipient: Recipient, **values) -> None:
    values |= {"synced_at": timezone.now(), "synced_from": configuration().environment}
    for name, value in values.items():
        setattr(recipient, name, value)
    recipient.save(update_fields=list(values))


def _store_services(recipient: Recipient, services: tuple[Service, ...], demanding: dict[str, bool]) -> None:
    """Services that vanished stay, inactive: old invoices name them."""
    for service in services:
        RecipientService.objects.update_or_create(
            recipient=recipient,
            code=service.code[:SERVICE_MAX],
            defaults={
                "label": service.label[:200],
                "is_active": service.is_open(timezone.localdate()),
                "engagement_required": demanding.get(service.code, False),
            },
        )
    told = [service.code[:SERVICE_MAX] for service in services]
    recipient.services.exclude(code__in=told).update(is_active=False)


def refresh_if_older(client: Chorus, recipient: Recipient, age: timedelta) -> None:
    """Read it again unless it was read here within `age`."""
    here = recipient.synced_from == configuration().environment
    if not here or not recipient.synced_at or recipient.synced_at < timezone.now() - age:
        refresh(client, recipient)


def missing_reference(recipient: Recipient, engagement_number: str, service_code: str) -> str:
    """What this recipient will refuse an invoice for, as a French sentence; empty when nothing is missing."""
    if recipient.is_known is False:
        return "Le destinataire n'est pas connu de Chorus Pro. Demandez à l'acheteur le SIRET de facturation."
    if not recipient.is_active:
        return "Le destinataire est inactif sur Chorus Pro. Demandez à l'acheteur le SIRET de facturation."
    if recipient.wants_service(engagement_number) and not service_code:
        return "Le destinataire exige un code service. Demandez-le à l'acheteur."
    if service_code and not recipient.services.usable().filter(code=service_code).exists():
        return f"Le code service « {service_code} » n'est pas utilisable. Demandez le bon code à l'acheteur."
    if recipient.wants_engagement(service_code) and not engagement_number:
        return "Le destinataire exige un numéro d'engagement. Demandez-le à l'acheteur."
    return ""


def used():
    """The recipients worth reading: those that a buyer uses, or that an invoice on its way is addressed to."""
    on_the_way = Invoice.objects.filter(recipient=OuterRef("pk")).exclude(status__in=[*FREE_NUMBER, *SETTLED])
    bought_for = Buyer.objects.filter(recipient=OuterRef("pk"))
    return Recipient.objects.filter(Exists(bought_for) | Exists(on_the_way))


def refresh_all(*, older_than: timedelta | None = None, budget: timedelta = BUDGET) -> int:
    """Read again the recipients in use, those never read first, until the time budget is spent; the next sweep goes on
    with those that are left. Returns how many were read; one that fails never stops the rest, a service that is down
    does."""
    config, end = configuration(), timezone.now() + budget
    account = accounts_in_use(config.environment).filter(blocked_since__isnull=True).first()
    if account is None:
        return 0
    age = _age_for(timezone.localtime()) if older_than is None else older_than
    elsewhere = ~Q(synced_from=config.environment)
    due = used().filter(elsewhere | Q(synced_at__isnull=True) | Q(synced_at__lt=timezone.now() - age))
    # By chance: some that fail each night must not stand before all the others.
    never_read = ExpressionWrapper(Q(synced_at__isnull=True), BooleanField())
    read = failed = 0
    with connect(account, config=config) as client:
        for recipient in due.order_by(never_read.desc(), "?").iterator(chunk_size=200):
            if timezone.now() >= end or failed >= GIVE_UP:
                break
            done = _try_refresh(client, recipient)
            read, failed = read + done, 0 if done else failed + 1
    return read


def read_asked() -> int:
    """Read those that staff asked for, the longest waiting first. Returns how many were read."""
    config = configuration()
    asked = list(Recipient.objects.asked_to_be_read().order_by("reading_asked_at")[:ASKED])
    account = accounts_in_use(config.environment).filter(blocked_since__isnull=True).first() if asked else None
    if account is None:
        return 0
    with connect(account, config=config) as client:
        return sum(_try_refresh(client, recipient) for recipient in asked)


def _age_for(here: datetime) -> timedelta:
    """Nightly: everything is read at night; by day only what a night missed."""
    at_night = here.hour >= NIGHT[0] or here.hour < NIGHT[1]
    return timedelta(hours=12) if at_night else timedelta(hours=30)


def _try_refresh(client: Chorus, recipient: Recipient) -> bool:
    try:
        refresh(client, recipient)
    except ChorusError as error:
        logger.warning("Recipient %s could not be read: %s", recipient.siret, error)
        return False
    return True
