"""What the portal proposed of the orders, as far as the supplier must stand by it."""

from collections.abc import Iterator

from invoicing.checks.rule import Problem, warn
from invoicing.checks.subject import Subject
from invoicing.matching import is_slip

ENGAGEMENT_CORRECTED = warn(
    "engagement-corrected",
    "engagement_number",
    "Le PDF dit « {printed} », la commande {reference} « {ordered} ».",
    "Nous avons corrigé le numéro d'après cette commande : vérifiez que c'est bien elle, puis confirmez.",
)


def check_corrected_engagement(subject: Subject) -> Iterator[Problem]:
    printed, kept = subject.printed.any("engagement_number"), subject.invoice.engagement_number.strip()
    for order in subject.orders:
        was_its_own = printed in order.former_engagement_numbers
        if printed and kept == order.engagement_number and is_slip(printed, kept) and not was_its_own:
            yield ENGAGEMENT_CORRECTED(printed=printed, reference=order.reference, ordered=kept)
            return


CHECKS = (check_corrected_engagement,)
