"""What is unreadable in a stolen database: IBANs, technical passwords, secrets of second factors."""

import contextlib
import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

# How every Fernet token begins.
TOKEN = "gAAAA"
# Where allauth keeps them: of the application, and what recovery codes are drawn from.
FACTOR_SECRETS = ("secret", "seed")


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


class Column:
    """A column of tokens."""

    def __init__(self, model: type[models.Model], name: str):
        self.model, self.name = model, name

    def __str__(self):
        return f"{self.model._meta.label}.{self.name}"

    def tokens(self, *, batch: int = 500) -> Iterator[tuple[int, str]]:
        """(pk, token as stored) of every row that has one, a batch of rows at a time, whatever is written meanwhile."""
        rows = self._rows().filter(stored_token__gt="").order_by("pk").values_list("pk", "stored_token")
        last = 0
        while found := list(rows.filter(pk__gt=last)[:batch]):
            yield from found
            last = found[-1][0]

    def read(self, token: str) -> str:
        """Raises InvalidToken when no key reads it."""
        return decrypt(token)

    def encrypt_again(self, pk: int, token: str) -> bool:
        """Put this very token under the newest key; False when somebody else wrote the column since it was read.

        Raises InvalidToken when no key reads it.
        """
        return bool(self._rows().filter(pk=pk, stored_token=token).update(**{self.name: self.read(token)}))

    def _rows(self) -> models.QuerySet:
        """Cast to plain text: read through the field itself, a token would come out decrypted."""
        return self.model._base_manager.annotate(stored_token=Cast(self.name, models.TextField()))


class Entry(Column):
    """Of a JSON column one entry, which holds a token, or what was written before it was encrypted."""

    def __init__(self, model: type[models.Model], name: str, key: str):
        super().__init__(model, name)
        self.key = key

    def __str__(self):
        return f"{super().__str__()}.{self.key}"

    def read(self, token: str) -> str:
        return decrypt_if_encrypted(token)

    def encrypt_again(self, pk: int, token: str) -> bool:
        text = self.read(token)
        with transaction.atomic():
            row = self.model._base_manager.select_for_update().filter(pk=pk).first()
            values = getattr(row, self.name, {})
            if values.get(self.key) != token:
                return False
            values[self.key] = encrypt(text)
            row.save(update_fields=[self.name])
        return True

    def _rows(self) -> models.QuerySet:
        entry = KeyTextTransform(self.key, self.name)
        return self.model._base_manager.annotate(stored_token=Cast(entry, models.TextField()))


def decrypt_if_encrypted(text: str) -> str:
    """Secrets of second factors are capitals and digits, or hexadecimal: none of them begins like a token."""
    return decrypt(text) if text.startswith(TOKEN) else text


def encrypted_columns() -> Iterator[Column]:
    """Everything in the database that holds tokens."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField):
                yield Column(model, field.name)
    for key in FACTOR_SECRETS:
        yield Entry(apps.get_model("mfa", "Authenticator"), "data", key)


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
    found = (token for column in encrypted_columns() for _, token in column.tokens())
    return [newest, *sorted({key for token in found if (key := _key_of(token)) and key != newest})]


def _key_of(token: str) -> str | None:
    for key in settings.FIELD_KEYS:
        with contextlib.suppress(InvalidToken):
            _box((key,)).decrypt(token.encode())
            return key
    return None
