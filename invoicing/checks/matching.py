"""What the portal proposed of the orders, as far as the supplier must stand by it."""

from collections.abc import Iterator

from invoicing.checks.rule import Problem, stop, warn
from invoicing.checks.subject import Subject
from invoicing.matching import is_slip

ENGAGEMENT_CORRECTED = warn(
    "engagement-corrected",
    "engagement_number",
    "Le PDF dit « {printed} », la commande {reference} « {ordered} ».",
    "Nous avons corrigé le numéro d'après cette commande : vérifiez que c'est bien elle, puis confirmez.",
)
ORDER_MISSING = stop(
    "order-missing",
    "no_order",
    "Cette facture ne porte sur aucune commande d'Agrilocal.",
    "Indiquez la commande qu'elle facture, ou dites pourquoi il n'y en a pas.",
)
TAKEN_OVER = stop(
    "order-taken-over",
    "no_order",
    "La commande {reference} est passée à {successor}, qui a pris la suite de votre entreprise.",
    "C'est à {successor} de la facturer : retirez cette facture. Si vous l'avez livrée avant, appelez le Département.",
)
UNRELATED = stop(
    "order-unrelated",
    "no_order",
    "Vous dites que cette facture est sans rapport avec Agrilocal : ce site ne dépose que les livraisons d'Agrilocal.",
    "Déposez-la vous-même sur Chorus Pro, puis retirez-la d'ici.",
)
OFF_ORDER = warn(
    "off-order",
    "no_order",
    "Hors commande : {reason}.",
    "Vous pouvez continuer : l'acheteur verra la facture et pourra y rattacher une commande.",
)
DISOWNED = warn(
    "delivery-disowned",
    "no_order",
    "L'acheteur dit ne pas connaître cette livraison.",
    "Appelez-le : s'il la reconnaît, il le dit ici ; sinon il refusera la facture.",
)


def check_corrected_engagement(subject: Subject) -> Iterator[Problem]:
    printed, kept = subject.printed.any("engagement_number"), subject.invoice.engagement_number.strip()
    for order in subject.orders:
        was_its_own = printed in order.former_engagement_numbers
        if printed and kept == order.engagement_number and is_slip(printed, kept) and not was_its_own:
            yield ENGAGEMENT_CORRECTED(printed=printed, reference=order.reference, ordered=kept)
            return


def check_no_order(subject: Subject) -> Iterator[Problem]:
    """A credit note speaks of the invoice it corrects: it needs no order of its own."""
    invoice = subject.invoice
    if subject.orders:
        return
    if invoice.is_unrelated:
        yield UNRELATED(level=subject.unrelated_level)
    elif invoice.no_order:
        yield OFF_ORDER(reason=invoice.no_order)
    elif not invoice.is_credit_note and not subject.taken_over:
        yield ORDER_MISSING()
    if invoice.is_disowned:
        yield DISOWNED()


def check_taken_over(subject: Subject) -> Iterator[Problem]:
    taken = subject.taken_over
    if taken and not subject.orders and not subject.invoice.is_credit_note:
        yield TAKEN_OVER(reference=taken.reference, successor=taken.successor)


CHECKS = (check_corrected_engagement, check_no_order, check_taken_over)
