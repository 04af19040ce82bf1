"""A ZIP of what names a person: one JSON file for each kind of row, and the files that he gave."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from suppliers.encryption import EncryptedTextField
from suppliers.models import User

# Whose they are stands in another row.
THROUGH = {"invoicing.Original": "upload__deposit__by", "invoicing.Attachment": "reply__by"}
SECRET = {"password", "token_hash", "key", "session_data", "data"}


def export(user: User, path: Path) -> int:
    """Into a new file, row by row; how many rows."""
    count = 0
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for model in apps.get_models():
            count += _rows(archive, model, user)
    return count


def _rows(archive: zipfile.ZipFile, model: type[models.Model], user: User) -> int:
    rows = _of(model, user)
    if model._meta.proxy or rows is None or not rows.exists():
        return 0
    files: list[tuple[str, models.FileField]] = []
    count = 0
    with archive.open(f"{model._meta.label}.json", "w", force_zip64=True) as out:
        for row in rows.iterator(chunk_size=500):
            out.write(b",\n" if count else b"[\n")
            out.write(json.dumps(_told(row), cls=DjangoJSONEncoder, ensure_ascii=False).encode())
            files += [(f"fichiers/{file.name}", file) for file in _files(row)]
            count += 1
        out.write(b"\n]\n")
    for name, file in files:
        if name not in archive.namelist() and file.storage.exists(file.name):
            with file.open("rb") as stored:
                archive.writestr(name, stored.read())
    return count


def _of(model: type[models.Model], user: User):
    """Rows that name him: by a key, by his address, or by a row beside them."""
    named = Q(pk=user.pk) if model is User else Q()
    for field in model._meta.local_fields:
        if field.many_to_one and field.related_model is User:
            named |= Q(**{field.name: user})
        elif isinstance(field, models.EmailField) and model is not User:
            named |= Q(**{f"{field.name}__iexact": user.email})
    if through := THROUGH.get(model._meta.label):
        named |= Q(**{through: user})
    return model._base_manager.filter(named).order_by("pk") if named else None


def _told(row: models.Model) -> dict:
    """Its columns, without secrets and without what only machines read."""
    hidden = (EncryptedTextField, models.JSONField)
    # What he called it stands in a column beside secrets.
    named = {"name": row.wrap().name} if _is_security_key(row) else {}
    return named | {
        field.name: str(field.value_from_object(row))
        if isinstance(field, models.FileField)
        else field.value_from_object(row)
        for field in row._meta.local_fields
        if field.name not in SECRET and not isinstance(field, hidden)
    }


def _is_security_key(row: models.Model) -> bool:
    return isinstance(row, Authenticator) and row.type == Authenticator.Type.WEBAUTHN


def _files(row: models.Model) -> Iterator:
    for field in row._meta.local_fields:
        if isinstance(field, models.FileField) and (file := getattr(row, field.name)):
            yield file
