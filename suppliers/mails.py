"""What suppliers are told: of their account, and of who may act for them."""

from django.conf import settings
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from suppliers.models.mail import Mail, kind

MEMBERS, ASKER = "everybody of the supplier", "the person"
CALL_COMES = (
    "Un agent du Département va appeler, au numéro qu'il connaissait déjà, pour le confirmer. D'ici là, aucune facture "
    "qui porte cet IBAN ne part."
)
FRAUD = (
    "Vous ne vous y attendiez pas ? Appelez le Département avant tout : c'est peut-être une fraude. Nous ne demandons "
    "jamais votre mot de passe."
)
# What was heard of an account: name of the kind, when it is told, and the sentence. The account is never quoted.
HEARD = {
    "changed": (
        "nouvel IBAN dans le profil",
        "an IBAN is given in the profile",
        f"Un nouvel IBAN a été donné pour {{supplier}}. {CALL_COMES}",
    ),
    "printed": (
        "nouvel IBAN sur une facture",
        "an invoice handed over prints an IBAN nobody confirmed",
        f"Une facture de {{supplier}} porte un IBAN que nous ne connaissons pas encore. {CALL_COMES}",
    ),
    "confirmed": (
        "IBAN confirmé par téléphone",
        "a call confirms the IBAN",
        "L'IBAN de {supplier} a été confirmé par téléphone. Les factures qui le portent peuvent partir.",
    ),
    "denied": (
        "IBAN non reconnu au téléphone",
        "the person called does not know the IBAN",
        "La personne jointe au téléphone pour {supplier} n'a pas reconnu un IBAN. Aucune facture qui le porte ne part.",
    ),
}
ACCOUNT = {
    heard: kind(f"iban_{heard}", label, MEMBERS, told, at_once=True) for heard, (label, told, _) in HEARD.items()
}
MEMBER = kind("member", "rattachement à un fournisseur", ASKER, "he may act for a supplier", at_once=True)
REFUSED = kind("membership_refused", "rattachement refusé", ASKER, "his request is refused", at_once=True)


def tell_account(supplier, heard: str, iban_hash: str) -> None:
    """Every member, once a day at most for the same thing."""
    label, _, happened = HEARD[heard]
    Mail.objects.tell(
        ACCOUNT[heard],
        supplier.people(),
        about=supplier.pk,
        occasion=f"{timezone.localdate().isoformat()} {iban_hash[:32]}",
        subject=capfirst(f"{label} ({supplier})"),
        happened=happened.format(supplier=supplier),
        to_do=FRAUD,
        action="Voir le profil",
        path=reverse("suppliers:supplier", args=[supplier.pk]),
    )


@receiver(post_save, sender="suppliers.Member")
def tell_member(instance, created: bool, **kwargs) -> None:
    """Whoever makes somebody a member, he is told."""
    if created:
        Mail.objects.tell(
            MEMBER,
            [instance.user],
            about=instance.pk,
            subject=f"Vous pouvez agir pour {instance.supplier}",
            happened=f"Le Département vous a rattaché à {instance.supplier} : vous pouvez déposer et suivre ses "
            "factures.",
            to_do="Commencez par vérifier le profil.",
            action="Ouvrir le profil",
            path=reverse("suppliers:supplier", args=[instance.supplier_id]),
        )


def tell_refusal(request) -> None:
    phone = settings.SITE["contact_phone"]
    Mail.objects.tell(
        REFUSED,
        [request.user],
        about=request.pk,
        subject=f"Votre demande pour {request.company_name} n'est pas acceptée",
        happened=f"Le Département n'a pas accepté votre demande d'agir pour {request.company_name}.",
        to_do="C'est une erreur ? Appelez le Département" + (f" : {phone}." if phone else "."),
        action="Voir mes demandes",
        path=reverse("suppliers:membership_request"),
    )
