"""What does a contact hold? Its number's country, tags, attributes, age, and the bucket chance puts it into."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from app.domain.audience.comparing import Op, Scalar, Type, compare
from app.domain.audience.facts import ContactFacts
from app.domain.audience.fields import (
    Field,
    Range,
    RuleProblem,
    Value,
    number,
    number_range,
    one_or_many,
    read_comparison,
    read_text,
    text,
    write_comparison,
)
from app.domain.audience.kind import Kind
from app.domain.audience.patterns import ATTRIBUTE, COUNTRY
from app.domain.audience.tree import Leaf

OLDEST = 150
BUCKETS = 2**32


@dataclass(frozen=True, slots=True)
class Country(Leaf):
    """The number's region is one of these (ISO 3166 alpha-2)."""

    country: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tag(Leaf):
    """The contact carries this tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class Attribute(Leaf):
    """A comparison of one attribute. `value` is None for exists and not_exists, a tuple where there are several."""

    attribute: str
    op: Op
    value: Scalar | tuple[Scalar, ...] | None
    type: Type | None = None

    @classmethod
    def read(cls, values: Mapping[str, Any], raw: dict[str, Any], pointer: str) -> "Attribute":
        """From its fields and the JSON that has `op` and `value`. Raises RuleProblem."""
        type_ = None if values.get("type") is None else Type(values["type"])
        return cls(values["attribute"], *read_comparison(raw, pointer, type_=type_), type_)

    def compared(self) -> dict[str, Any]:
        """`op` and `value` as JSON."""
        return write_comparison(self.op, self.value)


@dataclass(frozen=True, slots=True)
class Age(Leaf):
    """Whole years since the birth date, on the day it is in UTC; false without a birth date."""

    age: Range


@dataclass(frozen=True, slots=True)
class Bucket(Leaf):
    """The contact's stable place between 0 and 100, drawn from its id and the salt, is in [start, end)."""

    bucket: str
    start: float
    end: float


def born_by(years: int, today: date) -> date:
    """The latest birth date of somebody that old today; one of 29 February is a year older on 1 March."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 2, 28)


def _age_holds(leaf: Age, contact: ContactFacts) -> bool:
    born, today = contact.birth_date, contact.now.date()
    if born is None:
        return False

    def reached(years: float) -> bool:
        return born <= born_by(int(years), today)

    tests = {
        Op.EQ: lambda years: reached(years) and not reached(years + 1),
        Op.LT: lambda years: not reached(years),
        Op.LTE: lambda years: not reached(years + 1),
        Op.GT: lambda years: reached(years + 1),
        Op.GTE: reached,
    }
    return all(tests[op](years) for op, years in leaf.age)


def bucket_bounds(leaf: Bucket) -> tuple[int, int]:
    """The first place in the bucket and the first after it, of 2^32."""
    first, after = ((Decimal(str(share)) * BUCKETS / 100).to_integral_value(ROUND_CEILING) for share in (leaf.start, leaf.end))
    return int(first), int(after)


def _draw(leaf: Bucket, contact: ContactFacts) -> int:
    return int.from_bytes(hashlib.sha256(f"{leaf.bucket}:{contact.id}".encode()).digest()[:4], "big")


def _bucket_holds(leaf: Bucket, contact: ContactFacts) -> bool:
    first, after = bucket_bounds(leaf)
    return first <= _draw(leaf, contact) < after


def _check_bucket(raw: Mapping[str, Any], pointer: str) -> None:
    if not raw["start"] < raw["end"]:
        raise RuleProblem(f"{pointer}/end", "must be more than start")


def _country(raw: Any, pointer: str) -> str:
    if not isinstance(raw, str) or not COUNTRY.fullmatch(raw):
        raise RuleProblem(pointer, "a country is two capital letters (ISO 3166 alpha-2)")
    return raw


def _attribute_name(raw: Any, pointer: str) -> str:
    if not isinstance(raw, str) or not ATTRIBUTE.fullmatch(raw):
        raise RuleProblem(pointer, "must be a lower-case name: a letter, then letters, digits and _, 64 at most")
    return raw


def _type(raw: Any, pointer: str) -> Type:
    if raw not in list(Type):
        raise RuleProblem(pointer, f"must be one of {', '.join(Type)}")
    return Type(raw)


KINDS = (
    Kind(
        node=Country,
        says="the number's country: a code or a list (ISO 3166 alpha-2)",
        fields=(Field(name="country", value=one_or_many(_country, what="countries"), needed=True),),
        holds=lambda leaf, contact: contact.region in leaf.country,
        actual=lambda _, contact: contact.region,
    ),
    Kind(
        node=Tag,
        says="a tag the contact carries",
        fields=(Field(name="tag", value=text(longest=64), needed=True),),
        holds=lambda leaf, contact: leaf.tag in contact.tags,
        actual=lambda _, contact: sorted(contact.tags),
    ),
    Kind(
        node=Attribute,
        says=(
            "an attribute's name with `op` (eq, ne, lt, lte, gt, gte, in, contains, contains_any, contains_all, exists, "
            "not_exists) and `value`; `type` (text, number, boolean, date, set) says what it is taken for, and a date may be in "
            "the `last_days` or `next_days`"
        ),
        fields=(
            Field(name="attribute", value=Value(_attribute_name), needed=True),
            Field(name="type", value=Value(_type, str)),
        ),
        holds=lambda leaf, contact: compare(
            contact.attributes.get(leaf.attribute), leaf.op, leaf.value, type_=leaf.type, today=contact.now.date()
        ),
        actual=lambda leaf, contact: contact.attributes.get(leaf.attribute),
        is_compared=True,
    ),
    Kind(
        node=Age,
        says="bounds on the years since the birth date, `{gte: 18}`, counted to the day it is in UTC",
        fields=(Field(name="age", value=number_range(whole=True, least=0, most=OLDEST), needed=True),),
        holds=_age_holds,
        actual=lambda _, contact: contact.birth_date,
    ),
    Kind(
        node=Bucket,
        says="a salt with `start` and `end` in percent: the same stable share of all contacts every time",
        fields=(
            Field(name="bucket", value=Value(lambda raw, pointer: read_text(raw, pointer, longest=100)), needed=True),
            Field(name="start", value=number(least=0, most=100), needed=True, word="from", unit="%"),
            Field(name="end", value=number(least=0, most=100), needed=True, word="to", unit="%"),
        ),
        holds=_bucket_holds,
        actual=lambda leaf, contact: round(_draw(leaf, contact) * 100 / BUCKETS, 4),
        check=_check_bucket,
    ),
)
