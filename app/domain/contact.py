"""What may a contact hold, and what does a change make of it? Limits, checks of single values, and the merge."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from app.domain.countries import find_country
from app.domain.places import MOST_PLACES, BadPlace, Said, read_place
from app.domain.subdivisions import has_subdivisions
from app.domain.zones import zone_names

MOST_ATTRIBUTES = 100
MOST_TAGS = 100
MOST_ITEMS = 100
LONGEST_TEXT = 1_000
LONGEST_TAG = 64
LONGEST_PROVENANCE = 200
LONGEST_PERSON = 200
OLDEST = 130  # years: nobody has lived longer
LARGEST_INTEGER = 2**53
NAME_PATTERN = "^[a-z][a-z0-9_]{0,63}$"
LOCALE_PATTERN = "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,4}$"

_NAME = re.compile(NAME_PATTERN.replace("$", r"\Z"))
_LOCALE = re.compile(LOCALE_PATTERN.replace("$", r"\Z"))
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

AttributeValue: TypeAlias = str | int | float | bool | list[str] | None


class BadField(ValueError):
    """A value a contact cannot hold. `code` is a stable word, the text a sentence about the value.

    `at` is the way from the field to the part at fault, such as "0/postal_code".
    """

    def __init__(self, code: str, detail: str, *, at: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.at = at


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is kept of a contact beside its number. `places` are as `app.domain.places.read_place` makes them.

    `person` is the caller's id of the person, who may have several numbers.
    """

    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    locale: str | None = None
    time_zone: str | None = None
    provenance: str = ""
    places: tuple[Mapping[str, Any], ...] = ()
    birth_date: date | None = None
    age_verified: bool = False
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What to make different, checked before. An attribute of None is removed; `tags` replace, `more_tags` are added.

    Everything else of None stays as it is; "" clears locale, time zone, birth date and person, and () the places. `origin` is the
    provenance of a contact this change creates, when it names none. `said` is an address that waits to be located, by `complete`.
    `opted_out` says that the person wants no marketing: it is no part of the contact, and goes to the ledger.
    """

    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None
    more_tags: tuple[str, ...] = ()
    locale: str | None = None
    time_zone: str | None = None
    provenance: str | None = None
    places: tuple[Mapping[str, Any], ...] | None = None
    birth_date: date | Literal[""] | None = None
    age_verified: bool | None = None
    person: str | None = None
    said: Said | None = None
    origin: str = ""
    opted_out: bool = False


def check_text(text: str, *, longest: int = LONGEST_TEXT) -> str:
    """Text that can be stored. Raises BadField for NUL, lone surrogates and too many characters."""
    if len(text) > longest:
        raise BadField("too_long", f"longer than {longest} characters")
    if _UNSTORABLE.search(text):
        raise BadField("not_text", "contains a NUL character or half of a surrogate pair")
    return text


def is_text(text: str, *, longest: int = LONGEST_TEXT) -> bool:
    """Whether `check_text` would take it."""
    return len(text) <= longest and _UNSTORABLE.search(text) is None


def without_unstorable(text: str) -> str:
    """The text without what PostgreSQL cannot keep, for quoting it in a report."""
    return _UNSTORABLE.sub("", text)


def check_name(name: str) -> str:
    """An attribute's name. Raises BadField."""
    if not _NAME.match(name):
        raise BadField("bad_name", "attribute names are a lower-case letter, then up to 63 of a-z, 0-9 and _")
    return name


def check_value(value: object) -> AttributeValue:
    """An attribute's value: text, a finite number, true or false, a list of texts, or None. Raises BadField."""
    match value:
        case None | bool():
            return value
        case str():
            return check_text(value)
        case int() if abs(value) <= LARGEST_INTEGER:
            return value
        case float() if math.isfinite(value):
            return value
        case list() if len(value) <= MOST_ITEMS and all(isinstance(item, str) for item in value):
            return [check_text(item) for item in value]
        case list():
            raise BadField("bad_list", f"lists hold at most {MOST_ITEMS} texts and nothing else")
        case int() | float():
            raise BadField("bad_number", "numbers are finite, integers within 2^53 of zero")
        case _:
            raise BadField("bad_value", "must be text, a number, true or false, null, or a list of texts")


def check_tag(tag: str) -> str:
    """A tag without surrounding spaces. Raises BadField when empty, too long or with control characters in it."""
    tag = tag.strip()
    if not tag:
        raise BadField("empty_tag", "a tag is empty")
    if not tag.isprintable():
        raise BadField("bad_tag", "a tag contains control characters")
    return check_text(tag, longest=LONGEST_TAG)


