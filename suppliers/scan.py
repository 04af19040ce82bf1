"""The optional virus scan: clamd over its socket, with the INSTREAM command (clamd's own manual page, « COMMANDS »).

A file is let through only when the scanner says it is clean. While it is down, too slow or strange, an invoice that
was dropped waits for its reading; any other file is refused with a sentence.
"""

import logging
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import contextmanager

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

logger = logging.getLogger(__name__)

COMMAND = b"zINSTREAM\0"
CHUNK = 64 * 1024
ANSWER_LIMIT = 4096
SECONDS = 30  # for all of it


NO_ANSWER = (
    "L'antivirus ne répond pas en ce moment\u00a0: rien n'a été gardé. Réessayez dans quelques minutes, en choisissant "
    "vos fichiers de nouveau."
)
INFECTED = (
    "L'antivirus a trouvé un programme dangereux dans «\u00a0{name}\u00a0»\u00a0: il n'a pas été gardé. Faites "
    "vérifier votre ordinateur, puis joignez un autre fichier."
)


class NoScanner(Exception):
    """The scanner did not say whether the file is clean. Keep it and ask again a little later."""


def problem_of(uploads: Iterable[UploadedFile]) -> str:
    """Why these files are not kept, as French sentences; empty when all are clean."""
    for upload in uploads:
        try:
            infected = is_infected(upload.read())
        except NoScanner:
            return NO_ANSWER
        upload.seek(0)
        if infected:
            return INFECTED.format(name=upload.name[:80])
    return ""


def is_infected(content: bytes) -> bool:
    """Whether the scanner finds something in these bytes; False when none is configured. Raises NoScanner."""
    if not settings.CLAMD:
        return False
    try:
        answer = _ask(content)
    except (OSError, ValueError) as error:
        logger.warning("The virus scanner does not answer: %s", error)
        raise NoScanner from None
    if answer.endswith(b" FOUND"):
        logger.warning("The virus scanner found %.100r", answer)
        return True
    if answer == b"stream: OK":
        return False
    logger.warning("The virus scanner answered %.200r", answer)
    raise NoScanner


def _ask(content: bytes) -> bytes:
    """Send the bytes in pieces, each with its length before it, an empty one last; read one line that ends with NUL."""
    until = time.monotonic() + SECONDS
    with _connected() as connection:
        connection.sendall(COMMAND)
        for start in range(0, len(content), CHUNK):
            piece = content[start : start + CHUNK]
            connection.settimeout(max(until - time.monotonic(), 0.001))
            connection.sendall(struct.pack("!I", len(piece)) + piece)
        connection.sendall(struct.pack("!I", 0))
        answer = b""
        while b"\0" not in answer and len(answer) < ANSWER_LIMIT:
            connection.settimeout(max(until - time.monotonic(), 0.001))
            received = connection.recv(ANSWER_LIMIT)
            if not received:
                break
            answer += received
    return answer.partition(b"\0")[0].strip()


@contextmanager
def _connected():
    """`CLAMD` is the path of a socket, or host:port."""
    host, _, port = settings.CLAMD.rpartition(":")
    if settings.CLAMD.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
    else:
        connection = socket.create_connection((host.strip("[]"), int(port)), SECONDS)
    with connection:
        connection.settimeout(SECONDS)
        if settings.CLAMD.startswith("/"):
            connection.connect(settings.CLAMD)
        yield connection
