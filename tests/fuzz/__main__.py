"""Does the API keep its own document? `python -m tests.fuzz` invents requests to every operation and checks every answer.

It starts PostgreSQL, Valkey, an API, a worker and a simulated carrier on this machine (or uses DATABASE_URL and REDIS_URL),
and ends by itself. The exit status is 1 when an answer broke the document, a server failed, or the time was not enough.
"""

import argparse
import asyncio
import sys

import httpx
from schemathesis.engine import from_schema

from tests.fuzz.ground import Ground, ground
from tests.fuzz.inventions import invented
from tests.fuzz.tally import Tally

_SERIOUS = ('"exception":', "Traceback")  # a provider on hold is an error to whoever runs it, but no fault of ours


async def _run(*, examples: int, seconds: int, seed: int | None) -> int:
    tally = Tally()
    async with ground() as standing:
        schema = await asyncio.to_thread(invented, standing, examples=examples, seed=seed)
        stream = from_schema(schema).execute()

        def drain() -> None:
            for event in stream:
                tally.take(event)

        over = asyncio.get_running_loop().call_later(seconds, stream.stop)
        try:
            await asyncio.to_thread(drain)
        finally:
            over.cancel()
            stream.stop()
        tally.faults += _complaints(standing) + await _unbalanced(standing)
    tally.show()
    if tally.stopped:
        print(f"ended before it was through ({tally.stopped}); not begun: {', '.join(tally.untested()) or 'none'}")
    return 0 if tally.clean else 1


def _complaints(standing: Ground) -> list[str]:
    """What the processes logged of faults; a child that ended raises."""
    standing.children.check()
    found = []
    for log in sorted(standing.logs.glob("*.log")):
        serious = [line for line in log.read_text("utf-8", "replace").splitlines() if any(mark in line for mark in _SERIOUS)]
        found += [f"{log.name}: {line[:2000]}" for line in dict.fromkeys(serious)][:5]
    return found


async def _unbalanced(standing: Ground) -> list[str]:
    """Campaigns whose books do not hold, whatever was asked of them."""
    headers = {"Authorization": f"Bearer {standing.api_key}"}
    found: list[str] = []
    cursor: dict[str, str] = {}
    async with httpx.AsyncClient(base_url=standing.url, headers=headers, timeout=30) as client:
        while True:
            page = (await client.get("/v1/campaigns", params={"limit": 500, **cursor})).json()
            for campaign in page["items"]:
                books = (await client.get(f"/v1/campaigns/{campaign['id']}/stats")).json()
                if not books["identity_holds"]:
                    found.append(f"the books of {campaign['id']} do not hold: {books}")
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=300, help="invented requests an operation (300)")
    parser.add_argument("--seconds", type=int, default=3000, help="give up after so long (3000)")
    parser.add_argument("--seed", type=int, default=None, help="repeat an earlier run's inventions")
    given = parser.parse_args()
    try:
        return asyncio.run(_run(examples=given.examples, seconds=given.seconds, seed=given.seed))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        return 130


if __name__ == "__main__":
    sys.exit(main())
