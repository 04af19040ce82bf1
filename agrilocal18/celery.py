"""The Celery application; its settings, beat schedule included, are Django's CELERY_*."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agrilocal18.settings")

app = Celery("agrilocal18")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
