"""Who invoices whom: the supplier's SIRET, the recipient's, and what Chorus Pro knows of the recipient."""

from collections.abc import Iterator

from invoicing.checks.rule import Problem, stop, warn
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
    "Le SIRET {siret} n'est pas celui d'un de vos établissements ouverts à la date de la facture.",
    "Choisissez un de vos établissements, ou faites ajouter celui-ci à votre profil.",
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
RECIPIENT_PRIVATE = stop(
    "recipient-private",
    "buyer_siret",
    "L'acheteur au SIRET {siret} n'est pas un acheteur public : Chorus Pro ne lui transmet pas de facture.",
    "Envoyez-lui la facture vous-même.",
)


def check_supplier_siret(subject: Subject) -> Iterator[Problem]:
    siret = subject.invoice.supplier_siret
    if not siret:
        yield SUPPLIER_SIRET_MISSING()
    elif not is_siret(siret, strict=subject.strict_luhn):
        yield SUPPLIER_SIRET_INVALID(siret=format_siret(siret))
    elif siret not in subject.supplier.sirets:
        yield SUPPLIER_SIRET_FOREIGN(siret=format_siret(siret))


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
    elif not recipient.is_public:
        yield RECIPIENT_PRIVATE(siret=siret)
    elif not recipient.active:
        yield RECIPIENT_INACTIVE(siret=siret)


CHECKS = (check_supplier_siret, check_buyer_siret)
