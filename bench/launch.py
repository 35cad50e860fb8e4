"""launch_rate, materialise_rate: audience rows decided and written a second, against a bare INSERT ... SELECT of the same rows.

The second figure is of a campaign as marketers make them: a rule, variants, a holdout group, spread over an hour, from a pool.
"""

import time

from app.clock import new_id
from bench.figure import interleaved, report
from bench.stand import Stand

_BARE = """
INSERT INTO message (workspace_id, id, campaign_id, contact_id, phone, sender_id, channel, purpose, origin, priority, state,
                     due_at, created_at, updated_at)
SELECT workspace_id, gen_random_uuid(), $2, id, phone, $3, 'sms', 'marketing', 'campaign', 1, 10, now(), now(), now()
FROM contact WHERE workspace_id = $1
"""


async def measure(stand: Stand, *, count: int, rounds: int) -> None:
    """Print launch_rate."""
    await stand.people(count)
    await stand.hold(held=True)

    async def launch() -> float:
        campaign_id = await stand.campaign()
        began = time.perf_counter()
        await stand.materialise(campaign_id)
        return count / (time.perf_counter() - began)

    async def bare() -> float:
        campaign_id = await stand.campaign()
        began = time.perf_counter()
        written = await stand.sql(_BARE, stand.workspace_id, campaign_id, stand.sender_id)
        if written != count:
            raise RuntimeError(f"{written} of {count} rows")
        return count / (time.perf_counter() - began)

    values, bounds = await interleaved(rounds, launch, bare)
    report("launch_rate", values=values, bounds=bounds, unit="rows/s", bound_name="bare INSERT ... SELECT", n=count)


_RULE = '{"all": [{"country": ["US", "CA"]}, {"attribute": "first_name", "op": "exists"}, {"not": {"tag": "do_not_disturb"}}]}'
_SPLIT = """
UPDATE campaign SET rule = $2::text::jsonb, pool_id = $3, spread_seconds = 3600,
  split = jsonb_build_object('holdout', 0.1, 'key', '', 'variants', jsonb_build_array(
    jsonb_build_object('name', 'A', 'template_id', template_id, 'template_version', 1, 'weight', 1),
    jsonb_build_object('name', 'B', 'template_id', template_id, 'template_version', 1, 'weight', 1)))
WHERE id = $1
"""
_POOL = """
INSERT INTO sender_pool (workspace_id, id, name, channel, strategy, created_at, updated_at)
VALUES ($1, $2, 'bench', 'sms', 'weights', now(), now())
"""
_MEMBER = "INSERT INTO sender_pool_member (workspace_id, pool_id, sender_id) VALUES ($1, $2, $3)"


async def measure_whole(stand: Stand, *, count: int, rounds: int) -> None:
    """Print materialise_rate."""
    await stand.people(count)
    await stand.hold(held=True)
    pool_id = new_id()
    await stand.sql(_POOL, stand.workspace_id, pool_id)
    await stand.sql(_MEMBER, stand.workspace_id, pool_id, stand.sender_id)

    async def launch() -> float:
        campaign_id = await stand.campaign()
        await stand.sql(_SPLIT, campaign_id, _RULE, pool_id)
        began = time.perf_counter()
        await stand.materialise(campaign_id)
        return count / (time.perf_counter() - began)

    async def bare() -> float:
        campaign_id = await stand.campaign()
        began = time.perf_counter()
        await stand.sql(_BARE, stand.workspace_id, campaign_id, stand.sender_id)
        return count / (time.perf_counter() - began)

    values, bounds = await interleaved(rounds, launch, bare)
    report("materialise_rate", values=values, bounds=bounds, unit="rows/s", bound_name="bare INSERT ... SELECT", n=count)
