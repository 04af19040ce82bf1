"""What agents decide about rows of the exchange: send again, give back, file. The admin shows it; nothing knows HTTP.

Each act counts only on the attempt the agent saw, and leaves a line that staff alone read: who, what, why.
"""

from django.db import transaction
from django.utils import timezone

from chorus.conf import configuration
from chorus.doubt import settling_delay
from chorus.models import Look, Return, SetAside, Submission
from invoicing.lifecycle import Status as InvoiceStatus
from invoicing.lifecycle import TransitionError
from invoicing.models import InvoiceEvent
from invoicing.review import without_ibans
from invoicing.typography import french

ST, Kind = Submission.Status, Submission.Kind

USUAL = {
    ST.QUEUED: "Rien : le prochain passage l'emporte.",
    ST.SENDING: "Rien : l'envoi est en cours.",
    ST.BLOCKED: "La facture n'est pas en cause : réparez le compte technique ou ses droits, l'envoi reprendra seul.",
    ST.DEPOSITED: "Rien : Chorus Pro l'a reçue.",
    ST.AWAITING: "Rien : Chorus Pro a pris le fichier et le contrôle. Le portail demande son compte rendu.",
}
HELD_RETURN = (
    "Lisez la dernière erreur, puis regardez sur Chorus Pro si {it} est arrivé{e}. Si non, renvoyez-{le}, ou "
    "rendez-{le} au fournisseur avec un motif."
)
SPECIAL = {
    Kind.DEPOSIT: {
        ST.IN_DOUBT: "Le portail la cherche sur Chorus Pro avant toute autre tentative. Ne la déposez pas à la main.",
        ST.HELD: "Lisez la dernière erreur, puis regardez si Chorus Pro a la facture. Si oui, elle est "
        "suivie. Si non, renvoyez-la une fois la cause levée, ou rendez-la au fournisseur avec un motif. "
        "Ne la déposez pas à la main.",
        ST.REFUSED: "La facture est revenue à son fournisseur avec le motif.",
    },
    Kind.COMPLETE: {
        ST.IN_DOUBT: "Le portail cherche la réponse dans l'historique de la facture avant toute autre tentative.",
        ST.HELD: HELD_RETURN.format(it="la réponse", e="e", le="la"),
        ST.REFUSED: "Le fournisseur lit le motif sur la page de sa facture et peut répondre de nouveau.",
    },
    Kind.RECYCLE: {
        ST.IN_DOUBT: "Le portail cherche dans l'historique si la facture est repartie avant toute autre tentative.",
        ST.HELD: HELD_RETURN.format(it="le changement de destinataire", e="", le="le"),
        ST.REFUSED: "Le fournisseur lit le motif sur la page de sa facture et peut corriger de nouveau.",
    },
    Kind.ACKNOWLEDGE: {
        ST.IN_DOUBT: "Rien : le portail le redira à Chorus Pro. Deux fois vaut une.",
        ST.HELD: "Lisez la dernière erreur, puis renvoyez-le : dire deux fois à Chorus Pro qu'un rejet est traité vaut "
        "une fois.",
        ST.REFUSED: "Le fournisseur lit le motif sur la page de sa facture. Rien ne part sans lui.",
    },
}


def what_to_do(submission: Submission) -> str:
    """One or two French sentences, for this act in this state."""
    special = SPECIAL[Kind(submission.kind)]
    return french(special.get(submission.status) or USUAL[ST(submission.status)])


# --- What may be done ---


def may_look(submission: Submission) -> bool:
    return submission.status in (ST.HELD, ST.IN_DOUBT, ST.AWAITING) and submission.account_id is not None


def why_not_again(submission: Submission) -> str:
    """Why it cannot be sent again; empty when it can."""
    if submission.status != ST.HELD:
        return f"Cet envoi est maintenant « {submission.status_label} » : il n'attend pas de décision."
    if submission.kind == Kind.DEPOSIT and submission.invoice.status != InvoiceStatus.SENDING:
        return f"La facture est maintenant « {submission.invoice.get_status_display()} » : elle n'est plus à envoyer."
    return ""


def why_not_back(submission: Submission) -> str:
    """Why it cannot be given back to its supplier (yet); empty when it can."""
    if reason := why_not_again(submission):
        return reason
    if submission.calling_since is None or submission.kind == Kind.ACKNOWLEDGE:
        return ""  # it never left, or leaves no trace
    return (
        "" if is_absent(submission) else "Regardez d'abord : il a pu partir, et " + _how_absence_is_proved(submission)
    )


def is_absent(submission: Submission) -> bool:
    """Whether a person looked late enough after the call, at this attempt, and the row was not there."""
    believed_from = submission.calling_since + settling_delay(submission.transport, configuration())
    seen = submission.looks.filter(attempt=submission.attempt, asked_at__gte=believed_from)
    last = seen.exclude(outcome__in=[Look.Outcome.ASKED, Look.Outcome.FAILED]).order_by("-looked_at").first()
    return bool(last and last.outcome in (Look.Outcome.ABSENT, Look.Outcome.OTHER))


def _how_absence_is_proved(submission: Submission) -> str:
    delay = settling_delay(submission.transport, configuration())
    minutes = max(1, -int(-delay.total_seconds() // 60))
    plural = "s" if minutes > 1 else ""
    return f"l'absence ne se constate que {minutes} minute{plural} au moins après l'appel."


# --- The acts ---


def send_again(submission: Submission, *, by, why: str) -> None:
    """Raises TransitionError with a sentence for the agent when it is not held any more, or not as he saw it."""
    _refuse_if(why_not_again(submission))
    with transaction.atomic():
        if not submission.send_again():
            raise TransitionError(french(MOVED))
        _tell(submission, "Renvoi demandé", by, why)


def give_back(submission: Submission, *, by, why: str) -> None:
    """As `send_again`; `why` is read by the supplier."""
    _refuse_if(why_not_back(submission))
    why = without_ibans(why)
    with transaction.atomic():
        if not _with_its_meaning(submission).give_back(by=by, reason=why):
            raise TransitionError(french(MOVED))
        _tell(submission, "Envoi rendu au fournisseur", by, why)


def file(aside: SetAside, *, by, why: str) -> None:
    if not aside.file(by=by, reason=without_ibans(why)):
        raise TransitionError(french("Cette nouvelle est déjà réglée : rien n'a été fait."))


MOVED = "Cet envoi a changé entre-temps : rien n'a été fait. Relisez la page."


def _refuse_if(reason: str) -> None:
    if reason:
        raise TransitionError(french(reason))


def _with_its_meaning(submission: Submission) -> Submission:
    """What a refusal means depends on the kind: it moves the invoice, or only the reply."""
    return submission if submission.kind == Kind.DEPOSIT else Return.objects.get(pk=submission.pk)


def _tell(submission: Submission, label: str, by, why: str) -> None:
    """For staff alone; the last error is kept with it, since the row forgets it."""
    error = f"Dernière erreur : {submission.last_error}" if submission.last_error else ""
    about = f"{submission.get_kind_display().capitalize()}, tentative {submission.attempt}."
    submission.invoice.events.create(
        kind=InvoiceEvent.Kind.FLAG,
        label=label,
        reason=without_ibans(french("\n".join(filter(None, [why, about, error])))),
        by=by,
        occurred_at=timezone.now(),
    )
