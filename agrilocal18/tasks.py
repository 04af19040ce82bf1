"""What is done for those who watch over the portal."""

from celery import shared_task

from agrilocal18 import mails, readiness
from agrilocal18.celery import LISTEN
from chorus.models import Sweep
from chorus.tasks import each_in_turn
from suppliers import outbox


@shared_task(name="agrilocal18.tasks.watch")
def watch():
    """Leave a sign that beat, broker, a worker and the database work together; tell staff what does not work."""
    Sweep.begins(readiness.WATCH)
    each_in_turn(mails.tell_disk, mails.tell_accounts, mails.tell_doubt)
    Sweep.ends(readiness.WATCH)


@shared_task(name=LISTEN)
def listen_to_beat():
    """Woken by each worker's own clock. The outbox too waits for beat: what is told of its silence leaves from here."""
    if mails.tell_silence():
        outbox.send_due()
