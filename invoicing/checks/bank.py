"""The IBAN: a changed account on an invoice is the usual fraud."""

from collections.abc import Iterator

from invoicing.checks.rule import Level, Problem, stop, warn
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
IBAN_DENIED = stop(
    "iban-denied",
    "iban",
    "Au téléphone, la personne jointe n'a pas reconnu l'IBAN {iban}.",
    "Refaites la facture avec votre IBAN, ou appelez le Département si c'est bien le vôtre.",
)
IBAN_FIRST = warn(
    "iban-first",
    "iban",
    "Votre profil n'a pas encore d'IBAN.",
    "Si l'IBAN {iban} est bien le vôtre, continuez : le Département vous appellera pour le confirmer avant tout envoi.",
)
IBAN_CHANGED = warn(
    "iban-changed",
    "iban",
    "L'IBAN {iban} de la facture n'est pas celui de votre profil ({known}).",
    "Si vous avez changé de compte, continuez : le Département vous appellera pour le confirmer avant tout envoi.",
)
IBAN_FORMER = warn(
    "iban-former",
    "iban",
    "L'IBAN {iban} de la facture, confirmé naguère par téléphone, n'est plus celui de votre profil ({known}).",
    "Vérifiez que ce compte existe toujours : c'est là que l'acheteur paiera.",
)
IBAN_AWAITS_CALL = warn(
    "iban-awaits-call",
    "iban",
    "L'IBAN {iban} n'a pas encore été confirmé par téléphone.",
    "Continuez : le Département vous appellera au numéro qu'il connaît, et la facture partira ensuite.",
)
IBAN_NOT_PRINTED = warn(
    "iban-not-printed",
    "iban",
    "Le PDF porte l'IBAN {printed}, et vous avez mis {typed}.",
    "L'acheteur paie sur le compte imprimé : mettez-le ici ou, s'il n'est plus le vôtre, refaites la facture.",
)
IBAN_OF_ANOTHER = warn(
    "iban-of-another",
    "iban",
    "La facture semble demander de payer quelqu'un d'autre que vous (affacturage, cession de créance).",
    "Appelez l'acheteur : il ne paie un autre compte qu'une fois la cession notifiée au comptable public.",
)


def check_iban(subject: Subject) -> Iterator[Problem]:
    iban = clean_iban(subject.invoice.iban)
    # A credit note is deducted, not paid: its bank details play no part.
    if not iban or subject.invoice.is_credit_note:
        return
    if not is_iban(iban):
        yield IBAN_INVALID(iban=mask_iban(iban))
    elif len(iban) > IBAN_LENGTH:
        yield IBAN_TOO_LONG(iban=mask_iban(iban))
    else:
        yield from _check_whose(subject, mask_iban(iban))


def _check_whose(subject: Subject, iban: str) -> Iterator[Problem]:
    account = subject.account
    if account.said == "denied":
        yield IBAN_DENIED(iban=iban)
    elif account.said == "confirmed":
        if not account.is_known:
            yield IBAN_FORMER(iban=iban, known=account.known or "aucun")
    elif account.is_known:
        yield IBAN_AWAITS_CALL(iban=iban)
    elif account.known:
        yield IBAN_CHANGED(iban=iban, known=account.known)
    else:
        yield IBAN_FIRST(iban=iban)


def check_printed(subject: Subject) -> Iterator[Problem]:
    """What was misread may be corrected; a number whose key is right was not misread, and nobody types another over
    it to be spared the call."""
    printed = subject.printed.fields.get("iban")
    if printed and not subject.account.is_printed and not subject.invoice.is_credit_note:
        typed = mask_iban(subject.invoice.iban) or "aucun"
        yield IBAN_NOT_PRINTED(printed=printed.value, typed=typed, level=Level.STOP if printed.sure else None)


def check_factoring(subject: Subject) -> Iterator[Problem]:
    if subject.printed.any("factoring"):
        yield IBAN_OF_ANOTHER()


CHECKS = (check_iban, check_printed, check_factoring)
