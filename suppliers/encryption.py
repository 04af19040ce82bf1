"""Columns that are unreadable in a stolen database: IBANs and technical passwords."""

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.functions import Cast


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    return _box(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    return _box(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()


def keyed_hash(text: str) -> str:
    """The same text gives the same 64 characters, which tell nothing without FIELD_HASH_KEY."""
    return hmac.new(settings.FIELD_HASH_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """Text in Python, Fernet token in the database (empty stays empty). Not searchable: keep a keyed hash beside it."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value, expression, connection):
        return decrypt(value) if value else value


# --- Changing the keys ---


def encrypted_columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every column of the portal that holds tokens."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field.name


def tokens(model: type[models.Model], name: str, *, batch: int = 500) -> Iterator[tuple[int, str]]:
    """(pk, token as stored) of every row that has one, a batch of rows at a time, whatever is written meanwhile."""
    rows = _with_tokens(model, name).exclude(stored_token="").order_by("pk").values_list("pk", "stored_token")
    last = 0
    while found := list(rows.filter(pk__gt=last)[:batch]):
        yield from found
        last = found[-1][0]


def _with_tokens(model, name):
    """Cast to plain text: read through the field itself, a token would come out decrypted."""
    return model._base_manager.annotate(stored_token=Cast(name, models.TextField()))


def is_under_newest_key(token: str) -> bool:
    try:
        _box((settings.FIELD_KEYS[0],)).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def keys_in_use() -> list[str]:
    """The newest key, and each older one that some value in the database still needs."""
    newest, *older = settings.FIELD_KEYS
    if not older:
        return [newest]
    found = (token for model, name in encrypted_columns() for _, token in tokens(model, name))
    return [newest, *sorted({key for token in found if (key := _key_of(token)) and key != newest})]


def _key_of(token: str) -> str | None:
    for key in settings.FIELD_KEYS:
        with contextlib.suppress(InvalidToken):
            _box((key,)).decrypt(token.encode())
            return key
    return None


def encrypt_again(model, name: str, pk: int, token: str) -> bool:
    """Put this very token under the newest key; False when somebody else wrote the column since it was read.

    Raises InvalidToken when no key reads it.
    """
    return bool(_with_tokens(model, name).filter(pk=pk, stored_token=token).update(**{name: decrypt(token)}))
