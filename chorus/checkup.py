"""« Vérifier la connexion »: proves each step in the order in which they depend on each other, and names the first that
fails. Somebody asks (`Checked.ask`), the next sweep answers; run twice, nothing is harmed.
"""

import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from chorus.accounts import read_attachments, read_expiry
from chorus.api import Chorus, ChorusError, Denied, Space
from chorus.conf import configuration
from chorus.models import Connection, TechnicalAccount
from chorus.steps import Step
from chorus.wiring import accounts_in_use, connect
from suppliers.days import date_format
from suppliers.models import Supplier

BATCH = 50
# The names of the API families as PISTE lists them.
APIS = {
    "transverses": "Transverses",
    "structures": "Structures",
    "factures": "Factures",
    "engagementsJuridiques": "Engagements",
}
# A number that no order bears: the answer does not matter, only that there is one.
NO_ENGAGEMENT = "0"
# `codeEspace` of « Factures émises » in AIFE's example; elsewhere only its label is told.
ISSUED_CODE, ISSUED_LABEL = "8", "factures emises"


class Finding(NamedTuple):
    """The first step that fails, and what it is about; both empty when all is well."""

    step: str = Step.NONE
    detail: str = ""


def ask_for_check(supplier: Supplier) -> None:
    """Somebody wants to know whether the connection works: the next sweep proves it."""
    Connection.objects.get_or_create(supplier=supplier)[0].ask()


def answer_checks(budget: timedelta = timedelta(seconds=20)) -> None:
    """Answer those who asked, accounts first; what the budget leaves waits for the next sweep."""
    began, proofs = timezone.now(), {}
    for account in TechnicalAccount.awaiting_check()[:BATCH]:
        _answer_account(account, proofs)
    for connection in Connection.awaiting_check().select_related("supplier")[:BATCH]:
        if timezone.now() > began + budget:
            break
        _answer_connection(connection, proofs)


def _answer_account(account: TechnicalAccount, proofs: dict[int, Finding]) -> None:
    began = timezone.now()
    found = _prove_account(account)
    proofs[account.pk] = found
    if not found.step and configuration().check_engagements:
        found = _prove_engagements(account)
    account.answer(began=began, step=found.step, detail=found.detail)


def _answer_connection(connection: Connection, proofs: dict[int, Finding]) -> None:
    began = timezone.now()
    accounts = accounts_for(connection.supplier)
    found, missing = prove_supplier(connection.supplier, accounts, proofs)
    connection.answer(
        began=began,
        step=found.step,
        detail=found.detail,
        works=not found.step,
        through_own=any(account.is_own for account in accounts),
        not_attached=", ".join(missing)[:300],
    )


def prove_account(account: TechnicalAccount, proofs: dict[int, Finding] | None = None) -> Finding:
    """Application, consent to each API, account. `proofs` keeps what one sweep found out already."""
    proofs = {} if proofs is None else proofs
    if account.pk not in proofs:
        rests = account.blocked_since and not account.may_be_probed
        proofs[account.pk] = _last_fault(account) if rests else _prove_account(account)
    return proofs[account.pk]


def _last_fault(account: TechnicalAccount) -> Finding:
    """Of an account refused a moment ago: suppliers who ask do not make it try its password again."""
    return Finding(account.failing_step or Step.ACCOUNT, account.failing_detail)


def _prove_account(account: TechnicalAccount) -> Finding:
    if account.environment != configuration().environment:
        return Finding(Step.OFF)
    try:
        with connect(account) as client:
            client.health()
            read_attachments(client, account)
            read_expiry(client, account)
            client.search_invoices(page=1, page_size=1, maximum=1)
    except ChorusError as error:
        found = fault(account, error)
        if isinstance(error, Denied):
            account.block(str(error))
            account.still_denied()
            TechnicalAccount.objects.filter(pk=account.pk).update(failing_step=found.step, failing_detail=found.detail)
        return found
    account.unblock()
    return Finding()


