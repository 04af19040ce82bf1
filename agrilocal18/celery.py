"""The Celery application; its settings, beat schedule included, are Django's CELERY_*."""

import logging
import os

from celery import Celery, bootsteps
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agrilocal18.settings")

TRANSPORT_ALIASES["filesystem"] = "agrilocal18.broker:Transport"

app = Celery("agrilocal18")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

LISTEN = "agrilocal18.tasks.listen_to_beat"
LISTEN_EVERY = 300.0  # seconds


class Listener(bootsteps.StartStopStep):
    """Each worker wakes the look at beat by its own clock: beat could not."""

    requires = {"celery.worker.components:Timer"}

    def start(self, worker):
        self.repeated = worker.timer.call_repeatedly(LISTEN_EVERY, wake_listening)

    def stop(self, worker):
        self.repeated.cancel()


def wake_listening() -> None:
    try:
        app.send_task(LISTEN, expires=LISTEN_EVERY, retry=False)
    except (OperationalError, OSError):
        logging.getLogger(__name__).warning("The broker does not take messages: nobody looks whether beat is alive")


app.steps["worker"].add(Listener)
