"""Yes over HTTP: evidence is asked for, and after a no only the person's own word counts."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from app.usecases.context import Context
from tests.factories import calling, make_key, make_workspace
from tests.http.consent_desk import CLAIM, EARLIER, PHONE, PROOF, Desk


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[Desk]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as api:
        yield Desk(context, workspace_id, api)


async def test_an_opt_in_is_kept_with_its_evidence_and_counts(desk: Desk) -> None:
    answer = await desk.opt_in(channels=["sms", "mms", "sms"], occurred_at=EARLIER, expires_at="2030-01-01T00:00:00Z")
    assert answer["outcome"] == "recorded"
    assert answer["channels"] == {"sms": "recorded", "mms": "recorded"}
    assert len(answer["event_ids"]) == 2
    standing = await desk.consents()
    assert standing["contact_id"] is None
    assert {(row["channel"], row["state"], row["since"], row["expires_at"]) for row in standing["consents"]} == {
        ("sms", "given", EARLIER, "2030-01-01T00:00:00Z"),
        ("mms", "given", EARLIER, "2030-01-01T00:00:00Z"),
    }
    contact = (await desk.api.post("/v1/contacts", json={"phone": PHONE})).json()
    assert (await desk.consents())["contact_id"] == contact["id"]
    assert (await desk.api.get(f"/v1/contacts/{contact['id']}/consents")).json()["consents"] == standing["consents"]
    ledger = (await desk.api.get(f"/v1/contacts/{contact['id']}/ledger", params={"limit": 1})).json()
    assert ledger["items"][0]["evidence"] == PROOF["evidence"]
    assert ledger["items"][0]["actor"].startswith("key:")
    rest = (await desk.api.get(f"/v1/contacts/{contact['id']}/ledger", params={"cursor": ledger["next_cursor"]})).json()
    assert [*(row["id"] for row in rest["items"]), ledger["items"][0]["id"]] == answer["event_ids"]
    assert rest["next_cursor"] is None


async def test_a_second_opt_in_is_a_line_of_the_ledger_and_says_already(desk: Desk) -> None:
    await desk.opt_in(occurred_at=EARLIER)
    assert (await desk.opt_in())["outcome"] == "already"
    async with desk.context.db.transaction() as tx:
        kinds = [row["kind"] for row in await tx.fetch("SELECT kind FROM consent_event ORDER BY id")]
    assert kinds == ["given", "refreshed"]


@pytest.mark.parametrize(
    ("label", "fields", "pointer"),
    [
        ("no evidence", {"evidence": {}}, "/body/evidence/wording"),
        ("half the evidence", {"evidence": {"wording": "yes"}}, "/body/evidence/url"),
        ("an unknown method", {"method": "telepathy"}, "/body/method"),
        ("evidence in the evidence", {"evidence": {"wording": {"a": 1}}}, "/body/evidence/wording"),
        ("a novel as evidence", {"evidence": {"wording": "x" * 4001, "url": "u"}}, "/body/evidence/wording"),
        ("too many fields", {"evidence": {f"f{n}": 1 for n in range(31)}}, "/body/evidence"),
        ("noon as an instant", {"evidence": {**PROOF["evidence"], "seen_at": "noon"}}, "/body/evidence/seen_at"),
        ("tomorrow", {"occurred_at": "2199-01-01T00:00:00Z"}, "/body/occurred_at"),
        ("no time zone", {"occurred_at": "2026-01-01T00:00:00"}, "/body/occurred_at"),
        ("long ago", {"occurred_at": "1999-01-01T00:00:00Z"}, "/body/occurred_at"),
        ("an end before the beginning", {"expires_at": "2026-01-01T00:00:00Z"}, "/body/expires_at"),
        ("no channel", {"channels": []}, "/body/channels"),
        ("a channel that is none", {"channels": ["fax"]}, "/body/channels/0"),
        ("a purpose that is none", {"purpose": "all"}, "/body/purpose"),
        ("a topic with spaces", {"topic": "new arrivals"}, "/body/topic"),
        ("an unknown field", {"consent": True}, "/body/consent"),
        ("a number that is none", {"phone": "12"}, "/body/phone"),
    ],
)
async def test_an_opt_in_without_proof_in_order_is_refused_and_leaves_no_trace(
    desk: Desk, label: str, fields: dict[str, Any], pointer: str
) -> None:
    answer = await desk.api.post("/v1/opt-ins", json={**PROOF, "occurred_at": desk.ago(0), **fields})
    assert answer.status_code == 422, (label, answer.text)
    assert answer.json()["errors"][0]["pointer"] == pointer, (label, answer.text)
    async with desk.context.db.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM number") == 0
        assert await tx.fetch_value("SELECT count(*) FROM consent_event") == 0


async def test_a_no_lasts_until_the_person_comes_back_by_their_own_act(desk: Desk) -> None:
    await desk.opt_in(occurred_at=EARLIER)
    await desk.opt_out()
    assert set((await desk.states()).values()) == {"revoked"}
    assert await desk.silences() == [(None, "marketing")]
    claim = await desk.opt_in(CLAIM)
    assert claim["outcome"] == "not_lifted"
    assert "does not lift" in claim["reason"]
    old_proof = await desk.opt_in(occurred_at=EARLIER)
    assert old_proof["outcome"] == "not_lifted"
    assert await desk.silences() == [(None, "marketing")]
    fresh = await desk.opt_in(PROOF)
    assert fresh["outcome"] == "recorded", fresh
    assert await desk.states() == {"sms": "given", "mms": "revoked", "voice": "revoked", "rcs": "revoked"}
    assert await desk.silences() == [("mms", "marketing"), ("rcs", "marketing"), ("voice", "marketing")]
    await desk.opt_in(PROOF, channels=["mms", "rcs", "voice"])
    assert await desk.silences() == []


async def test_a_new_topic_does_not_slip_past_an_older_no(desk: Desk) -> None:
    await desk.opt_out()
    assert (await desk.opt_in(CLAIM, topic="sale"))["outcome"] == "not_lifted"
    assert (await desk.opt_in(PROOF, topic="sale", occurred_at=EARLIER))["outcome"] == "not_lifted"
    assert await desk.states(topic="sale") == {}
    assert await desk.silences() == [(None, "marketing")]


async def test_bulk_opt_ins_tell_each_item(desk: Desk) -> None:
    await desk.opt_out()
    now = desk.ago(0)
    items = [
        {**CLAIM, "occurred_at": now},
        {**PROOF, "phone": "+14155552672", "occurred_at": now},
        {**PROOF, "phone": "+14155552672", "occurred_at": now},
        {**PROOF, "evidence": {"wording": "yes"}, "occurred_at": now},
        {**PROOF, "phone": "12", "occurred_at": now},
        {**PROOF, "phone": "+14155552673", "occurred_at": "2199-01-01T00:00:00Z"},
        {**PROOF, "occurred_at": desk.ago(-1)},
    ]
    answer = await desk.api.post("/v1/opt-ins/bulk", json={"items": items})
    assert answer.status_code == 200, answer.text
    found = answer.json()["items"]
    assert [row["index"] for row in found] == list(range(7))
    assert [row["outcome"] for row in found] == [
        "not_lifted",
        "recorded",
        "already",
        "rejected",
        "rejected",
        "rejected",
        "recorded",
    ]
    assert [row["code"] for row in found[3:6]] == ["evidence_incomplete", "no_region_given", "in_the_future"]
    for size in (0, 1001):
        refused = await desk.api.post("/v1/opt-ins/bulk", json={"items": items[:1] * size})
        assert refused.status_code == 422, size


async def test_the_ledger_refuses_to_be_changed(desk: Desk) -> None:
    await desk.opt_in()
    for statement in (
        "UPDATE consent_event SET kind = 'revoked'",
        "DELETE FROM consent_event",
        "TRUNCATE consent_event CASCADE",
    ):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await desk.execute(statement)
