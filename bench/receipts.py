"""receipts_rate: signed status webhooks committed a second, against a no-op FastAPI route reading the same form."""

import asyncio
import time
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from pyreqwest.client import ClientBuilder

from app.cli.processes import free_port
from app.domain.ids import encode_id
from app.domain.reference import write_reference
from app.simulator.callbacks import sign
from bench.figure import report
from bench.handover import pipeline
from bench.stand import ACCOUNT_SID, AUTH_TOKEN, NUMBER, Stand

_Call = tuple[str, dict[str, str], bytes]


async def _calls(stand: Stand, base: str, campaign_id: UUID, word: str) -> list[_Call]:
    async with stand.context.db.transaction() as tx:
        rows = await tx.fetch(
            "SELECT m.id, m.phone, m.attempts, a.provider_message_id AS sid FROM message m "
            "JOIN attempt a ON a.workspace_id = m.workspace_id AND a.message_id = m.id WHERE m.campaign_id = $1",
            campaign_id,
        )
    calls = []
    path = f"/webhooks/twilio/{encode_id('provider', stand.provider_id)}"
    for row in rows:
        reference = write_reference(
            stand.context.reference_key, provider_id=stand.provider_id, message_id=row["id"], attempt=row["attempts"]
        )
        fields = {
            "MessageSid": row["sid"],
            "SmsSid": row["sid"],
            "MessageStatus": word,
            "SmsStatus": word,
            "To": row["phone"],
            "From": NUMBER,
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
        }
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": sign(f"{stand.settings.public_url}{path}?r={reference}", fields, AUTH_TOKEN),
        }
        calls.append((f"{base}{path}?r={reference}", headers, urlencode(fields).encode()))
    return calls


async def _post_all(calls: list[_Call], *, in_flight: int = 128) -> float:
    waiting = iter(calls)
    async with ClientBuilder().no_proxy().timeout(timedelta(seconds=30)).build() as client:

        async def run() -> None:
            for url, headers, body in waiting:
                answer = await client.post(url).headers(headers).body_bytes(body).build().send()
                if answer.status >= 300:
                    raise RuntimeError(f"a webhook was answered {answer.status}")

        began = time.perf_counter()
        await asyncio.gather(*(run() for _ in range(in_flight)))
        return len(calls) / (time.perf_counter() - began)


async def measure(stand: Stand, *, count: int, rounds: int) -> None:
    """Print receipts_rate. The campaign's messages must be handed over already, by a running worker."""
    noop_port = free_port()
    await stand.children.start("api", ["app", "serve"], stand.environment)
    await stand.children.start("noop", ["bench.noop", str(noop_port)], stand.environment)
    await stand.children.until_answering(f"{stand.settings.public_url}/health/ready")
    await stand.children.until_answering(f"http://127.0.0.1:{noop_port}/docs")
    values, bounds = [], []
    for _ in range(rounds):
        await pipeline(stand, count)
        campaign_id = await stand.value("SELECT id FROM campaign ORDER BY id DESC LIMIT 1")
        assert isinstance(campaign_id, UUID)
        calls = await _calls(stand, stand.settings.public_url, campaign_id, "delivered")
        values.append(await _post_all(calls))
        bounds.append(await _post_all(await _calls(stand, f"http://127.0.0.1:{noop_port}", campaign_id, "delivered")))
        done = await stand.value("SELECT count(*) FROM message WHERE campaign_id = $1 AND state = 80", campaign_id)
        if done != len(calls):
            raise RuntimeError(f"{done} of {len(calls)} receipts moved their message")
    report("receipts_rate", values=values, bounds=bounds, unit="webhooks/s", bound_name="no-op FastAPI route, same form", n=count)
