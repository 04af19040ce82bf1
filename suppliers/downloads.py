"""Files that people gave us, given back to those who may have them. Untrusted: saved by the browser, never opened."""

import logging
from pathlib import PurePath

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404

logger = logging.getLogger(__name__)

KINDS = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}


def download(file: FieldFile, name: str) -> FileResponse:
    kind = KINDS.get(PurePath(file.name).suffix, "application/octet-stream")
    return kept_private(FileResponse(open_stored(file), as_attachment=True, filename=name, content_type=kind))


def kept_private(answer: FileResponse) -> FileResponse:
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def open_stored(file: FieldFile):
    try:
        return file.open("rb")
    except FileNotFoundError:
        logger.error("The stored file %s is missing", file.name)
        raise Http404 from None
