"""P3: contacts merged into one are one person, who gets a campaign once; P1, P2: consent stays with each number, a no holds."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from app.domain.ids import encode_id
from app.domain.message import State
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.claim_group import claim_group
from app.usecases.materialise import materialise
from app.usecases.open_lane import open_content, open_lane
from tests.factories import calling, make_key, make_workspace
from tests.promises.world import numbers, wait_until
from tests.shop import Shop, at_noon, id_of

FIRST, OTHER = "+12125550142", "+12125550143"
_SAME = "suppress.same_person"


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_runtime(at_noon(settings), role="test") as context:
        workspace_id = await make_workspace(context)
        async with calling(context, await make_key(context, workspace_id)) as client:
            yield Shop(context, client, workspace_id)


async def merge(shop: Shop, into: UUID, other: UUID) -> dict[str, Any]:
    return await shop.made(f"/v1/contacts/{encode_id('contact', into)}/merge", {"from_contact_id": encode_id("contact", other)})


async def states(shop: Shop) -> dict[str, tuple[int, str]]:
    async with shop.context.db.transaction() as tx:
        return {row["phone"]: (row["state"], row["reason"]) for row in await tx.fetch("SELECT phone, state, reason FROM message")}


async def claim(shop: Shop, campaign: dict[str, Any]) -> list[str]:
    """The numbers a worker would now hand over to."""
    sender_id = await shop.value("SELECT sender_id FROM message LIMIT 1")
    now = shop.context.clock.now()
    lane = await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=sender_id, now=now)
    assert lane is not None
    content = await open_content(shop.context, lane, id_of(campaign))
    claimed = await claim_group(shop.context, lane, content, limit=10, parts=100, now=now)
    return [] if claimed.group is None else [member.phone for member in claimed.group.members]


async def test_of_two_messages_that_wait_one_goes_to_the_number_that_stays(shop: Shop) -> None:
    first, other = await shop.people([FIRST, OTHER], first_name="Ana")
    campaign = await shop.launched()
    assert (await merge(shop, first, other))["messages_closed"] == 1
    assert await states(shop) == {FIRST: (State.QUEUED, ""), OTHER: (State.SUPPRESSED, _SAME)}
    assert await claim(shop, campaign) == [FIRST]


async def test_a_message_that_has_left_is_the_one_even_on_the_other_number(shop: Shop) -> None:
    first, other = await shop.people([FIRST, OTHER], first_name="Ana")
    campaign = await shop.launched()
    await shop.execute("UPDATE message SET state = 30 WHERE phone = $1", OTHER)
    assert (await merge(shop, first, other))["messages_closed"] == 1
    assert await states(shop) == {FIRST: (State.SUPPRESSED, _SAME), OTHER: (State.SUBMITTED, "")}
    assert await claim(shop, campaign) == []


async def test_a_launch_that_goes_on_after_the_merge_writes_the_person_once_and_its_books_close(shop: Shop) -> None:
    other, first = await shop.people([OTHER, FIRST], first_name="Ana")  # the one that is merged is reached first
    campaign = await shop.launched()
    await shop.execute("DELETE FROM message WHERE phone = $1", FIRST)
    await shop.execute("UPDATE materialisation SET last_contact_id = $1, finished_at = NULL, members = 1", other)
    await merge(shop, first, other)
    await materialise(shop.context, workspace_id=shop.workspace_id, campaign_id=id_of(campaign))
    assert await states(shop) == {FIRST: (State.SUPPRESSED, _SAME), OTHER: (State.QUEUED, "")}
    assert await shop.value("SELECT members FROM materialisation") == 2
    assert await claim(shop, campaign) == [OTHER]  # its own consent, and what was known of it


async def test_of_two_that_came_to_wait_all_the_same_only_one_is_claimed(shop: Shop) -> None:
    first, other = await shop.people([FIRST, OTHER], first_name="Ana")
    campaign = await shop.launched()
    await merge(shop, first, other)
    await shop.execute("UPDATE message SET state = 10, reason = ''")  # as a launch would leave them that read before the merge
    assert await claim(shop, campaign) == [FIRST]
    assert (await states(shop))[OTHER] == (State.SUPPRESSED, _SAME)


async def test_a_later_campaign_reaches_the_one_that_stays_alone(shop: Shop) -> None:
    first, other = await shop.people([FIRST, OTHER], first_name="Ana")
    await merge(shop, first, other)
    campaign = await shop.launched()
    assert await claim(shop, campaign) == [FIRST]
    assert set(await states(shop)) == {FIRST}


async def test_consent_never_moves_and_a_no_on_either_number_holds_for_both(shop: Shop) -> None:
    (first,) = await shop.people([FIRST], consent=False, first_name="Ana")
    (other,) = await shop.people([OTHER], first_name="Ana")
    await merge(shop, first, other)
    campaign = await shop.launched()
    assert await states(shop) == {FIRST: (State.SUPPRESSED, "consent.missing")}
    assert await claim(shop, campaign) == []
    question = {"channel": "sms", "purpose": "marketing"}
    assert (await shop.made("/v1/decisions", {**question, "to": OTHER}))["verdict"] == "allow"
    await shop.made("/v1/opt-outs", {"phone": FIRST, "method": "keyword"})
    decision = await shop.made("/v1/decisions", {**question, "to": OTHER})
    assert (decision["verdict"], [reason["rule"] for reason in decision["reasons"]]) == ("never", ["suppress.opt_out.person"])
    assert (await shop.client.get("/v1/consents", params={"phone": OTHER})).json()["suppressions"] == []


async def test_merges_in_the_middle_of_a_campaign_double_nobody_and_lose_nobody(start: Any) -> None:
    world = await start(latency_mean=0.05)
    phones = numbers(60)
    await world.people(phones)
    campaign = await world.campaign(sender_id=await world.sender(rate=30))
    await world.workers(2, TACTFUL_GROUP_SIZE="10")
    await world.launch(campaign)
    await wait_until(lambda: world.value("SELECT count(*) >= 10 FROM attempt"), what="hand-overs under way")
    async with world.context.db.transaction() as tx:
        ids = {row["phone"]: encode_id("contact", row["id"]) for row in await tx.fetch("SELECT id, phone FROM contact")}
    pairs = [(phones[step], phones[step + 30]) for step in range(30)]
    for start_at in range(0, len(pairs), 8):
        some = pairs[start_at : start_at + 8]
        answers = await asyncio.gather(
            *(world.client.post(f"/v1/contacts/{ids[a]}/merge", json={"from_contact_id": ids[b]}) for a, b in some)
        )
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    closed = await world.closed(campaign)
    async with world.context.db.transaction() as tx:
        rows = await tx.fetch(
            "SELECT m.phone FROM message m JOIN contact c ON c.phone = m.phone LEFT JOIN contact_merge g "
            "ON g.contact_id = c.id OR g.from_contact_id = c.id WHERE m.counted_at < g.merged_at"
        )
        claimed_before = {row["phone"] for row in rows}
    assert sum(closed.values()) == 60
    received = Counter(message["to"] for message in await world.received())
    assert set(received.values()) == {1}
    for a, b in pairs:
        reached = {a, b} & set(received)
        assert reached, "one of the person's numbers is reached"
        assert len(reached) == 1 or reached <= claimed_before, "twice only where both were under way before they were one"
    assert closed[State.SUPPRESSED] >= 10
