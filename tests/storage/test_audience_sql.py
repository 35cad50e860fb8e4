"""Does PostgreSQL find exactly the contacts the rule means? Random rules over random contacts, asked both ways."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clock import new_id, new_ids
from app.domain.audience import ContactFacts, Op, matches, parse_rule
from app.storage.audience_sql import audience_condition
from app.storage.database import Database, Transaction

_NAMES = ["a", "b", "c_1"]
_REGIONS = ["US", "AT", "IN", ""]
_TAGS = ["vip", "VIP", "a,b", "é", "z"]
# Texts that sort differently by collation and by code point, hold LIKE's and JSON's special characters, or look like numbers.
_TEXTS = ["", "a", "B", "b", "ä", "Z", "aa", "10", "9", "%", "_", "\\", '"', "'", "null", "true", "😀", "\ue000", "e\u0301", "é"]
_NUMBERS = [0, 1, -1, 18, 2**53, 0.5, 1.0, -0.0, 0.1, 1e-7, 18.0]
_texts = st.one_of(
    st.sampled_from(_TEXTS), st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5)
)
_numbers = st.one_of(
    st.sampled_from(_NUMBERS),
    st.integers(-(2**53), 2**53),
    st.floats(-1e15, 1e15, allow_nan=False, allow_infinity=False),
)
_scalars = st.one_of(_texts, _numbers, st.booleans())
_values = st.one_of(_scalars, st.none(), st.lists(_texts, max_size=3))
_contacts = st.fixed_dictionaries(
    {
        "region": st.sampled_from(_REGIONS),
        "tags": st.lists(st.sampled_from(_TAGS), unique=True, max_size=3),
        "attributes": st.dictionaries(st.sampled_from(_NAMES), _values, max_size=3),
    }
)


def _comparison(op: Op) -> st.SearchStrategy[dict[str, Any]]:
    value: st.SearchStrategy[Any] = _scalars
    if op is Op.IN:
        value = st.lists(_scalars, min_size=1, max_size=4)
    elif op is Op.CONTAINS:
        value = _texts.filter(bool)
    elif op not in {Op.EQ, Op.NE}:
        value = st.one_of(_texts, _numbers)
    fields = {"attribute": st.sampled_from(_NAMES), "op": st.just(op.value)}
    if op not in {Op.EXISTS, Op.NOT_EXISTS}:
        fields["value"] = value
    return st.fixed_dictionaries(fields)


_leaves = st.one_of(
    st.fixed_dictionaries({"country": st.one_of(st.sampled_from(["US", "DE"]), st.just(["AT", "IN"]))}),
    st.fixed_dictionaries({"tag": st.sampled_from(_TAGS)}),
    *(_comparison(op) for op in Op),
)
_rules: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.one_of(_leaves, st.just({})),
    lambda parts: st.one_of(
        st.fixed_dictionaries({"all": st.lists(parts, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(parts, max_size=3)}),
        st.fixed_dictionaries({"not": parts}),
    ),
    max_leaves=6,
)


class _Undone(Exception):
    """Leaves a transaction without keeping it."""


@asynccontextmanager
async def _not_kept(db: Database) -> AsyncIterator[Transaction]:
    with suppress(_Undone):
        async with db.transaction() as tx:
            yield tx
            raise _Undone


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = Database.open(database_url, pool=2)
    yield opened
    await opened.close()


async def _store(tx: Transaction, contacts: list[dict[str, Any]]) -> list[Any]:
    workspace_id = new_id()
    await tx.execute("INSERT INTO workspace (id, name, created_at, updated_at) VALUES ($1, 'w', now(), now())", workspace_id)
    ids = new_ids(len(contacts))
    for place, (contact_id, contact) in enumerate(zip(ids, contacts, strict=True)):
        phone = f"+1415555{place:04}"
        await tx.execute(
            "INSERT INTO number (workspace_id, phone, region, kind, zones, created_at) "
            "VALUES ($1, $2, $3, 'mobile', '{}', now())",
            workspace_id,
            phone,
            contact["region"],
        )
        await tx.execute(
            "INSERT INTO contact (workspace_id, id, phone, attributes, tags, provenance, created_at, updated_at) "
            "VALUES ($1, $2, $3, $4::jsonb, $5, 'test', now(), now())",
            workspace_id,
            contact_id,
            phone,
            orjson.dumps(contact["attributes"]).decode(),
            contact["tags"],
        )
    return [workspace_id, *ids]


def _facts(contact: dict[str, Any]) -> ContactFacts:
    attributes = orjson.loads(orjson.dumps(contact["attributes"]))
    return ContactFacts(region=contact["region"], tags=frozenset(contact["tags"]), attributes=attributes)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(contacts=st.lists(_contacts, min_size=1, max_size=6), rules=st.lists(_rules, min_size=1, max_size=8))
async def test_the_database_finds_whom_the_rule_means(db: Database, contacts: list[Any], rules: list[Any]) -> None:
    async with _not_kept(db) as tx:
        workspace_id, *ids = await _store(tx, contacts)
        for raw in rules:
            node = parse_rule(raw)
            condition, arguments = audience_condition(node, start=2)
            rows = await tx.fetch(
                "SELECT c.id FROM contact c JOIN number n ON n.workspace_id = c.workspace_id AND n.phone = c.phone "  # noqa: S608
                f"WHERE c.workspace_id = $1 AND ({condition})",
                workspace_id,
                *arguments,
            )
            found = {row["id"] for row in rows}
            meant = {place for place, contact in zip(ids, contacts, strict=True) if matches(node, _facts(contact))}
            assert found == meant, raw


@pytest.mark.parametrize(
    "raw",
    [
        {"attribute": "a", "op": "eq", "value": "'; DROP TABLE contact; --"},
        {"attribute": "a", "op": "contains", "value": "%"},
        {"tag": "') OR ('a' = 'a"},
        {"any": [{"tag": "$1"}, {"attribute": "a", "op": "in", "value": ["{}", "\\", "NULL"]}]},
    ],
)
def test_nothing_a_caller_wrote_stands_in_the_statement(raw: dict[str, Any]) -> None:
    condition, arguments = audience_condition(parse_rule(raw), start=7)
    assert "$7" in condition
    assert f"${7 + len(arguments)}" not in condition
    for written in ("DROP", "NULL", "'a'", "%", "\\"):
        assert written not in condition
