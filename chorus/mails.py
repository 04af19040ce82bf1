"""Told in time that a technical password dies: once per person and threshold."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from chorus.conf import configuration
from chorus.models import TechnicalAccount
from suppliers.days import date_format
from suppliers.models import Mail, Member, User
from suppliers.models.mail import Told, kind

DEAD = 0
MAY_SEE = "chorus.view_technicalaccount"
RENEW = (
    "1. Renouvelez le mot de passe du compte technique sur Chorus Pro : le gestionnaire principal ouvre « Raccordement "
    "EDI et API », puis « Gérer raccordement API ». Chorus Pro n'affiche le nouveau mot de passe qu'une fois.\n"
)
HIS = (
    "2. Saisissez-le dans votre profil : « Mon compte technique », « Remplacer le mot de passe ou le compte ».\n"
    "3. Demandez « Vérifier la connexion » : les envois reprennent d'eux-mêmes."
)
PORTALS = (
    "2. Saisissez-le ici : « Bureau », « Comptes techniques ».\n"
    "3. Demandez « Vérifier ce compte » : les envois reprennent d'eux-mêmes."
)
OF_ANOTHER = (
    "2. C'est au fournisseur de le saisir dans son profil ; ses membres reçoivent ce même message.\n"
    "3. Demandez « Vérifier ce compte » : les envois reprennent d'eux-mêmes."
)


def still_dying(accounts: Collection[int]) -> set[Told]:
    now, dying = timezone.now(), _dying().filter(pk__in=accounts)
    staff = set(User.objects.staff_who_may(MAY_SEE).values_list("pk", flat=True))
    members = set(Member.objects.filter(supplier__technical_accounts__in=dying).values_list("supplier", "user"))
    return {
        (account.pk, user, _occasion(account, now))
        for account in dying
        for user in staff | {user for supplier, user in members if supplier == account.supplier_id}
    }


PASSWORD = kind(
    "password", "mot de passe technique qui expire", "staff who see the accounts, everybody of a supplier's own",
    "`CHORUS_PASSWORD_REMINDERS` days before, and once it is dead", at_once=True, still=still_dying,
)  # fmt: skip


def remind() -> None:
    """A row for each person to tell; run twice, what is told is told."""
    now, staff = timezone.now(), list(User.objects.staff_to_tell(MAY_SEE))
    for account in _dying():
        if account.is_own:
            _tell(account, account.supplier.people(), HIS, "chorus:own_account", account.supplier_id, now)
        to_do = OF_ANOTHER if account.is_own else PORTALS
        _tell(account, staff, to_do, "admin:chorus_technicalaccount_change", account.pk, now)


def _tell(account: TechnicalAccount, people: Iterable[User], to_do: str, page: str, key: int, now: datetime) -> None:
    day, whose = date_format(account.expires_on, "j F Y"), f" ({account.supplier})" if account.is_own else ""
    happens, then = f"expire le {day}", "Après cette date, plus aucune facture ne partira par ce compte."
    if reached(account, now) == DEAD:
        happens = f"a expiré le {day}"
        then = "Plus aucune facture ne part par ce compte, aucune n'est perdue : elles attendent."
    Mail.objects.tell(
        PASSWORD,
        people,
        about=account.pk,
        occasion=_occasion(account, now),
        subject=f"Le mot de passe du compte technique Chorus Pro {happens}",
        happened=f"Le mot de passe du compte technique Chorus Pro {account.login}{whose} {happens}. {then}",
        to_do=RENEW + to_do,
        action="Ouvrir le compte technique",
        path=reverse(page, args=[key]),
    )


def _dying() -> QuerySet[TechnicalAccount]:
    horizon = timezone.now() + timedelta(days=max(configuration().password_reminders, default=0))
    in_use = TechnicalAccount.objects.in_use(configuration().environment).select_related("supplier")
    return in_use.filter(password_expires_at__lte=horizon)


def _occasion(account: TechnicalAccount, now: datetime) -> str:
    return f"{account.expires_on.isoformat()} {reached(account, now)}"


def reached(account: TechnicalAccount, now: datetime) -> int:
    """The nearest threshold that was passed; 0 once the password is dead. An account found late is told of one only."""
    left = account.password_expires_at - now
    if left <= timedelta(0):
        return DEAD
    return min(days for days in configuration().password_reminders if left <= timedelta(days=days))
