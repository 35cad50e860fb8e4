"""How is a pack written down outside the program? As JSON and back, the same rows; what cannot be read is told by its row."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain import consent_rows, content_rows
from app.domain.book import Pack, check_pack
from app.domain.facts import ConsentBasis, Technology
from app.domain.message import Channel, Purpose
from app.domain.registries import Registry, RegistryKind
from app.domain.retention import Kept
from app.domain.row_checks import BadRow
from app.domain.row_parts import (
    DAY,
    FLAG,
    TEXT,
    TEXT_SET,
    TEXTS,
    WHOLE,
    WINDOW_SECONDS,
    BadPack,
    Part,
    Shape,
    a,
    a_list,
    an_object,
    by_name,
    one_of,
    only,
    optional,
    set_of,
    several,
    text,
    texts,
)
from app.domain.windows import CapRow, Closed, Day, Hours, Lift, WindowRow, parse_hours

FORMAT = 2
_READ = (1, FORMAT)  # the first had hours and caps, and told of the rest what nothing can be decided by
_TOLD = "others"
_RANGE = re.compile(r"[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]\Z")


def _hours_json(hours: Hours) -> list[str]:
    return [f"{_clock(opens)}-{_clock(closes)}" for opens, closes in hours]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _day_json(day: Day) -> dict[str, Any]:
    return {"hours": _hours_json(day.hours), "code": day.code, "also": list(day.also)}


def _read_day(written: object, row: str, part: str) -> Day:
    day = an_object(written, row, part)
    only(day, ("hours", "code", "also"), row)
    ranges = texts(day.get("hours"), row, "hours")
    for one in ranges:
        if not _RANGE.match(one):
            raise BadPack(row, part, f"has hours {one!r}, not written like 09:00-20:00")
    return Day(parse_hours(" ".join(ranges)), text(day.get("code"), row, "code"), tuple(texts(day.get("also"), row, "also")))


_DAY_OF_HOURS = Part(_day_json, _read_day)
_WEEK = Part(
    lambda week: [_day_json(day) for day in week],
    lambda written, row, part: tuple(_read_day(day, row, part) for day in a_list(written, row, part)),
)
_LIFTS = several(Shape(Lift, {"words": TEXT_SET, "profiles": TEXT_SET}))
_SOURCED: Mapping[str, Part] = {
    "source": TEXT,
    "confidence": one_of("certain", "likely", "verify"),
    "valid_from": DAY,
    "valid_to": DAY,
}
_BINDING: Mapping[str, Part] = {"id": TEXT, "region": TEXT, "channels": set_of(Channel), **_SOURCED, "lifts": _LIFTS}
_HOURS = Shape(
    WindowRow,
    {
        **_BINDING,
        "technologies": TEXT_SET,
        "week": _WEEK,
        "holidays": several(Shape(Closed, {"calendar": TEXT, "code": TEXT})),
        "eves": optional(_DAY_OF_HOURS),
        "clocks": TEXTS,
    },
)
_CAP = Shape(
    CapRow,
    {
        **_BINDING,
        "limit": WHOLE,
        "window": WINDOW_SECONDS,
        "counts": one_of("subject", "channels", "refusals"),
        "zone": optional(TEXT),
        "code": TEXT,
    },
)
_WAY = Shape(
    consent_rows.Way,
    {
        "basis": a(ConsentBasis),
        "months": optional(WHOLE),
        "over": TEXT,
        "from_end": FLAG,
        "own_only": FLAG,
        "complete": FLAG,
        "charity_from": DAY,
    },
)
_CONSENT = Shape(
    consent_rows.NeedRow,
    {
        "region": TEXT,
        "technologies": set_of(Technology),
        **_SOURCED,
        "ways": several(_WAY),
        "needed": FLAG,
        "purpose": a(Purpose),
        "profile": one_of("", "strict", "statutory"),
    },
)
_ON_TEXTS: Mapping[str, Part] = {
    "region": TEXT,
    "channels": set_of(Channel),
    "purposes": set_of(Purpose),
    "technologies": set_of(Technology),
    **_SOURCED,
}
_REGISTRY = Shape(
    Registry,
    {
        "name": TEXT,
        "title": TEXT,
        "regions": TEXTS,
        **_SOURCED,
        "confidence": one_of("C", "L", "V"),
        "meaning": TEXT,
        "kind": a(RegistryKind),
        "technologies": set_of(Technology),
        "demanded": set_of(Technology),
        "longest_age": optional(WHOLE),
        "exempt": by_name(a(ConsentBasis), optional(WHOLE)),
        "whole": FLAG,
        "code": TEXT,
        "stale_code": TEXT,
    },
)
_KEPT = Shape(Kept, {"what": TEXT, "days": optional(WHOLE), **_SOURCED, "purged": TEXT, "least": WHOLE})
# Section -> the part of the pack it is, and the shape of its rows.
_ROWS: Mapping[str, tuple[str, Shape[Any]]] = {
    "hours": ("rows", _HOURS),
    "caps": ("caps", _CAP),
    "consent": ("consent", _CONSENT),
    "content": ("content", Shape(content_rows.NeedRow, {**_ON_TEXTS, "element": TEXT, "force": one_of("required", "advised")})),
    "prohibited": ("prohibited", Shape(content_rows.ProhibitedRow, {**_ON_TEXTS, "category": TEXT})),
    "ages": ("ages", Shape(content_rows.AgeRow, {**_ON_TEXTS, "category": TEXT, "age": WHOLE})),
    "registries": ("registries", _REGISTRY),
    "retention": ("retention", _KEPT),
}
_NUMBERS = ("consent_ages", "opt_out_days")
_COUNTRIES = by_name(TEXT, WHOLE)
SECTIONS = (*_ROWS, *_NUMBERS)
"""What a pack's file has beside its format."""


