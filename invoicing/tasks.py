"""What beat and a deposit wake. It reads what stands in the database: run twice or late, nothing is lost or doubled."""

from celery import shared_task

from invoicing import waiting


@shared_task(name=waiting.TASK)
def read_waiting():
    """Read the files that no page could read at once."""
    waiting.sweep()
