"""Can every decision be found again? One a message, allowed ones too, by number, campaign, rule, verdict and time."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.settings import Settings
from app.storage.claims import read_facts
from app.usecases.claim_group import claim_group
from app.usecases.open_lane import open_content, open_lane
from tests.shop import DAYTIME, NOBODY, Shop, at_noon, id_of, pointers

NEW_YORK, HAWAII, SILENT = "+12125550100", "+18085550100", "+12125550199"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


async def log(shop: Shop, **filters: Any) -> list[dict[str, Any]]:
    """The log, whole."""
    answer = await shop.client.get("/v1/decisions", params=filters)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@pytest.fixture
async def campaign(shop: Shop) -> dict[str, Any]:
    """One member may go, one waits, one never goes."""
    await shop.people([NEW_YORK, HAWAII], first_name="Ana")
    await shop.people([SILENT], consent=False, first_name="Bo")
    return await shop.launched()


async def test_every_message_of_a_launch_has_its_decision_the_allowed_ones_too(shop: Shop, campaign: dict[str, Any]) -> None:
    found = {entry["to"]: entry for entry in await log(shop, campaign_id=campaign["id"])}
    assert {phone: entry["decision"]["verdict"] for phone, entry in found.items()} == {
        NEW_YORK: "allow", HAWAII: "wait", SILENT: "never",
    }  # fmt: skip
    for entry in found.values():
        decision = entry["decision"]
        assert (decision["book"], decision["zones"]) == (shop.context.book.rules, shop.context.book.zones)
        assert decision["at"].startswith("2026-11-24T17:30")
        assert entry["objected"] == sorted(reason["rule"] for reason in decision["reasons"])
    assert found[HAWAII]["decision"]["until"].startswith("2026-11-24T18:00")
    assert found[SILENT]["reason"] == "consent.missing"


async def test_the_log_is_asked_by_number_rule_verdict_and_time(shop: Shop, campaign: dict[str, Any]) -> None:
    sender = await shop.sender()
    body = {"to": NEW_YORK, "purpose": "transactional", "sender_id": sender["id"], "body": "Your order is ready."}
    single = await shop.made("/v1/messages", body)
    by_number = await log(shop, phone=NEW_YORK)
    assert by_number[0]["message_id"] == single["id"]
    assert [entry["campaign_id"] for entry in by_number] == [None, campaign["id"]]
    assert [entry["to"] for entry in await log(shop, rule="consent.missing")] == [SILENT]
    assert [entry["to"] for entry in await log(shop, verdict="wait")] == [HAWAII]
    assert [entry["to"] for entry in await log(shop, verdict="never", rule="time.not_after")] == []
    assert {entry["to"] for entry in await log(shop, verdict="allow")} == {NEW_YORK}
    assert len(await log(shop, since=DAYTIME.isoformat())) == 4
    assert await log(shop, until=DAYTIME.isoformat()) == []
    assert await log(shop, since=(DAYTIME + timedelta(hours=2)).isoformat()) == []


async def test_pages_follow_one_another_and_wrong_filters_are_named(shop: Shop, stranger: Shop, campaign: dict[str, Any]) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = (await shop.client.get("/v1/decisions", params={"limit": 1, **cursor})).json()
        seen += [entry["message_id"] for entry in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert cursor == {"cursor": None}
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 3
    assert await log(stranger, campaign_id=campaign["id"]) == []
    for field, text in {"verdict": "maybe", "since": "yesterday", "campaign_id": "cmp_x", "limit": "0"}.items():
        answer = await shop.client.get("/v1/decisions", params={field: text})
        assert (answer.status_code, pointers(answer)) == (422, [f"/query/{field}"])
    assert await log(shop, campaign_id=f"cmp_{NOBODY}") == []


async def test_what_held_a_message_back_is_still_known_when_it_goes(shop: Shop, campaign: dict[str, Any]) -> None:
    await shop.execute("UPDATE message SET due_at = created_at WHERE phone = $1", HAWAII)
    await shop.execute("UPDATE workspace SET policy = '{}'")
    later = DAYTIME + timedelta(hours=2)
    sender_id = await shop.value("SELECT sender_id FROM campaign")
    lane = await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=sender_id, now=later)
    assert lane is not None
    content = await open_content(shop.context, lane, id_of(campaign))
    claim = await claim_group(shop.context, lane, content, limit=500, parts=500, now=later)
    assert claim.group is not None
    assert {member.phone for member in claim.group.members} == {NEW_YORK, HAWAII}
    (entry,) = await log(shop, phone=HAWAII)
    assert entry["decision"]["verdict"] == "allow"
    assert [earlier["verdict"] for earlier in entry["decision"]["earlier"]] == ["wait"]
    assert entry["objected"] == [reason["rule"] for reason in entry["decision"]["earlier"][0]["reasons"]]
    assert [held["to"] for held in await log(shop, rule=entry["objected"][0])] == [HAWAII]
    (plain,) = await log(shop, phone=NEW_YORK)
    assert (plain["decision"]["earlier"], plain["objected"]) == ([], [])


async def test_the_facts_of_a_batch_of_500_come_in_one_round_trip(shop: Shop) -> None:
    phones = [f"+1212555{number:04d}" for number in range(500)]
    await shop.people(phones, first_name="Ana")
    statements: list[str] = []
    async with shop.context.db.transaction() as tx:

        async def gathered() -> int:
            rows = await read_facts(
                tx,
                workspace_id=shop.workspace_id,
                phones=phones,
                channels=["sms"],
                purpose="marketing",
                sends_since=DAYTIME - timedelta(days=30),
            )
            return len(rows)

        await gathered()  # the driver asks once for the types of a statement's columns
        tx.driver.add_query_logger(lambda record: statements.append(record.query))
        assert await gathered() == 500
    await asyncio.sleep(0)  # the driver tells of statements in passing
    assert len([statement for statement in statements if not statement.startswith("COMMIT")]) == 1
