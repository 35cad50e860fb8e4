"""handover_rate: one worker process, queued to recorded, against the fastest usable client posting the same bodies bare."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

from pyreqwest.client import ClientBuilder

from app.domain.delivery import Outbound, Request
from app.domain.message import Channel
from app.domain.own_id import own_id
from app.ports import Account
from app.providers.twilio import Twilio
from bench.figure import report
from bench.stand import ACCOUNT_SID, AUTH_TOKEN, NUMBER, Stand

_LEFT = "SELECT EXISTS (SELECT 1 FROM message WHERE campaign_id = $1 AND state = 10) OR EXISTS (SELECT 1 FROM lease)"


async def drained(stand: Stand, campaign_id: UUID, *, seconds: float = 240.0) -> float:
    """Seconds from letting the sender go until every message is recorded."""
    key = f"{stand.workspace_id}/{stand.sender_id}/0"
    await stand.hold(held=False)
    began = time.perf_counter()
    await stand.context.doorbell.ring("dispatch_lane", key)
    async with asyncio.timeout(seconds):
        while await stand.value(_LEFT, campaign_id):
            stand.children.check()
            await asyncio.sleep(0.02)
    return time.perf_counter() - began


async def pipeline(stand: Stand, count: int) -> float:
    """Messages a second through the whole pipeline of one running worker process."""
    await stand.hold(held=True)
    campaign_id = await stand.campaign()
    await stand.materialise(campaign_id)
    await stand.sql("ANALYZE message")
    took = await drained(stand, campaign_id)
    done = await stand.value("SELECT count(*) FROM message WHERE campaign_id = $1 AND state = 30", campaign_id)
    if done != count:
        raise RuntimeError(f"{done} of {count} were recorded as submitted")
    return count / took


def _requests(stand: Stand, count: int) -> list[Request]:
    provider = Twilio(Account({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}, f"http://127.0.0.1:{stand.sink_port}"))
    callback = f"{stand.settings.public_url}/webhooks/twilio/prv_01jcxf0000e000800000000001?r=" + "A" * 36
    return [
        provider.build_request(
            Outbound(
                to=f"+1212{2_000_000 + step}",
                sender=NUMBER,
                channel=Channel.SMS,
                body="Hi Ana, get 20% off at Blue Shop until Sunday. Reply STOP to opt out",
                callback_url=callback,
                reference="A" * 36,
                own_id=own_id("A" * 36),
                at=stand.context.clock.now(),
            )
        )
        for step in range(count)
    ]


async def bare(stand: Stand, count: int, *, in_flight: int = 128) -> float:
    """Posts a second of the same bodies by pyreqwest and nothing else."""
    requests = iter(_requests(stand, count))
    async with ClientBuilder().no_proxy().timeout(timedelta(seconds=15)).build() as client:

        async def run() -> None:
            for request in requests:
                answer = await client.post(request.url).headers(dict(request.headers)).body_bytes(request.body).build().send()
                await answer.bytes()

        began = time.perf_counter()
        await asyncio.gather(*(run() for _ in range(in_flight)))
        return count / (time.perf_counter() - began)


async def measure(stand: Stand, *, count: int, rounds: int) -> list[float]:
    """Print handover_rate; the pipeline's runs, for those who compare with it."""
    await stand.people(count)
    await stand.children.start("worker", ["app", "worker"], stand.environment)
    await pipeline_warm(stand)
    values, bounds = [], []
    for _ in range(rounds):
        values.append(await pipeline(stand, count))
        bounds.append(await bare(stand, count))
    report("handover_rate", values=values, bounds=bounds, unit="messages/s", bound_name="pyreqwest posting bare", n=count)
    return values


async def pipeline_warm(stand: Stand) -> None:
    """Wait until the worker answers bells."""
    async with asyncio.timeout(30):
        while "worker.ready" not in (stand.children.logs / "worker.log").read_text("utf-8", "replace"):
            stand.children.check()
            await asyncio.sleep(0.05)
