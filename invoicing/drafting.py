"""What the supplier does to a draft or a returned invoice: save what he checked, confirm it, ask for the number."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from invoicing import billing, joined
from invoicing.checks import has_stop, number_key
from invoicing.credit_notes import find_origin, references_of
from invoicing.draft_values import find_buyer, find_recipient
from invoicing.lifecycle import Status, TransitionError
from invoicing.models import Invoice, InvoiceEvent
from invoicing.models.life import MOVED_MEANWHILE
from invoicing.proposals import vat_lines
from invoicing.typography import french
from invoicing.verdict import is_left_to_buyer, judge_and_keep
from orders.models import Buyer, Order, Recipient
from suppliers.encryption import keyed_hash
from suppliers.identifiers import clean_iban, mask_iban
from suppliers.mails import tell_account

NUMBER_USED = french(
    "Ce numéro sert déjà à une autre de vos factures de la même année. "
    "Si c'est la même facture, ne la déposez pas deux fois ; sinon, refaites-la avec un autre numéro."
)


class NumberUsed(Exception):
    """The constraint on the number held: another invoice of the supplier bears it. The message is for him."""


@dataclass(frozen=True)
class Checked:
    """What the supplier read over and typed: columns of the invoice, the recipient's SIRET, the orders it bills.

    Without an order `no_order` says why, and `buyer` is the canteen where the recipient receives for several.
    """

    values: dict[str, Any]
    buyer_siret: str
    amounts: dict[Order, Decimal]
    no_order: str = ""
    buyer: Buyer | None = None


def save(
    invoice: Invoice, checked: Checked, *, by, seen_revision: int, acted_as: str = "", join=(), take_off=()
) -> None:
    """Write it if nobody changed the invoice since. All or nothing: raises TransitionError or NumberUsed."""
    before = _told(invoice)
    columns = _columns(invoice, checked)
    try:
        with transaction.atomic():
            if len(billing.held(checked.amounts, invoice.supplier)) < len(checked.amounts):
                raise TransitionError(MOVED_MEANWHILE)
            invoice.edit(by=by, seen_revision=seen_revision, **columns)
            billing.bill(invoice, checked.amounts)
            joined.change(invoice, join=join, take_off=take_off, by=by, acted_as=acted_as)
            # A draft is its author's own; once somebody else has read the invoice, what changes is written down.
            if invoice.status == Status.RETURNED:
                _record_changes(invoice, before, by=by, acted_as=acted_as)
    except IntegrityError as error:
        raise NumberUsed(NUMBER_USED) from error
    judge_and_keep(invoice)


def confirm(invoice: Invoice, *, by, acted_as: str = "") -> bool:
    """Hand it to the Département unless something stops it. Judges once more what the database holds now."""
    problems = [problem for problem in judge_and_keep(invoice) if not is_left_to_buyer(invoice, problem.code)]
    if has_stop(problems):
        return False
    passed_over = sorted({problem.code for problem in problems})
    try:
        with transaction.atomic():
            invoice.confirm(
                by=by,
                acted_as=acted_as,
                reason=french(f"Hors commande : {invoice.get_no_order_display()}") if invoice.is_off_order else "",
                seen_revision=invoice.revision,
                passed_over=passed_over,
            )
            if invoice.awaits_iban_call:
                tell_account(invoice.supplier, "printed", keyed_hash(clean_iban(invoice.iban)))
    except IntegrityError as error:
        raise NumberUsed(NUMBER_USED) from error
    return True


def ask_engagement(invoice: Invoice, *, by) -> bool:
    """Ask the buyer for the number the billed orders lack; False when it was asked for within a day, or none lacks."""
    asked = [billed.order.ask_engagement(by=by) for billed in _billed(invoice)]
    if any(asked):
        invoice.note("Numéro d'engagement demandé à l'acheteur", by=by)
    return any(asked)


def offered_engagement(invoice: Invoice) -> str:
    """The engagement number the billed orders have now and the invoice has not; empty when there is none to offer."""
    said = billing.common_references([billed.order for billed in _billed(invoice)]).get("engagement_number", "")
    return said if said != invoice.engagement_number else ""


def take_engagement(invoice: Invoice, number: str, *, by, seen_revision: int) -> None:
    """Take over the number the buyer gave. Raises TransitionError when the invoice moved since it was seen."""
    before = _told(invoice)
    with transaction.atomic():
        invoice.edit(by=by, seen_revision=seen_revision, engagement_number=number)
        if invoice.status == Status.RETURNED:
            _record_changes(invoice, before, by=by, acted_as="")
    judge_and_keep(invoice)


def may_ask_engagement(invoice: Invoice) -> bool:
    """Whether a billed order lacks the number its recipient demands."""
    return not invoice.engagement_number and any(billed.order.may_ask_engagement() for billed in _billed(invoice))


def _billed(invoice: Invoice):
    return invoice.billed_orders.select_related("order__buyer__recipient")


def _columns(invoice: Invoice, checked: Checked) -> dict[str, Any]:
    """The columns to write: what was typed, and where nothing was, what the billed orders say."""
    values = dict(checked.values)
    ordered = references_of(_origin(invoice, values)) | billing.common_references(checked.amounts)
    for name in ("engagement_number", "service_code"):
        values[name] = values[name] or ordered.get(name, "")
    recipient = find_recipient(checked.buyer_siret or ordered.get("buyer_siret", ""))
    issued = values["issue_date"]
    return values | {
        "number_key": number_key(values["number"]),
        "issue_year": issued.year if issued else None,
        "vat_lines": vat_lines(invoice.reading, values["total_ht"], values["total_tva"]),
        "contract_number": ordered.get("contract_number", invoice.contract_number),
        "recipient": recipient,
        "buyer": _buyer(checked, recipient),
        **_no_order(invoice, checked),
    }


def _buyer(checked: Checked, recipient: Recipient | None) -> Buyer | None:
    """The canteen that was chosen, as long as it is one of this recipient's."""
    chosen = checked.buyer if recipient and checked.buyer and checked.buyer.recipient_id == recipient.pk else None
    return find_buyer(checked.amounts, recipient) or chosen


