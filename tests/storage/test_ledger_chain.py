"""Does what PostgreSQL gives back hash to what was appended? Evidence of every shape, many lines of a number, and clashes."""

import asyncio
import random
from uuid import UUID

import orjson
import pytest

from app.clock import new_ids
from app.domain.ledger import Event
from app.domain.number import number_facts
from app.storage.consents import append_events
from app.storage.numbers import ensure_numbers, hold_numbers
from app.usecases.context import Context
from app.usecases.verify_ledger import verify_ledger
from tests.factories import append_given, make_workspace

PHONES = [f"+1212555{number:04d}" for number in range(100, 150)]
EVIDENCE = [
    {"n": 1.0, "half": 2.5, "third": 1 / 3, "none": -0.0, "tiny": 5e-324, "small": 1e-7, "great": 1e300, "edge": 2**53 + 0.0},
    {"int": 2**53, "minus": -(2**53), "zero": 0, "yes": True, "no": False, "null": None},
    {"ключ": "значение", "": "no name", "emoji": "🙂", "controls": "\t\n\x01\x7f", "quotes": '"\\/', "beyond": "\u2028\ufffd"},
    {"b": {"z": [1.5, 2.0, {"a": "x"}], "a": {}}, "a": []},
    {"é": 1, "e\u0301": 2, "Z": 3, "a": 4, "\ue000": 5, "\U0001f600": 6},
]


async def _whole(context: Context, workspace_id: UUID) -> int:
    head, found = await verify_ledger(context.db, workspace_id=workspace_id, progress=lambda *_: None)
    assert found == []
    return head.seq


@pytest.fixture
async def workspace_id(context: Context):
    made = await make_workspace(context)
    async with context.db.transaction() as tx:
        numbers = [number_facts(phone) for phone in PHONES]
        await ensure_numbers(tx, workspace_id=made, numbers=numbers, now=context.clock.now())
    return made


async def test_evidence_of_every_shape_hashes_after_storage_to_what_it_was_hashed_to_before(
    context: Context, workspace_id
) -> None:
    now = context.clock.now()
    async with context.db.transaction() as tx:
        for evidence in EVIDENCE:
            await append_given(tx, workspace_id, PHONES[:2], at=now, evidence=orjson.dumps(evidence).decode())
    assert await _whole(context, workspace_id) == 2 * len(EVIDENCE)


async def test_a_bulk_larger_than_a_chunk_chains_each_number_through_all_of_it(context: Context, workspace_id) -> None:
    now = context.clock.now()
    async with context.db.transaction() as tx:
        await append_given(tx, workspace_id, PHONES * 50, at=now)
        await append_given(tx, workspace_id, PHONES[:1], at=now)
    assert await _whole(context, workspace_id) == 2501
    async with context.db.transaction() as tx:
        assert await tx.fetch_value("SELECT max(number_seq) FROM consent_event WHERE phone = $1", PHONES[0]) == 51


async def test_a_transaction_that_fails_leaves_no_gap_and_many_at_once_leave_no_fork(context: Context, workspace_id) -> None:
    now, chance = context.clock.now(), random.Random(12)

    async def append(*, fails: bool) -> None:
        phones = sorted(chance.sample(PHONES, 8))
        async with context.db.transaction() as tx:
            await hold_numbers(tx, workspace_id=workspace_id, phones=phones)
            await append_given(tx, workspace_id, phones, at=now)
            if fails:
                raise LookupError

    done = await asyncio.gather(*(append(fails=turn % 4 == 0) for turn in range(40)), return_exceptions=True)
    assert {type(one) for one in done} == {type(None), LookupError}
    assert await _whole(context, workspace_id) == 30 * 8


async def test_a_line_that_cannot_be_stored_takes_its_whole_transaction_with_it(context: Context, workspace_id) -> None:
    now = context.clock.now()
    lines = [
        Event(id=i, phone=PHONES[0], kind="given", purpose="marketing", method="web_form", occurred_at=now)
        for i in new_ids(3_000)
    ]
    lines[1_500] = Event(id=lines[0].id, phone=PHONES[0], kind="given", purpose="marketing", method="web_form", occurred_at=now)
    with pytest.raises(Exception, match="duplicate key"):
        async with context.db.transaction() as tx:
            await append_events(tx, workspace_id=workspace_id, rows=lines, source="test", actor="test", now=now)
    assert await _whole(context, workspace_id) == 0
