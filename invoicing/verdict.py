"""From the rows of an invoice to the plain data of the checks, and back: what was found wrong, kept beside it."""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from invoicing.billing import remaining_ht
from invoicing.checks import (
    AccountFacts,
    HistoryFacts,
    InvoiceFacts,
    Level,
    OrderFacts,
    OriginFacts,
    OtherInvoice,
    PrintedFacts,
    Problem,
    RecipientFacts,
    ServiceFacts,
    Subject,
    SupplierFacts,
    TakenOverFacts,
    VatLine,
    has_stop,
    judge,
)
from invoicing.checks.references import OWED_BY_BUYER
from invoicing.credit_notes import find_origin, net_of, stage_of
from invoicing.lifecycle import FREE_NUMBER, Status
from invoicing.models import Invoice, NoOrder
from invoicing.proposals import differences_in, found_in, prints_account
from invoicing.typography import day
from orders.differences import Received
from orders.models import Order, StateEngagement
from suppliers.encryption import keyed_hash
from suppliers.identifiers import clean_iban


def judge_invoice(invoice: Invoice) -> list[Problem]:
    """Judge an invoice on what the database says now: about nine queries, however many orders it bills."""
    return list(judge(subject_of(invoice)))


def judge_and_keep(invoice: Invoice) -> list[Problem]:
    """Judge and store the verdict, for those who look at the invoice later."""
    problems = judge_invoice(invoice)
    invoice.origin = find_origin(invoice)
    invoice.verdict = [asdict(problem) for problem in problems]
    invoice.verdict_at = timezone.now()
    invoice.has_own_stop = has_stop(problem for problem in problems if problem.code not in OWED_BY_BUYER)
    invoice.save(update_fields=["origin", "verdict", "verdict_at", "has_own_stop"])
    return problems


def is_left_to_buyer(invoice: Invoice, code: str) -> bool:
    """Whether this is the number that comes with the order its buyer may attach: to do so, he must see the invoice."""
    return code in OWED_BY_BUYER and invoice.is_off_order and invoice.buyer_id is not None


def waits_for_order(invoice: Invoice) -> bool:
    """Whether an invoice under review lacks what only its buyer can give, by attaching an order."""
    told = [problem["code"] for problem in invoice.verdict]
    is_open = invoice.status == Status.TO_REVIEW and not invoice.disowned_at
    return is_open and any(is_left_to_buyer(invoice, code) for code in told)


def is_outside(invoice: Invoice) -> bool:
    """The canteen is known and has no place on Chorus Pro."""
    return bool(invoice.buyer and not invoice.recipient_id and not invoice.buyer.recipient_id)


def subject_of(invoice: Invoice) -> Subject:
    candidates = _other_invoices(invoice)
    orders = _billed_orders(invoice)
    return Subject(
        invoice=_invoice_facts(invoice),
        today=timezone.localdate(),
        supplier=_supplier_facts(invoice),
        account=_account_facts(invoice),
        recipient=_recipient_facts(invoice),
        history=_history_facts(invoice, candidates),
        origin=_origin_facts(invoice),
        orders=tuple(_order_facts(invoice, order, amount) for order, amount in orders),
        taken_over=_taken_over(invoice),
        printed=_printed_facts(invoice),
        strict_luhn=settings.STRICT_SIRET,
        other_year_level=Level(settings.NUMBER_OF_OTHER_YEAR),
        unrelated_level=Level(settings.UNRELATED_INVOICES),
    )


def _invoice_facts(invoice: Invoice) -> InvoiceFacts:
    same = {
        name: getattr(invoice, name)
        for name in (
            *(
                "kind",
                "number",
                "origin_number",
                "origin_date",
                "issue_date",
                "due_date",
                "engagement_number",
                "service_code",
            ),
            *("total_ht", "total_tva", "total_ttc", "net_to_pay", "iban"),
        )
    }
    return InvoiceFacts(
        **same,
        delivery_dates=tuple(invoice.deliveries),
        vat_lines=tuple(
            VatLine(**{name: Decimal(line[name]) for name in ("rate", "base", "tax")}) for line in invoice.vat_lines
        ),
        supplier_siret=invoice.establishment.siret if invoice.establishment else "",
        buyer_siret=invoice.recipient.siret if invoice.recipient else "",
        engagement_known=_knows_engagement(invoice),
        no_order=invoice.get_no_order_display(),
        is_unrelated=invoice.no_order == NoOrder.UNRELATED,
        is_disowned=invoice.disowned_at is not None,
    )


