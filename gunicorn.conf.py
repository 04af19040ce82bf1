"""Of gunicorn, what is not said on its command line: it logs as the portal does, and its processes count together."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agrilocal18.settings")

# Before anything imports prometheus_client, which decides then whether it counts for one process or for all.
counts = tempfile.mkdtemp(prefix="agrilocal18-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts

from django.conf import settings  # noqa: E402
from prometheus_client.multiprocess import mark_process_dead  # noqa: E402

logconfig_dict = {
    **settings.LOGGING,
    "loggers": {
        **settings.LOGGING["loggers"],
        "gunicorn.error": {"handlers": [], "propagate": True, "level": "INFO"},
        # It would write whole addresses; the portal logs each request itself.
        "gunicorn.access": {"handlers": [], "propagate": False},
    },
}


def child_exit(server, worker):
    mark_process_dead(worker.pid)


def on_exit(server):
    shutil.rmtree(counts, ignore_errors=True)
