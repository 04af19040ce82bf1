"""What beat wakes for orders. Run twice or late, nothing is lost or doubled."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from orders.models import Reception


@shared_task(name="orders.tasks.erase_photos")
def erase_photos():
    """Photographs of deliveries are not kept for ever."""
    Reception.objects.erase_photos(timezone.now() - timedelta(days=settings.RECEPTION_PHOTO_DAYS))
