"""What does the API tell of a campaign? Its books, its recipients with their decisions, and its text on one's own phone."""

from typing import Any

import pytest

from app.domain.ids import decode_id, encode_id
from app.domain.message import State
from app.settings import Settings
from app.usecases.send_test import MOST_TESTED
from tests.shop import Shop, at_noon, path_of, pointers

NEW_YORK, LOS_ANGELES, HAWAII = "+12125550100", "+13105550100", "+18085550100"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


async def test_the_books_have_two_sides_that_agree(shop: Shop) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana")
    await shop.people(["+12125550101"], consent=False)
    campaign = await shop.campaign()
    empty = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert empty == {
        "state": "draft",
        "audience": 0,
        "joined": 0,
        "states": {},
        "reasons": {},
        "closed": False,
        "identity_holds": True,
    }
    await shop.launch(campaign)
    running = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert (running["audience"], running["states"]) == (3, {"queued": 2, "suppressed": 1})
    assert (running["reasons"], running["closed"]) == ({"consent.missing": 1}, False)
    await shop.finish(campaign)
    over = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert (over["states"], over["closed"], over["identity_holds"]) == ({"delivered": 2, "suppressed": 1}, True, True)


async def test_a_lost_row_shows_in_the_books(shop: Shop) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana")
    campaign = await shop.launched()
    await shop.execute("DELETE FROM message WHERE phone = $1", NEW_YORK)
    books = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert (books["audience"], books["states"], books["identity_holds"]) == (2, {"queued": 1}, False)


