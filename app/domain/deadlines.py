"""By when must an opt-out be honoured at the latest? Business days of a region: neither its weekends nor its public holidays."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from app.domain.calendars import is_calendar, is_holiday, is_weekend
from app.domain.facts import NumberFacts
from app.domain.regions import country_of
from app.domain.zones import load_zone

_DAY = timedelta(days=1)

# Business days after the day of the opt-out. 47 CFR 64.1200(a)(10); CASL s. 11(3); Spam Act 2003 Sch. 2; UEMA 2007; Spam Control
# Act Sch. 2; UEMO; Law 6563. Everywhere else at once: GDPR art. 21(3).
OPT_OUT_DAYS: Mapping[str, int] = {"US": 10, "CA": 10, "AU": 5, "NZ": 5, "SG": 10, "HK": 10, "TR": 3}


def business_day_deadline(region: str, day: date, days: int) -> date:
    """The last day on which something asked for on `day` is done within so many business days of the region; `day` is not one."""
    country = country_of(region)
    while days > 0:
        day += _DAY
        if not is_day_off(country, day):
            days -= 1
    return day


def opt_out_deadline(region: str, day: date) -> date:
    """The law's outer limit for an opt-out of that day: the same day where the law names none."""
    return business_day_deadline(region, day, OPT_OUT_DAYS.get(country_of(region), 0))


def honour_by(number: NumberFacts, since: datetime) -> date:
    """The law's last day for the silence somebody asked for at an instant: the earliest by any clock they may live by.

    Here silence holds at once; this is what a regulator counts. Raises UnknownZone.
    """
    days = {since.astimezone(load_zone(zone)).date() for zone in number.zones} or {since.astimezone(UTC).date()}
    return opt_out_deadline(number.region, min(days))


def is_day_off(country: str, day: date) -> bool:
    """Whether offices are closed: a weekend as the country keeps it, or a public holiday of the whole of it."""
    return is_weekend(country, day) or (is_calendar(country) and is_holiday(country, day))
