"""The barrier under real concurrency: whoever comes second sees what the first one did, and nobody waits for ever."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from app.clock import new_id
from app.domain.message import Channel, Purpose, State
from app.storage.claims import lock_numbers
from app.storage.database import Transaction
from app.storage.handovers import depart, release, settle_expired
from app.usecases.context import Context
from app.usecases.record_opt_ins import OptIn, record_opt_ins
from app.usecases.record_opt_outs import OptOut, OptOutResult, record_opt_outs
from tests.factories import make_message, make_sender, make_workspace

PHONE = "+14155552671"


@dataclass(slots=True)
class Scene:
    """A workspace with a sender and one number."""

    context: Context
    workspace_id: UUID
    sender_id: UUID

    async def message(self, *, departed: bool = False, state: int = 20, phone: str = PHONE) -> tuple[UUID, UUID | None]:
        """A message and its lease."""
        message_id = await make_message(self.context, self.workspace_id, self.sender_id, phone, state=state, departed=departed)
        return message_id, await self.value("SELECT lease_id FROM message WHERE id = $1", message_id)

    async def value(self, sql: str, *arguments: object) -> UUID | None:
        async with self.context.db.transaction() as tx:
            found: UUID | None = await tx.fetch_value(sql, *arguments)
        return found

    async def state(self, message_id: UUID) -> tuple[int, str]:
        async with self.context.db.transaction() as tx:
            row = await tx.fetch_row("SELECT state, reason FROM message WHERE id = $1", message_id)
        assert row is not None
        return row["state"], row["reason"]

    async def opt_out(self, *phones: str) -> list[OptOutResult]:
        async with self.context.db.transaction() as tx:
            return await self.opt_out_in(tx, *phones)

    async def opt_out_in(self, tx: Transaction, *phones: str) -> list[OptOutResult]:
        return await record_opt_outs(
            tx,
            workspace_id=self.workspace_id,
            items=[OptOut(phone=phone, method="keyword") for phone in phones or (PHONE,)],
            now=self.context.clock.now(),
            actor="recipient",
            source="inbound",
        )

    async def waits_for_a_lock(self) -> None:
        """Return once some transaction of this database is blocked by another."""
        while True:
            async with self.context.db.transaction() as tx:
                if await tx.fetch_value(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ):
                    return
            await asyncio.sleep(0.01)


@pytest.fixture
async def scene(context: Context) -> Scene:
    workspace_id = await make_workspace(context)
    scene = Scene(context, workspace_id, await make_sender(context, workspace_id))
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO number (workspace_id, phone, region, kind, zones, created_at) "
            "SELECT $1, p, 'US', 'fixed_line_or_mobile', '{America/Los_Angeles}', $3 FROM unnest($2::text[]) p",
            workspace_id,
            [f"+1415555267{n}" for n in range(10)],
            context.clock.now(),
        )
    return scene


async def test_a_departure_that_comes_second_goes_without_the_number(scene: Scene) -> None:
    message_id, lease_id = await scene.message()
    assert lease_id is not None
    async with scene.context.db.transaction() as tx:
        (result,) = await scene.opt_out_in(tx)
        departing = asyncio.create_task(_depart(scene, lease_id, message_id))
        await scene.waits_for_a_lock()
        assert not departing.done()
    assert (result.cancelled, result.stopped, result.beyond_recall) == (0, 1, 0)
    assert await departing == set()
    assert await scene.state(message_id) == (State.CANCELLED, "suppress.opt_out")


async def test_an_opt_out_that_comes_second_says_beyond_recall(scene: Scene) -> None:
    message_id, lease_id = await scene.message()
    assert lease_id is not None
    async with scene.context.db.transaction() as tx:
        gone = await depart(
            tx,
            workspace_id=scene.workspace_id,
            lease_id=lease_id,
            campaign_id=None,
            message_ids=[message_id],
            now=scene.context.clock.now(),
        )
        opting_out = asyncio.create_task(scene.opt_out())
        await scene.waits_for_a_lock()
        assert not opting_out.done()
    (result,) = await opting_out
    assert gone == {message_id}
    assert (result.cancelled, result.stopped, result.beyond_recall) == (0, 0, 1)
    assert await scene.state(message_id) == (State.SENDING, "")


async def test_an_opt_out_waits_for_a_claim_and_stops_what_it_claimed(scene: Scene) -> None:
    message_id, _ = await scene.message(state=10)
    async with scene.context.db.transaction() as tx:
        assert await lock_numbers(tx, workspace_id=scene.workspace_id, phones=[PHONE]) == {PHONE}
        opting_out = asyncio.create_task(scene.opt_out())
        await scene.waits_for_a_lock()
        lease_id, now = new_id(), scene.context.clock.now()
        await tx.execute(
            "INSERT INTO lease (id, workspace_id, sender_id, provider_id, worker, message_ids, claimed_at, expires_at) "
            "SELECT $1, workspace_id, id, provider_id, 'test', ARRAY[$3::uuid], $4, $4 FROM sender WHERE id = $2",
            lease_id,
            scene.sender_id,
            message_id,
            now,
        )
        await tx.execute("UPDATE message SET state = 20, lease_id = $2, counted_at = $3 WHERE id = $1", message_id, lease_id, now)
    (result,) = await opting_out
    assert (result.cancelled, result.stopped, result.beyond_recall) == (0, 1, 0)


async def test_a_claim_does_not_take_a_number_an_opt_out_holds(scene: Scene) -> None:
    async with scene.context.db.transaction() as tx:
        await scene.opt_out_in(tx)
        async with scene.context.db.transaction() as claim:
            assert await lock_numbers(claim, workspace_id=scene.workspace_id, phones=[PHONE]) == set()


async def test_what_a_worker_gives_back_meanwhile_is_cancelled_too(scene: Scene) -> None:
    message_id, lease_id = await scene.message()
    assert lease_id is not None
    async with scene.context.db.transaction() as tx:
        await release(tx, workspace_id=scene.workspace_id, lease_id=lease_id, now=scene.context.clock.now())
        opting_out = asyncio.create_task(scene.opt_out())
        await scene.waits_for_a_lock()
    (result,) = await opting_out
    assert result.cancelled + result.stopped == 1
    assert await scene.state(message_id) == (State.CANCELLED, "suppress.opt_out")


async def test_opt_outs_departures_releases_and_sweeps_of_the_same_numbers_never_deadlock(scene: Scene) -> None:
    phones = [f"+1415555267{n}" for n in range(10)]
    for _ in range(6):
        claims = [await scene.message(phone=phone) for phone in phones]
        queued = [(await scene.message(phone=phone, state=10))[0] for phone in phones]

        async def end(place: int, message_id: UUID, lease_id: UUID) -> set[UUID] | int | tuple[int, int] | None:
            if place % 3 == 0:
                return await _depart(scene, lease_id, message_id)
            async with scene.context.db.transaction() as tx:
                now = scene.context.clock.now()
                if place % 3 == 1:
                    return await release(tx, workspace_id=scene.workspace_id, lease_id=lease_id, now=now)
                return await settle_expired(tx, lease_id=lease_id, now=now)

        outcomes = await asyncio.gather(
            *(end(place, message_id, lease_id) for place, (message_id, lease_id) in enumerate(claims) if lease_id),
            scene.opt_out(*phones),
            scene.opt_out(*reversed(phones)),
        )
        first, second = outcomes[-2:]
        assert isinstance(first, list)
        assert isinstance(second, list)
        for place, (message_id, _) in enumerate(claims):
            state, _ = await scene.state(message_id)
            counted = [result for result in (*first, *second) if result.phone == phones[place]]
            closed = sum(result.cancelled + result.stopped for result in counted)
            assert (state, closed) in {(State.CANCELLED, 2), (State.SENDING, 1)}, place
        for message_id in queued:
            assert (await scene.state(message_id))[0] == State.CANCELLED
        async with scene.context.db.transaction() as tx:
            await tx.execute("DELETE FROM message")
            await tx.execute("DELETE FROM lease")


async def test_a_no_of_this_instant_counts_from_now_though_clocks_elsewhere_run_ahead(scene: Scene) -> None:
    now = scene.context.clock.now()
    await scene.message(departed=True)
    async with scene.context.db.transaction() as tx:
        yes = OptIn(
            phone=PHONE,
            channels=[Channel.SMS],
            purpose=Purpose.MARKETING,
            method="keyword",
            evidence={"message": "START"},
            occurred_at=now + timedelta(seconds=1),
        )
        later = now + timedelta(seconds=2)
        await record_opt_ins(tx, workspace_id=scene.workspace_id, items=[yes], now=later, actor="recipient", source="inbound")
        await tx.execute("UPDATE lease SET departed_at = $1", later)
    async with scene.context.db.transaction() as tx:
        no = OptOut(phone=PHONE, method="keyword", occurred_at=now)
        (result,) = await record_opt_outs(
            tx, workspace_id=scene.workspace_id, items=[no], now=now, actor="recipient", source="inbound"
        )
        state = await tx.fetch_value("SELECT state FROM consent WHERE channel = 'sms'")
        recorded_at = await tx.fetch_value("SELECT recorded_at FROM consent_event WHERE kind = 'revoked'")
    assert (result.revoked, result.beyond_recall, state) == (True, 1, "revoked")
    assert recorded_at > later


async def test_channels_named_are_silenced_and_no_other(scene: Scene) -> None:
    message_id, _ = await scene.message(state=10)
    async with scene.context.db.transaction() as tx:
        (result,) = await record_opt_outs(
            tx,
            workspace_id=scene.workspace_id,
            items=[OptOut(phone=PHONE, method="carrier", channels=[Channel.VOICE])],
            now=scene.context.clock.now(),
            actor="carrier",
            source="provider:21610",
        )
    assert (result.revoked, result.cancelled) == (True, 0)
    assert (await scene.state(message_id))[0] == State.QUEUED


async def _depart(scene: Scene, lease_id: UUID, message_id: UUID) -> set[UUID] | None:
    async with scene.context.db.transaction() as tx:
        return await depart(
            tx,
            workspace_id=scene.workspace_id,
            lease_id=lease_id,
            campaign_id=None,
            message_ids=[message_id],
            now=scene.context.clock.now(),
        )


async def test_a_no_is_kept_with_how_it_came_and_what_it_answered(scene: Scene) -> None:
    ways = [
        ("+14155552671", "keyword", "marketing", ("opt_out", "text", "marketing")),
        ("+14155552672", "key_press", "", ("opt_out", "voice", "")),
        ("+14155552673", "complaint", "", ("complaint", "", "")),
        ("+14155552674", "privacy_request", "", ("objection", "", "")),
        ("+14155552675", "email", "", ("opt_out", "", "")),
    ]
    async with scene.context.db.transaction() as tx:
        await record_opt_outs(
            tx,
            workspace_id=scene.workspace_id,
            items=[OptOut(phone=phone, method=method, answered=answered) for phone, method, answered, _ in ways],
            now=scene.context.clock.now(),
            actor="recipient",
            source="api",
        )
        rows = await tx.fetch("SELECT phone, method, reason, via, answered FROM suppression ORDER BY phone")
    assert [(row["phone"], row["method"], (row["reason"], row["via"], row["answered"])) for row in rows] == [
        (phone, method, left) for phone, method, _, left in ways
    ]


async def test_a_no_to_informational_texts_gives_way_to_one_to_all(scene: Scene) -> None:
    message_id, _ = await scene.message(state=10)
    now = scene.context.clock.now()
    for answered, keeps, expected in (
        ("informational", True, ("informational", State.QUEUED)),
        ("marketing", False, ("marketing", State.CANCELLED)),
        ("informational", True, ("marketing", State.CANCELLED)),
    ):
        async with scene.context.db.transaction() as tx:
            item = OptOut(phone=PHONE, method="keyword", answered=answered, keeps_marketing=keeps)
            await record_opt_outs(tx, workspace_id=scene.workspace_id, items=[item], now=now, actor="recipient", source="inbound")
            found = await tx.fetch_value("SELECT answered FROM suppression WHERE reason = 'opt_out'")
        assert (found, (await scene.state(message_id))[0]) == expected
