"""What a backup says of itself: when, of which portal, how many rows and files, and the SHA-256 of its parts."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from agrilocal18.backup.refusal import Refusal

NAME = "manifest.json"
FORMAT = 1


def write(folder: Path, parts: Iterable[str], *, began: datetime, keys: Mapping, rows: Mapping, files: Mapping) -> dict:
    told = {
        "format": FORMAT,
        "began": began.isoformat(timespec="seconds"),
        "database": connection.vendor,
        "version": ".".join(str(number) for number in connection.get_database_version()),
        "migrations": sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations()),
        "keys": keys,
        "rows": rows,
        "files": files,
        "parts": {name: _measured(folder / name) for name in parts},
    }
    # Under another name until it is whole: a folder without manifest is a backup that was interrupted.
    draft = folder / f"{NAME}.partial"
    draft.write_text(json.dumps(told, indent=2))
    draft.rename(folder / NAME)
    return told


def _measured(path: Path) -> dict:
    with path.open("rb") as part:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(part, "sha256").hexdigest()}


def read(folder: Path) -> dict:
    try:
        found = json.loads((folder / NAME).read_text())
    except FileNotFoundError:
        raise Refusal(
            f"« {folder} » n'a pas de {NAME} : ce n'est pas une sauvegarde, ou elle a été interrompue.",
            "Prenez-en une autre.",
        ) from None
    except ValueError:
        found = {}
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise Refusal(f"Cette version du portail ne lit pas ce {NAME}.", "Prenez la version qui l'a écrit.")
    return found


def check_parts(folder: Path, found: Mapping) -> None:
    """Every part is there, whole and as it was written."""
    for name, told in found["parts"].items():
        if not (folder / name).is_file():
            raise Refusal(f"Il manque « {name} » à cette sauvegarde.", "Prenez-en une autre copie.")
        if _measured(folder / name) != told:
            raise Refusal(f"« {name} » n'est plus celui de la sauvegarde.", "Prenez-en une autre copie.")


def check_portal(found: Mapping) -> None:
    """This portal knows that database."""
    if found["database"] != connection.vendor:
        raise Refusal(
            f"C'est la sauvegarde d'une base {found['database']}, et DATABASE_URL mène à {connection.vendor}.",
            "Donnez à DATABASE_URL une base de la même sorte.",
        )
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(found["migrations"]) - known):
        raise Refusal(
            f"La sauvegarde vient d'une version plus récente du portail (migration {unknown[0]}).",
            "Installez cette version-là, puis restaurez.",
        )