def check_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags, each once, sorted. Raises BadField."""
    found = tuple(sorted({check_tag(tag) for tag in tags}))
    if len(found) > MOST_TAGS:
        raise BadField("too_many_tags", f"more than {MOST_TAGS} tags")
    return found


def check_locale(locale: str) -> str:
    """A BCP 47 language tag as people write it ("de-AT", "pt_BR"), hyphenated. Raises BadField."""
    if not _LOCALE.match(locale):
        raise BadField("bad_locale", "not a language tag such as en or pt-BR")
    return locale.replace("_", "-")


def check_zone(name: str) -> str:
    """An IANA time zone name. Raises BadField."""
    if name not in zone_names():
        raise BadField("bad_time_zone", "not an IANA time zone such as Europe/Vienna")
    return name


def check_birth_date(born: date, *, today: date) -> date:
    """A day on which a living person may have been born. Raises BadField."""
    if born > today:
        raise BadField("bad_birth_date", "lies in the future")
    if today.year - born.year > OLDEST:
        raise BadField("bad_birth_date", f"lies more than {OLDEST} years back")
    return born


def check_places(said: Sequence[Said], *, now: datetime) -> tuple[Mapping[str, Any], ...]:
    """Places as they are kept. Raises BadField; its `at` leads to the part at fault."""
    if len(said) > MOST_PLACES:
        raise BadField("too_many_places", f"more than {MOST_PLACES} places")
    found: list[Mapping[str, Any]] = []
    for place, one in enumerate(said):
        try:
            found.append(read_place(one, now=now))
        except BadPlace as problem:
            raise BadField(problem.code, problem.detail, at=f"{place}/{problem.field}") from problem
    return tuple(found)


def check_person(person: str) -> str:
    """The caller's id of a person. Raises BadField when empty, too long or with control characters in it."""
    if not person.strip() or not person.isprintable():
        raise BadField("bad_person", "an id of 1 to 200 printable characters")
    return check_text(person.strip(), longest=LONGEST_PERSON)


def complete(change: Change, *, country: str, now: datetime) -> Change:
    """A row's change with its address located and its birth date checked. `country` is where it lies when it does not say so.

    A country alone that is also the number's makes no place: it tells no more than the number does. A ZIP code that lost its
    leading zeros in a spreadsheet gets them back. Raises BadField, naming the part of the address.
    """
    if isinstance(change.birth_date, date):
        try:
            check_birth_date(change.birth_date, today=now.date())
        except BadField as problem:
            raise BadField(problem.code, f"birth_date: {problem.detail}") from problem
    said = change.said
    if said is None:
        return change
    where = find_country(said.country or country) or said.country or country
    if not where or not (said.region or said.postal_code or where != country):
        return replace(change, said=None)
    region = said.region if has_subdivisions(where) else ""
    code = said.postal_code.zfill(5) if where == "US" and said.postal_code.isdecimal() else said.postal_code
    try:
        place = read_place(replace(said, country=where, region=region, postal_code=code), now=now)
    except BadPlace as problem:
        raise BadField(problem.code, f"{problem.field}: {problem.detail}") from problem
    return replace(change, said=None, places=(place,))


def merge(kept: Profile | None, change: Change) -> Profile:
    """What the contact is after the change. Raises BadField when it would hold too many attributes or tags."""
    base = kept or Profile(provenance=change.origin)
    attributes = {name: value for name, value in {**base.attributes, **change.attributes}.items() if value is not None}
    if len(attributes) > MOST_ATTRIBUTES:
        raise BadField("too_many_attributes", f"the contact would hold more than {MOST_ATTRIBUTES} attributes")
    tags = base.tags if change.tags is None else change.tags
    if change.more_tags:
        tags = tuple(sorted({*tags, *change.more_tags}))
    if len(tags) > MOST_TAGS:
        raise BadField("too_many_tags", f"the contact would have more than {MOST_TAGS} tags")
    return Profile(
        attributes=attributes,
        tags=tags,
        locale=base.locale if change.locale is None else change.locale or None,
        time_zone=base.time_zone if change.time_zone is None else change.time_zone or None,
        provenance=base.provenance if change.provenance is None else change.provenance,
        places=base.places if change.places is None else change.places,
        birth_date=base.birth_date if change.birth_date is None else change.birth_date or None,
        age_verified=base.age_verified if change.age_verified is None else change.age_verified,
        person=base.person if change.person is None else change.person or None,
    )


def same(kept: Profile, merged: Profile) -> bool:
    """Whether a change changed nothing. Python holds 1, 1.0 and True for equal; a contact does not."""
    return kept == merged and all(type(value) is type(merged.attributes[name]) for name, value in kept.attributes.items())
