"""What the law wants written on the paper besides figures. What nobody could read is never a stop."""

import re
import unicodedata
from collections.abc import Iterator

from invoicing.checks import law
from invoicing.checks.rule import Problem, warn
from invoicing.checks.subject import Subject
from invoicing.typography import euros

TERMS_MISSING = warn(
    "payment-terms-missing",
    "pdf",
    "Nous ne trouvons pas sur le PDF : {missing}.",
    "La loi demande ces mentions : ajoutez-les à vos prochaines factures. Celle-ci peut partir.",
)
NEW_MENTIONS_ANNOUNCED = warn(
    "new-mentions-missing",
    "pdf",
    "Il manque des mentions qui seront obligatoires le {day} : {missing}.",
    "Ajoutez-les à votre modèle de facture avant cette date. Celle-ci peut partir.",
)
NEW_MENTIONS_DEMANDED = warn(
    "new-mentions-demanded",
    "pdf",
    "Il manque des mentions obligatoires depuis le {day} : {missing}.",
    "Ajoutez-les à votre modèle de facture. Si elles y sont et que nous les avons mal lues, continuez.",
)
VAT_NUMBER_MISSING = warn(
    "vat-number-missing",
    "pdf",
    "Nous ne trouvons pas sur le PDF votre numéro de TVA.",
    "La loi le demande au-dessus de {threshold} hors taxes : ajoutez-le à vos prochaines factures. "
    "Celle-ci peut partir.",
)
SOLE_TRADER = warn(
    "sole-trader-missing",
    "pdf",
    "Nous ne trouvons sur le PDF ni la forme de votre société, ni la mention « EI ».",
    "Si vous êtes entrepreneur individuel, écrivez « EI » à côté de votre nom sur vos prochaines factures.",
)
NAME_DIFFERS = warn(
    "supplier-name-differs",
    "pdf",
    "Nous ne trouvons pas sur le PDF le nom de votre exploitation ({name}).",
    "Vérifiez que c'est bien votre facture, ou corrigez la raison sociale dans votre profil.",
)

TERMS = {
    "late_penalty": "le taux des pénalités de retard",
    "recovery_fee": "l'indemnité forfaitaire de {fee} €",
    "discount": "l'escompte, ou qu'il n'y en a pas",
}
# Forms and small words do not make a name: « EARL du Val » and « Earl Val » are one.
_NO_NAME = {"gaec", "earl", "scea", "sarl", "sas", "sasu", "eurl", "sa", "ei", "de", "du", "des", "la", "le", "les"}


def check_payment_terms(subject: Subject) -> Iterator[Problem]:
    if subject.invoice.is_credit_note or not subject.printed.was_read:
        return
    fee = law.value_on("recovery-fee", subject.invoice.issue_date or subject.today)
    missing = [words.format(fee=fee) for name, words in TERMS.items() if not subject.printed.any(name)]
    if missing:
        yield TERMS_MISSING(missing=", ".join(missing))


def check_new_mentions(subject: Subject) -> Iterator[Problem]:
    printed = subject.printed
    if not printed.was_read:
        return
    wanted = {"operation_kind": "la nature de l'opération (livraison de biens)", "buyer_siret": "le SIREN du client"}
    missing = ", ".join(words for name, words in wanted.items() if not printed.any(name))
    row = law.row_on("new-mentions", subject.invoice.issue_date or subject.today)
    if missing and row and row.value == "demanded":
        yield NEW_MENTIONS_DEMANDED(missing=missing, day=f"{row.since:%d/%m/%Y}")
    elif missing and row:
        following = [later for later in law.rows_of("new-mentions") if later.since > row.since]
        yield NEW_MENTIONS_ANNOUNCED(missing=missing, day=f"{following[0].since:%d/%m/%Y}")


def check_vat_number(subject: Subject) -> Iterator[Problem]:
    """Who charges no VAT has no number to print."""
    invoice, threshold = subject.invoice, law.value_on("vat-number-above", subject.invoice.issue_date or subject.today)
    if not (subject.printed.was_read and invoice.total_tva and invoice.total_ht and threshold):
        return
    if abs(invoice.total_ht) > threshold and not subject.printed.any("vat_number"):
        yield VAT_NUMBER_MISSING(threshold=euros(threshold))


def check_legal_form(subject: Subject) -> Iterator[Problem]:
    if subject.printed.was_read and not subject.printed.any("legal_form"):
        yield SOLE_TRADER()


def check_supplier_name(subject: Subject) -> Iterator[Problem]:
    """Any word of the name will do: names are abbreviated, and those kept from the public register may be missing."""
    name, heading = subject.supplier.name, subject.printed.any("letterhead")
    words = _words(name) - _NO_NAME
    if words and heading and not words & _words(heading):
        yield NAME_DIFFERS(name=name)


def _words(text: str) -> set[str]:
    folded = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return {word for word in re.findall(r"[a-z0-9]+", folded) if len(word) > 1}


CHECKS = (check_payment_terms, check_new_mentions, check_vat_number, check_legal_form, check_supplier_name)
