"""Days and hours without a pattern of ours, in the lists of the admin: short, and right on the first of a month too."""

from suppliers.days import with_hours

DATE_FORMAT = "d/m/Y"
TIME_FORMAT = with_hours("H:i")
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = with_hours("d/m/Y H:i")
