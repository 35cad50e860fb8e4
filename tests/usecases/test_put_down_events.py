"""What did a campaign bring? Purchases go to the last link the person followed, once, in time, late ones and strangers' too."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.clock import Clock
from app.domain.ids import decode_id, encode_id
from app.settings import Settings
from app.usecases.context import Context
from app.usecases.put_down_events import put_down_events
from tests.factories import calling, make_key, make_workspace
from tests.http.test_short_links import PHONE_BROWSER, PHONES, PREVIEW, get, sent
from tests.shop import Shop, at_noon, path_of

_LINK = "Look: https://shop.example/autumn . Reply STOP to opt out"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


async def told(
    shop: Shop, contact_id: UUID, at: datetime, *, amount: str | None = "20.00", name: str = "", key: str = ""
) -> None:
    """A purchase of so much, or an event of this name, that is told now."""
    event: dict[str, Any] = {"contact_id": encode_id("contact", contact_id), "occurred_at": at.isoformat()}
    event["caller_id"] = key or f"{name}{amount}{at.isoformat()}"
    if name:
        event |= {"kind": "custom", "name": name}
    else:
        event |= {"kind": "purchase", "amount": amount, "currency": "USD"}
    await shop.made("/v1/events", event)


async def clicked(shop: Shop, path: str, at: datetime, headers: dict[str, str] = PHONE_BROWSER) -> None:
    """A click that was made then."""
    await get(shop, path, **headers)
    await shop.execute(
        "UPDATE click SET counts_until = counts_until - (clicked_at - $1::timestamptz), clicked_at = $1 "
        "WHERE id = (SELECT id FROM click ORDER BY id DESC LIMIT 1)",
        at,
    )


async def put_down(shop: Shop, settings: Settings) -> int:
    """As it is done some minutes later."""
    shifted = Clock(timedelta(seconds=settings.clock_offset_seconds) + timedelta(minutes=5))
    return await put_down_events(replace(shop.context, clock=shifted))


async def results(shop: Shop, campaign: dict[str, Any]) -> dict[str, Any]:
    answer = await shop.client.get(path_of(campaign, "results"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_purchase_goes_to_the_last_link_that_was_followed_in_time(shop: Shop, settings: Settings) -> None:
    ana, bo, _ = await shop.people(PHONES, first_name="Ana")
    first, ones = await sent(shop, _LINK, links={"conversion_days": 3})
    second, others = await sent(shop, _LINK)
    now = shop.context.clock.now()
    hour = timedelta(hours=1)
    await clicked(shop, ones[PHONES[0]][0], now - 100 * hour)
    await clicked(shop, others[PHONES[0]][0], now - 50 * hour)
    await clicked(shop, ones[PHONES[1]][0], now - 50 * hour, PREVIEW)
    await told(shop, ana, now - 110 * hour, amount="1.00")  # before she followed anything
    await told(shop, ana, now - 90 * hour, amount="2.00")  # after the first
    await told(shop, ana, now - 10 * hour, amount="4.00")  # after the second, too late for the first
    await told(shop, ana, now - 9 * hour, name="signed_up")
    await told(shop, bo, now - 10 * hour, amount="8.00")  # a preview followed it, not he
    assert await put_down(shop, settings) == 3
    assert await put_down(shop, settings) == 0
    found = await results(shop, first)
    assert [(row["name"], row["amount"], row["events"], row["people"]) for row in found["conversions"]] == [
        ("purchase", "2.0000", 1, 1)
    ]
    assert (found["conversion_days"], found["clicks"]["clicks"], found["clicks"]["human_clicks"]) == (3, 2, 1)
    assert [(row["name"], row["currency"], row["amount"]) for row in (await results(shop, second))["conversions"]] == [
        ("purchase", "USD", "4.0000"),
        ("signed_up", None, None),
    ]
    events = (await shop.client.get("/v1/events")).json()["items"]
    assert sum(event["message_id"] is not None for event in events) == 3


async def test_what_is_told_years_late_still_finds_its_click_and_nothing_is_put_down_twice(
    shop: Shop, settings: Settings
) -> None:
    (ana,) = await shop.people(PHONES[:1], first_name="Ana")
    campaign, paths = await sent(shop, _LINK)
    then = shop.context.clock.now() - timedelta(days=400)
    await clicked(shop, paths[PHONES[0]][0], then)
    await clicked(shop, paths[PHONES[0]][0], then + timedelta(hours=1))
    await told(shop, ana, then + timedelta(days=8), amount="3.00")  # after seven days from both
    await told(shop, ana, then + timedelta(days=2), amount="5.00", key="once")
    await told(shop, ana, then + timedelta(days=2), amount="5.00", key="once")
    assert await put_down(shop, settings) == 1
    (row,) = (await results(shop, campaign))["conversions"]
    assert (row["amount"], row["events"]) == ("5.0000", 1)


async def test_what_was_bought_after_a_delivery_is_told_apart(shop: Shop, settings: Settings) -> None:
    ana, bo, _ = await shop.people(PHONES, first_name="Ana")
    campaign, paths = await sent(shop, _LINK)
    now = shop.context.clock.now()
    await shop.execute("UPDATE message SET state = 80, handed_over_at = $1 WHERE phone <> $2", now - timedelta(days=2), PHONES[1])
    await told(shop, ana, now - timedelta(days=1), amount="7.00")
    await told(shop, ana, now - timedelta(days=3), amount="1.00")
    await told(shop, bo, now - timedelta(days=1), amount="9.00")  # it never reached him
    assert await put_down(shop, settings) == 0
    found = await results(shop, campaign)
    assert found["conversions"] == []
    # Two contacts turn out to be one person: what she clicked with one number and bought with the other belongs together.
    await shop.execute("UPDATE contact SET merged_into = $1 WHERE id = $2", bo, ana)
    await shop.execute("UPDATE event SET contact_id = $1", bo)
    await clicked(shop, paths[PHONES[0]][0], now - timedelta(days=2))
    await told(shop, bo, now - timedelta(hours=1), amount="11.00")
    assert await put_down(shop, settings) == 1
    assert found["purchases_after_delivery"] == [{"currency": "USD", "events": 1, "people": 1, "amount": "7.0000"}]


async def test_a_test_and_a_single_message_have_short_links_too_and_count_for_no_campaign(shop: Shop) -> None:
    await shop.people(PHONES[:1], first_name="Ana", order="7")
    campaign = await shop.campaign(
        template_id=(await shop.template("{{ first_name }}: https://shop.example/{{ order }}"))["id"], links={}
    )
    (test,) = (await shop.made(path_of(campaign, "test-send"), {"to": [PHONES[0]]}))["items"]
    body = {"to": PHONES[0], "purpose": "transactional", "sender_id": campaign["sender_id"], "links": {"utm": {"source": "us"}}}
    single = await shop.made("/v1/messages", {**body, "body": "Your parcel: https://post.example?id=9 https://post.example?id=9"})
    for text, target in ((test["body"], "https://shop.example/7"), (single["body"], "https://post.example?id=9&utm_source=us")):
        code = text.split("/l/")[1][:11]
        assert (await get(shop, f"/l/{code}", **PHONE_BROWSER)).headers["location"] == target
    assert await shop.value("SELECT count(*) FROM link_code") == 2 and single["parts"] == 1
    assert (
        await shop.value("SELECT string_agg(written, ' ' ORDER BY written) FROM link")
        == "https://post.example/… https://shop.example/…"
    )
    assert (await results(shop, campaign))["clicks"]["clicks"] == 0
    clicks = (await shop.client.get(f"/v1/messages/{single['id']}")).json()["clicks"]
    assert [click["written"] for click in clicks] == ["https://post.example/…"]
    assert decode_id("message", single["id"]) != decode_id("message", test["message_id"])
    for text, pointer in (("See http://post.example", "/body/links"), ("See ftp://post.example/", "/body/links")):
        refused = await shop.client.post("/v1/messages", json={**body, "body": text})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
