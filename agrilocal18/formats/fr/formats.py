"""Days that nobody wrote a pattern for, in the lists of the admin: short, and right on the first of a month too."""

DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = "d/m/Y H:i"
