"""When is it time again? A rhythm of days, weeks or months at one wall-clock time of a zone, across its clock changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from app.domain.zones import load_zone

_DAY = timedelta(days=1)


class Every(StrEnum):
    """The unit of a rhythm."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Every so many days, weeks or months from the first day on, at a time of a zone.

    `weekdays` (Monday 0) are the days of a week's turn; without any it is the first day's. A month without the first day's number
    takes its last day.
    """

    every: Every
    step: int
    first: date
    at: time
    zone: str
    weekdays: tuple[int, ...] = ()

    def after(self, instant: datetime) -> datetime | None:
        """The first turn after an instant, in UTC."""
        return next((turn for turn in self._turns(instant) if turn > instant), None)

    def _turns(self, instant: datetime) -> list[datetime]:
        local = instant.astimezone(load_zone(self.zone)).date()
        days = {
            Every.DAY: self._days,
            Every.WEEK: self._weeks,
            Every.MONTH: self._months,
        }[self.every](max(local, self.first))
        return sorted(self._instant(day) for day in days if day >= self.first)

    def _days(self, near: date) -> list[date]:
        gone = (near - self.first).days // self.step
        return [self.first + self.step * turn * _DAY for turn in range(gone, gone + 3)]

    def _weeks(self, near: date) -> list[date]:
        monday = self.first - self.first.weekday() * _DAY
        gone = (near - monday).days // (7 * self.step)
        chosen = self.weekdays or (self.first.weekday(),)
        return [monday + (7 * self.step * turn + day) * _DAY for turn in range(gone, gone + 3) for day in chosen]

    def _months(self, near: date) -> list[date]:
        gone = ((near.year - self.first.year) * 12 + near.month - self.first.month) // self.step
        return [_months_later(self.first, self.step * turn) for turn in range(max(0, gone), max(0, gone) + 3)]

    def _instant(self, day: date) -> datetime:
        """In a gap of the clock the time after it, in a repeated hour the first one."""
        return datetime.combine(day, self.at, load_zone(self.zone)).astimezone(UTC)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + (day.day - 1) * _DAY, following - _DAY)


def rhythm_json(rhythm: Rhythm) -> dict[str, Any]:
    """A rhythm as it is stored."""
    return {
        "every": rhythm.every.value,
        "step": rhythm.step,
        "first": rhythm.first.isoformat(),
        "at": rhythm.at.isoformat(),
        "zone": rhythm.zone,
        "weekdays": list(rhythm.weekdays),
    }


def read_rhythm(stored: Mapping[str, Any]) -> Rhythm:
    """A stored rhythm as a value."""
    return Rhythm(
        every=Every(stored["every"]),
        step=stored["step"],
        first=date.fromisoformat(stored["first"]),
        at=time.fromisoformat(stored["at"]),
        zone=stored["zone"],
        weekdays=tuple(stored["weekdays"]),
    )
