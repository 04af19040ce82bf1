"""Stored files, in and out of one tar, through the storage of the settings: a folder or a bucket."""

import tarfile
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage

from agrilocal18.stored_files import stored


def pack(path: Path) -> dict[str, int]:
    """How many files and bytes were put into a new tar."""
    count = size = 0
    with tarfile.open(path, "x") as tar:
        for name in stored():
            try:
                size += _add(tar, name)
            except FileNotFoundError:
                # A draft given up this instant took its file along.
                continue
            count += 1
    return {"count": count, "bytes": size}


def _add(tar: tarfile.TarFile, name: str) -> int:
    with default_storage.open(name, "rb") as file:
        entry = tarfile.TarInfo(name)
        entry.size = file.size
        tar.addfile(entry, file)
    return entry.size


def unpack(path: Path) -> None:
    with tarfile.open(path) as tar:
        for entry in tar:
            if default_storage.exists(entry.name):
                default_storage.delete(entry.name)
            default_storage.save(entry.name, File(tar.extractfile(entry)))
