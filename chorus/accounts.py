"""Technical accounts: which suppliers they may act for, whether they work, and the proof that one is connected."""

import logging

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from chorus.api import Chorus, ChorusError, Denied
from chorus.conf import configuration
from chorus.models import AttachedStructure, Connection, Submission, TechnicalAccount
from chorus.wiring import accounts_in_use, connect
from suppliers.models import Establishment, Supplier

logger = logging.getLogger(__name__)


def read_attachments(client: Chorus, account: TechnicalAccount) -> None:
    """Store the structures this account may deposit for, as Chorus Pro lists them now."""
    told = client.attached_structures()
    with transaction.atomic():
        for structure in told:
            account.structures.update_or_create(
                cpp_id=structure.id, defaults={"siret": structure.identifier[:20], "name": structure.name[:200]}
            )
        account.structures.exclude(cpp_id__in=[structure.id for structure in told]).delete()
        TechnicalAccount.objects.filter(pk=account.pk).update(attachments_read_at=timezone.now())


def read_all_attachments() -> None:
    """Every account in turn; one that does not answer never stops the rest."""
    for account in accounts_in_use(configuration().environment):
        _probe(account)


def route(establishment: Establishment) -> AttachedStructure | None:
    """The account and structure through which this establishment's invoices leave; None when nobody attached it."""
    return (
        AttachedStructure.objects.filter(
            siret=establishment.siret, account__in=accounts_in_use(configuration().environment)
        )
        .select_related("account")
        .order_by("account_id")
        .first()
    )


def probe_blocked() -> None:
    """Try blocked accounts and look for missing attachments; whatever works again resumes by itself."""
    for account in accounts_in_use(configuration().environment):
        waiting = Submission.objects.here().filter(status=Submission.Status.BLOCKED)
        if account.blocked_since or waiting.filter(Q(account=account) | Q(account__isnull=True)).exists():
            _probe(account)
    _resume()


def _probe(account: TechnicalAccount) -> None:
    try:
        with connect(account) as client:
            client.health()
            read_attachments(client, account)
    except Denied as error:
        account.block(str(error))
    except ChorusError as error:
        logger.info("Account %s was not probed: %s", account.pk, error)
    else:
        account.unblock()


def _resume() -> None:
    """Blocked submissions whose account works, or whose supplier was attached meanwhile, wait in the queue again."""
    blocked = Submission.objects.here().filter(status=Submission.Status.BLOCKED)
    for submission in blocked.select_related("invoice__establishment", "account"):
        structure = route(submission.invoice.establishment)
        if structure and not structure.account.blocked_since:
            submission.requeue(source=Submission.Status.BLOCKED, at=timezone.now())


def ask_for_check(supplier: Supplier) -> None:
    """Somebody wants to know whether the connection works: the next sweep proves it."""
    connection, _ = Connection.objects.get_or_create(supplier=supplier)
    Connection.objects.filter(pk=connection.pk).update(asked_at=timezone.now())


def check_connections() -> None:
    """Answer those who asked."""
    asked = Q(asked_at__isnull=False) & (Q(checked_at__isnull=True) | Q(checked_at__lt=F("asked_at")))
    for connection in Connection.objects.filter(asked).select_related("supplier"):
        connection.failing_step = _failing_step(connection.supplier)
        connection.works = not connection.failing_step
        connection.checked_at = timezone.now()
        connection.save(update_fields=["failing_step", "works", "checked_at"])


def _failing_step(supplier: Supplier) -> str:
    """The first step that does not work, in the order in which they depend on each other."""
    accounts = list(accounts_in_use(configuration().environment))
    if not configuration().is_on or not accounts:
        return Connection.Step.OFF
    step = Connection.Step.ATTACHMENT
    for account in accounts:
        try:
            with connect(account) as client:
                client.health()
                read_attachments(client, account)
        except Denied as error:
            account.block(str(error))
            step = Connection.Step.APPLICATION if error.operation.startswith("piste") else Connection.Step.ACCOUNT
        except ChorusError:
            step = Connection.Step.UNREACHABLE
        else:
            sirets = supplier.establishments.values("siret")
            if account.structures.filter(siret__in=sirets).exists():
                return Connection.Step.NONE
    return step
