"""Do the tallies equal a recount, whatever happens at once? Messages move, tallies are folded and read, all concurrently."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from uuid import UUID

from app.clock import new_id
from app.storage.books import count_messages
from app.storage.campaigns import fold_tallies, read_tally
from app.usecases.context import Context
from tests.factories import make_sender, make_workspace

_CAMPAIGN = """
WITH t AS (INSERT INTO template (workspace_id, id, name, channel, version, created_at, updated_at)
           VALUES ($1, $2, 'c', 'sms', 1, $4, $4)),
v AS (INSERT INTO template_version (workspace_id, template_id, version, body, created_at) VALUES ($1, $2, 1, 'Hi', $4)),
a AS (INSERT INTO audience (workspace_id, id, name, rule, created_at, updated_at) VALUES ($1, $2, 'c', '{}', $4, $4))
INSERT INTO campaign (workspace_id, id, name, state, channel, purpose, template_id, template_version, audience_id, sender_id,
                      launched_at, created_at, updated_at)
VALUES ($1, $2, 'c', 'running', 'sms', 'marketing', $2, 1, $2, $3, $4, $4, $4)
"""
_NUMBERS = """
INSERT INTO number (workspace_id, phone, region, kind, zones, created_at)
SELECT $1, '+1212' || lpad(i::text, 7, '0'), 'US', 'mobile', '{}', $2 FROM generate_series(0, $3::int - 1) i
"""
_MESSAGES = """
INSERT INTO message (workspace_id, id, campaign_id, phone, sender_id, channel, purpose, origin, priority, state, due_at,
                     created_at, updated_at)
SELECT $1, gen_random_uuid(), $2, '+1212' || lpad(i::text, 7, '0'), $3, 'sms', 'marketing', 'campaign', 1, 10, $4, $4, $4
FROM generate_series($5::int, $6::int - 1) i
"""
_SHUFFLE = """
UPDATE message SET state = (ARRAY[10, 30, 40, 51, 58, 80])[1 + floor(random() * 6)::int],
                   reason = (ARRAY['', 'consent.missing', 'suppress.dnc'])[1 + floor(random() * 3)::int]
WHERE campaign_id = $1 AND id IN (
  SELECT id FROM message WHERE campaign_id = $1 ORDER BY random() LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


async def campaign_of(context: Context, members: int) -> tuple[UUID, UUID]:
    """A running campaign with queued messages: workspace and campaign."""
    workspace_id, campaign_id, now = await make_workspace(context), new_id(), context.clock.now()
    sender_id = await make_sender(context, workspace_id)
    async with context.db.transaction() as tx:
        await tx.execute(_CAMPAIGN, workspace_id, campaign_id, sender_id, now)
        await tx.execute(_NUMBERS, workspace_id, now, 2 * members)
        await tx.execute(_MESSAGES, workspace_id, campaign_id, sender_id, now, 0, members)
    return workspace_id, campaign_id


async def both(
    context: Context, workspace_id: UUID, campaign_id: UUID
) -> tuple[Counter[tuple[int, str]], Counter[tuple[int, str]]]:
    """(tallies, recount) of one campaign, per state and reason, at one instant."""
    async with context.db.transaction() as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        books = await read_tally(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        rows = await count_messages(tx, workspace_id=workspace_id, campaign_id=campaign_id)
    assert books is not None
    tallied = Counter({(state, reason): count for state, reason, count in books["counts"]})
    return tallied, Counter({(row["state"], row["reason"]): row["messages"] for row in rows})


async def move(context: Context, campaign_id: UUID, rounds: int, seed: int) -> None:
    """Move messages about, some of them in transactions that are rolled back."""
    rng = random.Random(seed)
    for _ in range(rounds):
        with suppress(ZeroDivisionError):
            async with context.db.transaction() as tx:
                await tx.execute(_SHUFFLE, campaign_id, rng.randint(1, 40))
                _ = 1 / (rng.random() >= 0.3)


async def fold(context: Context, done: asyncio.Event) -> int:
    """Fold a few deltas at a time for as long as anyone moves messages; how many."""
    folded = 0
    while not done.is_set():
        async with context.db.transaction() as tx:
            folded += await fold_tallies(tx, limit=7)
        await asyncio.sleep(0)
    return folded


async def test_tallies_equal_a_recount_while_everything_moves(context: Context) -> None:
    workspace_id, campaign_id = await campaign_of(context, 300)
    done = asyncio.Event()
    folders = [asyncio.create_task(fold(context, done)) for _ in range(3)]
    movers = asyncio.gather(*(move(context, campaign_id, 25, seed) for seed in range(3)))
    while not movers.done():
        tallied, counted = await both(context, workspace_id, campaign_id)
        assert tallied == counted
        assert sum(counted.values()) == 300
    await movers
    done.set()
    assert sum(await asyncio.gather(*folders)) > 0
    async with context.db.transaction() as tx:
        while await fold_tallies(tx, limit=1000):
            pass
        assert await tx.fetch_value("SELECT count(*) FROM campaign_tally_delta") == 0
    tallied, counted = await both(context, workspace_id, campaign_id)
    assert tallied == counted


async def test_folding_says_how_many_deltas_it_took_and_mixes_no_campaigns(context: Context) -> None:
    first, second = await campaign_of(context, 5), await campaign_of(context, 9)
    async with context.db.transaction() as tx:
        assert await fold_tallies(tx, limit=1) == 1
        assert await fold_tallies(tx, limit=10) == 1
        assert await fold_tallies(tx, limit=10) == 0
    for (workspace_id, campaign_id), members in ((first, 5), (second, 9)):
        tallied, counted = await both(context, workspace_id, campaign_id)
        assert tallied == counted == {(10, ""): members}


async def test_books_of_another_workspace_are_not_read(context: Context) -> None:
    _, campaign_id = await campaign_of(context, 2)
    async with context.db.transaction() as tx:
        assert await read_tally(tx, workspace_id=new_id(), campaign_id=campaign_id) is None
