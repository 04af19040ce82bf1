"""What Chorus Pro demands of those who bill a buyer, in the words shown wherever an order is."""

from orders.models import Order, Recipient, Requires

NBSP = "\u00a0"
ENGAGEMENT, EITHER = "numéro d'engagement à venir", "numéro d'engagement ou code service à venir"
# Where « Numéro d'engagement » stands above or beside it already.
IN_COLUMN = {ENGAGEMENT: "à venir", EITHER: "à venir, ou code service"}


def demand(recipient: Recipient | None) -> str:
    """One sentence on what every invoice to this recipient must carry."""
    if recipient is None:
        return "Cet acheteur ne reçoit pas ses factures sur Chorus Pro."
    if recipient.is_known is False:
        return f"Chorus Pro ne connaît pas le SIRET de cet acheteur{NBSP}: prévenez le Département."
    if not recipient.is_active:
        return f"Le SIRET de cet acheteur n'est plus actif sur Chorus Pro{NBSP}: prévenez le Département."
    if recipient.requires != Requires.NOTHING:
        return f"Chorus Pro exige {recipient.get_requires_display()} sur chaque facture adressée à cet acheteur."
    if recipient.synced_at is None:
        return "Ce que Chorus Pro exige pour cet acheteur n'a pas encore été vérifié."
    return "Chorus Pro n'exige ni code service ni numéro d'engagement pour cet acheteur."


def demand_of_service(order: Order) -> str:
    """The further demand of the order's own service, or nothing."""
    recipient = order.buyer.recipient
    by_itself = recipient and recipient.requires not in (Requires.ENGAGEMENT, Requires.BOTH)
    if by_itself and order.service_code and recipient.wants_engagement(order.service_code):
        return f"Le service «{NBSP}{order.service_code}{NBSP}» exige un numéro d'engagement."
    return ""


def missing(order: Order) -> list[str]:
    """What the recipient demands and the buyer has not given yet, as the lists remind it."""
    if order.lacks_engagement and order.lacks_service and order.buyer.recipient.requires == Requires.EITHER:
        return [EITHER]
    return [ENGAGEMENT] * order.lacks_engagement + ["code service à venir"] * order.lacks_service


def missing_in_column(order: Order) -> list[str]:
    """The same under « Numéro d'engagement », short enough for one line on a phone."""
    return [IN_COLUMN.get(words, words) for words in missing(order)]
