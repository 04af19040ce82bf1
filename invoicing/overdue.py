"""An invoice past its day of payment: what is owed besides, and a courteous reminder ready to copy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.conf import settings

from invoicing.checks.law import value_on
from invoicing.credit_notes import credited
from invoicing.models import Invoice
from invoicing.payment import Late, Term, late
from invoicing.typography import euros, french, percent
from suppliers.days import date_format

SUBJECT = "Facture {number} du {issued}"
REMINDER = """Madame, Monsieur,

Sauf erreur de notre part, notre facture {number} du {issued}, d'un montant de {amount} TTC, n'est pas encore payée. \
Vous l'avez reçue sur Chorus Pro le {arrived} ; son délai de paiement de {days} jours s'est achevé le {pay_by}.

Pouvez-vous nous dire où en est son règlement ? S'il vous manque quelque chose, nous vous l'envoyons aussitôt.
{owed}
Nous vous remercions et vous prions d'agréer nos salutations distinguées.

{supplier}
"""
OWED = """
Pour mémoire, le code de la commande publique (articles L2192-13 et D2192-35) prévoit en cas de retard des intérêts \
moratoires{interest} et une indemnité forfaitaire de {fee}.
"""


@dataclass(frozen=True)
class Overdue:
    """`amount`: what is still owed, TTC, avoirs and deposits taken off."""

    late: Late
    amount: Decimal
    subject: str
    reminder: str

    @property
    def rate(self) -> str:
        return percent(self.late.rate)


def overdue(invoice: Invoice, term: Term, notes: Iterable[Invoice], today: date) -> Overdue | None:
    """None while it is in time, or when nothing is left to pay."""
    amount = owed(invoice, notes)
    if term.pay_by is None or amount <= 0:
        return None
    past = late(term.pay_by, today, amount, rate_on(term.pay_by))
    return Overdue(past, amount, *_letter(invoice, term, amount, past)) if past else None


def owed(invoice: Invoice, notes: Iterable[Invoice]) -> Decimal:
    printed = invoice.total_ttc if invoice.net_to_pay is None else invoice.net_to_pay
    return (printed or Decimal(0)) - credited(notes)


def rate_on(day: date) -> Decimal | None:
    """The yearly rate where settings.ECB_RATES tells that of the half-year; else the table of the law decides."""
    half_year = date(day.year, 1 if day.month < 7 else 7, 1)
    ecb = settings.ECB_RATES.get(half_year)
    return None if ecb is None else ecb + value_on("late-interest-margin", day)


def _letter(invoice: Invoice, term: Term, amount: Decimal, past: Late) -> tuple[str, str]:
    """Subject and text."""
    names = {"number": invoice.number, "issued": date_format(invoice.issue_date, "j F Y")}
    interest = "" if past.interest is None else f" ({percent(past.rate)} par an, soit {euros(past.interest)} à ce jour)"
    text = REMINDER.format(
        **names,
        amount=euros(amount),
        arrived=date_format(term.arrived, "j F Y"),
        days=term.days,
        pay_by=date_format(term.pay_by, "j F Y"),
        owed=OWED.format(interest=interest, fee=euros(past.fee)),
        supplier=invoice.supplier,
    )
    return SUBJECT.format(**names), french(text)
