"""What does a rule row look like? Hours by weekday with holidays and what lifts them, and caps; each with dates and a source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.domain.calendars import is_holiday
from app.domain.message import Channel

Confidence = Literal["certain", "likely", "verify"]
Hours = tuple[tuple[int, int], ...]

NOT_ENABLED = "region.not_enabled"
WORKSPACE_ROW = "time.workspace_row"
DAY_END = 24 * 60
_DAY = timedelta(days=1)

TEXT = frozenset({Channel.SMS, Channel.MMS, Channel.RCS})
VOICE = frozenset({Channel.VOICE})
EVERY = frozenset(Channel)
RECORDED = frozenset({"recorded", "ai_voice"})
ALWAYS: Hours = ((0, DAY_END),)

STATUTORY = frozenset({"statutory"})
BOTH_PROFILES = frozenset({"strict", "statutory"})


@dataclass(frozen=True, slots=True)
class Day:
    """One kind of day: its open ranges in minutes of the local day, half open, and the code reported while it is closed.

    `also` are further codes that close the same day: a holiday that falls on a Sunday.
    """

    hours: Hours
    code: str
    also: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """All that is reported while it is closed."""
        return (self.code, *self.also)


@dataclass(frozen=True, slots=True)
class Closed:
    """The holidays of one calendar (`app.domain.calendars`) on which a row is closed, and the code that says so."""

    calendar: str
    code: str


@dataclass(frozen=True, slots=True)
class Lift:
    """What sets a row aside for one message, in which profiles.

    Any of `words` does: a basis of consent ("express_written"), a flag of its evidence ("night"), or an age of a purchase
    ("purchase_12m", "purchase_18m"), as `app.domain.lifting` tells them.
    """

    words: frozenset[str]
    profiles: frozenset[str] = STATUTORY


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRow:
    """The marketing hours of one region for some channels.

    `region` is ISO 3166: alpha-2 ("US"), or with a subdivision ("US-FL", "FR-57"); regions nest and all rows that match apply.
    "" matches everywhere and is for a workspace's own rows only. `technologies` ("live", "recorded", "ai_voice", "text") limit
    it further; empty means any. `clocks` are zones by which the strict profile counts the hours too, wherever they are.
    `week` has seven days, Monday first; `eves` replaces an open day before a holiday. The row is in force on local days from
    `valid_from` up to, not including, `valid_to`; None leaves that side open. `id` names it in errors.
    """

    region: str
    channels: frozenset[Channel]
    week: tuple[Day, ...]
    source: str
    confidence: Confidence
    id: str = ""
    technologies: frozenset[str] = frozenset()
    holidays: tuple[Closed, ...] = ()
    eves: Day | None = None
    clocks: tuple[str, ...] = ()
    lifts: tuple[Lift, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    def on(self, day: date) -> Day | None:
        """What holds on a local day, or None when the row is not in force then."""
        if not _in_force(self, day):
            return None
        usual = self.week[day.weekday()]
        if not self.holidays:
            return usual
        codes = tuple(closed.code for closed in self.holidays if is_holiday(closed.calendar, day))
        if codes:
            return Day((), *((codes[0], codes[1:]) if usual.hours else (usual.code, codes)))
        if self.eves and usual.hours and any(is_holiday(closed.calendar, day + _DAY) for closed in self.holidays):
            return self.eves
        return usual

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its days, each once."""
        eves = (self.eves.code,) if self.eves else ()
        return tuple(dict.fromkeys((*(day.code for day in self.week), *eves, *(closed.code for closed in self.holidays))))


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRow:
    """At most `limit` marketing messages to one number in any elapsed `window`, by the law of a region.

    `counts` says what is counted: "subject" (messages on the same subject, on any channel), "channels" (messages on these
    channels, whatever the subject) or "refusals" (what the person refused during a call; the limit is then 0 after one refusal,
    written 1). `zone` makes it calendar days there. `code` is reported when it is full. The rest is as in a WindowRow.
    """

    region: str
    channels: frozenset[Channel]
    limit: int
    window: timedelta
    code: str
    source: str
    confidence: Confidence
    id: str = ""
    counts: Literal["subject", "channels", "refusals"] = "channels"
    zone: str | None = None
    lifts: tuple[Lift, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


def _in_force(row: WindowRow | CapRow, day: date) -> bool:
    return not (row.valid_from and day < row.valid_from) and not (row.valid_to and day >= row.valid_to)


def is_in_force(row: WindowRow | CapRow, day: date) -> bool:
    """Whether a row holds on a local day."""
    return _in_force(row, day)


def is_lifted(row: WindowRow | CapRow, words: frozenset[str], profile: str) -> bool:
    """Whether a message with these words of consent is outside the row's reach under a profile."""
    return any(profile in lift.profiles and not lift.words.isdisjoint(words) for lift in row.lifts)


def parse_hours(written: str) -> Hours:
    """`"10-13 14-20"` or `"09:30-21:30"` in minutes of the day; "" is closed. Raises ValueError when it is not written so."""
    ranges = (part.split("-") for part in written.split())
    return tuple((_minutes(opens), _minutes(closes)) for opens, closes in ranges)


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute or 0)


def week(
    workdays: str, code: str, *, saturday: tuple[str, str] | None = None, sunday: tuple[str, str] | None = None
) -> tuple[Day, ...]:
    """Seven days from the hours of Monday to Friday; Saturday and Sunday are the same unless given with their own code."""
    workday = Day(parse_hours(workdays), code)
    weekend = (workday if day is None else Day(parse_hours(day[0]), day[1]) for day in (saturday, sunday))
    return (*(workday,) * 5, *weekend)


def own_row(hours: tuple[int, int], *, code: str, source: str) -> WindowRow:
    """A workspace's daily hours as a row: from and to in minutes of the local day; a "to" before the "from" is past midnight."""
    opens, closes = hours
    ranges = ((opens, closes),) if opens <= closes else ((0, closes), (opens, DAY_END))
    day = Day(tuple((start, end) for start, end in ranges if start < end), code)
    return WindowRow(region="", channels=EVERY, week=(day,) * 7, source=source, confidence="certain")


def workspace_row(
    *,
    id: str,  # noqa: A002 - the row's own word
    region: str,
    channels: Iterable[Channel],
    week: Sequence[Hours],
    holidays: str = "",
    technologies: Iterable[str] = (),
    valid_from: date | None = None,
    valid_to: date | None = None,
    source: str = "the workspace's own rule",
) -> WindowRow:
    """A workspace's own rule row. `week` is seven days of hours, Monday first; `holidays` a calendar on which it is closed."""
    return WindowRow(
        id=id,
        region=region,
        channels=frozenset(channels),
        technologies=frozenset(technologies),
        week=tuple(Day(tuple(hours), WORKSPACE_ROW) for hours in week),
        holidays=(Closed(holidays, WORKSPACE_ROW),) if holidays else (),
        source=source,
        confidence="certain",
        valid_from=valid_from,
        valid_to=valid_to,
    )