def _prove_engagements(account: TechnicalAccount) -> Finding:
    """The consent to « Engagements », which deposits do without: no account is blocked and no supplier told."""
    structure = account.structures.filter(missing_since__isnull=True).first()
    try:
        with connect(account) as client:
            if structure:
                client.engagements(structure.cpp_id, NO_ENGAGEMENT)
    except ChorusError as error:
        return fault(account, error)
    return Finding()


def fault(account: TechnicalAccount, error: ChorusError) -> Finding:
    """The step that an error stands for."""
    family = error.operation.partition("/")[0]
    if not isinstance(error, Denied):
        return Finding(Step.UNREACHABLE, "PISTE" if family == "piste" else "")
    if family == "piste":
        return Finding(Step.APPLICATION)
    if error.http_status == 403:
        return Finding(Step.CONSENT, APIS.get(family, family))
    expired = account.password_expires_at and account.password_expires_at <= timezone.now()
    if expired:
        return Finding(Step.PASSWORD, date_format(timezone.localtime(account.password_expires_at), "j F Y"))
    return Finding(Step.ACCOUNT)


def accounts_for(supplier: Supplier) -> list[TechnicalAccount]:
    """His own account if he gave one, since his invoices leave by it; else the portal's."""
    in_use = accounts_in_use(configuration().environment)
    return list(in_use.filter(supplier=supplier)) or list(in_use.of_portal())


def prove_supplier(
    supplier: Supplier, accounts: list[TechnicalAccount], proofs: dict[int, Finding]
) -> tuple[Finding, list[str]]:
    """The best that one of these accounts can do for this supplier, and the SIRETs for which it cannot deposit."""
    tried = [_prove_through(account, supplier, proofs) for account in accounts]
    if not tried:
        return Finding(Step.OFF), []
    return max(tried, key=lambda result: _reached(result[0]))


def _reached(found: Finding) -> int:
    """How far a check came: all the way when nothing failed."""
    return Step.values.index(found.step) if found.step else len(Step)


def _prove_through(
    account: TechnicalAccount, supplier: Supplier, proofs: dict[int, Finding]
) -> tuple[Finding, list[str]]:
    found = prove_account(account, proofs)
    if found.step:
        return found, []
    try:
        with connect(account) as client:
            each = {siret: _prove_structure(client, account, siret) for siret in _open_sirets(supplier)}
    except ChorusError as error:
        return fault(account, error), []
    failing = {siret: found for siret, found in each.items() if found.step}
    if each and len(failing) < len(each):
        return Finding(), list(failing)
    return next(iter(failing.values()), Finding(Step.ATTACHMENT)), list(failing)


def _open_sirets(supplier: Supplier) -> Iterable[str]:
    return supplier.establishments.open_on(timezone.localdate()).values_list("siret", flat=True)


def _prove_structure(client: Chorus, account: TechnicalAccount, siret: str) -> Finding:
    """Attached, and with « Factures émises » open and writable."""
    attached = account.structures.filter(siret=siret, missing_since__isnull=True).first()
    # A private structure is found only by an account that is attached to it, whatever its spaces.
    seen = attached or client.find_structure(siret)
    if seen is None:
        return Finding(Step.ATTACHMENT, siret)
    state = space_state(client.spaces(attached.cpp_id if attached else seen.id), listed=bool(attached))
    if state:
        return Finding(Step.SPACE, f"{state} {siret}")
    if attached:
        attached.try_at_once()
    return Finding()


def space_state(spaces: Iterable[Space], *, listed: bool) -> str:
    """What is wrong with « Factures émises »: absent, closed, read-only, or "" when it can be written to.

    `listed`: Chorus Pro lists the structure among those this account may invoice for, which proves the space open even
    under a name nobody foresaw.
    """
    issued = [space for space in spaces if _is_issued(space)]
    if not issued:
        return "" if listed else "absent"
    if not any(space.active for space in issued):
        return "closed"
    return "" if any(space.active and space.writable for space in issued) else "read-only"


def _is_issued(space: Space) -> bool:
    plain = unicodedata.normalize("NFKD", space.label).encode("ascii", "ignore").decode().casefold()
    return space.code == ISSUED_CODE or ISSUED_LABEL in plain
