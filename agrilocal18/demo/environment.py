"""What the children are told through their environment: the site's own settings, on files and with short delays."""

import base64
import json
import os
import secrets
from pathlib import Path
from urllib.parse import quote

from chorus.simulator import world

ROOT = Path(__file__).resolve().parents[2]
# Nothing else of the developer's shell gets through: a DATABASE_URL set for the tests must not be filled with fiction.
INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "TMPDIR")
# What is off by default may be played with: CHORUS_FACTURX=1 make demo.
SWITCHES = ("CHORUS_OWN_ACCOUNTS", "CHORUS_FACTURX", "CHORUS_CHECK_ENGAGEMENTS")


def environment(var: Path, *, web_port: int, simulator_port: int, send_delay: int, interval: float) -> dict[str, str]:
    """The environment of every child. `send_delay` and `interval` (of the sweeps) in seconds."""
    simulator = f"http://127.0.0.1:{simulator_port}"
    return {
        **{name: os.environ[name] for name in (*INHERITED, *SWITCHES) if name in os.environ},
        **_secrets(var / "secrets.json"),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "agrilocal18.settings",
        "READ_DOT_ENV": "0",
        "DEBUG": "0",
        "HTTPS": "0",
        "DEMONSTRATION": "1",
        "PORT": str(web_port),
        "VAR_DIR": str(var),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "EMAIL_URL": f"filemail:///{quote(str(var / 'mail'))}",
        "SITE_URL": f"http://127.0.0.1:{web_port}",
        "MAIL_INTERVAL": str(interval),
        "BOARD_INTERVAL": "30",
        "SITE_CONTACT_PHONE": "02 00 00 00 18",
        "SEND_DELAY": str(send_delay),
        "CHORUS_ENVIRONMENT": "simulator",
        "CHORUS_ALLOWED_HOSTS": "127.0.0.1",
        "CHORUS_API_URL": simulator,
        "CHORUS_TOKEN_URL": f"{simulator}/api/oauth/token",
        "CHORUS_CLIENT_ID": world.CLIENT_ID,
        "CHORUS_CLIENT_SECRET": world.CLIENT_SECRET,
        "CHORUS_CALL_DEADLINE": "5",
        "CHORUS_LEASE": "50",
        "CHORUS_SETTLING_DELAY": "15",
        "CHORUS_FLUX_REPORT_DELAY": "5",
        "CHORUS_FLUX_SETTLING_DELAY": "60",
        "CHORUS_PORTAL_USER": "Portail Agrilocal18 (démonstration)",
        "CHORUS_PORTAL_STRUCTURE": "Département du Cher (démonstration), SIRET 100 000 090 00017",
        "CHORUS_DOUBT_DEADLINE": "60",
        "CHORUS_RETRY_DELAY": "5",
        # Who moves the simulator's clock by days is still heard within half a minute.
        "CHORUS_SILENCE_AGE": "30",
        "CHORUS_DEPOSIT_INTERVAL": str(interval),
        "CHORUS_NEWS_INTERVAL": str(interval),
        "CHORUS_DIRECTORY_INTERVAL": "60",
    }


def _secrets(path: Path) -> dict[str, str]:
    """Made at the first start and kept: sessions and encrypted columns must survive the next one."""
    if not path.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "FIELD_HASH_KEY": secrets.token_urlsafe(32),
        }
        unfinished = path.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(made, indent=2))
        unfinished.replace(path)
    return json.loads(path.read_text())
