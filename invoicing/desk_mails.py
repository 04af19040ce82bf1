"""What is told of the agents' queue because a day came: to them, how long it is and what waits in it for too long; to
suppliers, that they need not wait any longer."""

from collections.abc import Collection
from datetime import date

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from invoicing.lifecycle import Status
from invoicing.mails import told_to_suppliers
from invoicing.models import Invoice
from invoicing.models.life import PATIENCE
from invoicing.review import in_words
from invoicing.working_days import calendar
from suppliers.mails import MEMBERS
from suppliers.models import Mail, User
from suppliers.models.mail import Kind, Told, kind, occasion_of

MAY_REVIEW = "invoicing.review_invoice"
REVIEWERS = "who may review invoices, or who stands in"
# The queue as a whole is no row.
QUEUE_ITSELF = 0


def tell() -> None:
    if is_worked(timezone.localdate()):
        tell_queue()
        tell_late()
        tell_offered()


def is_worked(day: date) -> bool:
    return calendar(day.year).is_working_day(day)


def not_yet_told(invoices, what: Kind):
    """Those of which nobody was told since they came under review."""
    told = Mail.objects.filter(kind=what.name, about=OuterRef("pk"), created_at__gt=OuterRef("status_at"))
    return invoices.filter(~Exists(told))


# --- « 12 factures à vérifier, la plus ancienne depuis 3 jours » ---


def still_waiting(queues: Collection[int]) -> set[Told]:
    if not Invoice.objects.to_review().exists():
        return set()
    today = timezone.localdate().isoformat()
    people = User.objects.staff_who_may(MAY_REVIEW).values_list("pk", flat=True)
    return {(QUEUE_ITSELF, person, today) for person in people}


QUEUE = kind("to_review", "factures à vérifier", REVIEWERS, "every working day on which some wait", still=still_waiting)


def tell_queue() -> None:
    waiting = Invoice.objects.to_review()
    oldest = waiting.order_by("status_at").first()
    if oldest is None:
        return
    count, clean = waiting.count(), waiting.with_risk().filter(is_clean=True).count()
    told = "1 facture à vérifier" if count == 1 else f"{count} factures à vérifier, la plus ancienne"
    told += f" depuis {in_words(oldest.status_at)}"
    Mail.objects.tell(
        QUEUE,
        User.objects.staff_to_tell(MAY_REVIEW),
        about=QUEUE_ITSELF,
        occasion=timezone.localdate().isoformat(),
        subject=told,
        happened=f"{told}. Sans rien à signaler : {clean}.",
        to_do="Laissez partir celles qui sont en ordre, renvoyez les autres avec un motif.",
        action="Ouvrir la file",
        path=reverse("admin:invoicing_invoice_changelist"),
    )


# --- Past REVIEW_DELAY ---


def still_late(invoices: Collection[int]) -> set[Told]:
    late = Invoice.objects.past_review_delay().filter(pk__in=invoices).values_list("pk", "status_at")
    people = User.objects.staff_who_may(MAY_REVIEW).values_list("pk", flat=True)
    return {(invoice, person, occasion_of(at)) for invoice, at in late for person in people}


LATE = kind("review_late", "vérification en retard", REVIEWERS, "it waits past `REVIEW_DELAY`: once", still=still_late)


def tell_late() -> None:
    late = not_yet_told(Invoice.objects.past_review_delay(), LATE).select_related("supplier")
    people = list(User.objects.staff_to_tell(MAY_REVIEW))
    for invoice in late.defer("reading", "verdict").iterator(chunk_size=100):
        waited = in_words(invoice.status_at)
        Mail.objects.tell(
            LATE,
            people,
            about=invoice.pk,
            occasion=occasion_of(invoice.status_at),
            subject=f"{capfirst(str(invoice))} : délai de vérification dépassé",
            happened=capfirst(f"{invoice.with_article} de {invoice.supplier} attend depuis {waited}."),
            to_do=invoice.tell("Vérifiez-{la} aujourd'hui : le délai de paiement ne court pas avant le dépôt."),
            action=invoice.tell("Ouvrir {la_facture}"),
            path=reverse("admin:invoicing_invoice_change", args=[invoice.pk]),
        )


# --- Past twice that ---

# What its supplier may do himself, by where it takes the invoice.
WAYS_OUT = {
    Status.TO_SELF_DEPOSIT: "Vous pouvez attendre, ou {la} déposer vous-même sur Chorus Pro.",
    Status.OUTSIDE: "Vous pouvez attendre, ou l'envoyer vous-même à l'acheteur, qui n'est pas sur Chorus Pro.",
    Status.RETURNED: "Un contrôle {la} retient : lisez lequel, puis corrigez-{la} ou appelez le Département.",
}
CALL_AWAITED = "Le Département doit encore vous appeler pour confirmer l'IBAN imprimé : vous pouvez l'appeler."


def offered():
    """Those their suppliers may take further themselves, and that do not leave by themselves."""
    waiting = Invoice.objects.past_review_delay(PATIENCE).with_risk().with_people()
    return waiting.exclude(is_clean=True) if settings.REVIEW_LAPSE else waiting


def still_offered(invoices: Collection[int]) -> set[Told]:
    rows = told_to_suppliers(offered().filter(pk__in=invoices), "status_at")
    return {(invoice, user, occasion_of(at)) for invoice, user, at in rows}


OFFERED = kind(
    "review_offered", "vérification trop longue", MEMBERS,
    "it waits past twice `REVIEW_DELAY`: what he may do himself", still=still_offered,
)  # fmt: skip


def tell_offered() -> None:
    for invoice in not_yet_told(offered(), OFFERED).defer("reading").iterator(chunk_size=100):
        tell_offer_of(invoice)


def tell_offer_of(invoice: Invoice) -> None:
    awaited = f" {CALL_AWAITED}" if invoice.awaits_iban_call else ""
    Mail.objects.tell(
        OFFERED,
        invoice.supplier.people(),
        about=invoice.pk,
        occasion=occasion_of(invoice.status_at),
        subject=f"{capfirst(str(invoice))} : la vérification tarde",
        happened=f"Le Département n'a pas encore pu vérifier {invoice.with_article}.{awaited}",
        to_do=invoice.tell(WAYS_OUT[invoice.way_out]),
        action="Choisir",
        path=reverse("invoicing:detail", args=[invoice.pk]),
    )
