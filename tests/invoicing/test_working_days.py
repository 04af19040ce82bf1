"""The clock of the review runs on working days only."""

from datetime import datetime

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from invoicing.working_days import before


def at(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("now", "days", "since"),
    [
        ("2026-11-19 10:00", 2, "2026-11-17 10:00"),
        ("2026-11-16 10:00", 2, "2026-11-12 10:00"),  # a weekend between
        ("2026-11-12 10:00", 1, "2026-11-10 10:00"),  # the 11th of November between
        ("2026-04-07 08:30", 1, "2026-04-03 08:30"),  # Easter Monday and a weekend between
        ("2027-01-04 09:00", 2, "2026-12-30 09:00"),  # into another year
        ("2026-11-14 15:00", 2, "2026-11-12 00:00"),  # on a Saturday nothing gets older
        ("2026-11-15 23:00", 2, "2026-11-12 00:00"),
        ("2026-11-16 00:00", 2, "2026-11-12 00:00"),
    ],
)
def test_so_many_working_days_before(now, days, since):
    assert before(at(now), days) == at(since)


@pytest.mark.parametrize("days", [0, -1, 1])
def test_a_review_without_a_day_is_refused(settings, days):
    settings.REVIEW_DELAY = days
    assert any(found.id == "agrilocal18.E006" for found in run_checks()) == (days < 1)
