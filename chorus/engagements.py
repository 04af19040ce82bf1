"""Does Chorus Pro know the engagement number of a service of the State? Asked by a sweep while the invoice can be
corrected; the answer is a warning, for supplier and agent, and never stops anything.

Only the State publishes its orders there (`engagementsJuridiques/rechercher`); other bodies' are not asked for.
Off unless CHORUS_CHECK_ENGAGEMENTS=1. While nobody answers, nothing is said.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chorus.api import Chorus, ChorusError, Denied, Unavailable
from chorus.changes import JUDGED, judge_again
from chorus.conf import configuration
from chorus.models import AttachedStructure, TechnicalAccount
from chorus.wiring import Clients
from invoicing.models import Invoice
from orders.models import Recipient, StateEngagement

logger = logging.getLogger(__name__)

# A number may be published later than the delivery, or withdrawn.
AGE = timedelta(hours=12)
# What was not answered is asked for again after this.
PATIENCE = timedelta(minutes=10)
BATCH = 200
UNAUTHORIZED = 401
# The application or its consent is refused: whatever account asks.
FOR_ALL = (400, 403)


class NobodyAnswers(Exception):
    """No use in asking anything else now."""


def check_due(budget: timedelta = timedelta(seconds=20)) -> int:
    """Ask what unsent invoices want to know and was not asked within AGE. Returns how many answers came."""
    config, start, answers = configuration(), timezone.now(), 0
    _forget(StateEngagement.objects.exclude(environment=config.environment if config.check_engagements else ""))
    if not config.check_engagements:
        return 0
    queue_wanted(config.environment)
    due = list(_due()[:BATCH])
    with Clients(config) as clients:
        for engagement in due:
            if timezone.now() > start + budget:
                break
            try:
                answers += _ask(engagement, clients)
            except NobodyAnswers as error:
                logger.info("Engagements cannot be asked for now: %s", error)
                _postpone(due)
                break
    return answers


def _postpone(due: list[StateEngagement]) -> None:
    rows = StateEngagement.objects.filter(pk__in=[one.pk for one in due], due_at__lte=timezone.now())
    rows.update(due_at=timezone.now() + PATIENCE)


def _wanting():
    """Invoices that can still be corrected, with a number that a service of the State should know."""
    return Invoice.objects.filter(
        status__in=JUDGED,
        establishment__isnull=False,
        recipient__in=Recipient.objects.of_the_state(),
        supplier__uses_chorus=True,
    ).exclude(engagement_number="")


def queue_wanted(environment: str) -> None:
    """A row for each number; run twice, the constraint makes it harmless."""
    asked = {"establishment": OuterRef("establishment"), "number": OuterRef("engagement_number")}
    new = _wanting().filter(~Exists(StateEngagement.objects.filter(**asked)))
    wanted = new.values_list("establishment", "engagement_number").distinct()[:BATCH]
    rows = [StateEngagement(environment=environment, establishment_id=key, number=number) for key, number in wanted]
    StateEngagement.objects.bulk_create(rows, ignore_conflicts=True)


def _due():
    """What is still wanted, the longest due first."""
    wanted = _wanting().filter(establishment=OuterRef("establishment"), engagement_number=OuterRef("number"))
    due = StateEngagement.objects.filter(Exists(wanted), due_at__lte=timezone.now())
    return due.select_related("establishment").order_by("due_at", "pk")


def _ask(engagement: StateEngagement, clients: Clients) -> bool:
    """One question. Raises NobodyAnswers when the others would hear the same."""
    establishment, now = engagement.establishment, timezone.now()
    routes = AttachedStructure.objects.leading(establishment.siret, establishment.supplier_id).select_related("account")
    structure = routes.filter(account__blocked_since__isnull=True).first()
    if structure is None or not engagement.claim(now + PATIENCE):
        return False
    try:
        with clients.acting(structure.account) as client:
            known = is_known(client, structure.cpp_id, engagement.number)
    except ChorusError as error:
        _cope(error, structure.account)
        return False
    if engagement.answered(known, again_at=now + AGE):
        judge_again(_concerned_by([engagement]))
    return True


def _cope(error: ChorusError, account: TechnicalAccount) -> None:
    """What is wrong with one account or one number leaves that question to a later sweep. A missing consent to this API
    blocks no account: deposits do without it."""
    if isinstance(error, Unavailable) or error.http_status in FOR_ALL:
        raise NobodyAnswers(error) from error
    if isinstance(error, Denied) and error.http_status == UNAUTHORIZED:
        account.block(str(error))
    logger.info("An engagement could not be asked for: %s", error)


def is_known(client: Chorus, structure_cpp_id: int, number: str) -> bool:
    """Whether Chorus Pro shows an order of the State to this structure under this number. An unknown one is an empty
    list; how a known one is written is told by one public client only, so a line without a number counts."""
    return any(found.number in ("", number) for found in client.engagements(structure_cpp_id, number))


def _concerned_by(engagements: Iterable[StateEngagement]):
    named = Q(pk__in=[])
    for one in engagements:
        named |= Q(establishment=one.establishment_id, engagement_number=one.number)
    return Invoice.objects.filter(named)


def _forget(engagements) -> None:
    """Of another environment, or asked before the setting was switched off: what they said is said no more."""
    gone = list(engagements[:BATCH])
    if gone:
        StateEngagement.objects.filter(pk__in=[one.pk for one in gone]).delete()
        judge_again(_concerned_by(one for one in gone if one.is_known is False))
