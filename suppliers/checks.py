"""System checks: a key that does not work is noticed when the portal starts, not when the first IBAN is typed; an
address that leads nowhere, not in the first mail."""

import re

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

HOW_TO_MAKE = "Make one with: python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'"
SHORTEST_HASH_KEY = 32


@register(Tags.security)
def field_keys_are_whole(app_configs, **kwargs):
    """At least one key, each of them a Fernet key. The keys themselves are never printed."""
    if not settings.FIELD_KEYS:
        return [Error("FIELD_KEYS is empty.", hint=HOW_TO_MAKE, id="suppliers.E001")]
    wrong = [place for place, key in enumerate(settings.FIELD_KEYS, start=1) if not _is_key(key)]
    return [
        Error(f"Key {place} of FIELD_KEYS is not a Fernet key.", hint=HOW_TO_MAKE, id="suppliers.E002")
        for place in wrong
    ]


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


@register(Tags.security)
def field_hash_key_is_there(app_configs, **kwargs):
    if settings.FIELD_HASH_KEY.strip():
        return []
    hint = "Any long random text; it must never change afterwards."
    return [Error("FIELD_HASH_KEY is empty.", hint=hint, id="suppliers.E003")]


@register(Tags.security, deploy=True)
def field_hash_key_is_long(app_configs, **kwargs):
    """IBANs are few enough to be guessed one by one through a short key."""
    if not settings.FIELD_HASH_KEY.strip() or len(settings.FIELD_HASH_KEY) >= SHORTEST_HASH_KEY:
        return []
    hint = "If no IBAN was stored yet, take a longer one."
    return [Warning(f"FIELD_HASH_KEY is shorter than {SHORTEST_HASH_KEY}.", hint=hint, id="suppliers.W001")]


@register(Tags.security)
def mails_lead_here_in_time(app_configs, **kwargs):
    """A link without a host leads nowhere, and a digest at hour 24 never leaves."""
    wrong = []
    if not re.fullmatch(r"https?://[^/*\s.][^/*\s]*", settings.SITE["url"]):
        hint = "The portal's own address, such as https://factures.example.org."
        wrong.append(Error("SITE_URL is no address that links in mails could lead to.", hint=hint, id="suppliers.E004"))
    if not (0 <= settings.MAIL_HOUR <= 23 and 1 <= settings.MAIL_WEEKDAY <= 7):
        hint = "Hours go from 0 to 23, days from 1 (Monday) to 7."
        wrong.append(Error("MAIL_HOUR or MAIL_WEEKDAY is out of range.", hint=hint, id="suppliers.E005"))
    return wrong
