"""What an invoice does when an order or a supplier changes below it."""

import contextlib
import functools

from django.db import transaction
from django.dispatch import receiver

from invoicing.lifecycle import ON_CHORUS, Status, TransitionError
from invoicing.models import Invoice
from invoicing.typography import french
from invoicing.verdict import judge_and_keep
from orders.signals import references_changed
from suppliers.signals import deposit_stopped

SENT = {Status.SENDING, *ON_CHORUS}


@receiver(deposit_stopped)
def leave_unsent_invoices_to_their_supplier(supplier, by, **kwargs):
    """The mandate ended: what was approved and has not left stays here."""
    for invoice in Invoice.objects.filter(supplier=supplier, status=Status.APPROVED):
        # The claim may win this race: then it has left, and nobody can take it back.
        with contextlib.suppress(TransitionError):
            invoice.leave_to_supplier(by=by, reason="Le mandat de dépôt a pris fin")


@receiver(references_changed)
def follow_changed_order(order, changes, by, **kwargs):
    """An approved invoice with the old number goes back to review; one that left only tells agent and buyer."""
    told = ", ".join(
        f"{order._meta.get_field(name).verbose_name} {old or 'absent'} → {new or 'retiré'}"
        for name, (old, new) in changes.items()
    )
    for invoice in Invoice.objects.filter(orders=order).exclude(status=Status.WITHDRAWN):
        _follow(invoice, french(f"L'acheteur a modifié la commande {order.reference} : {told}"), by)


def _follow(invoice: Invoice, told: str, by) -> None:
    if invoice.status == Status.APPROVED:
        try:
            invoice.move_to(Status.TO_REVIEW, by=by, reason=told)
        except TransitionError:
            invoice.refresh_from_db()
    elif invoice.status not in SENT:
        invoice.note(told, by=by)
    if invoice.status in SENT:
        invoice.flag(french(f"{told} (après l'envoi)"))
    else:
        # Agents read the stored verdict: it must speak of the order as it is now.
        transaction.on_commit(functools.partial(judge_and_keep, invoice), robust=True)
