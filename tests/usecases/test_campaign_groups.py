"""Do variants, holdout groups and turns hold from the preview to the wire? Each person the same text every time, at its hour."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from app.domain.ids import decode_id
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.dispatch_lane import dispatch_lane
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop, at_noon, id_of, path_of, pointers
from tests.simulator.running import ACCOUNT, TOKEN, Carrier, carrier

_PHONES = [f"+1212555{1000 + step}" for step in range(80)]
_ADDRESS = "+18885550100"
_TEXT = "Blue Shop {}: hi {{{{ first_name }}}}. Reply STOP to opt out"


@asynccontextmanager
async def ready(settings: Settings, **trouble: Any) -> AsyncIterator[tuple[Shop, Carrier, str]]:
    """A shop at noon with a sender on a simulated carrier: (shop, carrier, sender)."""
    async with carrier(senders=[_ADDRESS], **trouble) as running, open_runtime(at_noon(settings), role="test") as context:
        workspace_id = await make_workspace(context)
        async with calling(context, await make_key(context, workspace_id)) as client:
            shop = Shop(context, client, workspace_id)
            account = await shop.provider(base_url=running.url, credentials={"account_sid": ACCOUNT, "auth_token": TOKEN})
            sender = await shop.sender(provider_id=account["id"], address=_ADDRESS, parts_per_second=1000)
            yield shop, running, sender["id"]


async def _split(shop: Shop, holdout: float = 0.25) -> dict[str, Any]:
    one, two = await shop.template(_TEXT.format("one")), await shop.template(_TEXT.format("two"))
    variants = [{"name": "one", "template_id": one["id"]}, {"name": "two", "template_id": two["id"], "weight": 2}]
    return {"template_id": one["id"], "split": {"variants": variants, "holdout": holdout}}


async def test_each_group_gets_its_own_text_and_those_held_out_none(settings: Settings) -> None:
    async with ready(settings) as (shop, running, sender):
        contacts = await shop.people(_PHONES, first_name="Ann")
        campaign = await shop.made("/v1/campaigns", await shop.draft(sender_id=sender, **await _split(shop)))
        foreseen = await shop.made(path_of(campaign, "preflight"), {})
        await shop.launch(campaign)
        await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))
        sent = (await running.client.get("/admin/messages")).json()["messages"]
        await _bought(shop, sent[0]["to"])
        groups = (await shop.client.get(path_of(campaign, "groups"))).json()["groups"]
        books = (await shop.client.get(path_of(campaign, "stats"))).json()
    by_name = {(group["variant"], group["held_out"]): group for group in groups}
    assert set(by_name) == {("one", False), ("two", False), ("", True)}
    assert sum(group["members"] for group in groups) == len(contacts) == books["audience"]
    texts = Counter(message["body"].split(":")[0].removeprefix("Blue Shop ") for message in sent)
    assert texts == {name: by_name[name, False]["handed_over"] for name in ("one", "two")}
    assert texts["two"] > texts["one"] > 5
    held = by_name["", True]
    assert (held["handed_over"], held["members"]) == (0, len(_PHONES) - len(sent))
    assert books["reasons"] == {"campaign.holdout": held["members"]}
    assert {row["reason"]: row["members"] for row in foreseen["reasons"]} == {"campaign.holdout": held["members"]}
    assert sum(group["bought"] for group in groups) == 1


async def _bought(shop: Shop, phone: str) -> None:
    at = shop.context.clock.now().isoformat()
    order = {"caller_id": "order-1", "kind": "purchase", "occurred_at": at, "amount": "12.50", "currency": "USD"}
    await shop.made("/v1/events", {"phone": phone, **order})


async def test_each_is_due_at_the_same_hour_of_its_own_clock(settings: Settings) -> None:
    async with ready(settings) as (shop, _, sender):
        east, west = "+12125551000", "+12135551000"
        await shop.people([east, west], first_name="Ann")
        pace = {"send_at_local": "2026-11-24T15:00:00", "when_passed": "skip"}
        campaign = await shop.launched(sender_id=sender, pace=pace)
        rows = (await shop.client.get(path_of(campaign, "recipients"))).json()["items"]
        dues = {}
        for row in rows:
            told = (await shop.client.get(f"/v1/messages/{row['message_id']}")).json()["message"]
            dues[row["phone"]] = datetime.fromisoformat(told["due_at"]).hour
        assert dues == {east: 20, west: 23}
        passed = await shop.launched(sender_id=sender, pace={**pace, "send_at_local": "2026-11-24T11:00:00"})
        rows = (await shop.client.get(path_of(passed, "recipients"))).json()["items"]
        assert {row["phone"]: (row["state"], row["reason"]) for row in rows} == {
            east: ("suppressed", "schedule.passed"),
            west: ("queued", ""),
        }


async def test_messages_are_spread_over_an_hour(settings: Settings) -> None:
    async with ready(settings) as (shop, running, sender):
        await shop.people(_PHONES, first_name="Ann")
        campaign = await shop.launched(sender_id=sender, pace={"spread_seconds": 3600})
        await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))
        first = len((await running.client.get("/admin/messages")).json()["messages"])
        assert first < 10
        spread = await shop.value(
            "SELECT max(due_at) - min(due_at) > interval '50 minutes' FROM message WHERE campaign_id = $1", id_of(campaign)
        )
        assert spread


async def test_a_split_that_does_not_fit_is_named(settings: Settings) -> None:
    async with ready(settings) as (shop, _, sender):
        good = await _split(shop)
        voice = await shop.template("Hello", channel="voice")
        one, two = good["split"]["variants"]
        for variants, pointer in (
            ([one], "/body/split/variants"),
            ([one, {**two, "name": "one"}], "/body/split/variants/1/name"),
            ([one, {**two, "template_id": voice["id"]}], "/body/split/variants/1/template_id"),
            ([one, {**two, "template_version": 7}], "/body/split/variants/1/template_version"),
            ([one, {**two, "weight": 0}], "/body/split/variants/1/weight"),
        ):
            draft = await shop.draft(sender_id=sender, template_id=good["template_id"], split={"variants": variants})
            answer = await shop.client.post("/v1/campaigns", json=draft)
            assert answer.status_code in {404, 422}
            assert pointers(answer) == [pointer], answer.text
        made = await shop.made("/v1/campaigns", await shop.draft(sender_id=sender, **good))
        assert made["split"]["variants"][1]["template_version"] == 1
        plain = (await shop.client.patch(path_of(made), json={"split": None, "pace": {"spread_seconds": 60}})).json()
        assert (plain["split"], plain["pace"]["spread_seconds"]) == (None, 60)


async def test_a_preview_as_a_contact_is_what_it_then_gets(settings: Settings) -> None:
    async with ready(settings) as (shop, running, sender):
        await shop.people(_PHONES[:12], first_name="Ann")
        campaign = await shop.made("/v1/campaigns", await shop.draft(sender_id=sender, **await _split(shop)))
        contacts = (await shop.client.get("/v1/contacts", params={"limit": 100})).json()["items"]
        foreseen = {
            contact["phone"]: await shop.made(path_of(campaign, "preview"), {"contact_id": contact["id"]}) for contact in contacts
        }
        await shop.launch(campaign)
        await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))
        sent = (await running.client.get("/admin/messages")).json()["messages"]
    assert {message["to"]: message["body"] for message in sent} == {
        phone: found["body"] for phone, found in foreseen.items() if found["verdict"] == "allow"
    }
    assert {found["reasons"][0]["rule"] for found in foreseen.values() if found["held_out"]} <= {"campaign.holdout"}


async def test_who_left_the_audience_is_left_out_where_membership_is_live(settings: Settings) -> None:
    async with ready(settings) as (shop, running, sender):
        await shop.people(_PHONES[:4], first_name="Ann", tags=["vip"])
        rule = {"tag": "vip"}
        live = await shop.launched(sender_id=sender, rule=rule, membership="live")
        frozen = await shop.launched(sender_id=sender, rule=rule)
        await shop.execute("UPDATE contact SET tags = '{}' WHERE phone = ANY($1::text[])", _PHONES[:3])
        for _ in range(2):
            await dispatch_lane(shop.context, workspace_id=shop.workspace_id, sender_id=decode_id("sender", sender))
        reasons = [
            sorted(row["reason"] for row in (await shop.client.get(path_of(campaign, "recipients"))).json()["items"])
            for campaign in (live, frozen)
        ]
        sent = Counter(message["to"] for message in (await running.client.get("/admin/messages")).json()["messages"])
    assert reasons == [["", *["audience.left"] * 3], [""] * 4]
    assert sent == Counter({**dict.fromkeys(_PHONES[:3], 1), _PHONES[3]: 2})
