"""What an invoice does when an order or a supplier changes below it."""

import contextlib
import functools
from dataclasses import replace

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.signals import post_save
from django.dispatch import receiver

from invoicing import billing, proposals
from invoicing.lifecycle import EDITABLE, ON_CHORUS, Status, TransitionError
from invoicing.models import Invoice
from invoicing.typography import french
from invoicing.verdict import judge_and_keep
from orders.models import TakeoverChanged
from orders.signals import buyer_changed, orders_moved, recipient_noted, references_changed
from suppliers.encryption import keyed_hash
from suppliers.identifiers import clean_iban
from suppliers.models import Establishment
from suppliers.signals import account_heard, deposit_stopped, identity_changed

# What the checks look at: of the supplier's profile, of an establishment, of a buyer.
JUDGED_BY = {"name", "vat_regime"}
PLACE_JUDGED_BY = {"supplier", "siret", "opened_on", "closed_on"}
BUYER_JUDGED_BY = {"recipient", "payment_delay", "invoice_deadline"}
SENT = {Status.SENDING, *ON_CHORUS}
# Its supplier answers these: what the buyer gave is told to him too.
CAME_BACK = {Status.SUSPENDED, Status.TO_REROUTE, Status.REJECTED}
FREED = "Commande passée à une autre entreprise, {la_facture} ne la compte plus : {references}"
CAME_HOME = "Reprise annulée, {la_facture} compte de nouveau : {references}"
DENIED = "L'IBAN imprimé n'a pas été reconnu au téléphone"


@receiver(deposit_stopped)
def leave_unsent_invoices_to_their_supplier(supplier, by, **kwargs):
    """The mandate ended: what was approved and has not left stays here."""
    for invoice in Invoice.objects.filter(supplier=supplier, status=Status.APPROVED):
        # The claim may win this race: then it has left, and nobody can take it back.
        with contextlib.suppress(TransitionError):
            invoice.leave_to_supplier(by=by, reason="Le mandat de dépôt a pris fin")


@receiver(account_heard)
def judge_account_again(supplier, iban_hash, denied, **kwargs):
    """Stored verdicts speak of the account as it is now; what prints one that was denied does not leave."""
    waiting = Invoice.objects.filter(supplier=supplier, status__in=[*EDITABLE, Status.TO_REVIEW, Status.APPROVED])
    for invoice in waiting.exclude(iban=""):
        if denied and invoice.status == Status.APPROVED and keyed_hash(clean_iban(invoice.iban)) == iban_hash:
            # The claim may win this race: then it has left, and staff are told.
            try:
                invoice.move_to(Status.TO_REVIEW, reason=DENIED)
            except TransitionError:
                invoice.flag(french(f"{DENIED} (après l'envoi)"))
        transaction.on_commit(functools.partial(judge_and_keep, invoice), robust=True)


@receiver(identity_changed)
def judge_by_the_profile_as_it_is_now(supplier, columns, **kwargs):
    """What still waits for somebody's look. What an agent let go he let go with the paper before his eyes, and a regime
    that changes usually concerns the invoices to come."""
    if columns & JUDGED_BY:
        judge_what_waits(Invoice.objects.filter(supplier=supplier))


@receiver(post_save, sender=Establishment)
def judge_by_the_establishments_as_they_are_now(instance, update_fields, **kwargs):
    """Agents write them by hand, imports from lists; most of what these write is an address."""
    if update_fields is None or PLACE_JUDGED_BY & update_fields:
        judge_what_waits(Invoice.objects.filter(supplier=instance.supplier_id))


@receiver(recipient_noted)
def judge_by_what_staff_noted(recipient, **kwargs):
    """Stored verdicts speak of the recipient as staff know it now."""
    judge_what_waits(Invoice.objects.filter(recipient=recipient))


@receiver(buyer_changed)
def judge_by_the_buyer_as_it_is_now(buyer, columns, **kwargs):
    if columns & BUYER_JUDGED_BY:
        judge_what_waits(Invoice.objects.filter(Q(buyer=buyer) | Q(orders__buyer=buyer)).distinct())


def judge_what_waits(invoices: QuerySet[Invoice]) -> None:
    """Once the transaction holds: of these, what its supplier or an agent still has before him."""
    for invoice in invoices.filter(status__in=[*EDITABLE, Status.TO_REVIEW]):
        transaction.on_commit(functools.partial(judge_and_keep, invoice), robust=True)


@receiver(orders_moved)
def follow_moved_orders(takeover, orders, by, **kwargs):
    free_drafts(orders, by)
    if takeover.undone_at:
        give_back(takeover.supplier, orders, by)


def free_drafts(orders, by) -> None:
    """What the giving company had not handed over bills these orders no more. Only drafts can be concerned: an order
    that another invoice bills does not move."""
    drafts = Invoice.objects.filter(status=Status.DRAFT, billed_orders__order__in=[order.pk for order in orders])
    for draft in drafts.distinct().order_by("pk"):
        _free(draft, orders, by)


def _free(draft: Invoice, orders, by) -> None:
    """Handed over in this very instant, it bills the order, which then cannot move: the takeover is read anew."""
    try:
        draft.edit(by=by, seen_revision=draft.revision)
    except TransitionError as moved:
        raise TakeoverChanged from moved
    billed = draft.billed_orders.filter(order__in=[order.pk for order in orders])
    references = ", ".join(billed.order_by("pk").values_list("order__reference", flat=True))
    billed.delete()
    draft.note(draft.tell(FREED, references=references), by=by)
    transaction.on_commit(functools.partial(judge_and_keep, draft), robust=True)


def give_back(supplier, orders, by) -> None:
    """What their former owner had dropped for these orders bills them again, as it would if it were dropped now. What
    bills others meanwhile, or says why it has none, is left as it is."""
    moved = {order.pk for order in orders}
    for draft in supplier.invoices.filter(status=Status.DRAFT).select_related("upload__deposit__order"):
        if not draft.no_order and not draft.billed_orders.exists():
            _bill_again(draft, moved, by)
        transaction.on_commit(functools.partial(judge_and_keep, draft), robust=True)


def _bill_again(draft: Invoice, moved: set[int], by) -> None:
    printed = proposals.printed_in(draft.reading)
    told = {"engagement_number": draft.engagement_number, "total_ht": draft.total_ht}
    printed = replace(printed, **{name: value for name, value in told.items() if value})
    begun = draft.upload.deposit.order if draft.upload else None
    start = begun if begun and begun.pk in moved else None
    found = billing.proposed(draft.supplier.orders.all(), printed, draft.kind, start=start)
    # These alone are held: another order may be billed by somebody else in this instant.
    amounts = {order: amount for order, amount in found.items() if order.pk in moved}
    with contextlib.suppress(TransitionError):
        if amounts:
            draft.edit(by=by, seen_revision=draft.revision)
            billing.bill(draft, amounts)
            references = ", ".join(sorted(order.reference for order in amounts))
            draft.note(draft.tell(CAME_HOME, references=references), by=by)


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
    if invoice.status in CAME_BACK:
        invoice.note(told, by=by)
    if invoice.status in SENT:
        invoice.flag(french(f"{told} (après l'envoi)"))
    else:
        # Agents read the stored verdict: it must speak of the order as it is now.
        transaction.on_commit(functools.partial(judge_and_keep, invoice), robust=True)
