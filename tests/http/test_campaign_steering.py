"""What do pause, resume and cancel meet? Nothing departs after a pause has answered, and what was beyond recall is counted."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from app.domain.ids import decode_id
from app.storage.handovers import depart
from app.usecases.cancel_campaign import CANCELLED_AT_ONCE, cancel_rest
from app.usecases.claim_group import Group, claim_group
from app.usecases.materialise import materialise
from app.usecases.open_lane import open_content, open_lane
from tests.shop import Shop, id_of, path_of

_MANY_NUMBERS = """
INSERT INTO number (workspace_id, phone, region, kind, zones, created_at)
SELECT $1, '+1646555' || lpad(i::text, 4, '0'), 'US', 'mobile', '{}', $2 FROM generate_series(0, $3 - 1) i
"""
_MANY_MESSAGES = """
INSERT INTO message (workspace_id, id, campaign_id, phone, sender_id, channel, purpose, origin, priority, state, due_at,
                     created_at, updated_at)
SELECT $1, gen_random_uuid(), $2, '+1646555' || lpad(i::text, 4, '0'), $3, 'sms', 'marketing', 'campaign', 1, 10, $4, $4, $4
FROM generate_series(0, $5 - 1) i
"""


async def launched(shop: Shop, people: int = 6) -> dict[str, Any]:
    """A running campaign that may go at any hour, because it sells nothing."""
    await shop.people([f"+1212555{1000 + number}" for number in range(people)], first_name="Ana")
    template = await shop.template("Hi {{ first_name }}, your order is ready.")
    return await shop.launched(purpose="transactional", template_id=template["id"])


async def claimed(shop: Shop, campaign: dict[str, Any], *, limit: int) -> Group:
    """A group claimed as a worker claims it."""
    now = shop.context.clock.now()
    sender_id = decode_id("sender", campaign["sender_id"])
    lane = await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=sender_id, now=now)
    assert lane is not None
    content = await open_content(shop.context, lane, id_of(campaign))
    claim = await claim_group(shop.context, lane, content, limit=limit, parts=1_000, now=now)
    assert claim.group is not None
    return claim.group


async def states(shop: Shop, campaign: dict[str, Any]) -> Counter[int]:
    async with shop.context.db.transaction() as tx:
        rows = await tx.fetch("SELECT state FROM message WHERE campaign_id = $1", id_of(campaign))
    return Counter(row["state"] for row in rows)


@pytest.mark.parametrize("verb", ["pause", "resume", "unschedule"])
async def test_a_draft_cannot_be_steered(shop: Shop, verb: str) -> None:
    made = await shop.campaign()
    answer = await shop.client.post(path_of(made, verb), json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


async def test_a_pause_says_what_was_in_flight_and_what_waits(shop: Shop) -> None:
    campaign = await launched(shop, 6)
    going, held = await claimed(shop, campaign, limit=2), await claimed(shop, campaign, limit=1)
    assert await departs(shop, going) == 2
    paused = await shop.made(path_of(campaign, "pause"), {})
    assert (paused["in_flight"], paused["queued"]) == (2, 4)
    assert (paused["campaign"]["state"], paused["campaign"]["actions"]) == ("paused", ["resume", "cancel"])
    assert await departs(shop, held) is None
    assert (await shop.client.post(path_of(campaign, "pause"), json={})).status_code == 409
    assert (await shop.made(path_of(campaign, "resume"), {}))["state"] == "running"


async def departs(shop: Shop, group: Group) -> int | None:
    """How many of a group may go now, as a worker asks; None: none of it may."""
    async with shop.context.db.transaction() as tx:
        going = await depart(
            tx,
            workspace_id=shop.workspace_id,
            lease_id=group.lease_id,
            campaign_id=group.campaign_id,
            message_ids=[member.id for member in group.members],
            now=shop.context.clock.now(),
        )
    return None if going is None else len(going)


async def test_a_pause_waits_for_a_departure_under_way_and_counts_it(shop: Shop) -> None:
    campaign = await launched(shop, 4)
    group = await claimed(shop, campaign, limit=3)
    async with shop.context.db.transaction() as tx:
        going = await depart(
            tx,
            workspace_id=shop.workspace_id,
            lease_id=group.lease_id,
            campaign_id=group.campaign_id,
            message_ids=[member.id for member in group.members],
            now=shop.context.clock.now(),
        )
        assert going is not None
        pausing = asyncio.create_task(shop.client.post(path_of(campaign, "pause"), json={}))
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        async with asyncio.timeout(10):
            while not await shop.value(waiting):
                await asyncio.sleep(0.01)
        assert not pausing.done()
    paused = (await pausing).json()
    assert (paused["in_flight"], paused["queued"]) == (3, 1)


async def test_a_cancel_closes_what_waits_and_says_what_was_beyond_recall(shop: Shop) -> None:
    campaign = await launched(shop, 6)
    going, held = await claimed(shop, campaign, limit=2), await claimed(shop, campaign, limit=1)
    assert await departs(shop, going) == 2
    met = await shop.made(path_of(campaign, "cancel"), {})
    assert (met["in_flight"], met["cancelled"], met["being_cancelled"]) == (2, 3, 1)
    assert (met["campaign"]["state"], met["campaign"]["actions"]) == ("cancelled", [])
    assert await departs(shop, held) is None
    assert await states(shop, campaign) == {20: 3, 50: 3}
    reasons = await shop.value("SELECT array_agg(DISTINCT reason) FROM message WHERE state = 50")
    assert reasons == ["campaign.cancelled"]
    for verb in ("cancel", "resume", "pause", "launch"):
        assert (await shop.client.post(path_of(campaign, verb), json={})).status_code == 409, verb


async def test_a_cancelled_draft_is_closed_at_once(shop: Shop) -> None:
    made = await shop.campaign()
    met = await shop.made(path_of(made, "cancel"), {})
    assert (met["in_flight"], met["cancelled"], met["being_cancelled"]) == (0, 0, 0)
    assert met["campaign"]["finished_at"] is not None


async def test_a_cancel_ends_the_writing_of_members(shop: Shop) -> None:
    await shop.people(["+12125550100", "+12125550101"])
    made = await shop.campaign()
    await shop.made(path_of(made, "launch"), {})
    await shop.made(path_of(made, "cancel"), {})
    await materialise(shop.context, workspace_id=shop.workspace_id, campaign_id=id_of(made))
    assert await shop.value("SELECT count(*) FROM message") == 0
    stats = (await shop.client.get(path_of(made, "stats"))).json()
    assert (stats["audience"], stats["identity_holds"]) == (0, True)


async def test_thousands_are_cancelled_partly_with_the_answer_and_the_rest_by_the_job(shop: Shop) -> None:
    campaign = await launched(shop, 0)
    count, now = CANCELLED_AT_ONCE + 700, shop.context.clock.now()
    await shop.execute(_MANY_NUMBERS, shop.workspace_id, now, count)
    sender_id = decode_id("sender", campaign["sender_id"])
    await shop.execute(_MANY_MESSAGES, shop.workspace_id, id_of(campaign), sender_id, now, count)
    met = await shop.made(path_of(campaign, "cancel"), {})
    assert (met["cancelled"], met["being_cancelled"]) == (CANCELLED_AT_ONCE, 700)
    assert await cancel_rest(shop.context, workspace_id=shop.workspace_id, campaign_id=id_of(campaign)) == 700
    assert await states(shop, campaign) == {50: count}
    assert await cancel_rest(shop.context, workspace_id=shop.workspace_id, campaign_id=id_of(campaign)) == 0


async def test_the_job_cancels_nothing_of_a_campaign_that_runs(shop: Shop) -> None:
    campaign = await launched(shop, 3)
    assert await cancel_rest(shop.context, workspace_id=shop.workspace_id, campaign_id=id_of(campaign)) == 0
    assert await states(shop, campaign) == {10: 3}
