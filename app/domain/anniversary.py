"""When are so many months over? The same day of a later month, or its last where there is none: 29 February and the like."""

from calendar import monthrange
from datetime import datetime


def months_after(instant: datetime, months: int) -> datetime:
    """The instant so many months later, at the same time of day in the same zone."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + months, 12)
    return instant.replace(year=year, month=month + 1, day=min(instant.day, monthrange(year, month + 1)[1]))
