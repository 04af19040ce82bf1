"""The Celery application; its settings, beat schedule included, are Django's CELERY_*."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agrilocal18.settings")

TRANSPORT_ALIASES["filesystem"] = "agrilocal18.broker:Transport"

app = Celery("agrilocal18")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
