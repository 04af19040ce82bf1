"""The invoice's kind and number, and whether it came before."""

import re
from collections.abc import Iterator

from invoicing.checks.rule import Problem, Rule, stop, warn
from invoicing.checks.subject import OtherInvoice, Subject

NUMBER_LENGTH = 20
_ALLOWED = re.compile(r"[A-Za-z0-9 +_/-]+")

KIND_UNKNOWN = stop(
    "kind-unknown",
    "kind",
    "Ce document n'est ni une facture ni un avoir.",
    "Déposez une facture ou un avoir ; ni devis, ni bon de livraison, ni autofacturation, ni facture rectificative.",
)
NUMBER_MISSING = stop(
    "number-missing",
    "number",
    "Le numéro de la facture manque.",
    "Recopiez-le tel qu'il est imprimé sur le PDF.",
)
NUMBER_TOO_LONG = stop(
    "number-too-long",
    "number",
    "Le numéro compte {length} caractères ; Chorus Pro en accepte 20 au plus.",
    "Refaites la facture avec un numéro plus court, par exemple 2026-0147.",
)
NUMBER_CHARACTERS = stop(
    "number-characters",
    "number",
    "Le numéro contient des signes que Chorus Pro refuse : {signs}",
    "Refaites la facture avec un numéro fait de lettres sans accent, de chiffres, d'espaces et des signes + - _ /.",
)
NUMBER_USED = stop(
    "number-used",
    "number",
    "Ce numéro sert déjà : {other}.",
    "Chaque facture porte un numéro à elle. Si c'est la même facture, ne la déposez pas deux fois ; "
    "sinon, refaites-la avec un autre numéro.",
)
NUMBER_USED_OTHER_YEAR = warn(
    "number-used-other-year",
    "number",
    "Ce numéro a déjà servi une autre année : {other}.",
    "Vérifiez le numéro ; mieux vaut y mettre l'année, par exemple 2026-0147.",
)
SAME_FILE = stop(
    "same-file",
    "pdf",
    "Ce fichier a déjà été déposé : {other}.",
    "Ouvrez la facture déjà déposée, ou choisissez le bon fichier.",
)
SAME_FILE_ELSEWHERE = stop(
    "same-file-elsewhere",
    "pdf",
    "Ce fichier est celui d'une facture qu'un autre fournisseur a transmise.",
    "Choisissez le PDF de votre facture ; si c'est bien celui-ci, appelez le Département.",
)
SIMILAR = warn(
    "similar-invoice",
    "",
    "Une facture ressemble beaucoup à celle-ci (même acheteur, même date, même montant) : {other}.",
    "Si c'est bien une autre livraison, continuez.",
)


def number_key(number: str) -> str:
    """What two writings of one number have in common: « fa 2026/014 » and « FA2026-014 » give « FA2026-014 ».

    Digits stay apart, so that 2026-1-11 and 2026-11-1 remain two numbers. Never longer than the number.
    """
    parts = "-".join(re.findall(r"[A-Z0-9]+", number.upper()))
    return re.sub(r"(?<=[A-Z])-(?=[0-9])|(?<=[0-9])-(?=[A-Z])", "", parts)


def check_kind(subject: Subject) -> Iterator[Problem]:
    if subject.invoice.kind not in {"FACTURE", "AVOIR"} or any(
        subject.printed.sure(name) for name in ("self_billed", "other_kind")
    ):
        yield KIND_UNKNOWN()


def check_number(subject: Subject) -> Iterator[Problem]:
    number = subject.invoice.number.strip()
    if not number.strip(" +_/-"):
        yield NUMBER_MISSING()
        return
    if len(number) > NUMBER_LENGTH:
        yield NUMBER_TOO_LONG(length=len(number))
    if not _ALLOWED.fullmatch(number):
        yield NUMBER_CHARACTERS(signs=" ".join(sorted(set(_ALLOWED.sub("", number)))))


def check_duplicates(subject: Subject) -> Iterator[Problem]:
    history = subject.history
    if history.same_file:
        yield _naming(SAME_FILE, history.same_file)
    elif history.same_file_elsewhere:
        yield _naming(SAME_FILE_ELSEWHERE, history.same_file_elsewhere)
    if history.same_number:
        yield _naming(NUMBER_USED, history.same_number)
    elif history.same_number_other_year:
        yield _naming(NUMBER_USED_OTHER_YEAR, history.same_number_other_year, level=subject.other_year_level)
    if history.similar:
        yield _naming(SIMILAR, history.similar)


def _naming(rule: Rule, other: OtherInvoice, **values) -> Problem:
    return rule(other=other.name, about=other.pk, **values)


CHECKS = (check_kind, check_number, check_duplicates)
