"""Is a campaign's money never passed, whoever claims at once, and does what was refused come back?"""

import asyncio
from collections import Counter
from typing import Any

from app.domain.ids import decode_id
from app.settings import Settings
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.sweep import sweep
from tests.shop import id_of, path_of
from tests.usecases.test_campaign_groups import ready

_PHONES = [f"+1212555{1000 + step}" for step in range(40)]
_PRICES = {"US": {"amount": "0.01", "currency": "USD"}}
_BUDGET: dict[str, Any] = {"currency": "USD", "total": "0.25", "per_day": None, "by_country": {}}


async def test_workers_side_by_side_never_pass_a_budget_and_the_books_say_who_was_left_out(settings: Settings) -> None:
    async with ready(settings.model_copy(update={"group_size": 3})) as (shop, running, sender):
        await shop.client.patch(f"/v1/senders/{sender}", json={"prices": _PRICES})
        await shop.people(_PHONES, first_name="Ann")
        campaign = await shop.launched(sender_id=sender, budget=_BUDGET)
        lane = {"workspace_id": shop.workspace_id, "sender_id": decode_id("sender", sender)}
        await asyncio.gather(*(dispatch_lane(shop.context, **lane) for _ in range(3)))
        sent = (await running.client.get("/admin/messages")).json()["messages"]
        spent = (await shop.client.get(path_of(campaign, "spending"))).json()
        books = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert len(sent) == 25
    assert (spent["currency"], float(spent["total"]), float(spent["countries"]["US"])) == ("USD", 0.25, 0.25)
    assert books["reasons"] == {"budget.total": 15}
    assert books["identity_holds"]


async def test_money_of_refused_messages_comes_back_and_a_day_waits_for_the_next(settings: Settings) -> None:
    refused = dict.fromkeys(_PHONES[:4], "refuse:21614")
    async with ready(settings, scripted=refused) as (shop, running, sender):
        await shop.client.patch(f"/v1/senders/{sender}", json={"prices": _PRICES})
        await shop.people(_PHONES[:10], first_name="Ann")
        campaign = await shop.launched(sender_id=sender, budget={**_BUDGET, "total": None, "per_day": "0.08"})
        lane = {"workspace_id": shop.workspace_id, "sender_id": decode_id("sender", sender)}
        await dispatch_lane(shop.context, **lane)
        await sweep(shop.context, rare=True)
        spent = (await shop.client.get(path_of(campaign, "spending"))).json()
        states = Counter(row["state"] for row in (await shop.client.get(path_of(campaign, "recipients"))).json()["items"])
        waits = await shop.value(
            "SELECT count(*) FROM message WHERE campaign_id = $1 AND state = 10 AND due_at = '2026-11-25T00:00Z'", id_of(campaign)
        )
        taken = len((await running.client.get("/admin/messages")).json()["messages"])
    assert waits == 2
    assert states["queued"] == 2
    assert float(spent["total"]) == 0.01 * taken


async def test_a_country_without_a_price_is_not_written_to(settings: Settings) -> None:
    async with ready(settings) as (shop, running, sender):
        await shop.people(_PHONES[:2], first_name="Ann")
        campaign = await shop.launched(sender_id=sender, budget=_BUDGET)
        await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))
        books = (await shop.client.get(path_of(campaign, "stats"))).json()
        assert books["reasons"] == {"budget.no_price": 2}
        assert (await running.client.get("/admin/messages")).json()["messages"] == []
