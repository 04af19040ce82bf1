"""System checks: a key that does not work is noticed when the portal starts, not when the first IBAN is typed."""

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