def _no_order(invoice: Invoice, checked: Checked) -> dict[str, Any]:
    """Orders are named, or a reason why there is none; what the buyer said of the delivery stands until then."""
    reason = "" if checked.amounts else checked.no_order
    return {"no_order": reason, "disowned_at": invoice.disowned_at if reason else None}


def _origin(invoice: Invoice, values: dict[str, Any]) -> Invoice | None:
    typed = {name: values[name] for name in ("kind", "origin_number", "origin_date")}
    return find_origin(Invoice(supplier=invoice.supplier, **typed))


WATCHED = (
    *("kind", "number", "origin_number", "issue_date", "due_date", "total_ht", "total_tva", "total_ttc", "net_to_pay"),
    *("engagement_number", "service_code", "recipient", "no_order", "origin_date", "iban"),
)


def _told(invoice: Invoice) -> dict[str, str]:
    return {name: _in_words(invoice, name) for name in WATCHED}


def _in_words(invoice: Invoice, name: str) -> str:
    if name == "iban":
        return mask_iban(invoice.iban)
    label = getattr(invoice, f"get_{name}_display", None)
    return str(label() if label else getattr(invoice, name) or "")


def _record_changes(invoice: Invoice, before: dict[str, str], *, by, acted_as: str) -> None:
    after = _told(invoice)
    changes = [
        f"{Invoice._meta.get_field(name).verbose_name} : {before[name] or 'rien'} → {after[name] or 'rien'}"
        for name in WATCHED
        if before[name] != after[name]
    ]
    if changes:
        invoice.events.create(
            kind=InvoiceEvent.Kind.EDIT,
            label="Facture corrigée",
            reason=french("\n".join(changes)),
            by=by,
            acted_as=acted_as,
            occurred_at=timezone.now(),
        )
