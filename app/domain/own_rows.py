"""Which rules has a workspace written for itself? Tighter hours, closed days and bans by region: what they may say, and mean."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.domain.facts import Ban
from app.domain.message import Channel
from app.domain.regions import is_region, path_of
from app.domain.row_checks import BadRow, hours_fault, validate_rows
from app.domain.windows import ALWAYS, Hours, WindowRow, parse_hours, workspace_row

HOURS, CLOSED_DAY, EMERGENCY_BAN = "hours", "closed_day", "emergency_ban"
KINDS = (HOURS, CLOSED_DAY, EMERGENCY_BAN)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_ROWS = 500
BAN_CODE = "time.emergency_ban"

_RANGES = re.compile(r"(?:[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9](?: (?=[0-9])|\Z)){0,6}\Z")
_DAY = timedelta(days=1)
_CLOSED: tuple[Hours, ...] = ((),) * 7


class BadOwnRow(ValueError):
    """A row that cannot be. `index` is its place in what was given, `field` the part at fault ("terms/sunday")."""

    def __init__(self, index: int, part: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.index = index
        self.field = part
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRow:
    """One row. Hours and closed days hold on local days: their dates are kept as midnights of UTC, the last not included.

    `terms` of hours are "default" and the seven weekdays, each hours as `parse_hours` reads them, "holidays" (a calendar on which
    it is closed) and "technologies". `name` says which row it is, in errors and decisions.
    """

    kind: str
    region: str
    channels: frozenset[Channel]
    source: str
    valid_from: datetime
    valid_to: datetime | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def window(self) -> WindowRow:
        """As a row of hours. Raises ValueError for hours that are not written as hours."""
        return workspace_row(
            id=self.name,
            region=self.region,
            channels=self.channels,
            week=_CLOSED if self.kind == CLOSED_DAY else week_of(self.terms),
            holidays=str(self.terms.get("holidays") or ""),
            technologies=self.terms.get("technologies") or (),
            valid_from=self.valid_from.date(),
            valid_to=None if self.valid_to is None else self.valid_to.date(),
            source=self.source,
        )

    def ban(self) -> Ban:
        """As a ban on all marketing there."""
        return Ban(self.region, self.valid_from, self.valid_to, self.source)


def ban_code(region: str) -> str:
    """The code of a ban: "time.emergency_ban.us.la" for "US-LA"."""
    return f"{BAN_CODE}.{(path_of(region) or ('',))[-1].lower().replace('-', '.')}"


def midnight(day: date, *, after: int = 0) -> datetime:
    """A local day, or the one so many days after it, as it is kept."""
    return datetime.combine(day, time(), UTC) + after * _DAY


def week_of(terms: Mapping[str, Any]) -> tuple[Hours, ...]:
    """Seven days of hours, Monday first; a day not named has the default's, and without a default is open all day."""
    default = terms.get("default")
    usual = ALWAYS if default is None else parse_hours(default)
    return tuple(usual if terms.get(day) is None else parse_hours(terms[day]) for day in WEEKDAYS)


def rows_of(kept: Iterable[Mapping[str, Any]]) -> tuple[OwnRow, ...]:
    """Stored rows as values; their instants may be texts."""
    return tuple(
        OwnRow(
            kind=row["kind"],
            region=row["region"],
            channels=frozenset(Channel(channel) for channel in row["channels"]),
            terms=row["terms"],
            source=row["source"],
            valid_from=_instant(row["valid_from"]),
            valid_to=None if row["valid_to"] is None else _instant(row["valid_to"]),
            name=str(row["id"]),
        )
        for row in kept
    )


def _instant(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def windows_of(rows: Iterable[OwnRow]) -> tuple[WindowRow, ...]:
    """The hours and closed days among them."""
    return tuple(row.window() for row in rows if row.kind != EMERGENCY_BAN)


def bans_of(rows: Iterable[OwnRow]) -> tuple[Ban, ...]:
    """The bans among them."""
    return tuple(row.ban() for row in rows if row.kind == EMERGENCY_BAN)


def check_rows(new: Sequence[OwnRow], kept: Sequence[OwnRow]) -> None:
    """Raise BadOwnRow for the first new row that cannot be lived by, or that says the same as a kept or an earlier one."""
    if len(new) + len(kept) > MOST_ROWS:
        raise BadOwnRow(len(new) - 1, "region", "too_many_rows", f"a workspace has at most {MOST_ROWS} rows of its own")
    for index, row in enumerate(new):
        _check(index, row)
        for other in (*kept, *new[:index]):
            if _overlap(row, other):
                detail = f"overlaps {_told(other)}: both are in force for {row.region} at once"
                raise BadOwnRow(index, "valid_from", "overlaps", detail)


def _check(index: int, row: OwnRow) -> None:
    if not is_region(row.region):
        raise BadOwnRow(index, "region", "unknown_region", f"{row.region} is not a known region")
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        raise BadOwnRow(index, "valid_to", "ends_before_it_starts", f"{_day(row.valid_to)} is not after {_day(row.valid_from)}")
    if row.kind == HOURS:
        _check_terms(index, row.terms)
    if row.kind == EMERGENCY_BAN and row.channels != frozenset(Channel):
        raise BadOwnRow(index, "channels", "bad_channels", "a ban stops all marketing, on every channel")
    if row.kind != HOURS and any(value is not None for value in row.terms.values()):
        raise BadOwnRow(index, "terms", "bad_terms", "only rows of hours have terms")
    if row.kind != EMERGENCY_BAN:
        try:
            validate_rows([row.window()])
        except BadRow as fault:
            part = f"terms/{fault.field}" if fault.field == "holidays" else fault.field
            raise BadOwnRow(index, part, "bad_row", fault.detail) from fault


def _check_terms(index: int, terms: Mapping[str, Any]) -> None:
    if not any(terms.get(name) is not None for name in ("default", "holidays", *WEEKDAYS)):
        raise BadOwnRow(index, "terms", "bad_terms", "name the hours of at least one day, a default, or a calendar of holidays")
    for name in ("default", *WEEKDAYS):
        written = terms.get(name)
        if written is None:
            continue
        shaped = _RANGES.match(written)
        fault = hours_fault(parse_hours(written)) if shaped else "is not written like 09:00-20:00, or 10:00-13:00 14:00-24:00"
        if fault:
            raise BadOwnRow(index, f"terms/{name}", "impossible_hours", fault)


def _overlap(first: OwnRow, second: OwnRow) -> bool:
    if first.kind != second.kind or path_of(first.region) != path_of(second.region) or first.channels.isdisjoint(second.channels):
        return False
    mine, theirs = (frozenset(row.terms.get("technologies") or ()) for row in (first, second))
    if mine and theirs and mine.isdisjoint(theirs):
        return False
    before_end = second.valid_to is None or first.valid_from < second.valid_to
    return before_end and (first.valid_to is None or second.valid_from < first.valid_to)


def _told(row: OwnRow) -> str:
    until = "" if row.valid_to is None else f" to {_day(row.valid_to)}"
    return f"{row.name or 'an earlier row'} ({row.kind}, {_day(row.valid_from)}{until})"


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d}" if instant.time() == time() else instant.isoformat()
