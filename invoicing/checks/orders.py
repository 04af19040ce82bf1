"""The invoice against the Agrilocal orders it bills."""

from collections.abc import Iterator
from decimal import Decimal

from invoicing.checks.rule import Problem, stop, warn
from invoicing.checks.subject import OrderFacts, Subject
from invoicing.typography import euros
from suppliers.identifiers import format_siret

CENT = Decimal("0.01")

ORDER_OTHER_BUYER = stop(
    "order-other-buyer",
    "buyer_siret",
    "La commande {reference} est celle d'un autre acheteur (SIRET {siret}).",
    "Mettez le SIRET de l'acheteur de la commande, ou retirez cette commande de la facture.",
)
ORDERS_ENGAGEMENTS_DIFFER = stop(
    "orders-engagements-differ",
    "engagement_number",
    "Les commandes facturées ont des numéros d'engagement différents ({numbers}).",
    "Chorus Pro n'en accepte qu'un par facture : faites une facture par numéro d'engagement.",
)
ENGAGEMENT_NOT_OF_ORDER = warn(
    "engagement-not-of-order",
    "engagement_number",
    "Le numéro d'engagement {typed} n'est pas celui de la commande {reference} ({expected}).",
    "Reprenez celui de la commande, sauf si l'acheteur vous en a donné un autre.",
)
ENGAGEMENT_PRINTED_FORMER = warn(
    "engagement-printed-former",
    "engagement_number",
    "Le PDF porte l'ancien numéro d'engagement {printed} ; l'acheteur l'a remplacé par {expected}.",
    "Vous pouvez continuer : le nouveau numéro sera transmis. Mieux vaut refaire le PDF.",
)
ENGAGEMENT_OTHER_YEAR = warn(
    "engagement-other-year",
    "engagement_number",
    "La facture est de {issued} et la commande {reference} de {ordered}.",
    "Demandez à l'acheteur : « Ce numéro d'engagement est-il encore ouvert ? »",
)
ORDER_OVERBILLED = warn(
    "order-overbilled",
    "orders",
    "La facture compte {billed} pour la commande {reference}, dont il reste {remaining} à facturer.",
    "Vérifiez les quantités livrées et les prix de la commande.",
)
ORDER_NOT_ARRIVED = warn(
    "order-not-arrived",
    "orders",
    "La facture compte {billed} pour la commande {reference}, et l'acheteur n'a noté que {arrived} de reçu à facturer.",
    "Facturez ce qui est arrivé. Si la réception est mal notée, appelez l'acheteur : il peut la corriger.",
)
ORDERS_SUM_DIFFERS = warn(
    "orders-sum-differs",
    "orders",
    "Les montants répartis sur les commandes font {sum}, et le total hors taxes {total}.",
    "Vérifiez le montant compté pour chaque commande.",
)


def check_buyer_of_orders(subject: Subject) -> Iterator[Problem]:
    for order in subject.orders:
        if order.buyer_siret and subject.invoice.buyer_siret and order.buyer_siret != subject.invoice.buyer_siret:
            yield ORDER_OTHER_BUYER(reference=order.reference, siret=format_siret(order.buyer_siret))


def check_engagement_of_orders(subject: Subject) -> Iterator[Problem]:
    numbers = sorted({order.engagement_number for order in subject.orders if order.engagement_number})
    if len(numbers) > 1:
        yield ORDERS_ENGAGEMENTS_DIFFER(numbers=", ".join(numbers))
        return
    typed = subject.invoice.engagement_number.strip()
    for order in subject.orders:
        if typed and order.engagement_number and typed != order.engagement_number:
            yield ENGAGEMENT_NOT_OF_ORDER(typed=typed, reference=order.reference, expected=order.engagement_number)


def check_printed_engagement(subject: Subject) -> Iterator[Problem]:
    printed = subject.printed.any("engagement_number")
    for order in subject.orders:
        if printed and printed != order.engagement_number and printed in order.former_engagement_numbers:
            yield ENGAGEMENT_PRINTED_FORMER(printed=printed, expected=order.engagement_number or "un autre")


def check_year_of_orders(subject: Subject) -> Iterator[Problem]:
    issued = subject.invoice.issue_date
    for order in subject.orders:
        if issued and order.ordered_on and order.engagement_number and order.ordered_on.year < issued.year:
            yield ENGAGEMENT_OTHER_YEAR(issued=issued.year, reference=order.reference, ordered=order.ordered_on.year)


def check_billed_amounts(subject: Subject) -> Iterator[Problem]:
    invoice = subject.invoice
    if invoice.is_credit_note:
        return
    for order in subject.orders:
        if order.billed is not None and order.remaining is not None:
            yield from _check_billed(order, order.billed, order.remaining)
    yield from _check_sum(subject)


def _check_billed(order: OrderFacts, billed: Decimal, remaining: Decimal) -> Iterator[Problem]:
    """Against what arrived where that is less, else against what was ordered: one excess is told once."""
    if order.arrived is not None and order.arrived < remaining:
        if billed > order.arrived + CENT:
            yield ORDER_NOT_ARRIVED(
                reference=order.reference, billed=euros(billed), arrived=euros(max(order.arrived, Decimal(0)))
            )
    elif billed > remaining + CENT:
        yield ORDER_OVERBILLED(reference=order.reference, billed=euros(billed), remaining=euros(remaining))


def _check_sum(subject: Subject) -> Iterator[Problem]:
    amounts, total = [order.billed for order in subject.orders], subject.invoice.total_ht
    if not amounts or None in amounts or total is None:
        return
    if abs(sum(amounts) - total) > CENT * len(amounts):
        yield ORDERS_SUM_DIFFERS(sum=euros(sum(amounts)), total=euros(total))


CHECKS = (
    check_buyer_of_orders,
    check_engagement_of_orders,
    check_printed_engagement,
    check_year_of_orders,
    check_billed_amounts,
)
