"""« Regarder sur Chorus Pro »: a person asks here, a sweep looks and writes what it saw. Looking sends nothing.

What is found is adopted at once, as a doubt that is settled would be. What is not found proves nothing by itself:
`chorus.desk.is_absent` says when it does.
"""

import logging
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from chorus import histories, news, returns
from chorus.accounts import watchers
from chorus.api import ChorusError, Denied, InvoiceRow
from chorus.conf import configuration
from chorus.doubt import is_ours, search_everywhere
from chorus.models import Look, Return, SetAside, Submission, TechnicalAccount
from chorus.translate import to_status
from chorus.wiring import accounts_in_use, connect
from invoicing.lifecycle import OFFICIAL_LABELS
from invoicing.typography import day, euros

logger = logging.getLogger(__name__)

Outcome = Look.Outcome
Seen = tuple[Outcome, str]

ASKED = "Le regard est demandé : ce que Chorus Pro montre s'affichera ici dans une minute environ."
TAKEN_ELSEWHERE = "Chorus Pro a ce dépôt, mais il appartient déjà à une autre facture du portail : comparez les deux."
NOWHERE = "Chorus Pro ne montre aucune facture de ce fournisseur sous ce numéro."
NO_TRACE = "L'historique de Chorus Pro ne montre pas cette réponse. La facture y est « {status} »."
NO_TRACE_EVER = (
    "Chorus Pro n'écrit rien dans l'historique pour un rejet traité : on ne peut pas voir s'il l'a reçu. "
    "Le renvoyer est sans danger."
)
SEEN_THERE = "L'historique de Chorus Pro montre cette réponse : elle est arrivée."
NOT_OURS = "Aucune facture du portail ne correspond à cette nouvelle."
APPLIED = "La nouvelle a été appliquée à la facture."
NO_ACCOUNT = "Aucun compte technique en état de marche ne peut regarder. Réparez le compte, puis redemandez."
SILENT = "Chorus Pro n'a pas répondu. Redemandez dans quelques minutes."
DENIED = "Chorus Pro refuse notre compte. Prévenez le service informatique."


def ask(of: Submission | SetAside, *, by) -> Look:
    """Ask for a look at this row; asked twice before it is answered, it is one look."""
    target = {"set_aside": of} if isinstance(of, SetAside) else {"submission": of, "attempt": of.attempt}
    try:
        with transaction.atomic():
            return Look.objects.create(by=by, environment=of.environment, **target)
    except IntegrityError:
        return of.looks.get(outcome=Outcome.ASKED)


def answer_asked(batch: int = 50) -> int:
    """Look for everybody who asked. Returns how many were answered."""
    config = configuration()
    gone = timezone.now() - config.lease
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=gone)
    asked = Look.objects.filter(free, environment=config.environment, outcome=Outcome.ASKED)
    mine = [
        look
        for look in asked.select_related("submission__account", "submission__invoice__establishment", "set_aside")[
            :batch
        ]
        if look.claim(gone)
    ]
    for look in mine:
        look.answered(*_safely(look))
    return len(mine)


def _safely(look: Look) -> Seen:
    try:
        return _reread(look.set_aside) if look.set_aside else _look_at(look.submission)
    except Denied as error:
        return Outcome.FAILED, f"{DENIED} ({error})"
    except ChorusError as error:
        return Outcome.FAILED, f"{SILENT} ({error})"
    except Exception as error:
        logger.exception("Look %s stopped", look.pk)
        return Outcome.FAILED, f"Le portail n'a pas su lire la réponse ({type(error).__name__})."


def _look_at(submission: Submission) -> Seen:
    return LOOKS[submission.kind](submission)


def _look_for_deposit(submission: Submission) -> Seen:
    seen = search_everywhere(submission)
    if not seen:
        return Outcome.FAILED, NO_ACCOUNT
    rows = [row for found in seen.values() for row in found]
    ours = next((row for row in rows if is_ours(submission, row)), None)
    if ours is None:
        return (Outcome.OTHER, _differences(submission, rows[0])) if rows else (Outcome.ABSENT, NOWHERE)
    if not submission.record(cpp_id=ours.cpp_id, answer=ours.raw):
        return Outcome.FOUND, TAKEN_ELSEWHERE
    return Outcome.FOUND, f"Chorus Pro l'a bien reçue (n° {ours.cpp_id}) : elle est suivie."


def _differences(submission: Submission, row: InvoiceRow) -> str:
    """What the invoice under our number says there, where it is not what we sent."""
    pairs = [
        ("type", submission.invoice_kind, row.kind),
        ("date", _day(submission.issue_date), _day(row.invoice_date)),
        ("destinataire", submission.recipient_siret, row.recipient_siret),
        ("TTC", _euros(submission.total_ttc), _euros(row.total_ttc)),
    ]
    told = ", ".join(f"{name} {theirs} au lieu de {ours}" for name, ours, theirs in pairs if ours != theirs)
    return f"Une autre facture porte ce numéro sur Chorus Pro (n° {row.cpp_id}) : {told}."


def _day(value) -> str:
    return day(value) if value else "absente"


def _euros(value) -> str:
    return euros(value) if value is not None else "absent"


def _look_for_return(submission: Submission) -> Seen:
    act = Return.objects.select_related("reply", "account", "invoice__establishment").get(pk=submission.pk)
    seeing = watchers(act)
    if not seeing:
        return Outcome.FAILED, NO_ACCOUNT
    with connect(seeing[0], submission=act) as client:
        history = client.history(act.cpp_id)
    if "lines" in act.payload and returns.has_trace(act, history):
        act.done({})
        return Outcome.FOUND, SEEN_THERE
    return Outcome.ABSENT, NO_TRACE.format(status=in_our_words(history.current_status))


def in_our_words(word: str) -> str:
    status = to_status(word)
    return OFFICIAL_LABELS[status] if status else word


def _look_for_acknowledgement(submission: Submission) -> Seen:
    return Outcome.ABSENT, NO_TRACE_EVER


Kind = Submission.Kind
LOOKS: dict[str, Callable[[Submission], Seen]] = {
    Kind.DEPOSIT: _look_for_deposit,
    Kind.COMPLETE: _look_for_return,
    Kind.RECYCLE: _look_for_return,
    Kind.ACKNOWLEDGE: _look_for_acknowledgement,
}


def _reread(aside: SetAside) -> Seen:
    """Try the news again: from what Chorus Pro says now if the invoice is ours, else from the row that was kept."""
    account = _account_for(aside)
    if account is None:
        return Outcome.FAILED, NO_ACCOUNT
    with connect(account) as client:
        if histories.invoice_of(aside.cpp_id, aside.environment):
            histories.ask(aside.cpp_id, client, aside.environment)
        else:
            news.take_one(InvoiceRow.from_json(aside.row), client, aside.environment)
    aside.refresh_from_db()
    if aside.solved_at:
        return Outcome.FOUND, APPLIED
    if histories.invoice_of(aside.cpp_id, aside.environment):
        return Outcome.OTHER, f"Elle ne peut toujours pas être appliquée : {aside.reason}"
    return Outcome.ABSENT, NOT_OURS


def _account_for(aside: SetAside) -> TechnicalAccount | None:
    """The account that deposited this invoice if it still serves, else one of the portal's that works."""
    usable = accounts_in_use(aside.environment).filter(blocked_since__isnull=True)
    own = usable.filter(submission__cpp_id=aside.cpp_id, submission__environment=aside.environment)
    return own.first() or usable.of_portal().first()
