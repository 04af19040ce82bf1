"""What suppliers are told: of their account, and of who may act for them.

Invitations, and who comes and goes, are told in the same words for buyers, whose kinds `orders.mails` makes.
"""

from collections.abc import Callable, Collection

from django.apps import apps
from django.conf import settings
from django.db.models import F
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from suppliers.days import date_format
from suppliers.models.mail import KINDS, Kind, Mail, State, Told, kind, occasion_of

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


def still_theirs(suppliers: Collection[int]) -> set[Told]:
    """Of what was heard, all that its people wait for; who left waits for nothing."""
    theirs = Mail.objects.filter(about__in=suppliers, user__supplier_memberships__supplier=F("about"))
    return {mail.told for mail in theirs.in_state(State.WAITING).only("about", "user", "occasion")}


ACCOUNT = {
    heard: kind(f"iban_{heard}", label, MEMBERS, told, at_once=True, still=still_theirs)
    for heard, (label, told, _) in HEARD.items()
}


def still_members(model: str) -> Callable[[Collection[int]], set[Told]]:
    """Of rows of members, those that still stand."""

    def still(keys: Collection[int]) -> set[Told]:
        rows = apps.get_model(model).objects.filter(pk__in=keys)
        return {(key, user, "") for key, user in rows.values_list("pk", "user")}

    return still


MEMBER = kind(
    "member", "rattachement à un fournisseur", ASKER, "he may act for a supplier", at_once=True,
    still=still_members("suppliers.Member"),
)  # fmt: skip
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
            happened=f"Vous pouvez maintenant agir pour {instance.supplier} : {instance.supplier.for_members}.",
            to_do="Commencez par vérifier le profil.",
            action="Ouvrir le profil",
            path=reverse("suppliers:supplier", args=[instance.supplier_id]),
        )


# --- Who comes and goes, of suppliers and of buyers ---


def invitation_kind(name: str, label: str, model: str) -> Kind:
    """Carries an invitation; the link is made when the letter leaves, so that no table holds it."""

    def still(keys: Collection[int]) -> set[Told]:
        rows = apps.get_model(model).objects.open().filter(pk__in=keys)
        return {(key, None, occasion_of(at)) for key, at in rows.values_list("pk", "sent_at")}

    def link(key: int) -> str:
        return reverse("invitation_link", args=[apps.get_model(model).objects.new_token(key)])

    when = "one of its people invites him; at most three times a day"
    return kind(name, label, "the address invited", when, at_once=True, still=still, link=link)


def people_kind(name: str, label: str, to: str, model: str) -> Kind:
    def still(keys: Collection[int]) -> set[Told]:
        """Its people of now, and who went."""
        rows = apps.get_model(model).objects.filter(pk__in=keys)
        told = [*rows.values_list("pk", "house__members__user"), *rows.values_list("pk", "user")]
        return {(key, user, "") for key, user in told}

    return kind(name, label, f"{to}, and who was removed", "somebody comes or goes", at_once=True, still=still)


invitation_kind("invitation", "invitation à agir pour un fournisseur", "suppliers.Invitation")
people_kind("people", "personnes d'un fournisseur", MEMBERS, "suppliers.MemberChange")

COMES_AND_GOES = {
    "joined": "{whom} agit maintenant pour {house} : l'invitation d'un membre est acceptée.",
    "added": "{whom} agit maintenant pour {house}, à la demande du Département.",
    "left": "{whom} n'agit plus pour {house}, de son propre choix.",
    "removed": "{whom} n'agit plus pour {house} : son accès a été retiré par {author}.",
}


def tell_invitation(invitation) -> None:
    """The address, whether it has an account or not. No word of whoever invites: he may write to anybody this way."""
    house, until = invitation.house, date_format(timezone.localtime(invitation.expires_at), "j F Y")
    Mail.objects.write_to(
        invitation.email,
        KINDS[invitation.mail_kind],
        about=invitation.pk,
        occasion=occasion_of(invitation.sent_at),
        subject=f"Invitation à agir pour {house}",
        happened=f"Une personne qui agit déjà pour {house} sur {settings.SITE['name']} vous invite à la rejoindre : "
        f"{house.for_members}.",
        to_do=f"Ce lien vaut une fois, pour cette adresse seulement, jusqu'au {until}. Vous ne vous y attendiez pas ? "
        "Ne faites rien : il ne se passera rien.",
        action="Répondre à l'invitation",
        path=reverse("invitation"),
    )


def tell_people(change) -> None:
    """The others, so that nobody comes in unseen; and who was removed, so that he may protest."""
    house, people = change.house, set(change.house.people())
    if change.what == "removed":
        people.add(change.user)
    words = {"whom": change.whom, "house": house, "author": change.author}
    Mail.objects.tell(
        KINDS[change.mail_kind],
        people - {change.user} if change.what in ("joined", "added") else people,
        about=change.pk,
        subject=f"Personnes qui agissent pour {house} : un changement",
        happened=COMES_AND_GOES[change.what].format(**words),
        to_do="Vous ne vous y attendiez pas ? Appelez le Département"
        + (f" : {phone}." if (phone := settings.SITE["contact_phone"]) else "."),
        action="Voir les personnes",
        path=house.members_path,
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
