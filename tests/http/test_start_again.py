"""P033: START brings back what stood, with its evidence, and no more than that."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.usecases.context import Context
from tests.http.test_webhooks import PHONE, Carrier, calling_us
from tests.shop import Shop


@pytest.fixture
async def carrier(context: Context, shop: Shop) -> AsyncIterator[Carrier]:
    async with calling_us(context, shop, context.settings.public_url) as found:
        yield found


async def _say(carrier: Carrier, body: str, sid: str) -> None:
    answer = await carrier.say(carrier.text(body, sid=sid), query="")
    assert answer.status_code == 200, answer.text


async def _why_not(carrier: Carrier, **asked: str) -> list[str]:
    answer = await carrier.shop.client.post("/v1/decisions", json={"to": PHONE, "channel": "sms", **asked})
    return [reason["rule"] for reason in answer.json()["reasons"] if reason["rule"].startswith(("consent.", "suppress."))]


async def test_p033_start_after_stop_allows_marketing_again(carrier: Carrier) -> None:
    assert await _why_not(carrier) == []
    await _say(carrier, "STOP", "SM31")
    assert await _why_not(carrier) == ["suppress.opt_out.text", "consent.revoked"]
    await _say(carrier, "START", "SM32")
    assert await _why_not(carrier) == []
    (evidence,) = [row["evidence"] for row in await _events(carrier) if row["kind"] == "given" and row["method"] == "keyword"]
    assert (evidence["restores"], evidence["message"]) == (True, "START")


async def _events(carrier: Carrier) -> list[dict[str, Any]]:
    async with carrier.shop.context.db.transaction() as tx:
        return [dict(row) for row in await tx.fetch("SELECT kind, method, evidence FROM consent_event ORDER BY seq")]


async def test_start_from_somebody_who_never_agreed_shows_no_written_consent(carrier: Carrier) -> None:
    await carrier.shop.execute("DELETE FROM consent")
    await _say(carrier, "STOP", "SM33")
    await _say(carrier, "START", "SM34")
    assert await _why_not(carrier) == ["consent.evidence_incomplete"]


async def test_start_brings_back_incomplete_consent_as_incomplete(carrier: Carrier) -> None:
    await carrier.shop.execute("UPDATE consent SET flags = ARRAY['lacks:not_a_condition']")
    await _say(carrier, "STOP", "SM35")
    await _say(carrier, "START", "SM36")
    assert await _why_not(carrier) == ["consent.evidence_incomplete"]


async def test_start_speaks_for_the_program_it_was_said_to(carrier: Carrier) -> None:
    await carrier.shop.execute("UPDATE consent SET brand = 'Hats'")
    await carrier.shop.execute("UPDATE message SET brand = 'Shoes', handed_over_at = now()")
    await _say(carrier, "STOP", "SM37")
    await _say(carrier, "START", "SM38")
    assert "consent.revoked" in await _why_not(carrier, brand="Hats")
