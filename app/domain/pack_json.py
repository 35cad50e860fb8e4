"""How are rule rows written down outside the program? As JSON and back, the same rows; what cannot be read is told by its row."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from app.domain.message import Channel
from app.domain.row_checks import BadRow, validate_rows
from app.domain.windows import CapRow, Closed, Day, Hours, Lift, WindowRow, parse_hours

FORMAT = 1
_CONFIDENCES = ("certain", "likely", "verify")
_COUNTS = ("subject", "channels", "refusals")
_RANGE = re.compile(r"[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]\Z")
Read = TypeVar("Read")


class BadPack(ValueError):
    """A pack that cannot be read. `row` is the id of the row at fault, or its place such as "hours 3"; `field` the part."""

    def __init__(self, row: str, part: str, detail: str) -> None:
        super().__init__(f"{row}: {part} {detail}" if part else f"{row}: {detail}")
        self.row = row
        self.field = part
        self.detail = detail


def hours_json(row: WindowRow) -> dict[str, Any]:
    """A row of hours."""
    return {
        **_common(row),
        "technologies": sorted(row.technologies),
        "week": [_day_json(day) for day in row.week],
        "holidays": [{"calendar": closed.calendar, "code": closed.code} for closed in row.holidays],
        "eves": None if row.eves is None else _day_json(row.eves),
        "clocks": list(row.clocks),
    }


def cap_json(row: CapRow) -> dict[str, Any]:
    """A statutory cap."""
    return {
        **_common(row),
        "limit": row.limit,
        "window_seconds": int(row.window.total_seconds()),
        "counts": row.counts,
        "zone": row.zone,
        "code": row.code,
    }


def pack_json(rows: Sequence[WindowRow], caps: Sequence[CapRow], others: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The whole pack: what `read_pack` takes. `others` are the rows of further kinds, as the book lists them."""
    return {
        "format": FORMAT,
        "hours": [hours_json(row) for row in rows],
        "caps": [cap_json(row) for row in caps],
        "others": [dict(row) for row in others],
    }


def read_pack(written: object) -> tuple[tuple[WindowRow, ...], tuple[CapRow, ...]]:
    """The rows of a pack, checked as the installed ones are. Raises BadPack, naming the row."""
    pack = _object(written, "the pack")
    if pack.get("format") != FORMAT:
        raise BadPack("the pack", "format", f"is not {FORMAT}")
    _only(pack, ("format", "hours", "caps", "others"), "the pack")
    hours = tuple(_named(_read_hours, row, f"hours {place}") for place, row in enumerate(_list(pack, "hours", "the pack"), 1))
    caps = tuple(_named(_read_cap, row, f"caps {place}") for place, row in enumerate(_list(pack, "caps", "the pack"), 1))
    try:
        validate_rows((*hours, *caps))
    except BadRow as fault:
        raise BadPack(fault.row, fault.field, fault.detail) from fault
    return hours, caps


def read_others(written: object) -> dict[str, Mapping[str, Any]]:
    """The rows of further kinds in a pack, by their ids: they are compared, not decided by. Raises BadPack, naming the row."""
    pack = _object(written, "the pack")
    found: dict[str, Mapping[str, Any]] = {}
    for place, other in enumerate(_list(pack, "others", "the pack") if "others" in pack else [], 1):
        row = _object(other, f"others {place}")
        name = _text(row, "id", f"others {place}")
        if name in found:
            raise BadPack(name, "id", "is there twice")
        found[name] = row
    return found


def _common(row: WindowRow | CapRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "region": row.region,
        "channels": sorted(row.channels),
        "source": row.source,
        "confidence": row.confidence,
        "lifts": [{"words": sorted(lift.words), "profiles": sorted(lift.profiles)} for lift in row.lifts],
        "valid_from": None if row.valid_from is None else row.valid_from.isoformat(),
        "valid_to": None if row.valid_to is None else row.valid_to.isoformat(),
    }


def _day_json(day: Day) -> dict[str, Any]:
    return {
        "hours": [f"{_clock(opens)}-{_clock(closes)}" for opens, closes in day.hours],
        "code": day.code,
        "also": list(day.also),
    }


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _named(read: Callable[[Mapping[str, Any], str], Read], written: object, place: str) -> Read:
    row = _object(written, place)
    name = row.get("id")
    return read(row, name if isinstance(name, str) and name else place)


