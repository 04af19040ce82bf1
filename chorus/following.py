"""Until when we follow an invoice that is on Chorus Pro, and what stops when a supplier wants us no more.

We follow as long as the supplier has ticked the box and an account of ours may read his structure. A blocked account
is a breakdown and stops nothing. Settled invoices have nothing left to follow.
"""

import contextlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chorus import histories
from chorus.conf import configuration
from chorus.models import AttachedStructure, Return, Submission, TechnicalAccount
from chorus.wiring import accounts_in_use, connect
from invoicing.lifecycle import ON_CHORUS, SETTLED, Status, TransitionError
from invoicing.models import Invoice
from invoicing.typography import french
from suppliers.models import Establishment, Supplier

ST = Submission.Status
UNTICKED = french("Le fournisseur n'utilise plus Chorus Pro avec le portail.")
UNSEEN = french("Plus aucun compte n'a accès à la structure du fournisseur sur Chorus Pro.")
NO_MANDATE = french("Le mandat de dépôt a pris fin")
NOT_VALIDATED = french("Le fournisseur n'est plus validé par le Département")
REPLY_STOPPED = french(
    "Cette réponse n'est pas partie : le fournisseur n'utilise plus Chorus Pro avec le portail. "
    "Répondez directement sur Chorus Pro."
)


def tracked():
    """Deposits of this environment whose invoice may still change over there."""
    return Submission.objects.here().deposits().filter(
        cpp_id__isnull=False, invoice__status__in=ON_CHORUS - SETTLED
    )  # fmt: skip


def stop(batch: int = 500) -> int:
    """Say of what nobody of ours may read any more that its follow-up ended. Returns how many invoices."""
    followed = tracked().filter(invoice__follow_stopped_at__isnull=True)
    lost = followed.filter(invoice__establishment__in=_out_of_reach()).select_related("invoice__supplier")
    return sum(submission.invoice.stop_following(_reason(submission.invoice)) for submission in lost[:batch])


def _out_of_reach():
    """Establishments whose supplier unticked the box, or that no account may read."""
    routes = AttachedStructure.objects.leading(OuterRef("siret"), OuterRef("supplier"))
    unseen = ~Exists(routes)
    unticked = Q(supplier__uses_chorus=False)
    # What an account entered a moment ago sees is not known yet.
    unread = accounts_in_use(configuration().environment).filter(attachments_read_at__isnull=True).exists()
    return Establishment.objects.filter(unticked if unread else unticked | Q(unseen))


def _reason(invoice: Invoice) -> str:
    return UNSEEN if invoice.supplier.uses_chorus else UNTICKED


def resume(batch: int = 100, budget: timedelta = timedelta(seconds=60)) -> int:
    """Catch up what was missed of invoices that may be read again, then say that they are followed again."""
    began, resumed = timezone.now(), 0
    waiting = tracked().filter(invoice__follow_stopped_at__isnull=False, invoice__supplier__uses_chorus=True).sendable()
    found = list(waiting.select_related("invoice").order_by("invoice__follow_stopped_at", "pk")[:batch])
    routes = AttachedStructure.objects.select_related("account").in_bulk([submission.route for submission in found])
    for submission in histories.those_that_answer(found, lambda one: _catch_up(one, routes[one.route].account)):
        resumed += submission.invoice.resume_following()
        if timezone.now() > began + budget:
            break
    return resumed


def _catch_up(submission: Submission, account: TechnicalAccount) -> None:
    with connect(account, submission=submission) as client:
        histories.ask(submission.cpp_id, client, submission.environment)


# --- What has not left ---


def release_blocked() -> int:
    """What a blocked account kept, of suppliers that want us no more or that no account sees: nothing left, so their
    invoices are approved again. `leave_unmandated` takes them from there, or their suppliers."""
    unwanted = ~Q(invoice__supplier__in=Supplier.objects.mandated()) | Q(route__isnull=True)
    blocked = Submission.objects.here().deposits().filter(status=ST.BLOCKED, invoice__status=Status.SENDING)
    waiting = blocked.routed().filter(unwanted).select_related("invoice")
    return sum(submission.requeue(source=ST.BLOCKED, at=timezone.now()) for submission in waiting)


def leave_unmandated() -> int:
    """Approved invoices of suppliers we may not deposit for (any more), whatever took the permission away."""
    stopped = 0
    approved = Invoice.objects.filter(status=Status.APPROVED).exclude(supplier__in=Supplier.objects.mandated())
    for invoice in approved.select_related("supplier"):
        reason = NO_MANDATE if invoice.supplier.validated_at else NOT_VALIDATED
        # A claim may win this race: it looks at the mandate itself.
        with contextlib.suppress(TransitionError):
            invoice.leave_to_supplier(reason=reason)
            stopped += 1
    return stopped


def drop_replies() -> int:
    """Replies that wait although their supplier unticked the box: their writers are told."""
    waiting = Return.objects.here().filter(
        status__in=[ST.QUEUED, ST.BLOCKED], reply__isnull=False, invoice__supplier__uses_chorus=False
    )
    return sum(_drop(act) for act in waiting.select_related("reply__invoice"))


def _drop(act: Return) -> bool:
    unmoved = Submission.objects.filter(pk=act.pk, status=act.status, attempt=act.attempt)
    with transaction.atomic():
        if not unmoved.update(status=ST.REFUSED, last_error=UNTICKED):
            return False
        act.reply.mark_refused(REPLY_STOPPED)
    return True
