"""When it was issued, delivered, and is due; whether the buyer is there to receive it."""

from collections.abc import Iterator
from datetime import timedelta

from invoicing.checks.rule import Problem, stop, warn
from invoicing.checks.subject import Subject
from invoicing.typography import day

OLD_AFTER = timedelta(days=365)
DUE_DATE_SLACK = timedelta(days=3)

DATE_MISSING = stop(
    "date-missing",
    "issue_date",
    "La date de la facture manque.",
    "Recopiez-la telle qu'elle est imprimée sur le PDF.",
)
DATE_FUTURE = stop(
    "date-future",
    "issue_date",
    "La facture est datée du {day}, après aujourd'hui : Chorus Pro la refuserait.",
    "Corrigez la date, ou attendez ce jour pour la déposer.",
)
DATE_OLD = warn(
    "date-old",
    "issue_date",
    "La facture est datée du {day}, il y a plus d'un an.",
    "Vérifiez l'année.",
)
DELIVERY_MISSING = warn(
    "delivery-missing",
    "delivery_dates",
    "La date de livraison manque.",
    "La loi demande qu'elle soit sur la facture : ajoutez-la si elle y est imprimée.",
)
DELIVERY_AFTER_ISSUE = warn(
    "delivery-after-issue",
    "delivery_dates",
    "La livraison du {day} est postérieure à la facture.",
    "Vérifiez les dates : le délai de paiement ne court jamais avant la livraison.",
)
DELIVERY_TWO_MONTHS = warn(
    "delivery-two-months",
    "delivery_dates",
    "Les livraisons s'étendent sur plusieurs mois, du {first} au {last}.",
    "Une facture groupée ne devrait couvrir qu'un mois : faites une facture par mois.",
)
DUE_BEFORE_ISSUE = warn(
    "due-before-issue",
    "due_date",
    "L'échéance du {day} est antérieure à la facture.",
    "Vérifiez l'échéance.",
)
DUE_NOT_LEGAL = warn(
    "due-not-legal",
    "due_date",
    "L'échéance du {day} n'est pas celle de la loi : cet acheteur paie sous {days} jours.",
    "Vous pouvez continuer : c'est le délai de la loi qui s'appliquera.",
)
BUYER_CLOSED = warn(
    "buyer-closed",
    "",
    "L'acheteur est fermé du {first} au {last}.",
    "Vous pouvez déposer ; sa réponse viendra après sa réouverture.",
)
BUYER_DEADLINE = warn(
    "buyer-deadline-passed",
    "",
    "L'acheteur ne prend plus de facture de l'année depuis le {day}.",
    "Appelez-le avant de déposer.",
)


def check_issue_date(subject: Subject) -> Iterator[Problem]:
    issued = subject.invoice.issue_date
    if issued is None:
        yield DATE_MISSING()
    elif issued > subject.today:
        yield DATE_FUTURE(day=day(issued))
    elif subject.today - issued > OLD_AFTER:
        yield DATE_OLD(day=day(issued))


def check_deliveries(subject: Subject) -> Iterator[Problem]:
    invoice = subject.invoice
    if not invoice.delivery_dates:
        if not invoice.is_credit_note:
            yield DELIVERY_MISSING()
        return
    first, last = min(invoice.delivery_dates), max(invoice.delivery_dates)
    if invoice.issue_date and last > invoice.issue_date:
        yield DELIVERY_AFTER_ISSUE(day=day(last))
    if (first.year, first.month) != (last.year, last.month):
        yield DELIVERY_TWO_MONTHS(first=day(first), last=day(last))


def check_due_date(subject: Subject) -> Iterator[Problem]:
    invoice, days = subject.invoice, subject.recipient.payment_days
    # A credit note is not paid: it has no due date.
    if invoice.is_credit_note or not (invoice.due_date and invoice.issue_date):
        return
    if invoice.due_date < invoice.issue_date:
        yield DUE_BEFORE_ISSUE(day=day(invoice.due_date))
    elif abs(invoice.due_date - invoice.issue_date - timedelta(days=days)) > DUE_DATE_SLACK:
        yield DUE_NOT_LEGAL(day=day(invoice.due_date), days=days)


def check_buyer_calendar(subject: Subject) -> Iterator[Problem]:
    for first, last in subject.recipient.closures:
        if first <= subject.today <= last:
            yield BUYER_CLOSED(first=day(first), last=day(last))
    deadline = subject.recipient.deadline
    # One that nobody renewed says nothing about the next year's invoices.
    year = (subject.invoice.issue_date or subject.today).year
    if deadline and subject.today > deadline and year <= deadline.year:
        yield BUYER_DEADLINE(day=day(deadline))


CHECKS = (check_issue_date, check_deliveries, check_due_date, check_buyer_calendar)
