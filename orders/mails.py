"""What buyers are told: of the number a supplier waits for, of what arrived, and of who may act for them."""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from orders.models import Buyer, BuyerMember, Order, Takeover
from orders.signals import engagement_asked, orders_moved
from suppliers.days import date_format
from suppliers.mails import ASKER, MEMBERS, invitation_kind, people_kind, still_members
from suppliers.models import Mail, Supplier
from suppliers.models.mail import Told, kind, occasion_of
from suppliers.typography import french

BUYERS = "everybody of the buyer"
# A delivery that is older is no longer asked about.
RECENT = timedelta(days=14)
NOBODY_READS = french("Personne chez l'acheteur n'a encore de compte ici : appelez-le pour avoir le numéro.")


def still_awaited(orders: Collection[int]) -> set[Told]:
    asked = Order.objects.filter(pk__in=orders, engagement_number="", engagement_asked_at__isnull=False)
    rows = asked.filter(buyer__members__isnull=False).values_list("pk", "buyer__members__user", "engagement_asked_at")
    return {(order, user, occasion_of(at)) for order, user, at in rows}


def awaiting_reception():
    """Delivered not long ago, before today, and nobody said yet what arrived."""
    today = timezone.localdate()
    return Order.objects.filter(delivery_on__range=(today - RECENT, today - timedelta(1)), receptions=None)


def still_unsaid(orders: Collection[int]) -> set[Told]:
    unsaid = awaiting_reception().filter(pk__in=orders, buyer__members__isnull=False)
    return {(order, user, "") for order, user in unsaid.values_list("pk", "buyer__members__user")}


NUMBER = kind("number_asked", "numéro d'engagement demandé", BUYERS, "a supplier asks for it", still=still_awaited)
RECEPTION = kind("reception", "réception à noter", BUYERS, "the day after the delivery", still=still_unsaid)
BUYER_MEMBER = kind(
    "buyer_member", "rattachement à un acheteur", ASKER, "he may act for a buyer", at_once=True,
    still=still_members("orders.BuyerMember"),
)  # fmt: skip
invitation_kind("buyer_invitation", "invitation à agir pour un acheteur", "orders.BuyerInvitation")
people_kind("buyer_people", "personnes d'un acheteur", BUYERS, "orders.BuyerMemberChange")
TAKEOVER = kind(
    "takeover",
    "reprise par une autre entreprise",
    MEMBERS,
    "it takes over or is taken over, or that is undone",
    at_once=True,
)
BUYER_TAKEOVER = kind(
    "buyer_takeover",
    "fournisseur repris par un autre",
    BUYERS,
    "orders of the buyer go to the successor, or come back",
    at_once=True,
)
UNEXPECTED = "Vous ne vous y attendiez pas ? Appelez le Département."
OWN_INVOICES_STAY = "Ses factures restent à elle : suivez-les ici jusqu'au paiement, qui arrive sur son compte."
NOTHING_COPIED = (
    "Complétez le profil de la nouvelle entreprise : son IBAN, sa réponse sur Chorus Pro et son mandat ne sont jamais "
    "repris de l'ancienne. Ses factures portent son propre SIRET."
)
ORDERS_BACK = "Les commandes revenues sont de nouveau à facturer par elle. Un brouillon ne les reprend pas de lui-même."
CHECK_NUMBERS = "Vérifiez les numéros d'engagement : si l'un d'eux est au nom de l'autre entreprise, donnez le nouveau."
ORDER_AGAIN = "Pour ce qui reste à livrer, commandez de nouveau : la commande ira à la nouvelle entreprise."


@receiver(engagement_asked)
def tell_number_asked(order: Order, **kwargs) -> None:
    Mail.objects.tell(
        NUMBER,
        order.buyer.people(),
        about=order.pk,
        occasion=occasion_of(order.engagement_asked_at),
        subject=f"Numéro d'engagement demandé : commande {order.reference}",
        happened=f"{order.supplier} attend le numéro d'engagement de la commande {order.reference} pour la facturer.",
        to_do="Donnez-le : c'est la seule case à remplir.",
        action="Donner le numéro",
        path=f"{reverse('orders:references', args=[order.pk])}?champ=engagement_number",
    )


def tell_receptions() -> None:
    """Never asked for before billing: whoever says nothing holds up nobody."""
    told = Mail.objects.filter(kind=RECEPTION.name, about=OuterRef("pk"))
    for order in awaiting_reception().filter(~Exists(told)).select_related("buyer", "supplier"):
        Mail.objects.tell(
            RECEPTION,
            order.buyer.people(),
            about=order.pk,
            subject=f"Commande {order.reference} : qu'avez-vous reçu ?",
            happened=f"{order.supplier} devait livrer la commande {order.reference} le "
            f"{date_format(order.delivery_on, 'j F Y')}.",
            to_do="Notez ce que vous avez reçu : le fournisseur le verra. Sa facture n'attend pas votre réponse.",
            action="Noter la réception",
            path=reverse("orders:record_reception", args=[order.pk]),
        )


