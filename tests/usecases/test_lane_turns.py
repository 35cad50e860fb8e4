"""Do all groups of a lane's job work while there is something to do? What one finds is not taken by another."""

import asyncio

from app.domain.ids import decode_id
from app.settings import Settings
from app.usecases.dispatch_lane import _Run
from app.usecases.open_lane import open_lane
from tests.shop import id_of
from tests.usecases.test_campaign_groups import ready


async def test_everybody_who_asks_at_once_is_told_of_the_work_that_is_due(settings: Settings) -> None:
    async with ready(settings) as (shop, _, sender):
        await shop.people([f"+1212555{1000 + step}" for step in range(8)], first_name="Ann")
        campaign = await shop.launched(sender_id=sender)
        now = shop.context.clock.now()
        lane = await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender), now=now)
        assert lane is not None
        run = _Run(shop.context, lane, deadline=asyncio.get_running_loop().time() + 10)
        found = await asyncio.gather(*(run.next_work() for _ in range(4)))
    assert found == [id_of(campaign)] * 4
