"""What an invoice does when an order or a supplier changes below it."""

import contextlib

from django.dispatch import receiver

from invoicing.lifecycle import ON_CHORUS, Status, TransitionError
from invoicing.models import Invoice
from orders.signals import references_changed
from suppliers.signals import deposit_stopped


@receiver(deposit_stopped)
def leave_unsent_invoices_to_their_supplier(supplier, by, **kwargs):
    """The mandate ended: what was approved and has not left stays here."""
    for invoice in Invoice.objects.filter(supplier=supplier, status=Status.APPROVED):
        # The claim may win this race: then it has left, and nobody can take it back.
        with contextlib.suppress(TransitionError):
            invoice.leave_to_supplier(by=by, reason="Le mandat de dépôt a pris fin")


@receiver(references_changed)
def follow_changed_order(order, changes, by, **kwargs):
    """An approved invoice with the old number goes back to review; a deposited one only tells."""
    told = ", ".join(
        f"{order._meta.get_field(name).verbose_name} {old or 'absent'} → {new or 'retiré'}"
        for name, (old, new) in changes.items()
    )
    for invoice in Invoice.objects.filter(orders=order).exclude(status__in=[Status.WITHDRAWN]):
        if invoice.status == Status.APPROVED:
            with contextlib.suppress(TransitionError):
                invoice.move_to(Status.TO_REVIEW, by=by, reason=f"L'acheteur a modifié la commande : {told}")
                continue
        if invoice.status in {Status.SENDING, *ON_CHORUS}:
            invoice.flag(f"La commande {order.reference} a changé après l'envoi : {told}")
        else:
            invoice.note(f"L'acheteur a modifié la commande {order.reference} : {told}", by=by)