@receiver(post_save, sender=BuyerMember)
def tell_member(instance: BuyerMember, created: bool, **kwargs) -> None:
    """Whoever makes somebody a member, he is told."""
    if created:
        Mail.objects.tell(
            BUYER_MEMBER,
            [instance.user],
            about=instance.pk,
            subject=f"Vous pouvez agir pour {instance.buyer}",
            happened=f"Vous pouvez maintenant agir pour {instance.buyer} : {instance.buyer.for_members}.",
            to_do="Commencez par donner aux commandes le numéro d'engagement qui leur manque.",
            action="Ouvrir les commandes",
            path=reverse("orders:buyer_home"),
        )


# --- Another company takes over ---


@receiver(orders_moved)
def tell_takeover(takeover: Takeover, orders: list[Order], part_billed: Collection[Order], **kwargs) -> None:
    """Both companies, and the buyers of the orders. Each act is told of by itself."""
    occasion = occasion_of(timezone.now())
    _tell_companies(takeover, len(orders), occasion)
    for buyer in {order.buyer for order in [*orders, *part_billed]}:
        moved = sum(order.buyer == buyer for order in orders)
        stayed = sum(order.buyer == buyer for order in part_billed)
        _tell_buyer_of_takeover(takeover, buyer, moved, stayed, occasion)


def _tell_companies(takeover: Takeover, moved: int, occasion: str) -> None:
    for company, to_do in _companies(takeover):
        Mail.objects.tell(
            TAKEOVER,
            company.people(),
            about=takeover.pk,
            occasion=f"{occasion} {company.pk}",
            subject=_told_of_takeover(takeover),
            happened=f"{_told_of_takeover(takeover)}. {_moved(takeover, moved)}",
            to_do=to_do,
            action=f"Voir le profil de {company}"[:60],
            path=reverse("suppliers:supplier", args=[company.pk]),
        )


def _companies(takeover: Takeover) -> list[tuple[Supplier, str]]:
    """Each of them, with what it has to do."""
    if takeover.undone_at:
        return [(takeover.supplier, ORDERS_BACK), (takeover.successor, UNEXPECTED)]
    return [(takeover.supplier, f"{OWN_INVOICES_STAY} {UNEXPECTED}"), (takeover.successor, NOTHING_COPIED)]


def _tell_buyer_of_takeover(takeover: Takeover, buyer: Buyer, moved: int, stayed: int, occasion: str) -> None:
    happened = [f"{_told_of_takeover(takeover)}."]
    happened += [f"Pour {buyer} : {_moved(takeover, moved)[:1].lower()}{_moved(takeover, moved)[1:]}"] if moved else []
    happened += [_stayed(takeover, buyer, stayed)] if stayed else []
    Mail.objects.tell(
        BUYER_TAKEOVER,
        buyer.people(),
        about=takeover.pk,
        occasion=f"{occasion} {buyer.pk}",
        subject=_told_of_takeover(takeover),
        happened=" ".join(happened),
        to_do=CHECK_NUMBERS if moved else ORDER_AGAIN,
        action="Voir les commandes",
        path=reverse("orders:buyer_home"),
    )


def _told_of_takeover(takeover: Takeover) -> str:
    if takeover.undone_at:
        return f"La reprise de {takeover.supplier} par {takeover.successor} est annulée"
    return f"{takeover.successor} prend la suite de {takeover.supplier}"


def _moved(takeover: Takeover, count: int) -> str:
    taker = takeover.supplier if takeover.undone_at else takeover.successor
    if not count:
        return "Aucune commande ne change de fournisseur."
    verb = "reviennent" if takeover.undone_at else "passent"
    one = "revient" if takeover.undone_at else "passe"
    told = f"{count} commandes pas encore facturées {verb}" if count > 1 else f"1 commande pas encore facturée {one}"
    return f"{told} à {taker}."


def _stayed(takeover: Takeover, buyer: Buyer, count: int) -> str:
    if count > 1:
        return f"{count} commandes de {buyer} déjà facturées en partie restent à {takeover.supplier}. {ORDER_AGAIN}"
    return f"1 commande de {buyer} déjà facturée en partie reste à {takeover.supplier}. {ORDER_AGAIN}"
