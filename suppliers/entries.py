"""Entries of the desk's journal that no form of Django's writes: files that people keep, and how staff come in."""

from allauth.account import signals as account
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import models

from suppliers.journals import erasing
from suppliers.models import User
from suppliers.typography import french

LONGEST = 200
FACTORS = {
    Authenticator.Type.TOTP: "application",
    Authenticator.Type.RECOVERY_CODES: "codes de récupération",
    Authenticator.Type.WEBAUTHN: "clé de sécurité",
}
NOTED = {
    # Not Django's own: this one means that a person came in by the door.
    account.user_logged_in: "Connexion",
    user_logged_out: "Déconnexion",
    account.login_code_rejected: "Code reçu par e-mail refusé",
    account.password_set: "Mot de passe choisi",
    account.password_changed: "Mot de passe changé",
    account.password_reset: "Mot de passe remplacé après un oubli",
    account.email_changed: "Adresse e-mail changée",
    factors.authentication_failed: "Double authentification refusée",
    factors.authenticator_added: "Double authentification ajoutée",
    factors.authenticator_removed: "Double authentification retirée",
    factors.authenticator_reset: "Double authentification renouvelée",
}


def note(by: User, what: str, *, of: type[models.Model], name: str, key: int | None = None) -> None:
    """`name` and `key`: of the thing, which is one `of` these or a list of them."""
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(of),
        object_id=key,
        object_repr=name[:LONGEST],
        action_flag=CHANGE,
        change_message=what,
    )


def own_changes(user: User, most: int) -> models.QuerySet[LogEntry]:
    """The latest things somebody did at the desk; that he came in is none of them."""
    sessions = ContentType.objects.get_for_model(Session)
    return LogEntry.objects.filter(user=user).exclude(content_type=sessions).select_related("content_type")[:most]


# --- How staff come in: entries « of » sessions, which are forgotten after a while ---


def listen() -> None:
    for signal, what in NOTED.items():
        signal.connect(_receiver(what), weak=False, dispatch_uid=f"entries: {what}")
    user_login_failed.connect(_note_refused_password, dispatch_uid="entries: password")


def forget_sign_ins(before) -> None:
    with erasing():
        sessions = ContentType.objects.get_for_model(Session)
        LogEntry.objects.filter(content_type=sessions, action_time__lt=before).delete()


def _receiver(what: str):
    def receive(sender, request=None, user=None, authenticator=None, **kwargs):
        if user is not None and user.is_staff:
            factor = f" : {FACTORS[authenticator.type]}" if authenticator else ""
            _note_at_the_door(user, request, french(f"{what}{factor}"))

    return receive


def _note_refused_password(sender, credentials, request=None, **kwargs):
    """Of an address nobody of the staff has nothing is kept: it is counted, and that is all."""
    user = User.objects.filter(email__iexact=credentials.get("email") or "", is_staff=True).first()
    if user:
        _note_at_the_door(user, request, "Mot de passe refusé")


def _note_at_the_door(user: User, request, what: str) -> None:
    address = request and get_client_ip(request)
    note(user, what, of=Session, name=f"depuis {address}" if address else "")
