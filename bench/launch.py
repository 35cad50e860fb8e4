"""launch_rate: audience rows decided and written a second, against a bare INSERT ... SELECT into the same table."""

import time

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
