"""Does a campaign through Infobip survive lost answers? Forty people in batches, nobody twice, all delivered, books closed."""

from collections import Counter
from urllib.parse import urlsplit

import pytest

from app.domain.ids import decode_id
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.audit_books import audit_books
from app.usecases.dispatch_lane import dispatch_lane
from app.usecases.sweep import sweep
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, at_noon, id_of, path_of
from tests.simulator.running import Carrier, Listener, carrier, listener

_PHONES = [f"+1212555{1000 + step}" for step in range(40)]
_SENDER = "+18885550100"
_CREDENTIALS = {"api_key": "simulated-infobip-key", "webhook_username": "tactful", "webhook_password": "a-webhook-password"}


async def _pass_on(shop: Shop, hooks: Listener, running: Carrier) -> None:
    """Every webhook, as it was posted, to the service."""
    await running.quiet()
    for call in hooks.heard:
        parts = urlsplit(call.url)
        answer = await shop.client.post(
            f"{parts.path}?{parts.query}", content=call.body, headers={"authorization": call.headers["authorization"]}
        )
        assert answer.status_code == 200, answer.text


async def _launch(shop: Shop, running: Carrier) -> tuple[dict[str, object], str]:
    """A running campaign to everyone, and its sender; slow enough that it takes several requests."""
    provider = await shop.provider(kind="infobip", base_url=running.url, credentials=_CREDENTIALS)
    sender = await shop.sender(provider_id=provider["id"], address=_SENDER, parts_per_second=20)
    await shop.people(_PHONES, first_name="Ann")
    return await shop.launched(sender_id=sender["id"]), sender["id"]


@pytest.mark.parametrize("seed", [1, 2])
async def test_forty_people_are_sent_one_each_though_a_third_of_the_answers_is_lost(settings: Settings, seed: int) -> None:
    async with listener() as hooks, carrier(senders=[_SENDER], lose_answer=0.3, seed=seed) as running:
        reachable = at_noon(settings).model_copy(update={"public_url": hooks.url})
        async with open_runtime(reachable, role="test") as context:
            workspace_id = await make_workspace(context)
            async with calling(context, await make_key(context, workspace_id)) as client:
                shop = Shop(context, client, workspace_id)
                campaign, sender_id = await _launch(shop, running)
                await dispatch_lane(context, workspace_id=workspace_id, sender_id=decode_id("sender", sender_id))
                await _pass_on(shop, hooks, running)
                await sweep(context)
                after = (await client.get(path_of(campaign))).json()
                books = await audit_books(context.db, workspace_id=workspace_id, campaign_id=id_of(campaign))
        summary = await running.summary()
        messages = (await running.client.get("/admin/messages")).json()["messages"]
    assert Counter(message["to"] for message in messages) == Counter(_PHONES), "one each"
    assert summary["answers"]["lost_by_close"] > 0
    assert summary["refused"].keys() == {"status.23"}, "what was asked for again was known by its id"
    assert after["state"] == "completed"
    assert books.closed
    assert books.states == {"delivered": 40}
    assert (books.handed_over, books.distinct_numbers_handed_over) == (40, 40)
    assert books.sent_after_opt_out == 0
