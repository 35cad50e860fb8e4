"""No over HTTP: it silences at once, counts what it stopped, and is never lost between two requests."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.domain.message import State
from app.storage.sender_blocks import add_blocks
from app.usecases.context import Context
from tests.factories import calling, make_key, make_message, make_sender, make_workspace
from tests.http.consent_desk import EARLIER, PHONE, PROOF, Desk


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[Desk]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as api:
        yield Desk(context, workspace_id, api)


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


async def test_a_no_shows_the_laws_last_day_for_it(desk: Desk) -> None:
    await desk.opt_out()
    (silence,) = (await desk.consents())["suppressions"]
    since = datetime.fromisoformat(silence["since"]).date()
    assert timedelta(days=12) < date.fromisoformat(silence["honour_by"]) - since < timedelta(days=19)  # ten business days


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
    for path in ("/v1/opt-outs/bulk", "/v1/opt-ins/bulk"):
        nobody = {**PROOF, "phone": "nobody", "occurred_at": EARLIER} if "ins" in path else {"phone": "nobody"}
        unreadable = await desk.api.post(path, json={"items": [nobody]})
        assert [row["outcome"] for row in unreadable.json()["items"]] == ["rejected"], unreadable.text


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


async def test_a_no_answers_with_a_day_to_honour_it_by(desk: Desk) -> None:
    answer = await desk.opt_out(occurred_at="2026-06-01T12:00:00Z")
    assert answer["honour_by"] == "2026-06-15"


async def test_every_way_a_no_can_come_is_told_of(desk: Desk) -> None:
    ways = {
        "key_press": ("opt_out", "voice"),
        "complaint": ("complaint", ""),
        "letter": ("opt_out", ""),
        "keyword": ("opt_out", "text"),
    }
    for place, (method, (reason, via)) in enumerate(ways.items()):
        phone = f"+1415555267{place}"
        await desk.opt_out(phone=phone, method=method)
        (row,) = (await desk.consents(phone))["suppressions"]
        assert (row["reason"], row["via"], row["method"]) == (reason, via, method)


async def test_an_opt_in_tells_what_else_is_needed_where_the_carrier_blocks(desk: Desk) -> None:
    await desk.opt_out(method="complaint")
    sender = await make_sender(desk.context, desk.workspace_id)
    async with desk.context.db.transaction() as tx:
        await add_blocks(tx, workspace_id=desk.workspace_id, rows=[(sender, PHONE, "21610")], now=desk.context.clock.now())
    answer = await desk.opt_in(occurred_at=desk.ago(0))
    assert any("START to +18885550100" in need and "21610" in need for need in answer["needs"])
    assert any("complained" in need for need in answer["needs"])
    bulk = await desk.api.post("/v1/opt-ins/bulk", json={"items": [{**PROOF, "occurred_at": desk.ago(0)}]})
    assert len(bulk.json()["items"][0]["needs"]) == 2
