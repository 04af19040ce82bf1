"""Takes a person's name and address out of the database. Rows that say what happened stay, and name nobody."""

import json
import re
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from agrilocal18.person import KEPT, Column, text_columns
from orders.models import BuyerInvitation
from suppliers.journals import erasing
from suppliers.models import Absence, Invitation, Mail, User

# What nobody can be written to (RFC 2606).
NOWHERE = "personne-effacee-{pk}@effacee.invalid"


def erase(user: User) -> dict[Column, int]:
    """What still names him, and in how many rows: only columns of KEPT."""
    with erasing():
        user = User.objects.select_for_update().get(pk=user.pk)
        _leave(user)
        _forget_accesses(user)
        new = User(pk=user.pk, email=NOWHERE.format(pk=user.pk), first_name=f"Personne effacée n° {user.pk}")
        words = {old: now for old, now in zip(_names(user), _names(new), strict=False) if old}
        _rename(new)
        for column in text_columns():
            if str(column) not in KEPT:
                _replace(column, words)
        return {column: count for column in text_columns() if (count := sum(1 for _ in _naming(column, words)))}


def _names(user: User) -> tuple[str, str]:
    return user.email, user.get_full_name()


def _leave(user: User) -> None:
    """His colleagues read that he left."""
    for memberships, house in ((user.supplier_memberships, "supplier"), (user.buyer_memberships, "buyer")):
        for membership in list(memberships.select_related(house)):
            getattr(membership, house).dismiss(user, by=user)


def _forget_accesses(user: User) -> None:
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    Absence.objects.filter(Q(user=user) | Q(deputy=user)).delete()
    for invitations in (Invitation, BuyerInvitation):
        invitations.objects.filter(email__iexact=user.email).delete()
    his = Mail.objects.filter(Q(user=user) | Q(address__iexact=user.email))
    his.filter(sent_at=None).delete()
    his.update(subject="", happened="", to_do="", action="", path="", address="")
    user.membership_requests.update(person_name="", phone="")
    for session in Session.objects.iterator(chunk_size=500):
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _rename(user: User) -> None:
    user.set_unusable_password()
    User.objects.filter(pk=user.pk).update(
        email=user.email,
        first_name=user.first_name,
        last_name="",
        password=user.password,
        last_login=None,
        is_active=False,
        is_staff=False,
    )
    user.groups.clear()
    user.user_permissions.clear()


def _replace(column: Column, words: dict[str, str]) -> None:
    spelled, pattern = _spelled(words), _pattern(words)
    for pk, value in list(_naming(column, words)):
        text = pattern.sub(lambda found: spelled[found[0].casefold()], _as_text(value))
        new = text[: column.field.max_length] if isinstance(value, str) else json.loads(text)
        column.model._base_manager.filter(pk=pk).update(**{column.field.name: new})


def _naming(column: Column, words: dict[str, str]) -> Iterator[tuple[int, Any]]:
    """(pk, value) of the rows in which one of these words stands by itself."""
    found, pattern = Q(), _pattern(words)
    for form in _spelled(words):
        found |= Q(said__icontains=form) | Q(said__icontains=form.upper())
    said = column.model._base_manager.annotate(said=Cast(column.field.name, models.TextField()))
    for pk, value in said.filter(found).values_list("pk", column.field.name).iterator(chunk_size=500):
        if pattern.search(_as_text(value)):
            yield pk, value


def _as_text(value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _spelled(words: dict[str, str]) -> dict[str, str]:
    """Each word in small letters, and as JSON kept in a text writes its accents, with what takes its place."""
    escaped = {json.dumps(old.casefold())[1:-1]: json.dumps(new)[1:-1] for old, new in words.items()}
    escaped |= {json.dumps(old)[1:-1].casefold(): json.dumps(new)[1:-1] for old, new in words.items()}
    return escaped | {old.casefold(): new for old, new in words.items()}


def _pattern(words: dict[str, str]) -> re.Pattern[str]:
    """None of these words inside a longer one: another person's address may end like his."""
    forms = "|".join(re.escape(form) for form in _spelled(words))
    return re.compile(rf"(?<![\w.+-])(?:{forms})(?![\w-])", re.IGNORECASE)
