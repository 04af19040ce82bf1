"""The steps of a connection, in the order in which they depend on each other: what is wrong, who mends it, and how.

The clicks on Chorus Pro are those of AIFE's guides « Administrer les structures et les utilisateurs » (supplier's side)
and « Création d'un compte technique » (account's side).
"""

from dataclasses import dataclass

from django.db.models import TextChoices

from chorus.conf import configuration
from invoicing.typography import french
from suppliers.identifiers import format_siret


class Step(TextChoices):
    NONE = "", "rien à signaler"
    OFF = "off", "Chorus Pro n'est pas branché sur ce portail"
    UNREACHABLE = "unreachable", "Chorus Pro ne répond pas pour le moment"
    APPLICATION = "application", "l'application du portail n'est pas acceptée par PISTE"
    CONSENT = "consent", "une API de Chorus Pro n'est pas activée pour le portail"
    ACCOUNT = "account", "le compte technique n'est pas accepté"
    PASSWORD = "password", "le mot de passe du compte technique a expiré"
    ATTACHMENT = "attachment", "la structure n'est pas encore rattachée au portail"
    SPACE = "space", french("l'espace « Factures émises » n'est pas ouvert en modification")


class Mender(TextChoices):
    """Who can mend a step."""

    SUPPLIER = "supplier", "le fournisseur"
    STAFF = "staff", "le Département"
    NOBODY = "nobody", "personne"


@dataclass(frozen=True)
class Advice:
    """One sentence says what is wrong, `clicks` what to do, in order; addressed to `mender`."""

    wrong: str
    clicks: tuple[str, ...]
    mender: Mender

    @property
    def is_for_supplier(self) -> bool:
        return self.mender == Mender.SUPPLIER

    @property
    def is_for_staff(self) -> bool:
        return self.mender == Mender.STAFF


def advice(step: str, detail: str = "", *, own: bool = False) -> Advice | None:
    """What to do about a failing step; None when there is none. `own`: the account is the supplier's."""
    if not step:
        return None
    wrong, clicks, mender = TELL[Step(step)](detail, own)
    return Advice(french(wrong), tuple(french(click) for click in clicks), mender)


def _off(detail: str, own: bool):
    wrong = "Ce portail n'est pas branché sur Chorus Pro."
    return wrong, ["Donnez les réglages CHORUS_… au portail et un compte technique au bureau."], Mender.STAFF


def _unreachable(detail: str, own: bool):
    wrong = f"Chorus Pro ne répond pas pour le moment{f' ({detail})' if detail else ''}."
    return wrong, ["Il n'y a rien à réparer ici : demandez la vérification de nouveau dans une heure."], Mender.NOBODY


def _application(detail: str, own: bool):
    return (
        "PISTE n'accepte pas l'application du portail (identifiant ou secret).",
        [
            "Sur PISTE, ouvrez « Applications », puis l'application du portail de cet environnement.",
            "Prenez les identifiants OAuth (pas les « API Keys ») et donnez-les au portail : CHORUS_CLIENT_ID et "
            "CHORUS_CLIENT_SECRET.",
        ],
        Mender.STAFF,
    )


def _consent(detail: str, own: bool):
    name = f"L'API « {detail} »" if detail else "Une API de Chorus Pro"
    return (
        f"{name} n'est pas activée pour l'application du portail sur PISTE.",
        [
            "Sur PISTE, acceptez les conditions d'utilisation de cette API (« Consentement CGU API »).",
            "Dans l'application du portail, « Modifier l'application », cochez cette API, enregistrez.",
        ],
        Mender.STAFF,
    )


def _account(detail: str, own: bool):
    wrong = "Chorus Pro n'accepte pas l'identifiant ou le mot de passe du compte technique."
    return wrong, [*CREATE_PASSWORD, ENTER_HERE[own]], Mender.SUPPLIER if own else Mender.STAFF


def _password(detail: str, own: bool):
    wrong = f"Le mot de passe du compte technique a expiré{f' le {detail}' if detail else ''}."
    return wrong, [*CREATE_PASSWORD, ENTER_HERE[own]], Mender.SUPPLIER if own else Mender.STAFF


CREATE_PASSWORD = (
    "Sur Chorus Pro, le gestionnaire principal ouvre « Raccordement EDI et API », puis « Gérer raccordement API ».",
    "Il renouvelle le mot de passe du compte technique. Chorus Pro ne l'affiche qu'une fois : notez-le.",
)
ENTER_HERE = {
    True: "Saisissez-le ici, dans votre profil, rubrique « Mon compte technique ». Il sert au bout d'une demi-heure.",
    False: "Saisissez-le au bureau, « Comptes techniques ». Il sert au bout d'une demi-heure.",
}


def _attachment(detail: str, own: bool):
    structure = f"la structure {format_siret(detail)}" if detail else "votre structure"
    if own:
        return (
            f"Votre compte technique ne voit pas {structure} sur Chorus Pro.",
            ["Vérifiez que le compte technique a été créé par le gestionnaire principal de cette structure."],
            Mender.SUPPLIER,
        )
    return (
        f"Le portail n'est pas encore rattaché à {structure} sur Chorus Pro.",
        [
            "Sur Chorus Pro, le gestionnaire principal ouvre « Activités du gestionnaire ».",
            f"Dans « Les demandes de rattachement à une structure », il valide celle de {portal_user()}.",
            "S'il ne l'y trouve pas : « Mes structures », le crayon de la structure, puis il rattache cet utilisateur.",
            *OPEN_SPACE[-1:],
        ],
        Mender.SUPPLIER,
    )


OPEN_SPACE = (
    "Sur Chorus Pro, le gestionnaire principal ouvre « Activités du gestionnaire », puis « Mes structures » et le "
    "crayon de la structure. Si « Factures émises » manque dans « Liste des espaces de la structure », « Ajouter des "
    "espaces ».",
    "Il donne à cet utilisateur l'espace « Factures émises », habilitation « Modification ».",
)
SPACE_STATES = {
    "absent": "n'est pas ouvert",
    "closed": "a été supprimé",
    "read-only": "n'est ouvert qu'en consultation",
}


def _space(detail: str, own: bool):
    state, _, structure = detail.partition(" ")
    for_whom = "votre compte technique" if own else "l'utilisateur du portail"
    on = f" sur la structure {format_siret(structure)}" if structure else ""
    clicks = [OPEN_SPACE[0]] if own else [OPEN_SPACE[0], f"Cet utilisateur est {portal_user()}.", OPEN_SPACE[1]]
    told = SPACE_STATES.get(state, SPACE_STATES["absent"])
    return f"L'espace « Factures émises » {told} pour {for_whom}{on}.", clicks, Mender.SUPPLIER


def portal_user() -> str:
    """Whom a supplier must attach, as the settings name it."""
    config = configuration()
    user = f"« {config.portal_user} »" if config.portal_user else "l'utilisateur du portail"
    return f"{user} (structure {config.portal_structure})" if config.portal_structure else user


TELL = {
    Step.OFF: _off,
    Step.UNREACHABLE: _unreachable,
    Step.APPLICATION: _application,
    Step.CONSENT: _consent,
    Step.ACCOUNT: _account,
    Step.PASSWORD: _password,
    Step.ATTACHMENT: _attachment,
    Step.SPACE: _space,
}
