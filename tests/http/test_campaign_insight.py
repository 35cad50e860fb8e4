"""What the API tells of a campaign: a preflight that agrees with every single decision, books, recipients, live progress."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import uvicorn

from app.clock import Clock
from app.domain.ids import decode_id, encode_id
from app.domain.message import Channel, Purpose
from app.main import create_app
from app.settings import Settings
from app.usecases.explain_decision import Question, explain_decision
from app.usecases.materialise import materialise
from tests.shop import Shop, pointers

DAYTIME = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)  # a Tuesday: open in every US zone but Hawaii's
NIGHT = DAYTIME + timedelta(hours=12)
NEW_YORK, LOS_ANGELES, HAWAII, CANADA, INDIA = "+12125550100", "+13105550100", "+18085550100", "+14165550100", "+919820012345"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return settings.model_copy(update={"clock_offset_seconds": (DAYTIME - Clock().now()).total_seconds()})


def path_of(campaign: dict[str, Any], verb: str) -> str:
    return f"/v1/campaigns/{campaign['id']}/{verb}"


async def suppress(shop: Shop, phone: str, *, reason: str = "opt_out", channel: str = "", scope: str = "marketing") -> None:
    await shop.execute(
        "INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, since) "
        "VALUES ($1, $2, $3, $4, $5, 'test', $6)",
        shop.workspace_id,
        phone,
        reason,
        channel,
        scope,
        shop.context.clock.now(),
    )


async def launched(shop: Shop, **fields: Any) -> dict[str, Any]:
    """A running campaign whose members all have their rows."""
    campaign = await shop.campaign(**fields)
    await shop.made(path_of(campaign, "launch"), {})
    await materialise(shop.context, workspace_id=shop.workspace_id, campaign_id=decode_id("campaign", campaign["id"]))
    return campaign


async def finish(shop: Shop, campaign: dict[str, Any]) -> None:
    """As if every message had been delivered and the sweep had closed the books."""
    campaign_id = decode_id("campaign", campaign["id"])
    await shop.execute("UPDATE message SET state = 80 WHERE campaign_id = $1 AND state < 45", campaign_id)
    await shop.execute("UPDATE campaign SET state = 'completed', finished_at = now() WHERE id = $1", campaign_id)


async def test_a_preflight_counts_verdicts_rules_and_parts_and_writes_nothing(shop: Shop) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana")
    await shop.people([HAWAII], first_name="Kai")
    await shop.people(["+12125550101"], consent=False, first_name="Bo")
    await shop.people(["+12125550102"], first_name="Cy")
    await suppress(shop, "+12125550102")
    campaign = await shop.campaign()
    found = await shop.made(path_of(campaign, "preflight"), {"at": DAYTIME.replace(minute=40).isoformat()})
    assert (found["audience"], found["verdicts"]) == (5, {"allow": 2, "wait": 1, "never": 2})
    rules = {row["rule"]: row["members"] for row in found["objections"]}
    assert rules["consent.missing"] == 1
    assert rules["suppress.opt_out.text"] == 1
    assert all(row["source"] for row in found["objections"])
    hawaii = next(row for row in found["sample"] if row["phone"] == HAWAII)
    assert (hawaii["verdict"], hawaii["until"]) == ("wait", found["waits_from"])
    assert found["waits_from"] == found["waits_until"] == "2026-11-24T18:00:00Z"
    content = found["content"]
    assert (content["sampled"], content["missing"], content["parts_min"], content["parts_max"]) == (5, {}, 1, 1)
    assert content["parts_total"] == 3
    for table in ("message", "campaign_tally_delta", "lease"):
        assert await shop.value(f"SELECT count(*) FROM {table}") == 0  # noqa: S608


async def test_a_preflight_names_missing_values_and_long_texts(shop: Shop) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana", note="x" * 150)
    await shop.people(["+12125550101"], first_name="Bo")
    campaign = await shop.campaign(template_id=(await shop.template("{{ first_name }} {{ note }} {{ plan }}"))["id"])
    content = (await shop.made(path_of(campaign, "preflight"), {}))["content"]
    assert content["missing"] == {"plan": 3, "note": 1}
    assert (content["incomplete"], content["parts_total"]) == (3, 0)
    whole = await shop.campaign(template_id=(await shop.template("{{ first_name }} {{ note | default: '' }}, hello there"))["id"])
    content = (await shop.made(path_of(whole, "preflight"), {}))["content"]
    assert (content["parts_min"], content["parts_typical"], content["parts_max"], content["parts_total"]) == (1, 2, 2, 5)


async def test_a_preflight_is_for_the_scheduled_instant_or_the_one_asked_for(shop: Shop) -> None:
    await shop.people([NEW_YORK], first_name="Ana")
    campaign = await shop.campaign(scheduled_at=NIGHT.isoformat())
    night = await shop.made(path_of(campaign, "preflight"), {})
    assert (night["at"], night["verdicts"]["wait"]) == ("2026-11-25T05:30:00Z", 1)
    assert night["waits_from"] == "2026-11-25T13:00:00Z"
    morning = await shop.made(path_of(campaign, "preflight"), {"at": night["waits_from"]})
    assert morning["verdicts"]["allow"] == 1
    past = await shop.client.post(path_of(campaign, "preflight"), json={"at": "2026-01-01T00:00:00Z"})
    assert (past.status_code, pointers(past)) == (422, ["/body/at"])


async def mixed_people(shop: Shop) -> list[str]:
    """Numbers of every kind: places, consents that end at all times, suppressions of all kinds, declared zones, recent sends."""
    now = shop.context.clock.now()
    phones = [f"{head}555{number:04d}" for head in ("+1212", "+1310", "+1808") for number in range(1000, 1014)]
    phones += [CANADA, INDIA, "+447911123456", "+447011123456", "+447012123456", "+18885550123", "+4366412345678"]
    await shop.people(phones, first_name="Ana")
    for place, phone in enumerate(phones):
        ends = [None, now - timedelta(days=1), now + timedelta(hours=6), now + timedelta(days=90), now + timedelta(days=700)][
            place % 5
        ]
        state = ["given", "given", "given", "given", "revoked", "pending", "expired"][place % 7]
        sql = "UPDATE consent SET expires_at = $2, state = $3, since = $4 WHERE phone = $1"
        await shop.execute(sql, phone, ends, state, now - timedelta(days=place + 1))
        if place % 6 == 5:
            await suppress(
                shop,
                phone,
                reason=["opt_out", "invalid_number", "dnc"][place % 3],
                channel=["", "sms", "voice"][place % 3],
                scope=["marketing", "all"][place % 2],
            )
        if place % 8 == 3:
            await shop.execute("UPDATE contact SET time_zone = 'Asia/Tokyo' WHERE phone = $1", phone)
    await shop.execute("DELETE FROM consent WHERE phone LIKE '%1003'")
    return phones


@pytest.mark.parametrize("hours", [0.5, 5, 12, 20, 24 * 7])
async def test_a_preflight_agrees_with_every_single_decision(shop: Shop, hours: float) -> None:
    phones = await mixed_people(shop)
    sender_id = decode_id("sender", (await shop.sender())["id"])
    for place, phone in enumerate(phones):
        for age in range(place % 4):
            counted = shop.context.clock.now() - timedelta(hours=3 + age * 7)
            await sent(shop, phone, sender_id, counted)
    caps = [{"limit": 2, "window_seconds": 86_400}, {"limit": 3, "window_seconds": 604_800}]
    hours_of_its_own = {"opens": "10:00", "closes": "19:00"}
    await shop.client.patch("/v1/workspace", json={"policy": {"caps": caps, "own_hours": hours_of_its_own}})
    at = shop.context.clock.now() + timedelta(hours=hours)
    campaign = await shop.campaign(not_after=(at + timedelta(days=2)).isoformat())
    found = await shop.made(path_of(campaign, "preflight"), {"at": at.isoformat()})
    expected: Counter[str] = Counter({"allow": 0, "wait": 0, "never": 0})
    rules: Counter[str] = Counter()
    async with shop.context.db.transaction() as tx:
        for phone in phones:
            question = Question(
                workspace_id=shop.workspace_id,
                to=phone,
                channel=Channel.SMS,
                purpose=Purpose.MARKETING,
                at=at,
                not_after=at + timedelta(days=2),
            )
            decision = (await explain_decision(tx, shop.context, question, now=shop.context.clock.now())).decision
            expected[decision.verdict.value] += 1
            rules.update(reason.rule for reason in decision.reasons)
    assert found["verdicts"] == dict(expected)
    assert {row["rule"]: row["members"] for row in found["objections"]} == dict(rules)
    assert expected["never"]


async def sent(shop: Shop, phone: str, sender_id: UUID, at: datetime) -> None:
    """A marketing message that was counted against the caps then."""
    await shop.execute(
        "INSERT INTO message (workspace_id, id, phone, sender_id, channel, purpose, origin, priority, state, body, "
        "due_at, counted_at, created_at, updated_at) "
        "VALUES ($1, gen_random_uuid(), $2, $3, 'sms', 'marketing', 'api', 1, 80, 'x', $4, $4, $4, $4)",
        shop.workspace_id,
        phone,
        sender_id,
        at,
    )


async def test_the_books_have_two_sides_that_agree(shop: Shop) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana")
    await shop.people(["+12125550101"], consent=False)
    campaign = await shop.campaign()
    empty = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert empty == {
        "state": "draft",
        "audience": 0,
        "states": {},
        "reasons": {},
        "closed": False,
        "identity_holds": True,
    }
    await shop.made(path_of(campaign, "launch"), {})
    await materialise(shop.context, workspace_id=shop.workspace_id, campaign_id=decode_id("campaign", campaign["id"]))
    running = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert (running["audience"], running["states"]) == (3, {"queued": 2, "suppressed": 1})
    assert (running["reasons"], running["closed"]) == ({"consent.missing": 1}, False)
    await finish(shop, campaign)
    over = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert (over["states"], over["closed"], over["identity_holds"]) == ({"delivered": 2, "suppressed": 1}, True, True)


async def test_a_lost_row_shows_in_the_books(shop: Shop) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana")
    campaign = await launched(shop)
    await shop.execute("DELETE FROM message WHERE phone = $1", NEW_YORK)
    books = (await shop.client.get(path_of(campaign, "stats"))).json()
    assert (books["audience"], books["states"], books["identity_holds"]) == (2, {"queued": 1}, False)


async def test_recipients_come_by_number_with_their_decisions(shop: Shop) -> None:
    (ana, *_) = await shop.people([NEW_YORK, HAWAII, LOS_ANGELES], first_name="Ana")
    await shop.people(["+12125550101"], consent=False)
    campaign = await launched(shop)
    path = path_of(campaign, "recipients")
    everyone = (await shop.client.get(path)).json()["items"]
    assert [row["phone"] for row in everyone] == sorted([NEW_YORK, HAWAII, LOS_ANGELES, "+12125550101"])
    by_phone = {row["phone"]: row for row in everyone}
    assert by_phone[NEW_YORK]["contact_id"] == encode_id("contact", ana)
    assert (by_phone[NEW_YORK]["state"], by_phone[NEW_YORK]["decision"]) == ("queued", None)
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


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """(event, data) of a stream."""
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if fields:
            found.append((fields["event"], orjson.loads(fields["data"])))
    return found


@pytest.fixture
async def server(shop: Shop) -> AsyncIterator[uvicorn.Server]:
    """The API behind a real server on a free port of loopback."""
    app = create_app(shop.context.settings)
    app.state.context = shop.context
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server
    server.should_exit = True
    await serving


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not check():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(server: uvicorn.Server, shop: Shop, campaign: dict[str, Any]) -> AsyncIterator[AsyncIterator[str]]:
    """A live progress stream, block by block."""
    port = server.servers[0].sockets[0].getsockname()[1]
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=shop.client.headers) as client,
        client.stream("GET", path_of(campaign, "progress")) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield _blocks(answer)


async def _blocks(answer: httpx.Response) -> AsyncIterator[str]:
    lines: list[str] = []
    async for line in answer.aiter_lines():
        if line:
            lines.append(line)
            continue
        yield "\n".join(lines)
        lines = []


async def test_progress_shows_every_change_and_ends_with_the_campaign(shop: Shop, server: uvicorn.Server) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana")
    campaign = await launched(shop)
    async with listening(server, shop, campaign) as blocks:
        first = events_of(await anext(blocks))
        assert first[0][1]["states"] == {"queued": 2}
        await finish(shop, campaign)
        events = [event async for block in blocks for event in events_of(block)]
    assert [name for name, _ in events] == ["progress"] * (len(events) - 1) + ["end"]
    assert events[-1][1] == events[-2][1]
    assert (events[-1][1]["states"], events[-1][1]["closed"]) == ({"delivered": 2}, True)


async def test_a_listener_who_hangs_up_leaves_nothing_running(shop: Shop, server: uvicorn.Server) -> None:
    await shop.people([NEW_YORK], first_name="Ana")
    campaign = await launched(shop)
    async with listening(server, shop, campaign) as blocks:
        assert events_of(await anext(blocks))
        assert len(server.server_state.tasks) == 1
    await until(lambda: not server.server_state.tasks)


async def test_progress_of_a_campaign_that_is_over_is_one_event_and_the_end(shop: Shop) -> None:
    await shop.people([NEW_YORK], first_name="Ana")
    campaign = await launched(shop)
    await finish(shop, campaign)
    answer = await shop.client.get(path_of(campaign, "progress"))
    assert [name for name, _ in events_of(answer.text)] == ["progress", "end"]


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
    await suppress(shop, NEW_YORK, **suppression)
    campaign = await shop.campaign(purpose=purpose)
    (item,) = (await shop.made(path_of(campaign, "test-send"), {"to": [NEW_YORK]}))["items"]
    assert item["state"] == state
    assert (item["message_id"] is None) == (state == "suppressed")
    queued = await shop.value("SELECT count(*) FROM message WHERE state = 10")
    assert queued == (1 if state == "queued" else 0)


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
