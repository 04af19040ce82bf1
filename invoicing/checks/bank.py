"""The IBAN: a changed account on an invoice is the usual fraud."""

from collections.abc import Iterator

from invoicing.checks.rule import Problem, stop, warn
from invoicing.checks.subject import Subject
from suppliers.identifiers import clean_iban, is_iban, mask_iban

# Chorus Pro keeps 27 characters, the length of a French IBAN.
IBAN_LENGTH = 27

IBAN_INVALID = stop(
    "iban-invalid",
    "iban",
    "L'IBAN {iban} n'est pas valable.",
    "Recopiez-le depuis votre relevé d'identité bancaire ; si le PDF est faux, refaites la facture.",
)
IBAN_TOO_LONG = stop(
    "iban-too-long",
    "iban",
    "L'IBAN {iban} est trop long pour Chorus Pro, qui n'accepte que 27 caractères.",
    "Donnez un compte tenu en France.",
)
IBAN_FIRST = warn(
    "iban-first",
    "iban",
    "Votre profil n'a pas encore d'IBAN.",
    "Si l'IBAN {iban} est bien le vôtre, continuez : le Département vous appellera pour le confirmer.",
)
IBAN_CHANGED = warn(
    "iban-changed",
    "iban",
    "L'IBAN {iban} de la facture n'est pas celui de votre profil ({expected}).",
    "Si vous avez changé de compte, continuez : le Département vous appellera pour le confirmer avant tout envoi.",
)


def check_iban(subject: Subject) -> Iterator[Problem]:
    iban, expected = clean_iban(subject.invoice.iban), clean_iban(subject.supplier.iban)
    # A credit note is deducted, not paid: its bank details play no part.
    if not iban or subject.invoice.is_credit_note:
        return
    if not is_iban(iban):
        yield IBAN_INVALID(iban=mask_iban(iban))
    elif len(iban) > IBAN_LENGTH:
        yield IBAN_TOO_LONG(iban=mask_iban(iban))
    elif not expected:
        yield IBAN_FIRST(iban=mask_iban(iban))
    elif iban != expected:
        yield IBAN_CHANGED(iban=mask_iban(iban), expected=mask_iban(expected))


CHECKS = (check_iban,)
