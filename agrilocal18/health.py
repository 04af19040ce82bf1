"""`python -m agrilocal18.health web|worker|beat`: exit 0 when that part works, 1 when not.

For whoever restarts processes: the compose file, the demonstration, systemd. Each check asks the process itself: a page
that needs nothing else, the worker over the broker, the file in which beat keeps what it sent last. Whether all of them
work together is what `/readyz` says.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import django
from celery.utils.nodenames import default_nodename
from django.conf import settings

from agrilocal18.celery import app

WEB_URL = "http://127.0.0.1:{port}/healthz"
PATIENCE = 5  # seconds


def web(port: int) -> bool:
    """The page answers 200. Asked for under the site's own name, as the proxy in front would."""
    host = next(iter(settings.ALLOWED_HOSTS), "").lstrip(".*") or "localhost"
    request = urllib.request.Request(WEB_URL.format(port=port), headers={"Host": host})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE) as answer:
            return answer.status == 200
    except OSError:
        return False


def worker() -> bool:
    """This machine's worker answers over the broker."""
    try:
        return bool(app.control.ping([default_nodename(None)], timeout=PATIENCE))
    except OSError:
        return False


def beat() -> bool:
    """The schedule was written since its quickest entry was due three times over."""
    schedule = Path(settings.CELERY_BEAT_SCHEDULE_FILENAME)
    quickest = min(entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values())
    # The dbm behind it may add its own suffix to the name.
    written = max((path.stat().st_mtime for path in schedule.parent.glob(f"{schedule.name}*")), default=0)
    return time.time() - written < 3 * quickest + PATIENCE


def main(part: str) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agrilocal18.settings")
    django.setup()
    checks = {"web": lambda: web(int(os.environ.get("PORT", "8000"))), "worker": worker, "beat": beat}
    return 0 if checks[part]() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
