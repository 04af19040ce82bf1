"""Engagement number and service code, as Chorus Pro's directory says this recipient requires them."""

from collections.abc import Iterator

from invoicing.checks.rule import Problem, stop, warn
from invoicing.checks.subject import Subject

ENGAGEMENT_LENGTH = 50
SERVICE_LENGTH = 100
# A service of the State for public senders only: an invoice of a private supplier sent there is rejected.
FORBIDDEN_SERVICE = "FACTURES_PUBLIQUES"

SERVICE_MISSING = stop(
    "service-missing",
    "service_code",
    "Cet acheteur exige un code service.",
    "Demandez-le à l'acheteur, ou choisissez-le dans la liste.",
)
SERVICE_UNKNOWN = stop(
    "service-unknown",
    "service_code",
    "Le code service « {code} » n'est pas un service de cet acheteur sur Chorus Pro.",
    "Choisissez un service de la liste, ou demandez le bon code à l'acheteur.",
)
SERVICE_INACTIVE = stop(
    "service-inactive",
    "service_code",
    "Le service « {code} » n'est plus actif sur Chorus Pro.",
    "Demandez à l'acheteur quel service l'a remplacé.",
)
SERVICE_TOO_LONG = stop(
    "service-too-long",
    "service_code",
    "Le code service compte {length} caractères ; Chorus Pro en accepte 100 au plus.",
    "Mettez le code du service, pas sa description.",
)
SERVICE_FORBIDDEN = stop(
    "service-forbidden",
    "service_code",
    "Le service « FACTURES_PUBLIQUES » est réservé aux factures entre administrations.",
    "Demandez à l'acheteur le code de son service de restauration ou de comptabilité.",
)
ENGAGEMENT_MISSING = stop(
    "engagement-missing",
    "engagement_number",
    "Cet acheteur exige un numéro d'engagement.",
    "Recopiez-le depuis la commande, ou demandez-le à l'acheteur.",
)
ENGAGEMENT_MISSING_FOR_SERVICE = stop(
    "engagement-missing-for-service",
    "engagement_number",
    "Le service « {code} » exige un numéro d'engagement.",
    "Recopiez-le depuis la commande, ou demandez-le à l'acheteur.",
)
ENGAGEMENT_OR_SERVICE_MISSING = stop(
    "engagement-or-service-missing",
    "engagement_number",
    "Cet acheteur exige un numéro d'engagement ou un code service.",
    "Recopiez l'un des deux depuis la commande, ou demandez-le à l'acheteur.",
)
ENGAGEMENT_TOO_LONG = stop(
    "engagement-too-long",
    "engagement_number",
    "Le numéro d'engagement compte {length} caractères ; Chorus Pro en accepte 50 au plus.",
    "Mettez le numéro seul, sans autre texte.",
)
# Only services of the State publish their orders, sometimes after the delivery: never a stop.
ENGAGEMENT_UNKNOWN = warn(
    "engagement-unknown",
    "engagement_number",
    "Chorus Pro ne connaît pas le numéro d'engagement « {number} » parmi les commandes de l'État à ce fournisseur.",
    "Comparez-le avec le bon de commande ; s'il est juste, continuez, sinon demandez le bon numéro à l'acheteur.",
)

# Stops that only the buyer can lift, by giving the number.
OWED_BY_BUYER = frozenset(
    rule.code for rule in (ENGAGEMENT_MISSING, ENGAGEMENT_MISSING_FOR_SERVICE, ENGAGEMENT_OR_SERVICE_MISSING)
)


def check_service(subject: Subject) -> Iterator[Problem]:
    code, recipient = subject.invoice.service_code.strip(), subject.recipient
    if not code:
        if recipient.requires in {"service", "both"}:
            yield SERVICE_MISSING()
    elif code.upper() == FORBIDDEN_SERVICE:
        yield SERVICE_FORBIDDEN()
    elif len(code) > SERVICE_LENGTH:
        yield SERVICE_TOO_LONG(length=len(code))
    elif recipient.known:
        yield from _check_known_service(subject, code)


def _check_known_service(subject: Subject, code: str) -> Iterator[Problem]:
    service = subject.recipient.service(code)
    if service is None:
        yield SERVICE_UNKNOWN(code=code)
    elif not service.active:
        yield SERVICE_INACTIVE(code=code)


def check_engagement(subject: Subject) -> Iterator[Problem]:
    number, code = subject.invoice.engagement_number.strip(), subject.invoice.service_code.strip()
    service = subject.recipient.service(code)
    if len(number) > ENGAGEMENT_LENGTH:
        yield ENGAGEMENT_TOO_LONG(length=len(number))
    elif number and subject.invoice.engagement_known is False:
        yield ENGAGEMENT_UNKNOWN(number=number)
    if number:
        return
    if subject.recipient.requires in {"engagement", "both"}:
        yield ENGAGEMENT_MISSING()
    elif service and service.engagement_required:
        yield ENGAGEMENT_MISSING_FOR_SERVICE(code=code)
    elif subject.recipient.requires == "either" and not code:
        yield ENGAGEMENT_OR_SERVICE_MISSING()


CHECKS = (check_service, check_engagement)
