"""Working days in metropolitan France: Monday to Friday, public holidays left out."""

from datetime import datetime, time
from functools import cache

from django.conf import settings
from django.utils import timezone
from holidays import HolidayBase, country_holidays


@cache
def calendar(year: int) -> HolidayBase:
    """Of this year and the one before; it reads others when it is asked of them."""
    return country_holidays("FR", years=[year - 1, year])


def before(moment: datetime, days: int) -> datetime:
    """So many working days before: what has waited since then, or longer, has waited through all of them."""
    local = timezone.localtime(moment)
    worked = calendar(local.year)
    earlier = worked.get_nth_working_day(local.date(), -days)
    # On a day off nobody works: it is still as late as it was when that day began.
    hour = local.time() if worked.is_working_day(local.date()) else time.min
    return timezone.make_aware(datetime.combine(earlier, hour))


def review_limit(times: int = 1) -> datetime:
    """What is under review since then, or longer, has waited `times` REVIEW_DELAY."""
    return before(timezone.now(), times * settings.REVIEW_DELAY)