async def test_recipients_come_by_number_with_their_decisions(shop: Shop) -> None:
    (ana, *_) = await shop.people([NEW_YORK, HAWAII, LOS_ANGELES], first_name="Ana")
    await shop.people(["+12125550101"], consent=False)
    campaign = await shop.launched()
    path = path_of(campaign, "recipients")
    everyone = (await shop.client.get(path)).json()["items"]
    assert [row["phone"] for row in everyone] == sorted([NEW_YORK, HAWAII, LOS_ANGELES, "+12125550101"])
    by_phone = {row["phone"]: row for row in everyone}
    assert by_phone[NEW_YORK]["contact_id"] == encode_id("contact", ana)
    allowed = by_phone[NEW_YORK]
    assert (allowed["state"], allowed["decision"]["verdict"], allowed["decision"]["reasons"]) == ("queued", "allow", [])
    waits = by_phone[HAWAII]
    assert (waits["state"], waits["decision"]["verdict"]) == ("queued", "wait")
    assert waits["decision"]["until"] == "2026-11-24T18:00:00Z"
    never = (await shop.client.get(path, params={"state": "suppressed"})).json()["items"]
    assert [(row["phone"], row["reason"]) for row in never] == [("+12125550101", "consent.missing")]
    assert never[0]["decision"]["reasons"][0]["rule"] == "consent.missing"
    assert (await shop.client.get(path, params={"reason": "consent.missing"})).json()["items"] == never
    assert (await shop.client.get(path, params={"reason": "x"})).json()["items"] == []
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await shop.client.get(path, params={"limit": 3, **cursor})).json()
        paged += [row["phone"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert paged == [row["phone"] for row in everyone]
    stale = await shop.client.get(path, params={**cursor, "state": "queued"})
    assert stale.json()["code"] == "stale_cursor"
    assert (await shop.client.get(path, params={"state": "lost"})).status_code == 422


async def test_a_test_goes_to_ones_own_phone_and_into_no_book(shop: Shop) -> None:
    await shop.people([NEW_YORK], consent=False, first_name="Ana")
    campaign = await shop.campaign(template_id=(await shop.template("Hi {{ first_name }}: {{ offer }}"))["id"])
    body = {"to": ["(212) 555-0100", NEW_YORK, LOS_ANGELES], "values": {"offer": "20%"}}
    refused = await shop.client.post(path_of(campaign, "test-send"), json=body)
    assert pointers(refused) == ["/body/to/0"]
    body["to"] = [NEW_YORK, NEW_YORK, LOS_ANGELES]
    missing = await shop.client.post(path_of(campaign, "test-send"), json=body)
    assert (missing.status_code, pointers(missing)) == (422, ["/body/values"])
    assert "first_name" in missing.json()["detail"]
    assert await shop.value("SELECT count(*) FROM message") == 0
    body["values"] = {"offer": "20%", "first_name": "Test"}
    headers = {"Idempotency-Key": "test"}
    answer = await shop.client.post(path_of(campaign, "test-send"), json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    items = answer.json()["items"]
    assert [(item["to"], item["state"], item["body"]) for item in items] == [
        (NEW_YORK, "queued", "Hi Test: 20%"),
        (LOS_ANGELES, "queued", "Hi Test: 20%"),
    ]
    assert (await shop.client.post(path_of(campaign, "test-send"), json=body, headers=headers)).json() == answer.json()
    assert await shop.value("SELECT count(*) FROM message WHERE origin = 'test' AND campaign_id IS NULL") == 2
    assert (await shop.client.get(path_of(campaign, "stats"))).json()["audience"] == 0
    assert (await shop.client.get(path_of(campaign, "recipients"))).json()["items"] == []


@pytest.mark.parametrize(
    ("suppression", "purpose", "state"),
    [
        ({"scope": "marketing"}, "marketing", "suppressed"),
        ({"scope": "marketing"}, "transactional", "queued"),
        ({"scope": "marketing", "channel": "voice"}, "marketing", "queued"),
        ({"scope": "all", "reason": "invalid_number"}, "transactional", "suppressed"),
    ],
)
async def test_a_test_obeys_the_suppressions_its_campaign_obeys(
    shop: Shop, suppression: dict[str, str], purpose: str, state: str
) -> None:
    await shop.people([NEW_YORK], first_name="Ana")
    await shop.suppress(NEW_YORK, **suppression)
    campaign = await shop.campaign(purpose=purpose)
    (item,) = (await shop.made(path_of(campaign, "test-send"), {"to": [NEW_YORK]}))["items"]
    assert item["state"] == state
    assert (item["message_id"] is None) == (state == "suppressed")
    queued = await shop.value("SELECT count(*) FROM message WHERE state = 10")
    assert queued == (1 if state == "queued" else 0)


async def test_tests_are_no_way_around_consent(shop: Shop) -> None:
    campaign = await shop.campaign(template_id=(await shop.template("Hi"))["id"])
    phones = [f"+1212555{1000 + place}" for place in range(MOST_TESTED + 1)]
    for start in range(0, MOST_TESTED, 10):
        await shop.made(path_of(campaign, "test-send"), {"to": phones[start : start + 10]})
    refused = await shop.client.post(path_of(campaign, "test-send"), json={"to": [phones[0], phones[-1]]})
    assert (refused.status_code, refused.json()["code"], pointers(refused)) == (429, "too_many_tests", ["/body/to"])
    await shop.made(path_of(campaign, "test-send"), {"to": phones[:10]})  # on the same ones as often as one likes
    await shop.execute("UPDATE message SET created_at = created_at - interval '25 hours' WHERE phone = $1", phones[20])
    await shop.made(path_of(campaign, "test-send"), {"to": [phones[-1]]})


async def test_a_no_stops_a_test_that_waits(shop: Shop) -> None:
    campaign = await shop.campaign(template_id=(await shop.template("Hi, 20% off"))["id"])
    body = {"to": [NEW_YORK, LOS_ANGELES]}
    mine, other = (await shop.made(path_of(campaign, "test-send"), body))["items"]
    said = await shop.made("/v1/opt-outs", {"phone": NEW_YORK, "method": "privacy_request"})
    assert said["cancelled"] == 1
    ids = [decode_id("message", one["message_id"]) for one in (mine, other)]
    states = [await shop.value("SELECT state FROM message WHERE id = $1", message_id) for message_id in ids]
    assert states == [State.CANCELLED, State.QUEUED]


async def test_nobody_who_was_erased_is_tested_on(shop: Shop) -> None:
    await shop.people([NEW_YORK], first_name="Ana")
    campaign = await shop.campaign()
    (contact,) = (await shop.client.get("/v1/contacts")).json()["items"]
    await shop.made(f"/v1/contacts/{contact['id']}/erase", {})
    body = {"to": [NEW_YORK], "values": {"first_name": "Test"}}
    (item,) = (await shop.made(path_of(campaign, "test-send"), body))["items"]
    assert (item["state"], item["message_id"]) == ("suppressed", None)
    assert item["reason"] in {"suppress.erased", "suppress.opt_out"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"to": []}, "/body/to"),
        ({"to": [NEW_YORK] * 11}, "/body/to"),
        ({"to": NEW_YORK}, "/body/to"),
        ({"to": ["+1212"]}, "/body/to/0"),
        ({"to": [NEW_YORK, "nobody"]}, "/body/to/1"),
        ({"to": [NEW_YORK], "values": {"first_name": "x" * 1_700}}, "/body/values"),
        ({"to": [NEW_YORK], "body": "mine"}, "/body/body"),
    ],
)
async def test_what_cannot_be_tested_is_named(shop: Shop, body: dict[str, Any], pointer: str) -> None:
    answer = await shop.client.post(path_of(await shop.campaign(), "test-send"), json=body)
    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text
