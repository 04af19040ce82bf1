"""Spans of days: how long invoices have been in their state, and by how much they are past their day of payment.

The board counts by them and the list of invoices is narrowed by them, so that a figure and its list say the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

# What ended is told of so many days; older habits of a buyer say little of him now.
PERIOD = timedelta(days=90)


@dataclass(frozen=True)
class Span:
    """From `days` on, and less than `until`; without end when that is None."""

    key: str
    label: str
    days: int
    until: int | None = None


AGES = (
    Span("recent", "moins de 2 jours", 0, 2),
    Span("semaine", "de 2 à 7 jours", 2, 7),
    Span("mois", "de 7 à 30 jours", 7, 30),
    Span("vieux", "30 jours ou plus", 30),
)
DELAYS = (
    Span("retard-1", "de 1 à 15 jours", 1, 16),
    Span("retard-16", "de 16 à 30 jours", 16, 31),
    Span("retard-31", "de 31 à 60 jours", 31, 61),
    Span("retard-61", "plus de 60 jours", 61),
)


def aged(span: Span, now: datetime) -> Q:
    """Invoices that took their state so long ago."""
    began = Q(status_at__lte=now - timedelta(days=span.days)) if span.days else Q()
    return began if span.until is None else began & Q(status_at__gt=now - timedelta(days=span.until))


def delayed(span: Span, now: datetime) -> Q:
    """Invoices so many days past their day of payment."""
    today = timezone.localdate(now)
    began = Q(pay_by__lte=today - timedelta(days=span.days))
    return began if span.until is None else began & Q(pay_by__gt=today - timedelta(days=span.until))
