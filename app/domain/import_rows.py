"""What does a row of an import say? A number and a change to its contact; a cell that cannot be used is told of by its reason."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from app.domain.contact import (
    LONGEST_TEXT,
    AttributeValue,
    BadField,
    Change,
    check_locale,
    check_name,
    check_person,
    check_tags,
    check_text,
    check_value,
    check_zone,
    without_unstorable,
)
from app.domain.import_columns import ADDRESS, Columns, slug
from app.domain.places import Said

_LONGEST_PHONE = 100
_BESIDE = ("opt_in", "provenance_kind", "provenance_reference")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}\Z")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?\Z")
_TRUTH = {
    **dict.fromkeys(("true", "yes", "y", "1", "t"), True),
    **dict.fromkeys(("false", "no", "n", "0", "f"), False),
}


@dataclass(frozen=True, slots=True)
class Shared:
    """What every row of an import gets beside its own: tags, and the provenance of contacts it creates.

    `simple` says that the columns are nothing but a phone, tags and attributes: then no row is looked at for more.
    """

    tags: tuple[str, ...] = ()
    origin: str = ""
    simple: bool = False


def read_row(cells: Sequence[str], columns: Columns, shared: Shared) -> tuple[str, Change]:
    """The phone as it is written and the change to its contact; an empty cell changes nothing.

    Raises BadField for a cell that cannot be used.
    """
    if columns.format == "ndjson":
        return _read_object(cells[0], columns, shared)
    count = len(cells)
    found: dict[str, AttributeValue] = {}
    for place, name, kind in columns.attributes:
        if place < count and (text := cells[place].strip()):
            # Cells hold no NUL and no surrogates: reading the file has seen to that.
            found[name] = text if kind == "text" and len(text) <= LONGEST_TEXT else _typed(text, name, kind)

    def cell(place: int | None) -> str:
        return cells[place].strip() if place is not None and place < count else ""

    if shared.simple:
        tags = cell(columns.tags)
        kept = _split_tags(tags) if tags else None
        return cell(columns.phone), Change(attributes=found, tags=kept, more_tags=shared.tags, origin=shared.origin)
    tags, locale, zone, person = cell(columns.tags), cell(columns.locale), cell(columns.time_zone), cell(columns.person)
    change = Change(
        attributes=found,
        tags=_split_tags(tags) if tags else None,
        more_tags=shared.tags,
        locale=check_locale(locale) if locale else None,
        time_zone=check_zone(zone) if zone else None,
        birth_date=_birth_date(cell(columns.birth_date)),
        age_verified=_truth(cell(columns.age_verified), "age_verified"),
        person=check_person(person) if person else None,
        said=_said(cell(columns.country), cell(columns.state), cell(columns.postal_code)),
        origin=shared.origin,
        opted_out=bool(_truth(cell(columns.opted_out), "opted_out")),
    )
    return cell(columns.phone), change


@dataclass(frozen=True, slots=True)
class Beside:
    """What a row says that is no part of its contact: what the person agreed to, and where the number comes from."""

    opt_in: Mapping[str, object]
    provenance_kind: str = ""
    provenance_reference: str = ""


NOTHING_BESIDE = Beside({})


def read_beside(cells: Sequence[str], columns: Columns) -> Beside:
    """What a row that `read_row` could use says beside its contact."""
    if columns.format == "ndjson":
        return _beside_object(cells[0])
    if not columns.opt_in and columns.provenance_kind is None and columns.provenance_reference is None:
        return NOTHING_BESIDE

    def cell(place: int | None) -> str:
        return cells[place].strip() if place is not None and place < len(cells) else ""

    said = {name: cell(place) for place, name in columns.opt_in}
    return Beside(said, cell(columns.provenance_kind), cell(columns.provenance_reference))


def _beside_object(text: str) -> Beside:
    if not any(word in text for word in _BESIDE):
        return NOTHING_BESIDE
    found = _object(text)
    said = found.get("opt_in")
    fields: dict[str, object] = dict(said) if isinstance(said, dict) else {}
    evidence = fields.pop("evidence", None)
    if isinstance(evidence, dict):
        fields = {**evidence, **fields}
    channels = fields.get("channels")
    if isinstance(channels, list):
        fields["channels"] = ";".join(map(str, channels))
    return Beside(fields, str(found.get("provenance_kind") or ""), str(found.get("provenance_reference") or ""))


def _birth_date(text: str) -> date | None:
    if not text:
        return None
    try:
        # Only the one spelling: 04/05/1990 is another day in America than in Europe.
        if _DAY.match(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadField("bad_birth_date", f"birth_date: {text[:40]!r} is not a day written as 1990-05-04")


def _truth(text: str, name: str) -> bool | None:
    if not text:
        return None
    if text.lower() not in _TRUTH:
        raise BadField("bad_boolean", f"column {name}: {text[:40]!r} is neither true nor false")
    return _TRUTH[text.lower()]


def _said(country: str, state: str, postal_code: str) -> Said | None:
    if not country and not state and not postal_code:
        return None
    return Said(country=country, region=state, postal_code=postal_code)


def phone_text(cells: Sequence[str], columns: Columns) -> str:
    """The phone as the row has it, for a report on a row that could not be used."""
    if columns.format != "ndjson":
        return cells[columns.phone][:_LONGEST_PHONE] if columns.phone < len(cells) else ""
    try:
        value = json.loads(cells[0])[columns.phone_key]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return without_unstorable(str(value))[:_LONGEST_PHONE] if isinstance(value, (str, int)) else ""


def says_no(cells: Sequence[str], columns: Columns) -> bool:
    """Whether a row that could not be used says all the same that the person opted out."""
    if columns.format != "ndjson":
        place = columns.opted_out
        return place is not None and place < len(cells) and _TRUTH.get(cells[place].strip().lower()) is True
    try:
        return json.loads(cells[0])["opted_out"] is True
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def _typed(text: str, name: str, kind: str) -> AttributeValue:
    if kind == "number":
        if _WHOLE.match(text):
            return int(text)
        if _DECIMAL.match(text):
            return float(text)
        raise BadField("bad_number", f"column {name}: {text[:40]!r} is not a number")
    if kind == "boolean":
        return _truth(text, name)
    try:
        return check_text(text)
    except BadField as error:
        raise BadField(error.code, f"column {name}: {error.detail}") from error


@lru_cache(maxsize=4096)
def _split_tags(text: str) -> tuple[str, ...]:
    return check_tags(tag for tag in text.split(";") if tag.strip())


def _read_object(text: str, columns: Columns, shared: Shared) -> tuple[str, Change]:
    found = _object(text)
    phone = found.pop(columns.phone_key, None)
    for key, word in columns.renames:
        if key in found:
            value = found.pop(key)
            if word:
                found[word] = value
    if isinstance(phone, bool) or not isinstance(phone, (str, int)):
        raise BadField("no_phone", f"the object has no text under {columns.phone_key!r}")
    words = {word: _text(found.pop(word, None), word) for word in ("locale", "time_zone", "birth_date", "person")}
    address = {part: str(found[key]).strip() for key, part in ADDRESS.items() if type(found.get(key)) in {str, int}}
    adult, opted_out = (_flag(found.pop(word, None), word) for word in ("age_verified", "opted_out"))
    for word in _BESIDE:
        said = found.get(word)
        if isinstance(said, dict if word == "opt_in" else str):
            del found[word]
    tags = found.pop("tags", None)
    nested = found.pop("attributes", None)
    if nested is not None and not isinstance(nested, dict):
        raise BadField("bad_value", "attributes must be an object")
    attributes: dict[str, AttributeValue] = {}
    for place, (key, value) in enumerate(found.items(), 1):
        attributes[slug(key, place=place)] = _value(key, value)
    for key, value in (nested or {}).items():
        attributes[check_name(key)] = _value(key, value)
    change = Change(
        attributes=attributes,
        tags=None if tags is None else _tags(tags),
        more_tags=shared.tags,
        locale=check_locale(words["locale"]) if words["locale"] else None,
        time_zone=check_zone(words["time_zone"]) if words["time_zone"] else None,
        birth_date=_birth_date(words["birth_date"]),
        age_verified=adult,
        person=check_person(words["person"]) if words["person"] else None,
        said=_said(address.get("country", ""), address.get("state", ""), address.get("postal_code", "")),
        origin=shared.origin,
        opted_out=bool(opted_out),
    )
    return str(phone), change


def _flag(value: object, word: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise BadField("bad_value", f"{word} must be true or false")
    return value


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadField("not_json", f"the line is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadField("not_json", "the line is not a JSON object")
    return found


def _value(key: str, value: object) -> AttributeValue:
    try:
        return check_value(value)
    except BadField as error:
        raise BadField(error.code, f"{key[:64]!r}: {error.detail}") from error


def _text(value: object, word: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadField("bad_value", f"{word} must be text")
    return value.strip()


def _tags(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return _split_tags(value)
    if isinstance(value, list) and all(isinstance(tag, str) for tag in value):
        return check_tags(value)
    raise BadField("bad_tag", "tags are a list of texts, or one text separated by semicolons")
