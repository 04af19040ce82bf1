"""Every mail that allauth may send, in our words."""

from pathlib import Path

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.utils import timezone

from tests.typography import letter_lines, mistakes

FOLDER = Path(__file__).parents[1] / "templates/account/email"
SAID = {
    **dict.fromkeys(("email", "to_email", "from_email", "deleted_email"), "camille@example.org"),
    **dict.fromkeys(("login_url", "signup_url", "password_reset_url"), "https://factures.example.org/compte/"),
    "code": "KX7-2PB",
    "ip": "192.0.2.7",
    "user_agent": "Firefox",
    "timestamp": timezone.now(),
}


@pytest.mark.parametrize("name", sorted(path.stem.removesuffix("_subject") for path in FOLDER.glob("*_subject.txt")))
def test_it_is_french_as_it_is_printed(rf, settings, name):
    said = SAID | {"portal": settings.SITE | {"contact_phone": "02 48 00 00 18"}}
    with context.request_context(rf.get("/")):
        message = get_adapter().render_mail(f"account/email/{name}", "camille@example.org", said)
    assert mistakes(letter_lines(message)) == []
    assert "Bonjour," in message.body
