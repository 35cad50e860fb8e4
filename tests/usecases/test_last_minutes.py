"""Does a carrier that tries for minutes get what must be out sooner? No: it waits for the next hours, or is too late."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from app.clock import Clock
from app.domain.delivery import Limits
from app.domain.ids import decode_id
from app.domain.message import Channel
from app.usecases.context import Context
from app.usecases.dispatch_lane import dispatch_lane
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop
from tests.usecases.carrier_server import carrier_server
from tests.usecases.rails import PHONE, Rails, RailsCarrier

_CLOSES = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # nine in the evening in New York
_OPENS = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


class SlowRails(Rails):
    """Rails that tries for five minutes at the least."""

    kind: ClassVar[str] = "slow_rails"
    limits: ClassVar[Mapping[Channel, Limits]] = {Channel.SMS: Limits(text=1_600, validity=(300, 3_600))}


async def _went(context: Context, at: datetime, **fields: object) -> tuple[str, str, str | None, list[str]]:
    """(state, reason, when it is due if it waits, the rules that objected) of a text that is due at this instant."""
    clock = Clock(offset=at - Clock().now())
    ready = replace(context, clock=clock, provider_kinds={**context.provider_kinds, "slow_rails": SlowRails})
    workspace_id = await make_workspace(ready)
    async with calling(ready, await make_key(ready, workspace_id)) as client, carrier_server(RailsCarrier().answer) as server:
        shop = Shop(ready, client, workspace_id)
        await shop.people([PHONE])
        account = await shop.provider(kind="slow_rails", base_url=server.url, credentials={})
        sender = await shop.sender(provider_id=account["id"])
        body = {"to": PHONE, "sender_id": sender["id"], "body": "Example Shop: 20% off. Reply STOP to opt out"}
        made = await shop.made("/v1/messages", {**body, "purpose": "marketing", **fields})
        for seconds in (0, 600):
            later = replace(ready, clock=Clock(offset=clock.now() - Clock().now() + timedelta(seconds=seconds)))
            await dispatch_lane(later, workspace_id=workspace_id, sender_id=decode_id("sender", sender["id"]))
        shown = (await client.get(f"/v1/messages/{made['id']}")).json()["message"]
    due = shown["due_at"] if shown["state"] == "queued" else None
    return shown["state"], shown["reason"], due, [one["rule"] for one in shown["decision"]["reasons"]]


@pytest.mark.parametrize(("minutes", "state"), [(3, "queued"), (6, "submitted")])
async def test_what_the_carrier_would_let_out_after_the_hours_waits_for_the_next(
    context: Context, minutes: int, state: str
) -> None:
    found, _, due, _ = await _went(context, _CLOSES - timedelta(minutes=minutes))
    assert (found, due) == (state, None if state == "submitted" else _OPENS.isoformat().replace("+00:00", "Z"))


@pytest.mark.parametrize(("minutes", "state", "reason"), [(3, "expired", "time.not_after"), (6, "submitted", "")])
async def test_what_the_carrier_would_let_out_too_late_does_not_go(
    context: Context, minutes: int, state: str, reason: str
) -> None:
    at = _OPENS + timedelta(hours=2)
    not_after = (at + timedelta(minutes=minutes)).isoformat()
    found = await _went(context, at, not_after=not_after)
    assert found[:2] == (state, reason) and found[3] == ([reason] if reason else [])
