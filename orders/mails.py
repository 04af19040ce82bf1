"""What buyers are told: of the number a supplier waits for, and of who may act for them."""

from collections.abc import Collection

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse

from orders.models import BuyerMember, Order
from orders.signals import engagement_asked
from suppliers.mails import ASKER
from suppliers.models import Mail
from suppliers.models.mail import Told, kind, occasion_of
from suppliers.typography import french

BUYERS = "everybody of the buyer"
NOBODY_READS = french("Personne chez l'acheteur n'a encore de compte ici : appelez-le pour avoir le numéro.")


def still_awaited(orders: Collection[int]) -> set[Told]:
    asked = Order.objects.filter(pk__in=orders, engagement_number="", engagement_asked_at__isnull=False)
    rows = asked.filter(buyer__members__isnull=False).values_list("pk", "buyer__members__user", "engagement_asked_at")
    return {(order, user, occasion_of(at)) for order, user, at in rows}


NUMBER = kind("number_asked", "numéro d'engagement demandé", BUYERS, "a supplier asks for it", still=still_awaited)
BUYER_MEMBER = kind("buyer_member", "rattachement à un acheteur", ASKER, "he may act for a buyer", at_once=True)


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


@receiver(post_save, sender=BuyerMember)
def tell_member(instance: BuyerMember, created: bool, **kwargs) -> None:
    """Whoever makes somebody a member, he is told."""
    if created:
        Mail.objects.tell(
            BUYER_MEMBER,
            [instance.user],
            about=instance.pk,
            subject=f"Vous pouvez agir pour {instance.buyer}",
            happened=f"Le Département vous a rattaché à {instance.buyer} : vous voyez ses commandes et ses factures.",
            to_do="Commencez par donner aux commandes le numéro d'engagement qui leur manque.",
            action="Ouvrir les commandes",
            path=reverse("orders:buyer_home"),
        )
