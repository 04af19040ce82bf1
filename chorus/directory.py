"""What Chorus Pro says of recipients: do they exist, what do they want on an invoice, which services have they."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from chorus.api import Chorus, ChorusError, Requirements, Service
from chorus.conf import configuration
from chorus.wiring import accounts_in_use, connect
from orders.models import PSEUDO_SERVICE, Recipient, RecipientService, Requires

logger = logging.getLogger(__name__)


def refresh(client: Chorus, recipient: Recipient) -> None:
    """Read one recipient again; about three calls, plus one for each of its active services."""
    found = client.find_structure(recipient.siret)
    if found is None:
        _store(recipient, is_known=False)
        return
    structure = client.structure(found.id)
    services = client.services(found.id)
    demanding = {
        service.code: client.service(found.id, service.id).engagement_required
        for service in services
        if service.active and service.code != PSEUDO_SERVICE
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
            code=service.code[:100],
            defaults={
                "label": service.label[:200],
                "is_active": service.active,
                "engagement_required": demanding.get(service.code, False),
            },
        )
    recipient.services.exclude(code__in=[service.code for service in services]).update(is_active=False)


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


def refresh_all(*, older_than: timedelta = timedelta(hours=12)) -> int:
    """Read again every recipient that a buyer uses. Returns how many were read; one that fails never stops the rest."""
    config = configuration()
    account = accounts_in_use(config.environment).filter(blocked_since__isnull=True).first()
    if account is None:
        return 0
    read = 0
    with connect(account, config=config) as client:
        for recipient in Recipient.objects.filter(buyers__isnull=False).distinct():
            read += _try_refresh(client, recipient, older_than)
    return read


def _try_refresh(client: Chorus, recipient: Recipient, older_than: timedelta) -> bool:
    try:
        refresh_if_older(client, recipient, older_than)
    except ChorusError as error:
        logger.warning("Recipient %s could not be read: %s", recipient.siret, error)
        return False
    return True
