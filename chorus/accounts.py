"""Technical accounts: which suppliers they may act for, whether they work, when their passwords die."""

import logging
import re
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from chorus.api import Chorus, ChorusError, Denied
from chorus.conf import configuration
from chorus.models import AttachedStructure, Submission, TechnicalAccount
from chorus.wiring import accounts_in_use, connect

logger = logging.getLogger(__name__)

# TECH_<n>_<SIRET>@cpro.fr (seen in four public clients).
SIRET_OF_LOGIN = re.compile(r"_(\d{14})@")
# A structure that is left out of a list is gone when another list, so much later, leaves it out too.
BELIEVED_AFTER = timedelta(minutes=5)
# A supplier who accepts the attachment may also press « Vérifier la connexion ».
LONGEST_BETWEEN_LISTS = timedelta(hours=1)


def read_attachments(client: Chorus, account: TechnicalAccount) -> None:
    """Store the structures this account may deposit for, as Chorus Pro lists them now; of a supplier's own account
    only his. What appears counts at once; what disappeared must be missing twice."""
    told = [structure for structure in client.attached_structures() if _may_act_for(account, structure.identifier)]
    with transaction.atomic():
        for structure in told:
            account.structures.update_or_create(
                cpp_id=structure.id,
                defaults={
                    "siret": structure.identifier[:20],
                    "name": structure.name[:200],
                    "missing_since": None,
                },
            )
        _miss(account.structures.exclude(cpp_id__in=[structure.id for structure in told]))
        TechnicalAccount.objects.filter(pk=account.pk).update(attachments_read_at=timezone.now())


def _miss(structures) -> None:
    """One wrong list would end the follow-up of every invoice and stop what waits. Meanwhile nothing is sent there."""
    now = timezone.now()
    structures.filter(missing_since__lte=now - BELIEVED_AFTER).delete()
    structures.filter(missing_since__isnull=True).update(missing_since=now)


def _may_act_for(account: TechnicalAccount, siret: str) -> bool:
    return not account.is_own or account.supplier.establishments.filter(siret=siret).exists()


def read_expiry(client: Chorus, account: TechnicalAccount) -> None:
    """Take over the date on which the password dies, if Chorus Pro tells it about the account's own structure."""
    siret = SIRET_OF_LOGIN.search(account.login)
    found = client.find_structure(siret[1]) if siret else None
    expires = client.structure(found.id).technical_password_expires if found else None
    if expires and expires != account.password_expires_at:
        # Only over the date that was there: a password entered meanwhile brought a newer one.
        TechnicalAccount.objects.filter(pk=account.pk, password_expires_at=account.password_expires_at).update(
            password_expires_at=expires
        )


def read_all_attachments() -> None:
    """Every account in turn; one that does not answer never stops the rest."""
    for account in _to_probe():
        _probe(account)


def probe_blocked() -> None:
    """Try blocked accounts, read new ones and look for missing attachments; whatever works again resumes by itself."""
    for account in _to_probe():
        if account.blocked_since or _must_be_read(account) or _some_wait_for(account):
            _probe(account)
    _resume()


def _to_probe() -> list[TechnicalAccount]:
    """Those in use, without those that were refused a moment ago."""
    accounts = accounts_in_use(configuration().environment).select_related("breaker")
    return [account for account in accounts if account.may_be_probed]


def _must_be_read(account: TechnicalAccount) -> bool:
    """New, or with structures that a second list decides on."""
    missing = account.structures.filter(missing_since__lte=timezone.now() - BELIEVED_AFTER)
    return account.attachments_read_at is None or missing.exists()


def _some_wait_for(account: TechnicalAccount) -> bool:
    """Whether another look may help: the longer they have waited, the rarer. What a pause holds back waits for a
    person."""
    if account.is_paused:
        return False
    blocked = Submission.objects.here().filter(status=Submission.Status.BLOCKED)
    waiting = blocked.filter(Q(account=account) | Q(account__isnull=True))
    youngest = waiting.aggregate(latest=Max("due_at"))["latest"]
    if youngest is None:
        return False
    now = timezone.now()
    return account.attachments_read_at <= now - min((now - youngest) / 4, LONGEST_BETWEEN_LISTS)


def _probe(account: TechnicalAccount) -> None:
    try:
        with connect(account) as client:
            client.health()
            read_attachments(client, account)
            read_expiry(client, account)
    except Denied as error:
        account.block(str(error))
        account.still_denied()
    except ChorusError as error:
        logger.info("Account %s was not probed: %s", account.pk, error)
    else:
        account.unblock()


def _resume() -> None:
    """Blocked submissions whose account works, or whose supplier was attached meanwhile, wait in the queue again."""
    blocked = Submission.objects.here().filter(status=Submission.Status.BLOCKED)
    for submission in blocked.sendable().select_related("invoice"):
        submission.requeue(source=Submission.Status.BLOCKED, at=timezone.now())


def watchers(submission: Submission) -> list[TechnicalAccount]:
    """The accounts through which this row may be looked for: the one it would leave by now, and the one it left by.

    One that is blocked works again first, by its own probes; one that was replaced has none, and may still answer.
    """
    establishment = submission.invoice.establishment
    route = AttachedStructure.objects.leading(establishment.siret, establishment.supplier_id)
    now = route.select_related("account").first()
    accounts = dict.fromkeys(account for account in (now and now.account, submission.account) if account)
    return [account for account in accounts if account.password and not (account.blocked_since and account.is_active)]


def forget_retired() -> None:
    """A password that was replaced serves only to look for what left by it: then it is wiped."""
    status = Submission.Status
    looked_for = [status.SENDING, status.IN_DOUBT, status.HELD, status.AWAITING]
    pending = Submission.objects.filter(status__in=looked_for)
    retired = TechnicalAccount.objects.filter(supplier__isnull=False, is_active=False).exclude(password="")
    retired.exclude(pk__in=pending.filter(account__isnull=False).values("account")).update(password="")
