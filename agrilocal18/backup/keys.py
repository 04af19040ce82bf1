"""Which keys open a backup. The keys themselves never stand in it."""

import hashlib
from collections.abc import Mapping

from django.conf import settings

from agrilocal18.backup.refusal import Refusal
from suppliers.encryption import keys_in_use


def fingerprint(key: str) -> str:
    return hashlib.sha256(b"agrilocal18 backup\0" + key.encode()).hexdigest()[:16]


def fingerprints_in_use() -> dict:
    return {"field": [fingerprint(key) for key in keys_in_use()], "hash": fingerprint(settings.FIELD_HASH_KEY)}


def check(needed: Mapping) -> None:
    missing = set(needed["field"]) - {fingerprint(key) for key in settings.FIELD_KEYS}
    if missing:
        raise Refusal(
            f"FIELD_KEYS n'a pas les clés de cette sauvegarde (empreintes {', '.join(sorted(missing))}) : IBAN, "
            "mots de passe techniques et doubles authentifications y seraient illisibles.",
            "Ajoutez à FIELD_KEYS les clés gardées avec elle.",
        )
    if needed["hash"] != fingerprint(settings.FIELD_HASH_KEY):
        raise Refusal(
            "FIELD_HASH_KEY n'est pas celle de cette sauvegarde : un IBAN connu n'y serait plus reconnu.",
            "Remettez celle qui servait alors.",
        )