def hours_json(row: WindowRow) -> dict[str, Any]:
    """A row of hours."""
    return _HOURS.write(row)


def cap_json(row: CapRow) -> dict[str, Any]:
    """A statutory cap."""
    return _CAP.write(row)


def pack_json(pack: Pack) -> dict[str, Any]:
    """The whole pack: what `read_pack` takes."""
    rows = {section: [shape.write(row) for row in getattr(pack, name)] for section, (name, shape) in _ROWS.items()}
    return {"format": FORMAT, **rows, **{section: dict(sorted(getattr(pack, section).items())) for section in _NUMBERS}}


def read_pack(written: object, *, installed: Pack) -> tuple[Pack, tuple[str, ...]]:
    """The pack, checked as the installed one is, and the sections that are not there: those it has as installed.

    Raises BadPack, naming the row.
    """
    file = an_object(written, "the pack")
    if file.get("format") not in _READ or isinstance(file["format"], bool):
        raise BadPack("the pack", "format", f"is not {' or '.join(map(str, _READ))}")
    only(file, ("format", *SECTIONS, *((_TOLD,) if file["format"] == 1 else ())), "the pack")
    missing = tuple(section for section in SECTIONS if section not in file)
    parts: dict[str, Any] = {name: getattr(installed, name) for name in (*(name for name, _ in _ROWS.values()), *_NUMBERS)}
    for section, (name, shape) in _ROWS.items():
        if section in file:
            rows = a_list(file[section], "the pack", section)
            parts[name] = tuple(_read_row(shape, row, f"{section} {place}") for place, row in enumerate(rows, 1))
    for section in _NUMBERS:
        if section in file:
            parts[section] = _COUNTRIES.read(file[section], "the pack", section)
    pack = Pack(**parts)
    try:
        check_pack(pack)
    except BadRow as fault:
        raise BadPack(fault.row, fault.field, fault.detail) from fault
    return pack, missing


def _read_row(shape: Shape[Any], written: object, place: str) -> object:
    row = an_object(written, place)
    for key, named in (("id", "{}"), ("name", "registry.{}"), ("what", "retention.{}")):
        if key in shape.parts and isinstance(row.get(key), str) and row[key]:
            return shape.read(row, named.format(row[key]))
    return shape.read(row, place)
