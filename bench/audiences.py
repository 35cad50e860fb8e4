"""audience_count, audience_page: a five-node rule over contacts, events and messages, against a scan of the same tables."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

from app.domain.audience.parsing import parse_text
from app.storage.audience_sql.writing import Asked
from app.storage.database import Transaction
from app.storage.members import audience_page, count_members
from bench.figure import interleaved, report
from bench.stand import Stand, driver

RULE = (
    "country (US, CA) and tag vip and attribute plan in (gold, silver) and event purchase count >= 2 last 180 days "
    "and not engagement messaged last 7 days"
)
_EVENTS_EACH = 5
_PAGE = 5_000
_NUMBERS = """
INSERT INTO number (workspace_id, phone, region, kind, zones, created_at)
SELECT $1, '+1' || (2000000000 + i), (ARRAY['US','US','US','US','US','US','CA','CA','GB','AT'])[1 + i % 10], 'mobile', '{}', $2
FROM generate_series($3::bigint, $4::bigint) i
"""
_CONTACTS = """
INSERT INTO contact (workspace_id, id, phone, attributes, tags, provenance, created_at, updated_at)
SELECT $1, ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '+1' || (2000000000 + i),
       jsonb_build_object('first_name', 'n' || i % 1000, 'visits', floor(random() * 100)::int, 'plan',
         CASE WHEN plan < 0.05 THEN 'gold' WHEN plan < 0.25 THEN 'silver' ELSE 'free' END),
       CASE WHEN tag < 0.02 THEN '{vip,newsletter}'::text[] WHEN tag < 0.4 THEN '{newsletter}' ELSE '{}' END, 'bench', $2, $2
FROM (SELECT i, random() AS plan, random() AS tag FROM generate_series($3::bigint, $4::bigint) i OFFSET 0) x
"""
_EVENTS = """
INSERT INTO event (workspace_id, id, contact_id, kind, name, occurred_at, received_at, caller_id, amount, currency)
SELECT $1, ('01900000-0000-7000-9000-' || lpad(to_hex(i * $5 + k), 12, '0'))::uuid,
       ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,
       CASE WHEN h < 0.2 THEN 'purchase' WHEN h < 0.8 THEN 'page_view' ELSE 'custom' END,
       CASE WHEN h < 0.2 THEN 'purchase' WHEN h < 0.8 THEN 'page_view' ELSE 'cart_filled' END,
       $2::timestamptz - random() * interval '365 days', $2, (i * $5 + k)::text, CASE WHEN h < 0.2 THEN i % 100 END,
       CASE WHEN h < 0.2 THEN 'USD' END
FROM (SELECT i, k, random() AS h FROM generate_series($3::bigint, $4::bigint) i, generate_series(0, $5::bigint - 1) k OFFSET 0) x
"""
_MESSAGES = """
INSERT INTO message (workspace_id, id, contact_id, phone, sender_id, channel, purpose, origin, priority, state, body, due_at,
                     handed_over_at, created_at, updated_at)
SELECT $1, gen_random_uuid(), ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, '+1' || (2000000000 + i), $5, 'sms',
       'marketing', 'api', 1, 80, '', $2, $2::timestamptz - random() * interval '30 days', $2, $2
FROM generate_series($3::bigint, $4::bigint) i WHERE i % 5 = 0
"""
_BY_HAND = ("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan")
_SCAN = """
SELECT (SELECT count(*) FROM contact WHERE workspace_id = $1 AND tags IS NOT NULL)
     + (SELECT count(*) FROM number WHERE workspace_id = $1 AND region <> '-')
     + (SELECT count(*) FROM event WHERE workspace_id = $1 AND occurred_at <= $2)
     + (SELECT count(*) FROM message WHERE workspace_id = $1 AND handed_over_at <= $2)
"""
_STEP = 50_000


async def _grow(stand: Stand, have: int, count: int) -> None:
    now = stand.context.clock.now()
    for start in range(have + 1, count + 1, _STEP):
        part = (start, min(start + _STEP - 1, count))
        await stand.sql(_NUMBERS, stand.workspace_id, now, *part)
        await stand.sql(_CONTACTS, stand.workspace_id, now, *part)
        await stand.sql(_EVENTS, stand.workspace_id, now, *part, _EVENTS_EACH)
        await stand.sql(_MESSAGES, stand.workspace_id, now, *part, stand.sender_id)
    connection = await driver(stand)
    await connection.execute("VACUUM ANALYZE number, contact, event, message", timeout=600)
    await connection.close()


async def _milliseconds(stand: Stand, ask: Callable[[Transaction], Awaitable[object]]) -> float:
    async with stand.context.db.transaction() as tx:
        began = time.perf_counter()
        await ask(tx)
        return (time.perf_counter() - began) * 1_000


async def measure(stand: Stand, *, sizes: tuple[int, ...], rounds: int) -> None:
    """Print both figures at each size, smallest first, in milliseconds: less is better, and so is a smaller ratio."""
    asked = Asked(workspace_id=stand.workspace_id, node=parse_text(RULE), now=stand.context.clock.now())

    async def scan(tx: Transaction) -> None:
        for setting in _BY_HAND:
            await tx.execute(f"SET LOCAL {setting} = off")
        await tx.fetch_value(_SCAN, stand.workspace_id, asked.now)

    async def count_all(tx: Transaction) -> None:
        if not await count_members(tx, asked):
            raise RuntimeError("the rule holds for nobody")

    async def page(tx: Transaction) -> None:
        await audience_page(tx, asked, after=None, up_to=None, limit=_PAGE)

    have = 0
    for count in sizes:
        await _grow(stand, have, count)
        have = count
        for name, ask in (("audience_count", count_all), ("audience_page", page)):
            values, bounds = await interleaved(rounds, partial(_milliseconds, stand, ask), partial(_milliseconds, stand, scan))
            report(name, values=values, bounds=bounds, unit="ms", bound_name="sequential scan of the same tables", n=count)