def _origin_facts(invoice: Invoice) -> OriginFacts | None:
    origin = find_origin(invoice)
    if origin is None:
        return None
    return OriginFacts(
        number=origin.number,
        pk=origin.pk,
        issue_date=origin.issue_date,
        buyer_siret=origin.recipient.siret if origin.recipient else "",
        stage=stage_of(origin),
        left=net_of(origin, origin.credit_notes.exclude(pk=invoice.pk)),
    )


def _knows_engagement(invoice: Invoice) -> bool | None:
    """What Chorus Pro said of the number; other bodies than the State publish none."""
    if not (invoice.recipient and invoice.recipient.is_of_the_state and invoice.engagement_number):
        return None
    return StateEngagement.knows(invoice.establishment, invoice.engagement_number)


def _supplier_facts(invoice: Invoice) -> SupplierFacts:
    supplier = invoice.supplier
    open_then = supplier.establishments.open_on(invoice.issue_date or timezone.localdate())
    sirets = frozenset(open_then.values_list("siret", flat=True))
    return SupplierFacts(name=supplier.name, sirets=sirets, vat_regime=supplier.vat_regime)


def _account_facts(invoice: Invoice) -> AccountFacts:
    supplier = invoice.supplier
    if not invoice.iban:
        return AccountFacts(is_printed=prints_account(invoice.reading, ""))
    return AccountFacts(
        known=supplier.masked_iban,
        is_known=keyed_hash(clean_iban(invoice.iban)) == supplier.iban_hash,
        said=supplier.what_was_said_of(invoice.iban),
        is_printed=prints_account(invoice.reading, invoice.iban),
    )


def _recipient_facts(invoice: Invoice) -> RecipientFacts:
    recipient = invoice.recipient
    if not recipient:
        return RecipientFacts(outside=is_outside(invoice))
    return RecipientFacts(
        siret=recipient.siret,
        known=recipient.is_known,
        active=recipient.is_active,
        requires=recipient.requires,
        is_own=recipient.siret in settings.PORTAL_SIRETS,
        services=tuple(
            ServiceFacts(code=service.code, active=service.is_active, engagement_required=service.engagement_required)
            for service in recipient.services.all()
        ),
        synced=recipient.synced_at,
        **_habits(invoice),
    )


def _habits(invoice: Invoice) -> dict:
    """How the canteen pays, and when it is not there."""
    if not invoice.buyer:
        return {}
    return {
        "payment_days": invoice.buyer.payment_delay,
        "closures": tuple(invoice.buyer.closures.values_list("first_day", "last_day")),
        "deadline": invoice.buyer.invoice_deadline,
    }


def _other_invoices(invoice: Invoice) -> list[Invoice]:
    """The supplier's other invoices that may be the same one: one query."""
    alike = Q(number_key=invoice.number_key) if invoice.number_key else Q(pk__in=[])
    if invoice.issue_date and invoice.recipient_id:
        alike |= Q(recipient=invoice.recipient_id, issue_date=invoice.issue_date)
    others = Invoice.objects.filter(alike, supplier=invoice.supplier_id).exclude(pk=invoice.pk)
    return list(others.exclude(status=Status.WITHDRAWN).defer("reading", "verdict").order_by("-pk")[:200])


def _history_facts(invoice: Invoice, candidates: Iterable[Invoice]) -> HistoryFacts:
    facts: dict[str, OtherInvoice] = _same_files(invoice)
    for other in candidates:
        same_number = invoice.number_key and other.number_key == invoice.number_key and _holds_number(other)
        if same_number and other.issue_year == invoice.issue_year:
            facts["same_number"] = _named(other)
        elif same_number:
            facts["same_number_other_year"] = _named(other)
        elif _is_similar(invoice, other):
            facts["similar"] = _named(other)
    return HistoryFacts(**facts)


