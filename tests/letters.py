"""Who was written to, of what."""

from django.core import mail
from django.utils import timezone

from suppliers.models import Mail
from suppliers.outbox import send_due


def written(*, but=("member", "buyer_member")) -> list[tuple[str, str]]:
    """(kind, address) of every row, those that welcome members left out."""
    return sorted(Mail.objects.exclude(kind__in=but).values_list("kind", "user__email"))


def delivered(now=None) -> list:
    """The letters that leave now."""
    mail.outbox.clear()
    send_due(now or timezone.now())
    return mail.outbox


def forget_welcome() -> None:
    Mail.objects.filter(kind__in=["member", "buyer_member"]).delete()
