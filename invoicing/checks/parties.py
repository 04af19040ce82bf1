"""Who invoices whom: the supplier's SIRET, the recipient's, and what Chorus Pro knows of the recipient."""

from collections.abc import Iterator

from invoicing.checks.rule import Level, Problem, stop, warn
from invoicing.checks.subject import Subject
from suppliers.identifiers import format_siret, is_siret

SUPPLIER_SIRET_MISSING = stop(
    "supplier-siret-missing",
    "supplier_siret",
    "Le SIRET de votre exploitation manque.",
    "Choisissez l'établissement qui facture.",
)
SUPPLIER_SIRET_INVALID = stop(
    "supplier-siret-invalid",
    "supplier_siret",
    "Le SIRET {siret} de l'émetteur n'est pas valable.",
    "Vérifiez ses 14 chiffres dans votre profil.",
)
SUPPLIER_SIRET_FOREIGN = stop(
    "supplier-siret-foreign",
    "supplier_siret",
    "Le SIRET {siret} de l'émetteur n'est pas celui d'un de vos établissements ouverts à la date de la facture.",
    "Choisissez une facture faite à votre nom ; si cet établissement est le vôtre, faites-le ajouter à votre profil.",
)
SUPPLIER_NUMBER_FOREIGN = stop(
    "supplier-number-foreign",
    "supplier_siret",
    "La facture est celle d'une autre entreprise : elle porte le numéro {number}, qui n'est pas le vôtre.",
    "Choisissez une facture faite à votre nom ; si votre entreprise a changé de numéro, appelez le Département.",
)
SUPPLIER_SIRET_UNPRINTED = warn(
    "supplier-siret-unprinted",
    "supplier_siret",
    "Nous ne trouvons pas votre SIRET sur le PDF.",
    "La loi demande qu'il y soit : vérifiez que c'est bien votre facture, et ajoutez-le aux prochaines.",
)
SUPPLIER_SIRET_OTHER = warn(
    "supplier-siret-other",
    "supplier_siret",
    "Le PDF porte le SIRET {printed}, et vous avez choisi l'établissement {chosen}.",
    "Choisissez l'établissement imprimé, sauf si nous avons mal lu.",
)
BUYER_SIRET_MISSING = stop(
    "buyer-siret-missing",
    "buyer_siret",
    "Le SIRET de l'acheteur manque.",
    "Recopiez-le depuis la commande, ou demandez-le à l'acheteur.",
)
BUYER_OUTSIDE = warn(
    "buyer-outside",
    "buyer_siret",
    "Cet acheteur ne reçoit pas ses factures par Chorus Pro.",
    "Vous pouvez continuer : le Département vérifie la facture, puis vous l'envoyez vous-même à l'acheteur.",
)
BUYER_SIRET_INVALID = stop(
    "buyer-siret-invalid",
    "buyer_siret",
    "Le SIRET {siret} de l'acheteur n'est pas valable.",
    "Vérifiez ses 14 chiffres sur la commande.",
)
BUYER_IS_PORTAL = stop(
    "buyer-is-portal",
    "buyer_siret",
    "Le SIRET {siret} est celui du portail, pas celui d'un acheteur.",
    "Mettez le SIRET de la cantine ou de la collectivité qui a commandé.",
)
BUYER_IS_SUPPLIER = stop(
    "buyer-is-supplier",
    "buyer_siret",
    "Le SIRET de l'acheteur est le vôtre.",
    "Mettez le SIRET de la cantine ou de la collectivité qui a commandé.",
)
RECIPIENT_NOT_CHECKED = warn(
    "recipient-not-checked",
    "buyer_siret",
    "Nous n'avons pas encore pu vérifier cet acheteur dans l'annuaire de Chorus Pro.",
    "Vous pouvez continuer : la vérification sera faite avant l'envoi.",
)
RECIPIENT_UNKNOWN = stop(
    "recipient-unknown",
    "buyer_siret",
    "Chorus Pro ne connaît pas d'acheteur public au SIRET {siret}.",
    "Demandez à l'acheteur le SIRET sous lequel il reçoit ses factures ; s'il n'est pas sur Chorus Pro, "
    "envoyez-lui la facture vous-même.",
)
RECIPIENT_INACTIVE = stop(
    "recipient-inactive",
    "buyer_siret",
    "L'acheteur au SIRET {siret} n'est plus actif sur Chorus Pro.",
    "Demandez à l'acheteur le SIRET sous lequel il reçoit maintenant ses factures.",
)


def check_supplier_siret(subject: Subject) -> Iterator[Problem]:
    siret = subject.invoice.supplier_siret
    if not siret:
        printed = subject.printed.sure("supplier_siret")
        if not printed or printed in subject.supplier.sirets:
            yield SUPPLIER_SIRET_MISSING()
    elif not is_siret(siret, strict=subject.strict_luhn):
        yield SUPPLIER_SIRET_INVALID(siret=format_siret(siret))
    elif siret not in subject.supplier.sirets:
        yield SUPPLIER_SIRET_FOREIGN(siret=format_siret(siret))


def check_printed_supplier(subject: Subject) -> Iterator[Problem]:
    """The invoice of somebody else is never taken as one's own, whatever establishment was chosen."""
    printed, chosen = subject.printed.any("supplier_siret"), subject.invoice.supplier_siret
    number = subject.printed.any("supplier_number")
    sirens = {siret[:9] for siret in subject.supplier.sirets}
    if printed and printed not in subject.supplier.sirets:
        if printed not in {chosen, subject.invoice.buyer_siret}:
            level = None if subject.printed.sure("supplier_siret") else Level.WARN
            yield SUPPLIER_SIRET_FOREIGN(siret=format_siret(printed), level=level)
    elif number and sirens and number not in sirens:
        yield SUPPLIER_NUMBER_FOREIGN(number=number)
    elif printed and chosen and printed != chosen:
        yield SUPPLIER_SIRET_OTHER(printed=format_siret(printed), chosen=format_siret(chosen))
    elif not printed and subject.printed.was_read:
        yield SUPPLIER_SIRET_UNPRINTED()


def check_buyer_siret(subject: Subject) -> Iterator[Problem]:
    siret = subject.invoice.buyer_siret
    if not siret:
        yield BUYER_OUTSIDE() if subject.recipient.outside else BUYER_SIRET_MISSING()
    elif not is_siret(siret, strict=subject.strict_luhn):
        yield BUYER_SIRET_INVALID(siret=format_siret(siret))
    elif siret in subject.supplier.sirets:
        yield BUYER_IS_SUPPLIER()
    elif subject.recipient.is_own:
        yield BUYER_IS_PORTAL(siret=format_siret(siret))
    else:
        yield from _check_directory(subject)


def _check_directory(subject: Subject) -> Iterator[Problem]:
    recipient, siret = subject.recipient, format_siret(subject.invoice.buyer_siret)
    if recipient.known is None:
        yield RECIPIENT_NOT_CHECKED()
    elif not recipient.known:
        yield RECIPIENT_UNKNOWN(siret=siret)
    elif not recipient.active:
        yield RECIPIENT_INACTIVE(siret=siret)


CHECKS = (check_supplier_siret, check_printed_supplier, check_buyer_siret)
