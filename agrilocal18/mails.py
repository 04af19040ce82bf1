"""What staff are told of the portal's own health: once for each trouble, however long it lasts.

`watch` looks each minute, woken by beat. That beat is silent no sweep of beat's could tell: each worker looks by itself
(agrilocal18.celery), and sends what it has to tell. Where beat and all workers are silent nobody here can send
anything: that is for whoever asks /readyz.
"""

import socket
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from agrilocal18 import readiness
from chorus import watch
from chorus.conf import configuration
from chorus.models import Alarm, Sweep, TechnicalAccount
from suppliers.days import date_format
from suppliers.models import Mail, User
from suppliers.models.mail import Kind, Told, kind, occasion_of

OPERATORS = "superusers"
NOTHING_IS_LOST = "Rien n'est perdu : tout attend."


def _operators():
    return User.objects.filter(is_superuser=True, is_staff=True)


def _at(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j F à H:i")


# --- Accounts that Chorus Pro refuses, or whose sending waits for a person ---


def still_blocked(accounts: Collection[int]) -> set[Told]:
    staff = _account_keepers().values_list("pk", flat=True)
    stopped = _stopped().filter(pk__in=accounts)
    return {(account.pk, person, _stop_of(account)) for account in stopped for person in staff}


ACCOUNT = kind(
    "alert_account", "alerte\u00a0: compte Chorus Pro arrêté", "staff who see the accounts",
    "an account is blocked, or its sending paused", at_once=True, still=still_blocked,
)  # fmt: skip


def tell_accounts() -> None:
    for account in _stopped():
        blocked = account.blocked_since
        since = _at(blocked or account.breaker.paused_since)
        happened = f"Depuis le {since}, plus aucune facture ne part par le compte technique {account.login} : "
        happened += "Chorus Pro le refuse." if blocked else "le même refus est revenu pour plusieurs fournisseurs."
        mend = "renouvelez le mot de passe ou le consentement, puis « Vérifier ce compte »."
        resume = "essayez l'une de ces factures sur Chorus Pro, puis « Reprendre les envois »."
        Mail.objects.tell(
            ACCOUNT,
            _account_keepers(),
            about=account.pk,
            occasion=_stop_of(account),
            subject=f"Compte technique Chorus Pro arrêté : {account.login}",
            happened=f"{happened} {NOTHING_IS_LOST}",
            to_do=f"Lisez le motif sur la page du compte ; {mend if blocked else resume}",
            action="Ouvrir le compte technique",
            path=reverse("admin:chorus_technicalaccount_change", args=[account.pk]),
        )


def _stopped():
    if not configuration().is_on:
        return TechnicalAccount.objects.none()
    return TechnicalAccount.objects.in_use(configuration().environment).stopped().select_related("breaker")


def _stop_of(account: TechnicalAccount) -> str:
    return occasion_of(account.blocked_since or account.breaker.paused_since)


def _account_keepers():
    return User.objects.staff_to_tell("chorus.view_technicalaccount")


# --- What lasts, of which the first moment is kept ---


def _lasting(name: str, label: str, to: str, when: str, people) -> Kind:
    """A kind about an Alarm: true as long as its row is there."""

    def still(alarms: Collection[int]) -> set[Told]:
        lasting = Alarm.objects.filter(pk__in=alarms)
        return {(alarm.pk, person.pk, occasion_of(alarm.since)) for alarm in lasting for person in people()}

    return kind(name, label, to, when, at_once=True, still=still)


def _settlers():
    return User.objects.staff_to_tell("chorus.settle_submission")


DOUBT = _lasting(
    "alert_doubt", "alerte\u00a0: envois incertains", "staff who may settle them",
    "« Incertains » on the status line is more than « Bien »", _settlers,
)  # fmt: skip
DISK = _lasting(
    "alert_disk", "alerte\u00a0: disque presque plein", OPERATORS, "less than `DISK_FREE_MIN` is left", _operators
)


def tell_doubt() -> None:
    alarm = Alarm.lasts("doubt", watch.doubt_grows())
    if alarm:
        Mail.objects.tell(
            DOUBT,
            _settlers(),
            about=alarm.pk,
            occasion=occasion_of(alarm.since),
            subject="Des envois vers Chorus Pro restent incertains",
            happened="Plus d'envois que d'habitude, ou depuis plus longtemps, sont sans réponse claire de Chorus Pro. "
            "Le portail cherche chacun d'eux avant de le renvoyer : rien ne part deux fois.",
            to_do="Ouvrez ceux qui le sont depuis le plus longtemps, et demandez « Regarder sur Chorus Pro ».",
            action="Voir les envois incertains",
            path=f"{reverse('admin:chorus_submission_changelist')}?etat=in_doubt",
        )


def tell_disk() -> None:
    """Of this machine: each has its own alarm."""
    machine, free = socket.gethostname(), readiness.free_bytes()
    alarm = Alarm.lasts(f"disk {machine}"[:80], free < settings.DISK_FREE_MIN)
    if alarm:
        Mail.objects.tell(
            DISK,
            _operators(),
            about=alarm.pk,
            occasion=occasion_of(alarm.since),
            subject="Le disque du portail est presque plein",
            happened=f"Il reste {free // 10**6} Mo sur le disque des fichiers de « {machine} ». Une fois plein, plus "
            "aucune facture ne peut être déposée.",
            to_do="Libérez de la place ou agrandissez ce disque, puis lancez « manage.py doctor ».",
            action="Ouvrir le bureau",
            path=reverse("admin:index"),
        )


# --- Beat ---


def still_silent(sweeps: Collection[int]) -> set[Told]:
    silent = [sweep for sweep in _silent() if sweep.pk in sweeps]
    return {(sweep.pk, person.pk, occasion_of(sweep.began_at)) for sweep in silent for person in _operators()}


BEAT = kind(
    "alert_beat", "alerte\u00a0: service de fond muet", OPERATORS,
    "beat woke nothing for ten minutes, and a worker lives", at_once=True, still=still_silent,
)  # fmt: skip


def tell_silence() -> bool:
    """Whether it is silent."""
    silent = list(_silent())
    for sweep in silent:
        Mail.objects.tell(
            BEAT,
            _operators(),
            about=sweep.pk,
            occasion=occasion_of(sweep.began_at),
            subject="Le service de fond du portail s'est tu",
            happened=f"Depuis le {_at(sweep.began_at)}, plus rien ne réveille les envois, la lecture des nouvelles ni "
            f"les courriels. {NOTHING_IS_LOST}",
            to_do="Relancez « beat » (« docker compose restart beat »), puis lancez « manage.py doctor ».",
            action="Ouvrir le bureau",
            path=reverse("admin:index"),
        )
    return bool(silent)


def _silent():
    """The watch itself, once it did not begin for too long; a portal that never ran misses nothing yet."""
    return Sweep.objects.filter(name=readiness.WATCH, began_at__lt=timezone.now() - readiness.SILENT_AFTER)
