"""Yes and no over HTTP: evidence is asked for, a no silences at once, and only the person's own word lifts it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.domain.message import State
from app.usecases.context import Context
from tests.factories import calling, make_key, make_message, make_sender, make_workspace

PHONE = "+14155552671"
EARLIER = "2026-01-05T12:00:00Z"
PROOF: dict[str, Any] = {
    "phone": PHONE,
    "method": "web_form",
    "evidence": {"wording": "I agree to offers by text", "url": "https://shop.example/join"},
}
CLAIM: dict[str, Any] = {"phone": PHONE, "method": "subscribe", "evidence": {"source": "crm"}}


@dataclass(slots=True)
class Desk:
    """A workspace, its API and a look into its tables."""

    context: Context
    workspace_id: UUID
    api: httpx.AsyncClient

    async def opt_in(self, given: dict[str, Any] = PROOF, **fields: Any) -> dict[str, Any]:
        answer = await self.api.post("/v1/opt-ins", json={"occurred_at": self.ago(0), **given, **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def opt_out(self, **fields: Any) -> dict[str, Any]:
        answer = await self.api.post("/v1/opt-outs", json={"phone": PHONE, "method": "email", **fields})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def consents(self, phone: str = PHONE) -> dict[str, Any]:
        answer = await self.api.get("/v1/consents", params={"phone": phone})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def states(self, purpose: str = "marketing", topic: str = "") -> dict[str, str]:
        """Channel -> state."""
        found = (await self.consents())["consents"]
        return {row["channel"]: row["state"] for row in found if (row["purpose"], row["topic"]) == (purpose, topic)}

    async def silences(self) -> list[tuple[str | None, str]]:
        """(channel, scope) of each opt-out that stands."""
        return [(row["channel"], row["scope"]) for row in (await self.consents())["suppressions"]]

    async def messages(self, ids: list[UUID]) -> list[tuple[int, str, bool, bool]]:
        """(state, reason, leased, counted) of each."""
        async with self.context.db.transaction() as tx:
            found = await tx.fetch("SELECT id, state, reason, lease_id, counted_at FROM message")
        rows = {row["id"]: row for row in found}
        return [
            (rows[each]["state"], rows[each]["reason"], rows[each]["lease_id"] is not None, rows[each]["counted_at"] is not None)
            for each in ids
        ]

    async def execute(self, sql: str, *arguments: object) -> None:
        async with self.context.db.transaction() as tx:
            await tx.execute(sql, *arguments)

    def ago(self, minutes: float) -> str:
        """An instant so many minutes back (or ahead)."""
        return (self.context.clock.now() - timedelta(minutes=minutes)).isoformat()


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


async def test_a_no_ends_every_topic_and_one_channel_leaves_the_others(desk: Desk) -> None:
    await desk.opt_in(channels=["sms", "voice"], occurred_at=EARLIER)
    await desk.opt_in(channels=["sms", "voice"], topic="sale", occurred_at=EARLIER)
    await desk.opt_out(channels=["voice"])
    assert await desk.states() == {"sms": "given", "voice": "revoked"}
    assert await desk.states(topic="sale") == {"sms": "given", "voice": "revoked"}
    assert await desk.silences() == [("voice", "marketing")]


async def test_an_opt_out_of_everything_widens_and_is_lifted_purpose_by_purpose(desk: Desk) -> None:
    await desk.opt_out()
    await desk.opt_out(purpose="all")
    await desk.opt_out()
    assert await desk.silences() == [(None, "all")]
    assert set((await desk.states("transactional")).values()) == {"revoked"}
    await desk.opt_in(PROOF, purpose="transactional")
    assert await desk.silences() == [("mms", "all"), ("rcs", "all"), ("sms", "marketing"), ("voice", "all")]
    await desk.opt_in(PROOF)
    assert await desk.silences() == [("mms", "all"), ("rcs", "all"), ("voice", "all")]


async def test_a_no_said_twice_is_kept_twice_and_changes_nothing_else(desk: Desk) -> None:
    first = await desk.opt_out()
    before = await desk.consents()
    second = await desk.opt_out()
    assert first["event_id"] != second["event_id"]
    after = await desk.consents()
    assert after["suppressions"] == before["suppressions"]
    async with desk.context.db.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM consent_event WHERE kind = 'revoked'") == 2


async def test_a_no_from_before_the_person_came_back_is_kept_and_silences_nothing(desk: Desk) -> None:
    await desk.opt_in(occurred_at=desk.ago(10))
    answer = await desk.opt_out(occurred_at=desk.ago(20), channels=["sms"])
    assert (answer["outcome"], await desk.silences()) == ("superseded", [])
    whole = await desk.opt_out(occurred_at=desk.ago(20))
    assert whole["outcome"] == "recorded"
    assert await desk.silences() == [("mms", "marketing"), ("rcs", "marketing"), ("voice", "marketing")]
    assert (await desk.states())["sms"] == "given"


async def test_a_no_that_comes_now_beats_a_yes_from_a_clock_that_runs_ahead(desk: Desk) -> None:
    await desk.opt_in(occurred_at=desk.ago(-4))
    assert (await desk.opt_out())["outcome"] == "recorded"
    await desk.opt_in(occurred_at=desk.ago(-4))
    assert (await desk.opt_out(occurred_at=desk.ago(-3)))["outcome"] == "recorded"
    assert set((await desk.states()).values()) == {"revoked"}
    await desk.opt_in(occurred_at=desk.ago(-4))
    assert (await desk.opt_out(channels=["sms"], occurred_at=desk.ago(0)))["outcome"] == "recorded"
    await desk.opt_in()
    await desk.execute("UPDATE consent SET since = $1 WHERE channel = 'sms'", datetime(2030, 1, 1, tzinfo=UTC))
    assert (await desk.states())["sms"] == "given"
    assert (await desk.opt_out())["outcome"] == "recorded"
    assert set((await desk.states()).values()) == {"revoked"}


async def test_what_waits_is_cancelled_what_is_claimed_is_stopped_and_what_left_is_counted(desk: Desk) -> None:
    await desk.opt_in(occurred_at=EARLIER)
    await desk.opt_in(phone="+14155552672", occurred_at=EARLIER)
    sender = await make_sender(desk.context, desk.workspace_id)
    make: list[tuple[str, dict[str, Any]]] = [
        (PHONE, {"state": 10}),
        (PHONE, {"state": 10, "channel": "mms"}),
        (PHONE, {"state": 10, "purpose": "transactional"}),
        (PHONE, {"state": 10, "purpose": "transactional", "origin": "reply"}),
        (PHONE, {"state": 20}),
        (PHONE, {"state": 20, "departed": True}),
        (PHONE, {"state": 25}),
        (PHONE, {"state": 30}),
        (PHONE, {"state": 40}),
        (PHONE, {"state": 80}),
        ("+14155552672", {"state": 10}),
    ]
    ids = [await make_message(desk.context, desk.workspace_id, sender, phone, **fields) for phone, fields in make]
    answer = await desk.opt_out(channels=["sms"])
    assert (answer["cancelled"], answer["stopped"], answer["beyond_recall"]) == (1, 1, 4)
    gone = (State.CANCELLED, "suppress.opt_out", False, False)
    after = await desk.messages(ids)
    assert [place for place, row in enumerate(after) if row == gone] == [0, 4]
    assert (after[1][0], after[2][0], after[5][0]) == (10, 10, 20)
    everything = await desk.opt_out(purpose="all")
    assert (everything["cancelled"], everything["stopped"], everything["beyond_recall"]) == (2, 0, 4)
    after = await desk.messages(ids)
    assert [place for place, row in enumerate(after) if row == gone] == [0, 1, 2, 4]
    assert (after[3][0], after[10][0]) == (10, 10)


async def test_bulk_tells_each_item_and_a_message_counts_once(desk: Desk) -> None:
    await desk.opt_in(occurred_at=EARLIER)
    sender = await make_sender(desk.context, desk.workspace_id)
    await make_message(desk.context, desk.workspace_id, sender, PHONE)
    items = [
        {"phone": PHONE, "method": "email"},
        {"phone": "nobody"},
        {"phone": "(415) 555-2671", "default_region": "US", "purpose": "all"},
        {"phone": "+442071838750"},
    ]
    answer = await desk.api.post("/v1/opt-outs/bulk", json={"items": items})
    assert answer.status_code == 200, answer.text
    found = answer.json()["items"]
    assert [(row["index"], row["outcome"], row["cancelled"]) for row in found] == [
        (0, "recorded", 1),
        (1, "rejected", 0),
        (2, "recorded", 0),
        (3, "recorded", 0),
    ]
    assert (found[1]["code"], found[1]["phone"], found[1]["event_id"]) == ("not_a_number", "nobody", None)
    assert (await desk.consents("+442071838750"))["suppressions"][0]["source"] == "api"


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


async def test_a_thousand_at_once(desk: Desk) -> None:
    phones = [f"+1415555{n:04d}" for n in range(2000, 3000)]
    ins = await desk.api.post(
        "/v1/opt-ins/bulk", json={"items": [{**PROOF, "phone": phone, "occurred_at": EARLIER} for phone in phones]}
    )
    assert {row["outcome"] for row in ins.json()["items"]} == {"recorded"}
    outs = await desk.api.post("/v1/opt-outs/bulk", json={"items": [{"phone": phone} for phone in phones]})
    assert {row["outcome"] for row in outs.json()["items"]} == {"recorded"}
    async with desk.context.db.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM consent WHERE state = 'revoked'") == 4000
        assert await tx.fetch_value("SELECT count(*) FROM suppression") == 1000


async def test_yes_and_no_at_once_from_many_sides_end_as_the_ledger_says(desk: Desk) -> None:
    phones = [f"+1415555267{n}" for n in range(4)]

    async def say(turn: int) -> int:
        items = [{"phone": phone} for phone in (phones if turn % 2 else reversed(phones))]
        path = "/v1/opt-outs/bulk"
        if turn % 3 == 0:
            items = [{**PROOF, **item, "occurred_at": desk.ago(0)} for item in items]
            path = "/v1/opt-ins/bulk"
        return (await desk.api.post(path, json={"items": items})).status_code

    assert set(await asyncio.gather(*(say(turn) for turn in range(24)))) == {200}
    async with desk.context.db.transaction() as tx:
        wrong = await tx.fetch(
            "SELECT c.phone FROM consent c LEFT JOIN suppression s ON s.workspace_id = c.workspace_id AND s.phone = c.phone "
            "AND s.reason = 'opt_out' AND s.channel IN ('', c.channel) "
            "WHERE (c.state = 'revoked') <> (s.phone IS NOT NULL)"
        )
    assert wrong == []


async def test_the_ledger_refuses_to_be_changed(desk: Desk) -> None:
    await desk.opt_in()
    for statement in (
        "UPDATE consent_event SET kind = 'revoked'",
        "DELETE FROM consent_event",
        "TRUNCATE consent_event CASCADE",
    ):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await desk.execute(statement)


async def test_a_repeated_opt_out_with_its_key_is_one_line_of_the_ledger(desk: Desk) -> None:
    key = {"Idempotency-Key": "stop-1"}
    answers = await asyncio.gather(*(desk.api.post("/v1/opt-outs", json={"phone": PHONE}, headers=key) for _ in range(10)))
    assert len({answer.json()["event_id"] for answer in answers}) == 1
    async with desk.context.db.transaction() as tx:
        assert await tx.fetch_value("SELECT count(*) FROM consent_event") == 1
    other = await desk.api.post("/v1/opt-ins", json={**PROOF, "occurred_at": EARLIER}, headers=key)
    assert other.status_code == 409


async def test_workspaces_keep_their_own_consents(desk: Desk) -> None:
    await desk.opt_out()
    async with calling(desk.context, await make_key(desk.context, await make_workspace(desk.context))) as them:
        standing = (await them.get("/v1/consents", params={"phone": PHONE})).json()
    assert (standing["consents"], standing["suppressions"]) == ([], [])


async def test_scopes_of_consent(desk: Desk) -> None:
    reader = await make_key(desk.context, desk.workspace_id, "consents:read", "contacts:write")
    async with calling(desk.context, reader) as api:
        assert (await api.post("/v1/opt-outs", json={"phone": PHONE})).status_code == 403
        assert (await api.post("/v1/opt-ins", json={**PROOF, "occurred_at": EARLIER})).status_code == 403
        assert (await api.get("/v1/consents", params={"phone": PHONE})).status_code == 200
        assert (await api.get("/v1/consents")).status_code == 422


async def test_seconds_to_silence_are_measured_for_a_no_that_names_its_instant(desk: Desk) -> None:
    async def measured() -> str:
        async with calling(desk.context) as anyone:
            lines = (await anyone.get("/metrics")).text.splitlines()
        return next(line for line in lines if line.startswith("tactful_seconds_to_silence_count")).partition(" ")[2]

    assert float(await measured()) == 0
    await desk.opt_out()
    assert float(await measured()) == 0
    await desk.opt_out(occurred_at=desk.ago(1))
    refused = await desk.api.post("/v1/opt-outs", json={"phone": "12", "occurred_at": EARLIER})
    assert (refused.status_code, float(await measured())) == (422, 1)
