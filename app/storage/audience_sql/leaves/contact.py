"""How is the database asked what a contact holds?"""

from app.domain.audience.comparing import Op
from app.domain.audience.kinds.contact import OLDEST, Age, Attribute, Bucket, Country, Tag, born_by, bucket_bounds
from app.domain.audience.tree import Leaf
from app.storage.audience_sql.comparisons import compared
from app.storage.audience_sql.writing import Writer, Writing


def _country(leaf: Country, writing: Writing) -> str:
    return f"(n.region = ANY({writing.bind(list(leaf.country), 'text[]')}))"


def _tag(leaf: Tag, writing: Writing) -> str:
    return f"(c.tags @> ARRAY[{writing.bind(leaf.tag, 'text')}])"


def _attribute(leaf: Attribute, writing: Writing) -> str:
    return compared(writing, "c.attributes", leaf.attribute, leaf.op, leaf.value, type_=leaf.type)


def _age(leaf: Age, writing: Writing) -> str:
    """Bounds on the birth date instead: years are not counted for each contact."""

    def reached(years: float) -> str:
        return f"c.birth_date <= {writing.bind(born_by(min(int(years), OLDEST + 1), writing.now.date()), 'date')}"

    def younger(years: float) -> str:
        return f"c.birth_date > {writing.bind(born_by(min(int(years), OLDEST + 1), writing.now.date()), 'date')}"

    bounds = {
        Op.EQ: lambda years: f"{reached(years)} AND {younger(years + 1)}",
        Op.LT: younger,
        Op.LTE: lambda years: younger(years + 1),
        Op.GT: lambda years: reached(years + 1),
        Op.GTE: reached,
    }
    return f"coalesce({' AND '.join(bounds[op](years) for op, years in leaf.age)}, false)"


def _bucket(leaf: Bucket, writing: Writing) -> str:
    first, after = bucket_bounds(leaf)
    drawn = (
        f"('x' || left(encode(sha256(convert_to({writing.bind(leaf.bucket, 'text')} || ':' || c.id::text, 'UTF8')), 'hex'), 8))"
        "::bit(32)::bigint & 4294967295"
    )
    return f"(({drawn}) >= {writing.bind(first, 'bigint')} AND ({drawn}) < {writing.bind(after, 'bigint')})"


WRITERS: dict[type[Leaf], Writer] = {Country: _country, Tag: _tag, Attribute: _attribute, Age: _age, Bucket: _bucket}
