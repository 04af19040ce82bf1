"""Files that people gave us, given back to those who may have them. Untrusted: saved by the browser, never opened."""

import logging
from pathlib import PurePath
from urllib.parse import quote

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

logger = logging.getLogger(__name__)

KINDS = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}


def download(file: FieldFile, name: str) -> HttpResponseBase:
    kind = KINDS.get(PurePath(file.name).suffix, "application/octet-stream")
    answer = shown(file, kind)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


def shown(file: FieldFile, kind: str) -> HttpResponseBase:
    """The file itself, or a word to the proxy in front, which reads it from the disk in a process's place."""
    if not settings.ACCEL_LOCATION:
        return kept_private(FileResponse(open_stored(file), content_type=kind))
    open_stored(file).close()
    answer = HttpResponse(content_type=kind)
    answer["X-Accel-Redirect"] = f"{settings.ACCEL_LOCATION}{quote(file.name)}"
    return kept_private(answer)


def kept_private(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def open_stored(file: FieldFile):
    try:
        return file.open("rb")
    except FileNotFoundError:
        logger.error("The stored file %s is missing", file.name)
        raise Http404 from None
