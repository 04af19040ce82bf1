"""A backup is a folder: `database` (what pg_dump or SQLite writes), `files.tar`, and `manifest.json`, written last.

The database is read first, the files second: a file that came in between belongs to nobody and does no harm, a row
without its file would. The same snapshot gives the rows and their number, whatever is written meanwhile.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from django.db import connection
from django.utils import timezone

from agrilocal18.backup import files, keys, manifest
from agrilocal18.backup.databases import ENGINES
from agrilocal18.backup.refusal import Refusal
from agrilocal18.stored_files import stored

DATABASE, FILES = "database", "files.tar"


def make(folder: Path) -> Mapping:
    """Write a backup into a folder that is new or empty; gives its manifest. Raises Refusal."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal(f"« {folder} » contient déjà quelque chose.", "Donnez un dossier neuf à chaque sauvegarde.")
    before = os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        began = timezone.now()
        # What opens its values, asked before they are copied: a key given since is not needed for them.
        needed = keys.fingerprints_in_use()
        rows = ENGINES[connection.vendor].dump(folder / DATABASE)
        kept = files.pack(folder / FILES)
        return manifest.write(folder, (DATABASE, FILES), began=began, keys=needed, rows=rows, files=kept)
    finally:
        os.umask(before)


def restore(folder: Path, *, force: bool, tell: Callable[[str], None]) -> Mapping:
    """Put a backup in the place of what is there; gives its manifest. Raises Refusal, before anything is touched."""
    engine, found = ENGINES[connection.vendor], manifest.read(folder)
    tell("Contrôle de la sauvegarde…")
    manifest.check_parts(folder, found)
    manifest.check_portal(found)
    keys.check(found["keys"])
    if not force and not engine.is_empty():
        raise Refusal("La base de données n'est pas vide.", "Videz-la, ou ajoutez --force pour la remplacer.")
    if not force and next(stored(), None):
        raise Refusal("Le dossier des fichiers n'est pas vide.", "Videz-le, ou ajoutez --force pour y réécrire.")
    tell("Base de données…")
    engine.load(folder / DATABASE)
    tell("Fichiers…")
    files.unpack(folder / FILES)
    _compare(found["rows"], engine.count())
    return found


def _compare(kept: Mapping[str, int], counted: Mapping[str, int]) -> None:
    differing = sorted(table for table in kept.keys() | counted.keys() if kept.get(table) != counted.get(table))
    if differing:
        raise Refusal(
            f"Ces tables n'ont pas le nombre de lignes de la sauvegarde : {', '.join(differing)}.",
            "Arrêtez web, workers et beat, puis restaurez de nouveau avec --force.",
        )