def _read_hours(row: Mapping[str, Any], name: str) -> WindowRow:
    _only(row, (*_COMMON, "technologies", "week", "holidays", "eves", "clocks"), name)
    return WindowRow(
        **_read_common(row, name),
        technologies=frozenset(_texts(row, "technologies", name)),
        week=tuple(_read_day(day, name, "week") for day in _list(row, "week", name)),
        holidays=tuple(_read_closed(closed, name) for closed in _list(row, "holidays", name)),
        eves=None if row.get("eves") is None else _read_day(row["eves"], name, "eves"),
        clocks=tuple(_texts(row, "clocks", name)),
    )


def _read_cap(row: Mapping[str, Any], name: str) -> CapRow:
    _only(row, (*_COMMON, "limit", "window_seconds", "counts", "zone", "code"), name)
    counts = row.get("counts")
    if counts not in _COUNTS:
        raise BadPack(name, "counts", f"is none of {', '.join(_COUNTS)}")
    return CapRow(
        **_read_common(row, name),
        limit=_whole(row, "limit", name),
        window=timedelta(seconds=_whole(row, "window_seconds", name)),
        counts=counts,
        zone=None if row.get("zone") is None else _text(row, "zone", name),
        code=_text(row, "code", name),
    )


_COMMON = ("id", "region", "channels", "source", "confidence", "lifts", "valid_from", "valid_to")


def _read_common(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    channels = _texts(row, "channels", name)
    unknown = [channel for channel in channels if channel not in list(Channel)]
    if unknown:
        raise BadPack(name, "channels", f"has {unknown[0]!r}, which is none")
    confidence = row.get("confidence")
    if confidence not in _CONFIDENCES:
        raise BadPack(name, "confidence", f"is none of {', '.join(_CONFIDENCES)}")
    return {
        "id": _text(row, "id", name),
        "region": _text(row, "region", name),
        "channels": frozenset(Channel(channel) for channel in channels),
        "source": _text(row, "source", name),
        "confidence": confidence,
        "lifts": tuple(_read_lift(lift, name) for lift in _list(row, "lifts", name)),
        "valid_from": _date(row, "valid_from", name),
        "valid_to": _date(row, "valid_to", name),
    }


def _read_day(written: object, name: str, part: str) -> Day:
    day = _object(written, name, part)
    ranges = _texts(day, "hours", name)
    for one in ranges:
        if not _RANGE.match(one):
            raise BadPack(name, part, f"has hours {one!r}, not written like 09:00-20:00")
    hours: Hours = parse_hours(" ".join(ranges))
    return Day(hours, _text(day, "code", name), tuple(_texts(day, "also", name)))


def _read_closed(written: object, name: str) -> Closed:
    closed = _object(written, name, "holidays")
    return Closed(_text(closed, "calendar", name), _text(closed, "code", name))


def _read_lift(written: object, name: str) -> Lift:
    lift = _object(written, name, "lifts")
    return Lift(frozenset(_texts(lift, "words", name)), frozenset(_texts(lift, "profiles", name)))


def _object(written: object, name: str, part: str = "") -> Mapping[str, Any]:
    if not isinstance(written, dict):
        raise BadPack(name, part, "is not an object")
    return written


def _only(written: Mapping[str, Any], known: tuple[str, ...], name: str) -> None:
    for key in written:
        if key not in known:
            raise BadPack(name, str(key), "is not known")


def _list(written: Mapping[str, Any], key: str, name: str) -> list[Any]:
    value = written.get(key)
    if not isinstance(value, list):
        raise BadPack(name, key, "is not a list")
    return value


def _texts(written: Mapping[str, Any], key: str, name: str) -> list[str]:
    value = _list(written, key, name)
    if not all(isinstance(item, str) for item in value):
        raise BadPack(name, key, "holds what is not text")
    return value


def _text(written: Mapping[str, Any], key: str, name: str) -> str:
    value = written.get(key)
    if not isinstance(value, str):
        raise BadPack(name, key, "is not text")
    return value


def _whole(written: Mapping[str, Any], key: str, name: str) -> int:
    value = written.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9:
        raise BadPack(name, key, "is not a whole number")
    return value


def _date(written: Mapping[str, Any], key: str, name: str) -> date | None:
    value = written.get(key)
    if value is None:
        return None
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == len("2026-11-24") else "")
    except ValueError:
        raise BadPack(name, key, "is not a day such as 2026-11-24") from None
