"""An AVOIR and the one invoice it corrects: named, known or confirmed, and at a stage that wants an avoir at all."""

from collections.abc import Iterator
from decimal import Decimal

from invoicing.checks.numbering import number_key
from invoicing.checks.rule import Problem, stop, warn
from invoicing.checks.subject import OriginFacts, Subject
from invoicing.typography import day, euros
from suppliers.identifiers import format_siret

CENT = Decimal("0.01")

ORIGIN_MISSING = stop(
    "origin-missing",
    "origin_number",
    "Le numéro de la facture d'origine manque.",
    "Un avoir corrige une seule facture : donnez le numéro de celle-ci.",
)
ORIGIN_IS_ITSELF = stop(
    "origin-is-itself",
    "origin_number",
    "L'avoir porte le même numéro que la facture qu'il corrige.",
    "Donnez à l'avoir un numéro à lui.",
)
CREDIT_EMPTY = stop(
    "credit-empty",
    "total_ttc",
    "Le total de l'avoir est nul.",
    "Recopiez le montant à déduire tel qu'il est imprimé sur le PDF.",
)
ORIGIN_UNKNOWN = warn(
    "origin-unknown",
    "origin_number",
    "Nous ne trouvons pas la facture {number} parmi celles que vous avez déposées ici.",
    "Vérifiez son numéro ; si elle a été déposée ailleurs, continuez.",
)
ORIGIN_DATE_MISSING = warn(
    "origin-date-missing",
    "origin_date",
    "La date de la facture d'origine manque.",
    "Donnez-la : l'acheteur retrouvera plus vite la facture que cet avoir corrige.",
)
ORIGIN_DATE_DIFFERS = warn(
    "origin-date-differs",
    "origin_date",
    "La facture {number} est du {known}, et vous avez mis le {typed}.",
    "Vérifiez le numéro et la date de la facture que cet avoir corrige.",
)
ORIGIN_LATER = warn(
    "origin-later",
    "origin_date",
    "La facture d'origine, du {origin}, est postérieure à l'avoir.",
    "Vérifiez les deux dates.",
)
ORIGIN_OTHER_BUYER = warn(
    "origin-other-buyer",
    "buyer_siret",
    "La facture {number} est adressée à un autre acheteur (SIRET {siret}).",
    "Un avoir va à l'acheteur de la facture qu'il corrige : vérifiez le SIRET ou le numéro.",
)
ORIGIN_UNSENT = warn(
    "origin-not-deposited",
    "origin_number",
    "La facture {number} n'est pas encore déposée sur Chorus Pro.",
    "Un avoir n'est pas nécessaire : corrigez plutôt la facture, pour ne compter que ce qui a été reçu.",
)
ORIGIN_NOT_ORDERED = warn(
    "origin-not-ordered",
    "origin_number",
    "L'acheteur n'a pas encore demandé le paiement de la facture {number}.",
    "Convenez-en avec lui : soit il la refuse et vous la refaites, soit vous lui envoyez cet avoir.",
)
ORIGIN_REJECTED = warn(
    "origin-rejected",
    "origin_number",
    "L'acheteur a refusé la facture {number} : il n'y a rien à en déduire.",
    "Refaites la facture pour ce qui a été reçu ; l'avoir n'est plus nécessaire.",
)
CREDIT_OVER_ORIGIN = warn(
    "credit-over-origin",
    "total_ttc",
    "L'avoir ({total}) dépasse ce qui reste de la facture {number} ({left}).",
    "Vérifiez le montant de l'avoir et le numéro de la facture d'origine.",
)
BY_STAGE = {"unsent": ORIGIN_UNSENT, "sent": ORIGIN_NOT_ORDERED, "rejected": ORIGIN_REJECTED}


def check_origin(subject: Subject) -> Iterator[Problem]:
    invoice = subject.invoice
    if not invoice.is_credit_note:
        return
    if not invoice.origin_number.strip():
        yield ORIGIN_MISSING()
    elif number_key(invoice.origin_number) == number_key(invoice.number):
        yield ORIGIN_IS_ITSELF()
    elif subject.origin is None:
        yield from _check_unknown(subject)
    else:
        yield from _check_known(subject, subject.origin)


def _check_unknown(subject: Subject) -> Iterator[Problem]:
    yield ORIGIN_UNKNOWN(number=subject.invoice.origin_number)
    if subject.invoice.origin_date is None:
        yield ORIGIN_DATE_MISSING()
    yield from _check_order_of_dates(subject, subject.invoice.origin_date)


def _check_known(subject: Subject, origin: OriginFacts) -> Iterator[Problem]:
    invoice = subject.invoice
    if invoice.origin_date and origin.issue_date and invoice.origin_date != origin.issue_date:
        yield ORIGIN_DATE_DIFFERS(number=origin.number, known=day(origin.issue_date), typed=day(invoice.origin_date))
    yield from _check_order_of_dates(subject, origin.issue_date)
    if origin.buyer_siret and invoice.buyer_siret and origin.buyer_siret != invoice.buyer_siret:
        yield ORIGIN_OTHER_BUYER(number=origin.number, siret=format_siret(origin.buyer_siret))
    if origin.stage in BY_STAGE:
        yield BY_STAGE[origin.stage](number=origin.number, about=origin.pk)
    if origin.left is not None and invoice.total_ttc is not None and abs(invoice.total_ttc) > origin.left + CENT:
        yield CREDIT_OVER_ORIGIN(
            total=euros(abs(invoice.total_ttc)), number=origin.number, left=euros(max(origin.left, Decimal(0)))
        )


def _check_order_of_dates(subject: Subject, dated) -> Iterator[Problem]:
    issued = subject.invoice.issue_date
    if dated and issued and dated > issued:
        yield ORIGIN_LATER(origin=day(dated))


def check_amount(subject: Subject) -> Iterator[Problem]:
    if subject.invoice.is_credit_note and subject.invoice.total_ttc == 0:
        yield CREDIT_EMPTY()


CHECKS = (check_origin, check_amount)
