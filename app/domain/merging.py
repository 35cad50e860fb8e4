"""What is known of two contacts that are one person? The one that stays is believed; what it lacks is taken from the other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.domain.contact import MOST_ATTRIBUTES, MOST_TAGS, BadField, Profile
from app.domain.places import MOST_PLACES

_SINGLE = ("locale", "time_zone", "birth_date", "person")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field both had, and not alike: what is kept, and what the other had."""

    field: str
    kept: Any
    other: Any


@dataclass(frozen=True, slots=True)
class United:
    """Two contacts in one: what it holds, the fields taken over from the other, and those that differed."""

    profile: Profile
    taken: tuple[str, ...]
    differences: tuple[Difference, ...]


def unite(kept: Profile, other: Profile) -> United:
    """The profile of the contact that stays. Raises BadField when it would hold too many attributes or tags.

    Attributes and single fields: its own where it has one, else the other's. Tags and places: those of both, because a tag says
    that something was so, and a place only ever narrows the hours. An age counts as checked when either was checked, unless their
    birth dates differ.
    """
    taken: list[str] = []
    differences: list[Difference] = []
    attributes = dict(kept.attributes)
    for name, value in other.attributes.items():
        _settle(f"attributes/{name}", attributes, name, value, taken, differences)
    single: dict[str, Any] = {name: getattr(kept, name) for name in _SINGLE}
    for name in _SINGLE:
        _settle(name, single, name, getattr(other, name), taken, differences)
    tags = tuple(sorted({*kept.tags, *other.tags}))
    if len(attributes) > MOST_ATTRIBUTES:
        raise BadField("too_many_attributes", f"together they hold more than {MOST_ATTRIBUTES} attributes")
    if len(tags) > MOST_TAGS:
        raise BadField("too_many_tags", f"together they have more than {MOST_TAGS} tags")
    places = (*kept.places, *(place for place in other.places if place not in kept.places))[:MOST_PLACES]
    one_age = not any(difference.field == "birth_date" for difference in differences)
    profile = replace(
        kept,
        attributes=attributes,
        tags=tags,
        places=places,
        age_verified=kept.age_verified or (one_age and other.age_verified),
        provenance=kept.provenance or other.provenance,
        **single,
    )
    taken.extend(name for name in ("tags", "places", "age_verified") if getattr(profile, name) != getattr(kept, name))
    return United(profile, tuple(taken), tuple(differences))


def _settle(field: str, into: dict[str, Any], name: str, value: Any, taken: list[str], differences: list[Difference]) -> None:
    mine = into.get(name)
    if value is None:
        return
    if mine is None:
        into[name] = value
        taken.append(field)
    elif mine != value or type(mine) is not type(value):
        differences.append(Difference(field, mine, value))


def differences_json(differences: tuple[Difference, ...]) -> list[Mapping[str, Any]]:
    """As a report keeps them; days as texts."""
    return [{"field": one.field, "kept": _written(one.kept), "other": _written(one.other)} for one in differences]


def _written(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
