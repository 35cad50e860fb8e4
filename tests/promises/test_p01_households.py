"""P1 and P3 where several people share a number: it is reached once, nobody's yes speaks for another, and a no is everybody's."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from app.domain.message import State
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.claim_group import claim_group
from app.usecases.open_lane import open_content, open_lane
from tests.factories import WRITTEN, calling, make_key, make_workspace
from tests.shop import Shop, at_noon, id_of, pointers

PHONE = "+12125550142"
_PROOF = {"wording": WRITTEN, "url": "https://shop.example/join"}


@pytest.fixture
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_runtime(at_noon(settings), role="test") as context:
        workspace_id = await make_workspace(context)
        async with calling(context, await make_key(context, workspace_id)) as client:
            yield Shop(context, client, workspace_id)


@pytest.fixture
async def anna(shop: Shop) -> dict[str, Any]:
    """The contact is Anna; Ben is told of on the same number."""
    contact = await shop.made("/v1/contacts", {"phone": PHONE, "person": "anna", "attributes": {"first_name": "Anna"}})
    await shop.made(f"/v1/contacts/{contact['id']}/people", {"person": "ben", "attributes": {"first_name": "Ben"}})
    return contact


async def says_yes(shop: Shop, person: str | None, *, minutes: float = 30, **fields: Any) -> dict[str, Any]:
    at = (shop.context.clock.now() - timedelta(minutes=minutes)).isoformat()
    named = {} if person is None else {"person": person}
    body = {"phone": PHONE, "channels": ["sms"], "method": "web_form", "evidence": _PROOF, "occurred_at": at}
    return await shop.made("/v1/opt-ins", {**body, **named, **fields})


async def says_no(shop: Shop, person: str | None, *, minutes: float = 20, method: str = "web_form") -> None:
    at = (shop.context.clock.now() - timedelta(minutes=minutes)).isoformat()
    named = {} if person is None else {"person": person}
    await shop.made("/v1/opt-outs", {"phone": PHONE, "method": method, "occurred_at": at, **named})


async def objections(shop: Shop, **fields: Any) -> list[str]:
    question = {"to": PHONE, "channel": "sms", "purpose": "marketing", **fields}
    return [reason["rule"] for reason in (await shop.made("/v1/decisions", question))["reasons"]]


async def test_the_number_is_reached_once_by_a_message_for_the_person_the_contact_is(shop: Shop, anna: dict[str, Any]) -> None:
    await says_yes(shop, "anna")
    await says_yes(shop, "ben")
    campaign = await shop.launched()
    sender_id, now = await shop.value("SELECT sender_id FROM message"), shop.context.clock.now()
    lane = await open_lane(shop.context, workspace_id=shop.workspace_id, sender_id=sender_id, now=now)
    assert lane is not None
    content = await open_content(shop.context, lane, id_of(campaign))
    claimed = await claim_group(shop.context, lane, content, limit=10, parts=100, now=now)
    assert claimed.group is not None
    assert [member.body[:7] for member in claimed.group.members] == ["Hi Anna"]


async def test_one_persons_yes_does_not_speak_for_another(shop: Shop, anna: dict[str, Any]) -> None:
    await says_yes(shop, "ben")
    assert await objections(shop) == ["consent.missing", "consent.household_unnamed"]
    await shop.launched()
    assert await shop.value("SELECT state FROM message") == State.SUPPRESSED
    await says_yes(shop, "anna", method="subscribe", evidence={"source": "crm"})
    assert await objections(shop) == ["consent.kind_insufficient"]  # Ben's proof does not complete Anna's claim
    await says_yes(shop, "anna")
    assert await objections(shop) == []


async def test_a_yes_that_names_nobody_counts_until_somebody_else_is_known_there(shop: Shop) -> None:
    contact = await shop.made("/v1/contacts", {"phone": PHONE, "person": "anna"})
    assert (await says_yes(shop, None))["needs"] == []
    assert await objections(shop) == []
    await shop.made(f"/v1/contacts/{contact['id']}/people", {"person": "ben"})
    assert await objections(shop) == ["consent.missing", "consent.household_unnamed"]
    assert len((await says_yes(shop, None))["needs"]) == 1
    await says_yes(shop, "anna")  # the same, with the name
    assert await objections(shop) == []


async def test_a_no_of_one_silences_the_number_and_anothers_yes_does_not_undo_it(shop: Shop, anna: dict[str, Any]) -> None:
    await says_yes(shop, "anna", minutes=40)
    await says_yes(shop, "ben", minutes=40)
    assert await objections(shop) == []
    await says_no(shop, "ben")
    assert await objections(shop) == ["suppress.opt_out.text", "consent.revoked", "consent.household_refused"]
    await says_yes(shop, "anna", minutes=10)
    assert await objections(shop) == ["consent.household_refused"]
    await says_yes(shop, "ben", minutes=5, method="subscribe", evidence={"source": "crm"})
    assert await objections(shop) == ["consent.household_refused"]  # a claim is no proof
    await says_yes(shop, "ben", minutes=5)
    assert await objections(shop) == []


async def test_a_stop_from_the_number_is_everybodys_and_each_comes_back_alone(shop: Shop, anna: dict[str, Any]) -> None:
    await says_yes(shop, "anna", minutes=40)
    await says_yes(shop, "ben", minutes=40)
    await says_no(shop, None, method="keyword")
    await says_yes(shop, "ben", minutes=10)
    assert await objections(shop) == ["consent.revoked", "consent.household_unnamed"]
    await says_yes(shop, "anna", minutes=5)
    assert await objections(shop) == []


async def test_a_word_by_name_makes_the_person_known_even_before_there_is_a_contact(shop: Shop) -> None:
    await says_yes(shop, "ben")
    assert await objections(shop) == []  # nobody else is known there
    contact = await shop.made("/v1/contacts", {"phone": PHONE, "person": "anna"})
    assert await objections(shop) == ["consent.missing", "consent.household_unnamed"]
    people = (await shop.client.get(f"/v1/contacts/{contact['id']}/people")).json()["people"]
    assert [(row["person"], row["is_contact"]) for row in people] == [("anna", True), ("ben", False)]


async def test_who_leaves_is_forgotten_and_their_yes_still_speaks_for_nobody_else(shop: Shop, anna: dict[str, Any]) -> None:
    await says_yes(shop, "ben")
    event = {"caller_id": "e1", "person": "ben", "kind": "custom", "name": "seen", "occurred_at": "2026-11-01T09:00:00Z"}
    assert (await shop.made("/v1/events", event))["contact_id"] == anna["id"]
    left = await shop.made(f"/v1/contacts/{anna['id']}/people/remove", {"person": "ben"})
    assert [(row["person"], row["attributes"], row["left_at"] is None) for row in left["people"]] == [
        ("anna", {"first_name": "Anna"}, True), ("ben", {}, False),
    ]  # fmt: skip
    assert await shop.value("SELECT count(*) FROM event") == 0
    assert await objections(shop) == ["consent.missing", "consent.household_unnamed"]
    await says_no(shop, "ben", minutes=1)  # and their no is still the number's
    await says_yes(shop, "anna", minutes=0)
    assert "consent.household_refused" in await objections(shop)


async def test_another_person_told_of_by_number_joins_the_contact_and_does_not_replace_it(shop: Shop) -> None:
    contact = await shop.made("/v1/contacts", {"phone": PHONE, "person": "anna", "attributes": {"first_name": "Anna"}})
    told = await shop.client.post("/v1/contacts", json={"phone": PHONE, "person": "ben", "attributes": {"first_name": "Ben"}})
    assert (told.status_code, told.json()["id"], told.json()["person"]) == (200, contact["id"], "anna")
    assert told.json()["attributes"] == {"first_name": "Anna"}
    again = await shop.client.post("/v1/contacts", json={"phone": PHONE, "person": "ben", "attributes": {"size": "M"}})
    people = (await shop.client.get(f"/v1/contacts/{contact['id']}/people")).json()["people"]
    assert (again.status_code, people[1]["attributes"]) == (200, {"first_name": "Ben", "size": "M"})
    held = (await shop.client.get(f"/v1/contacts/{contact['id']}/export")).json()
    assert [row["person"] for row in held["people"]] == ["ben"]
    await shop.made(f"/v1/contacts/{contact['id']}/erase", {})
    assert await shop.value("SELECT count(*) FROM number_person") == 0


async def test_what_stood_earlier_is_told_of_the_same_person(shop: Shop, anna: dict[str, Any]) -> None:
    await says_yes(shop, "ben", minutes=40)
    await says_yes(shop, "anna", minutes=10)
    earlier = (shop.context.clock.now() - timedelta(minutes=20)).isoformat()
    assert "consent.missing" in await objections(shop, at=earlier)
    assert await objections(shop) == []


async def test_what_cannot_be_is_refused(shop: Shop, anna: dict[str, Any]) -> None:
    path = f"/v1/contacts/{anna['id']}/people"

    async def refused(path: str, body: dict[str, Any]) -> tuple[int, str, list[str]]:
        answer = await shop.client.post(path, json=body)
        return answer.status_code, answer.json()["code"], pointers(answer)

    assert await refused(path, {"person": "anna"}) == (409, "is_contact", ["/body/person"])
    assert await refused(f"{path}/remove", {"person": "anna"}) == (409, "is_contact", ["/body/person"])
    assert len((await shop.made(f"{path}/remove", {"person": "carl"}))["people"]) == 2  # nobody such: nothing changes
    nobody = await shop.made("/v1/contacts", {"phone": "+12125550143"})
    assert await refused(f"/v1/contacts/{nobody['id']}/people", {"person": "x"}) == (409, "unnamed_contact", ["/path/contact_id"])
    merging = {"from_contact_id": anna["id"]}
    assert await refused(f"/v1/contacts/{nobody['id']}/merge", merging) == (409, "shared_number", ["/body/from_contact_id"])
