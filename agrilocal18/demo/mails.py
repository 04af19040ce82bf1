"""The mails of the demonstration, read in the browser: whoever plays is everybody, so everybody may read them all.

Only there (`DEMONSTRATION`): these pages show codes to sign in.
"""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

NEWEST = 100
# What Django writes after each message of a file.
BETWEEN = b"-" * 79 + b"\n"


class Letter(NamedTuple):
    key: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str


def letters() -> list[Letter]:
    """The newest first."""
    files = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    found = [letter for file in files[:NEWEST] for letter in reversed(list(_letters_of(file)))]
    return found[:NEWEST]


def _letters_of(file: Path):
    messages = file.read_bytes().split(BETWEEN)
    for number, content in enumerate(message for message in messages if message.strip()):
        message = message_from_bytes(content, policy=policy.default)
        yield Letter(
            key=f"{file.stem}-{number}",
            at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
            to=str(message["To"]),
            subject=str(message["Subject"]),
            text=_body(message, "plain"),
            html=_body(message, "html"),
        )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content() if part else ""


def _letter(key: str) -> Letter:
    for letter in letters():
        if letter.key == key:
            return letter
    raise Http404


@require_GET
@login_not_required
def mails(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/mails.html", {"letters": letters()})


@require_GET
@login_not_required
def mail(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "demo/mail.html", {"letter": _letter(key)})


@require_GET
@login_not_required
@csp_replace({"style-src": [UNSAFE_INLINE]})
def html(request: HttpRequest, key: str) -> HttpResponse:
    """As a mail program shows it: a mail brings its own style."""
    return HttpResponse(_letter(key).html)


app_name = "demo"
urlpatterns = [
    path("courriels/", mails, name="mails"),
    path("courriels/<slug:key>/", mail, name="mail"),
    path("courriels/<slug:key>/html/", html, name="html"),
]
