"""What changed at a recipient since Chorus Pro was asked last, told once to those whom it concerns.

A row of `RecipientChange` stands for staff; invoices that have not left are judged again, so that their verdict says
what is missing now, and carry a line that staff read.
"""

import logging
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from chorus.conf import configuration
from chorus.models import RecipientChange
from invoicing.lifecycle import Status
from invoicing.models import BilledOrder, Invoice
from invoicing.typography import french
from invoicing.verdict import judge_and_keep
from orders.models import PSEUDO_SERVICE, Order, Recipient, Requires

logger = logging.getLogger(__name__)

Kind = RecipientChange.Kind
# What can still be corrected before it leaves.
UNSENT = (Status.DRAFT, Status.RETURNED, Status.TO_REVIEW, Status.APPROVED, Status.TO_SELF_DEPOSIT)
JUDGED = (Status.DRAFT, Status.RETURNED, Status.TO_REVIEW)
WITH_ENGAGEMENT, WITHOUT_ENGAGEMENT = "exige un numéro d'engagement", "sans numéro d'engagement"


@dataclass(frozen=True)
class Picture:
    """A recipient as it stood at one reading; `services` is code -> (active, engagement required)."""

    was_read: bool
    is_known: bool | None
    is_active: bool
    requires: str
    services: dict[str, tuple[bool, bool]]

    @property
    def is_there(self) -> bool:
        return bool(self.is_known and self.is_active)


@dataclass(frozen=True)
class Found:
    """One difference: what `RecipientChange` keeps of it."""

    kind: str
    before: str = ""
    after: str = ""
    service_code: str = ""


def picture(recipient: Recipient) -> Picture:
    services = recipient.services.exclude(code__iexact=PSEUDO_SERVICE)
    return Picture(
        was_read=bool(recipient.synced_at and recipient.synced_from == configuration().environment),
        is_known=recipient.is_known,
        is_active=recipient.is_active,
        requires=recipient.requires,
        services={one.code: (one.is_active, one.engagement_required) for one in services},
    )


def compare(recipient: Recipient, before: Picture) -> None:
    """Keep what differs from `before`, solve what is over, and tell whoever has an unsent invoice there."""
    now = picture(recipient)
    _solve_what_is_over(recipient, now)
    new = [found for found in differences(before, now, codes_in_use(recipient, before)) if _keep(recipient, found)]
    came_back = now.is_there and before.was_read and not before.is_there
    if new or came_back:
        _tell(recipient, new)


def differences(before: Picture, now: Picture, used: set[str]) -> list[Found]:
    """What staff must know. A recipient that is not there is told at its first reading; the rest needs two."""
    if not now.is_known:
        return [Found(Kind.VANISHED)]
    if not now.is_active:
        return [Found(Kind.INACTIVE)]
    if not before.was_read or not before.is_known:
        return []
    found = []
    if before.requires != now.requires:
        found.append(Found(Kind.DEMANDS, Requires(before.requires).label, Requires(now.requires).label))
    for code in sorted(used & set(before.services)):
        found += _of_service(code, before.services[code], now.services.get(code, (False, False)))
    return found


def _of_service(code: str, before: tuple[bool, bool], now: tuple[bool, bool]) -> list[Found]:
    (was_open, demanded), (is_open, demands) = before, now
    if was_open and not is_open:
        return [Found(Kind.SERVICE, "ouvert", "fermé", code)]
    if was_open and demanded != demands:
        words = {True: WITH_ENGAGEMENT, False: WITHOUT_ENGAGEMENT}
        return [Found(Kind.DEMANDS, words[demanded], words[demands], code)]
    return []


def codes_in_use(recipient: Recipient, before: Picture) -> set[str]:
    """The services somebody would miss: those of unsent invoices, unbilled orders and the buyers' habits."""
    if not before.services:
        return set()
    return {
        *unsent_invoices(recipient).values_list("service_code", flat=True),
        *unbilled_orders(recipient).values_list("service_code", flat=True),
        *recipient.buyers.values_list("usual_service", flat=True),
    } - {""}


def unsent_invoices(recipient: Recipient):
    return Invoice.objects.filter(recipient=recipient, status__in=UNSENT)


def unbilled_orders(recipient: Recipient):
    return unbilled(Order.objects.filter(buyer__recipient=recipient))


def unbilled(orders):
    """Those that no invoice bills yet, or only one that counts for nothing."""
    billings = BilledOrder.objects.filter(order=OuterRef("pk"))
    return orders.filter(~Exists(billings.exclude(invoice__status__in=[Status.WITHDRAWN, Status.REJECTED])))


def _keep(recipient: Recipient, found: Found) -> bool:
    """Whether it was not known yet. One that is open already only learns where it stands now."""
    of = {"environment": configuration().environment, "recipient": recipient, "kind": found.kind}
    known = RecipientChange.objects.filter(**of, service_code=found.service_code, solved_at__isnull=True)
    if row := known.first():
        known.update(after=found.after)
        if found.after and found.after == row.before:
            row.solve()  # it changed back before anybody looked
        return bool(found.after) and found.after not in (row.after, row.before)
    try:
        with transaction.atomic():
            RecipientChange.objects.create(
                **of, service_code=found.service_code, before=found.before[:200], after=found.after[:200]
            )
    except IntegrityError:
        return False  # another worker was faster
    return True


def _solve_what_is_over(recipient: Recipient, now: Picture) -> None:
    waiting = RecipientChange.objects.filter(
        environment=configuration().environment, recipient=recipient, solved_at__isnull=True
    )
    over = [kind for kind, ended in ((Kind.VANISHED, now.is_known), (Kind.INACTIVE, now.is_there)) if ended]
    waiting.filter(kind__in=over).update(solved_at=timezone.now())
    reopened = [code for code, (is_open, _) in now.services.items() if is_open]
    waiting.filter(kind=Kind.SERVICE, service_code__in=reopened).update(solved_at=timezone.now())


def _tell(recipient: Recipient, new: list[Found]) -> None:
    """Each unsent invoice: its verdict as of now, and a line for staff."""
    told = french("Chez Chorus Pro, " + " ; ".join(in_words(recipient, found) for found in new) + ".")
    if new:
        for invoice in unsent_invoices(recipient):
            invoice.flag(told)
    judge_again(unsent_invoices(recipient))


def judge_again(invoices: QuerySet[Invoice]) -> None:
    """Those of them that can still be corrected. One that cannot be judged never stops the others."""
    for invoice in invoices.filter(status__in=JUDGED).select_related("recipient", "buyer", "supplier"):
        try:
            judge_and_keep(invoice)
        except Exception:
            logger.exception("Invoice %s could not be judged again", invoice.pk)


def in_words(recipient: Recipient, change: Found | RecipientChange) -> str:
    """« le destinataire Collège X est inactif », « … exige maintenant un code service (avant : rien) »."""
    who = recipient.name or recipient.siret
    if change.kind == Kind.SERVICE:
        return f"{who} a fermé le service « {change.service_code} »"
    if change.kind == Kind.DEMANDS and change.service_code:
        return f"{who}, service « {change.service_code} » : {change.after} (avant : {change.before})"
    if change.kind == Kind.DEMANDS:
        return f"{who} exige maintenant {change.after} (avant : {change.before})"
    return f"{who} {Kind(change.kind).label}"
