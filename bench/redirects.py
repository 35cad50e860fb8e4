"""redirect_rate: short links followed and their clicks committed a second, against a no-op FastAPI route with the same path."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

from pyreqwest.client import ClientBuilder

from app.cli.processes import free_port
from app.clock import new_id, new_secret_number
from app.domain.links import code_of
from bench.figure import interleaved, report
from bench.stand import Stand

_HEADERS = {
    "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1",
    "accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "accept-language": "en-US",
}
_LINK = (
    "INSERT INTO link (workspace_id, id, campaign_id, written, target, conversion_days, created_at) VALUES ($1,$2,$3,$4,$4,7,$5)"
)
_CODES = """
INSERT INTO link_code (code, workspace_id, link_id, message_id, expires_at)
SELECT u.code, $1, $2, u.id, $3 FROM unnest($4::text[], $5::uuid[]) AS u(code, id)
"""


async def _codes(stand: Stand, campaign_id: UUID) -> list[str]:
    """A code for each message of the campaign."""
    link_id, now = new_id(), stand.context.clock.now()
    await stand.sql(_LINK, stand.workspace_id, link_id, campaign_id, "https://shop.example/autumn", now)
    async with stand.context.db.transaction() as tx:
        ids = [row["id"] for row in await tx.fetch("SELECT id FROM message WHERE campaign_id = $1", campaign_id)]
    codes = [code_of(new_secret_number()) for _ in ids]
    await stand.sql(_CODES, stand.workspace_id, link_id, now + timedelta(days=90), codes, ids)
    for table in ("link_code", "message"):
        await stand.sql(f"ANALYZE {table}")
    return codes


async def _follow_all(base: str, codes: list[str], expected: int, *, in_flight: int = 128) -> float:
    waiting = iter(codes)
    async with ClientBuilder().no_proxy().follow_redirects(enable=False).timeout(timedelta(seconds=30)).build() as client:

        async def run() -> None:
            for code in waiting:
                answer = await client.get(f"{base}/l/{code}").headers(_HEADERS).build().send()
                if answer.status != expected:
                    raise RuntimeError(f"a link was answered {answer.status}")

        began = time.perf_counter()
        await asyncio.gather(*(run() for _ in range(in_flight)))
        return len(codes) / (time.perf_counter() - began)


async def measure(stand: Stand, *, count: int, rounds: int) -> None:
    """Print redirect_rate: each link is one person's, looked up by its own code, with one click written for each answer."""
    await stand.people(count)
    campaign_id = await stand.campaign()
    await stand.materialise(campaign_id)
    codes = await _codes(stand, campaign_id)
    noop = f"http://127.0.0.1:{free_port()}"
    await stand.children.start("api", ["app", "serve"], stand.environment)
    await stand.children.start("noop", ["bench.noop", noop.rpartition(":")[2]], stand.environment)
    await stand.children.until_answering(f"{stand.settings.public_url}/health/ready")
    await stand.children.until_answering(f"{noop}/docs")
    values, bounds = await interleaved(
        rounds, lambda: _follow_all(stand.settings.public_url, codes, 302), lambda: _follow_all(noop, codes, 204)
    )
    kept = await stand.value("SELECT count(*) FROM click")
    if kept != rounds * len(codes):
        raise RuntimeError(f"{kept} of {rounds * len(codes)} clicks were written")
    report(
        "redirect_rate",
        values=values,
        bounds=bounds,
        unit="redirects/s",
        bound_name="no-op FastAPI route, same path",
        n=len(codes),
    )
