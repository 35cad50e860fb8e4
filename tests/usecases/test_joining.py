"""Who comes to a live campaign's audience after its launch is written to once, by the campaign's own terms, until it closes."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.ids import decode_id
from app.settings import Settings
from app.storage.launching import keep_joined, lock_joining
from app.storage.sweeping import open_to_join, settle_campaigns
from app.usecases.cancel_campaign import cancel_rest
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.join_campaign import join_campaign
from app.usecases.materialise import write_members
from tests.shop import Shop, id_of, path_of, pointers
from tests.usecases.test_campaign_groups import ready

_EARLY = [f"+1212555{1000 + step}" for step in range(6)]
_LATE = [f"+1212555{2000 + step}" for step in range(40)]
_RULE = {"tag": "vip"}


async def _tag(shop: Shop, phone: str, *tags: str) -> None:
    await shop.made("/v1/contacts", {"phone": phone, "tags": list(tags), "attributes": {"first_name": "Ann"}})


async def _vips(shop: Shop, phones: list[str]) -> None:
    await shop.people(phones, first_name="Ann", tags=["vip"])


async def _live(shop: Shop, sender: str, **fields: Any) -> dict[str, Any]:
    until = (shop.context.clock.now() + timedelta(hours=3)).isoformat()
    return await shop.launched(sender_id=sender, rule=_RULE, membership="live", joins_until=until, **fields)


async def _look(shop: Shop, campaign: dict[str, Any], *, times: int = 1) -> None:
    """Let workers look now, several at once."""
    await shop.execute("UPDATE materialisation SET join_at = NULL")
    ids: dict[str, UUID] = {"workspace_id": shop.workspace_id, "campaign_id": id_of(campaign)}
    await asyncio.gather(*(join_campaign(shop.context, **ids) for _ in range(times)))


async def _sent(shop: Shop, running: Any, sender: str) -> list[str]:
    await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))
    return sorted(message["to"] for message in (await running.client.get("/admin/messages")).json()["messages"])


async def test_who_comes_is_written_to_once_and_who_left_before_is_not_again(settings: Settings) -> None:
    async with ready(settings) as (shop, running, sender):
        await _vips(shop, _EARLY)
        campaign = await _live(shop, sender)
        await _tag(shop, _EARLY[0])
        first = await _sent(shop, running, sender)
        await _tag(shop, _EARLY[0], "vip")
        await _vips(shop, _LATE)
        await _look(shop, campaign, times=4)
        await _look(shop, campaign)
        second = await _sent(shop, running, sender)
        books = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert first == sorted(_EARLY[1:])
    assert second == sorted(_EARLY[1:] + _LATE)
    assert (books["audience"], books["joined"], books["identity_holds"]) == (len(_EARLY) + len(_LATE), len(_LATE), True)
    assert books["reasons"] == {"audience.left": 1}


async def test_books_stay_open_while_people_may_join_and_close_afterwards(settings: Settings) -> None:
    async with ready(settings) as (shop, running, sender):
        await _vips(shop, _EARLY[:2])
        campaign = await _live(shop, sender)
        await _sent(shop, running, sender)
        await shop.execute("UPDATE message SET state = 80")
        now = shop.context.clock.now()
        states = []
        for later in (timedelta(), timedelta(hours=4)):
            async with shop.context.db.transaction() as tx:
                await settle_campaigns(tx, now=now + later)
                assert len(await open_to_join(tx, now=now + later)) == (not later)
            states.append((await shop.client.get(path_of(campaign))).json()["state"])
    assert states == ["running", "completed"]


async def _settle(shop: Shop, *, later: timedelta) -> None:
    async with shop.context.db.transaction() as tx:
        await settle_campaigns(tx, now=shop.context.clock.now() + later)


@pytest.mark.parametrize("cancels", [False, True])
async def test_books_do_not_close_over_a_look_that_is_under_way(settings: Settings, cancels: bool) -> None:
    async with ready(settings) as (shop, running, sender):
        await _vips(shop, _EARLY[:1])
        campaign = await _live(shop, sender)
        await _sent(shop, running, sender)
        await shop.execute("UPDATE message SET state = 80")
        await _vips(shop, _LATE[:1])
        newcomer = await shop.value("SELECT id FROM contact WHERE phone = $1", _LATE[0])
        ids: dict[str, UUID] = {"workspace_id": shop.workspace_id, "campaign_id": id_of(campaign)}
        now = shop.context.clock.now()
        async with shop.context.db.transaction() as tx:
            launch = await lock_joining(tx, **ids, now=now)
            assert launch is not None
            written = await write_members(tx, shop.context, launch, [(newcomer, _LATE[0])], now)
            await keep_joined(tx, launch, members=written, next_at=now)
            if cancels:
                await shop.made(path_of(campaign, "cancel"), {})
            await _settle(shop, later=timedelta(hours=4))
        finished = "SELECT finished_at IS NOT NULL FROM campaign WHERE id = $1"
        before = await shop.value(finished, id_of(campaign))
        await _settle(shop, later=timedelta(hours=4))
        between = await shop.value(finished, id_of(campaign))
        await (cancel_rest(shop.context, **ids) if cancels else shop.execute("UPDATE message SET state = 80"))
        await _settle(shop, later=timedelta(hours=4))
        books = (await shop.client.get(path_of(campaign, "stats"))).json()
        assert (before, between, await shop.value(finished, id_of(campaign))) == (False, False, True)
    assert (books["audience"], books["joined"], books["identity_holds"]) == (2, 1, True)
    assert ("campaign.cancelled" in books["reasons"]) == cancels


async def test_nobody_joins_what_is_paused_cancelled_or_not_open_to_it(settings: Settings) -> None:
    async with ready(settings) as (shop, _, sender):
        await _vips(shop, _EARLY[:2])
        paused, cancelled = await _live(shop, sender), await _live(shop, sender)
        leaving = await shop.launched(sender_id=sender, rule=_RULE, membership="live")
        await shop.made(path_of(paused, "pause"), {})
        await shop.made(path_of(cancelled, "cancel"), {})
        await _vips(shop, _LATE[:3])
        for campaign in (paused, cancelled, leaving):
            await _look(shop, campaign)
            assert (await shop.client.get(path_of(campaign, "stats"))).json()["audience"] == 2
        await shop.made(path_of(paused, "resume"), {})
        await _look(shop, paused)
        assert (await shop.client.get(path_of(paused, "stats"))).json()["audience"] == 5


async def test_who_comes_again_after_an_erasure_had_this_campaign(settings: Settings) -> None:
    async with ready(settings) as (shop, running, sender):
        await _vips(shop, _EARLY[:1])
        campaign = await _live(shop, sender)
        await _sent(shop, running, sender)
        await shop.made("/v1/erasures", {"phone": _EARLY[0]})
        await _vips(shop, _EARLY[:1])
        await _look(shop, campaign)
        books = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert (books["audience"], books["joined"], books["identity_holds"]) == (1, 0, True)


async def test_groups_are_the_same_for_who_comes_later(settings: Settings) -> None:
    async with ready(settings) as (shop, _, sender):
        await _vips(shop, _EARLY[:1])
        split = {"variants": [], "holdout": 0.5, "key": "autumn"}
        one, two = await _live(shop, sender, split=split), await _live(shop, sender, split=split)
        await _vips(shop, _LATE)
        await _look(shop, one)
        held = "SELECT array_agg(phone ORDER BY phone) FROM message WHERE campaign_id = $1 AND reason = 'campaign.holdout'"
        first = await shop.value(held, id_of(one))
        await _look(shop, two)
        assert await shop.value(held, id_of(two)) == first
        assert 5 < len(first) < 36


async def test_what_cannot_be_joined_is_refused_by_the_field(settings: Settings) -> None:
    async with ready(settings) as (shop, _, sender):
        now = shop.context.clock.now()
        draft = await shop.draft(sender_id=sender)
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"joins_until": now + timedelta(hours=1)}, "not_live"),
            ({"membership": "live", "joins_until": now - timedelta(hours=1)}, "too_late"),
            ({"membership": "live", "joins_until": now + timedelta(days=400)}, "too_far"),
            ({"membership": "live", "joins_until": now + timedelta(hours=2), "not_after": now + timedelta(hours=1)}, "too_late"),
        ]
        for fields, code in wrong:
            told = {name: value if isinstance(value, str) else value.isoformat() for name, value in fields.items()}
            answer = await shop.client.post("/v1/campaigns", json={**draft, **told})
            assert (answer.status_code, answer.json()["code"], pointers(answer)) == (422, code, ["/body/joins_until"])
        pattern = {**draft, "membership": "live", "joins_until": (now + timedelta(hours=1)).isoformat()}
        campaign = await shop.made("/v1/campaigns", pattern)
        rhythm = {"every": "day", "first_on": "2027-01-01", "at": "10:00:00", "time_zone": "UTC"}
        series = {"campaign_id": campaign["id"], "name": "x", "rhythm": rhythm}
        answer = await shop.client.post("/v1/campaign-series", json=series)
        assert (answer.status_code, answer.json()["code"]) == (422, "joins_until")
