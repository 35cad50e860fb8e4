"""What would happen if it went then? The preflight agrees with every single decision, and writes nothing."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from app.domain.ids import decode_id
from app.domain.message import Channel, Purpose
from app.settings import Settings
from app.usecases.explain_decision import Question, explain_decision
from tests.shop import DAYTIME, Shop, at_noon, path_of, pointers

NIGHT = DAYTIME + timedelta(hours=12)
NEW_YORK, LOS_ANGELES, HAWAII, CANADA, INDIA = "+12125550100", "+13105550100", "+18085550100", "+14165550100", "+919820012345"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


async def test_a_preflight_counts_verdicts_rules_and_parts_and_writes_nothing(shop: Shop) -> None:
    await shop.people([NEW_YORK, LOS_ANGELES], first_name="Ana")
    await shop.people([HAWAII], first_name="Kai")
    await shop.people(["+12125550101"], consent=False, first_name="Bo")
    await shop.people(["+12125550102"], first_name="Cy")
    await shop.suppress("+12125550102")
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


async def test_a_preflight_reads_what_goes_beside_the_text(shop: Shop) -> None:
    await shop.people([NEW_YORK], first_name="Ana", offer="News")
    await shop.people([LOS_ANGELES], first_name="Kai")  # without what the card wants
    await shop.people(["+12125550102"], first_name="Cy", offer="https://bit.ly/sale")
    await shop.people(["+12125550103"], first_name="Di", offer="x" * 500)
    template = await shop.template(
        "Example Shop: hi. Reply STOP to opt out", channel="rcs", content={"cards": [{"title": "{{ offer }}"}]}
    )
    sender = await shop.rich_sender(channel="rcs", kind="messaging_service", address="example_shop_agent")
    campaign = await shop.campaign(template_id=template["id"], sender_id=sender["id"])
    found = await shop.made(path_of(campaign, "preflight"), {"at": DAYTIME.replace(minute=40).isoformat()})
    told = {row["reason"]: row["members"] for row in found["reasons"]}
    assert told == {"content.missing_field": 1, "content.public_url_shortener": 1, "content.not_carried": 1}
    assert found["content"]["missing"] == {"offer": 1}


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
            await shop.suppress(
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
    # A text that lacks nothing anywhere: the questions below have no text.
    registered = await shop.sender(registration={"identification": "shop.example/legal", "opt_out": "080-111-2222"})
    campaign = await shop.campaign(not_after=(at + timedelta(days=2)).isoformat(), sender_id=registered["id"])
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
    told: Counter[str] = Counter()
    for row in found["objections"]:  # one row a rule and source: the same rule stands on other laws elsewhere
        told[row["rule"]] += row["members"]
    assert told == rules
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
