"""What buyers are told: of the number a supplier waits for, of what arrived, and of who may act for them."""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from orders.models import BuyerMember, Order
from orders.signals import engagement_asked
from suppliers.mails import ASKER
from suppliers.models import Mail
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
            happened=f"Le Département vous a rattaché à {instance.buyer} : vous voyez ses commandes et ses factures.",
            to_do="Commencez par donner aux commandes le numéro d'engagement qui leur manque.",
            action="Ouvrir les commandes",
            path=reverse("orders:buyer_home"),
        )