def _same_files(invoice: Invoice) -> dict[str, OtherInvoice]:
    """Invoices made of these very bytes, or of those of the copy we gave out. Of other suppliers only what they handed
    over: a slip of theirs must not hold the invoice's true owner."""
    own = Q(supplier=invoice.supplier_id)
    same = Q(document_sha256=invoice.document_sha256) | own & Q(plain_sha256=invoice.document_sha256)
    others = Invoice.objects.filter(same, own & ~Q(status=Status.WITHDRAWN) | ~own & ~Q(status__in=FREE_NUMBER))
    told = {}
    for other in others.exclude(pk=invoice.pk).defer("reading", "verdict").order_by("-pk")[:20]:
        told["same_file" if other.supplier_id == invoice.supplier_id else "same_file_elsewhere"] = _named(other)
    return told


def _holds_number(invoice: Invoice) -> bool:
    return invoice.status not in FREE_NUMBER


def _is_similar(invoice: Invoice, other: Invoice) -> bool:
    alike = ("kind", "recipient_id", "issue_date", "total_ttc")
    return invoice.total_ttc is not None and all(getattr(invoice, name) == getattr(other, name) for name in alike)


def _named(invoice: Invoice) -> OtherInvoice:
    dated = f" du {day(invoice.issue_date)}" if invoice.issue_date else ""
    return OtherInvoice(f"{invoice}{dated} ({invoice.get_status_display()})", invoice.pk)


def _billed_orders(invoice: Invoice) -> list[tuple[Order, Decimal]]:
    amounts = dict(invoice.billed_orders.values_list("order_id", "amount_ht"))
    orders = Order.objects.filter(pk__in=amounts).with_people().with_billings().order_by("pk")
    return [(order, amounts[order.pk]) for order in orders.prefetch_related("changes", "receptions")]


def _order_facts(invoice: Invoice, order: Order, billed: Decimal) -> OrderFacts:
    recipient, left = order.buyer.recipient, remaining_ht(order, besides=invoice)
    received = Received.of(order)
    return OrderFacts(
        reference=order.reference,
        buyer_siret=recipient.siret if recipient else "",
        engagement_number=order.engagement_number,
        former_engagement_numbers=tuple(
            change.old for change in order.changes.all() if change.field == "engagement_number" and change.old
        ),
        ordered_on=order.ordered_on,
        billed=billed,
        goods=tuple((line.description, line.vat_rate) for line in order.lines.all()),
        remaining=max(left, Decimal(0)),
        arrived=received.ht - (order.total_ht - left) if received.is_begun and received.is_told else None,
    )


def _taken_over(invoice: Invoice) -> TakenOverFacts | None:
    """Asked of suppliers who were taken over, and of nobody else."""
    if not invoice.supplier.successor_id:
        return None
    found = found_in(invoice.reading)
    printed = {found[name].value for name in ("order_reference", "engagement_number") if name in found}
    named = {name for name in (*printed, invoice.engagement_number) if name}
    theirs = Order.objects.filter(takeovers__in=invoice.supplier.takeovers.in_force())
    order = theirs.filter(Q(reference__in=named) | Q(engagement_number__in=named)).select_related("supplier").first()
    return TakenOverFacts(reference=order.reference, successor=str(order.supplier)) if order else None


def _printed_facts(invoice: Invoice) -> PrintedFacts:
    kept = invoice.reading
    if not kept:
        return PrintedFacts()
    return PrintedFacts(
        fields=found_in(kept),
        has_text=kept["has_text"],
        embedded_xml=kept["embedded_xml"],
        **{name: kept.get(name, False) for name in ("signed", "is_marked", "is_locked", "guessed")},
        unread=tuple(kept.get("unread", ())),
        has_copy=bool(invoice.plain_document),
        is_photograph=(kept.get("guessed", False) or not kept["has_text"]) and invoice.is_photograph,
        differences=differences_in(kept),
    )
