"""Do receipts find their attempts late? Before the attempt is written, after a crash, of a lost batch; and in any order alike."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from app.clock import Clock
from app.domain.delivery import ErrorClass, Inbound, Receipt
from app.domain.message import Channel, State
from app.domain.retention import ids_before
from app.runtime import open_runtime
from app.settings import Settings
from app.storage.nonces import is_first
from app.usecases.context import Context
from app.usecases.receive_inbound import receive_inbound
from app.usecases.record_receipts import Received, match_parked, pay_what_is_owed, record_receipts
from app.usecases.sweep import sweep
from tests.contract import examples_of as examples
from tests.factories import make_message
from tests.http.on_the_line import ADDRESS, PHONE, Telephone, telephone

_ATTEMPT = """
INSERT INTO attempt (workspace_id, message_id, number, provider_id, sender_id, outcome, provider_message_id, handed_over_at)
VALUES ($1, $2, 1, $3, $4, 'accepted', $5, now())
"""


@pytest.fixture
async def phone(context: Context) -> AsyncIterator[Telephone]:
    async with telephone(context) as opened:
        yield opened


async def hear(phone: Telephone, *receipts: Receipt) -> None:
    received = [Received(phone.shop.workspace_id, phone.provider_id, receipt) for receipt in receipts]
    await record_receipts(phone.context, received, now=phone.context.clock.now())


async def record_attempt(phone: Telephone, provider_message_id: str) -> None:
    """As a worker writes down that the provider took the message."""
    ids = phone.shop.workspace_id, phone.message_id, phone.provider_id, phone.sender_id
    await phone.shop.execute(_ATTEMPT, *ids, provider_message_id)


async def test_a_receipt_that_came_before_its_attempt_is_matched_days_later_even_by_a_new_worker(
    phone: Telephone, settings: Settings
) -> None:
    said = Receipt(event_key="d", raw_status="d", state=State.DELIVERED, provider_message_id="m1", duration=7)
    await hear(phone, said)
    assert await sweep(phone.context)
    assert await phone.state() is State.SUBMITTED
    await record_attempt(phone, "m1")
    in_six_days = settings.model_copy(update={"clock_offset_seconds": 6 * 86_400.0})
    async with open_runtime(in_six_days, role="test") as another:
        assert await sweep(another)
    assert await phone.state() is State.DELIVERED
    assert await phone.shop.value("SELECT message_id FROM receipt") == phone.message_id
    assert await phone.shop.value("SELECT duration FROM attempt") == 7


async def test_what_nobody_matched_for_a_week_is_kept_and_no_longer_looked_at(phone: Telephone, settings: Settings) -> None:
    await hear(phone, Receipt(event_key="d", raw_status="d", state=State.DELIVERED, provider_message_id="m1"))
    await phone.shop.execute("UPDATE receipt SET id = $1", ids_before(Clock().now() - timedelta(days=8)))
    await record_attempt(phone, "m1")
    assert await sweep(phone.context)
    assert await phone.state() is State.SUBMITTED
    assert await phone.shop.value("SELECT count(*) FROM receipt WHERE message_id IS NULL") == 1


async def test_others_receipts_in_any_number_keep_nobody_busy_and_hide_none_of_ours(phone: Telephone) -> None:
    for name in ("m1", "theirs1", "theirs2"):
        await hear(phone, Receipt(event_key=name, raw_status="d", state=State.DELIVERED, provider_message_id=name))
    await record_attempt(phone, "m1")
    now = phone.context.clock.now()
    for newest, state in ((2, State.SUBMITTED), (3, State.DELIVERED)):
        async with phone.context.db.transaction() as tx:
            await match_parked(tx, phone.context, now=now, limit=10, newest=newest)
        assert await phone.state() is state


@pytest.mark.parametrize("is_early", [True, False], ids=["before the lease ran out", "after"])
async def test_a_receipt_of_a_batch_whose_worker_died_is_matched_by_lease_and_number(phone: Telephone, *, is_early: bool) -> None:
    message_id = await make_message(
        phone.context, phone.shop.workspace_id, phone.sender_id, PHONE, state=State.SENDING, departed=True
    )
    lease_id = await phone.shop.value("SELECT lease_id FROM message WHERE id = $1", message_id)
    said = Receipt(
        event_key="d",
        raw_status="d",
        state=State.DELIVERED,
        reference=phone.reference(lease_id, attempt=0),
        recipient=PHONE,
        provider_message_id="b1-1",
    )
    if is_early:
        await hear(phone, said)
        assert await phone.shop.value("SELECT lease_id FROM receipt WHERE message_id IS NULL") == lease_id
    await phone.shop.execute("UPDATE lease SET expires_at = now() - interval '1 minute' WHERE id = $1", lease_id)
    assert await sweep(phone.context)
    if not is_early:
        assert await phone.shop.value("SELECT state FROM message WHERE id = $1", message_id) == State.UNKNOWN
        await hear(phone, said)
    assert await phone.shop.value("SELECT state FROM message WHERE id = $1", message_id) == State.DELIVERED
    attempt = "SELECT outcome || ' ' || provider_message_id FROM attempt WHERE message_id = $1"
    assert await phone.shop.value(attempt, message_id) == "accepted b1-1"


async def test_a_no_whose_attempt_is_written_while_it_is_being_recorded_is_not_lost(phone: Telephone) -> None:
    """What it says of the number is looked at first, and then finds no attempt: it must not count as said afterwards."""
    stopped = Receipt(
        event_key="s", raw_status="s", state=State.FAILED, error=ErrorClass.OPTED_OUT, error_code="off", provider_message_id="m1"
    )
    received = Received(phone.shop.workspace_id, phone.provider_id, stopped, nonce="n")
    now = phone.context.clock.now()
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with phone.context.db.transaction() as tx:
        assert await is_first(tx, provider_id=phone.provider_id, nonce="n", now=now)
        recording = asyncio.create_task(record_receipts(phone.context, [received], now=now))
        while not await phone.shop.value(waiting):  # between its two steps
            await asyncio.sleep(0.01)
        await record_attempt(phone, "m1")
        await tx.execute("DELETE FROM webhook_nonce")
    await recording
    assert await sweep(phone.context)
    assert await phone.state() is State.FAILED
    assert [row[:2] for row in await phone.suppressions()] == [("opt_out", "carrier")]


async def test_a_no_of_a_receipt_matched_late_survives_a_worker_that_ends_in_between(phone: Telephone) -> None:
    stopped = Receipt(
        event_key="s", raw_status="s", state=State.FAILED, error=ErrorClass.OPTED_OUT, error_code="off", provider_message_id="m1"
    )
    await hear(phone, stopped)
    await record_attempt(phone, "m1")
    now = phone.context.clock.now()
    async with phone.context.db.transaction() as tx:  # its message is moved, and here the worker ends
        assert await match_parked(tx, phone.context, now=now, limit=10)
    assert await phone.state() is State.FAILED
    assert await phone.suppressions() == []
    assert await sweep(phone.context)
    assert [row[:2] for row in await phone.suppressions()] == [("opt_out", "carrier")]
    assert await pay_what_is_owed(phone.context, limit=10) == 0, "written once"


async def test_what_is_told_of_a_sender_sooner_than_its_tries_are_written_down_counts_against_it(phone: Telephone) -> None:
    for place in range(12):
        name = f"m{place}"
        await hear(phone, replace(_EVENTS[3], event_key=name, provider_message_id=name, error=ErrorClass.SENDER_CONFIG))
        fresh = await make_message(
            phone.context, phone.shop.workspace_id, phone.sender_id, PHONE, state=State.SUBMITTED, departed=True
        )
        await record_attempt(replace(phone, message_id=fresh), name)
    assert await sweep(phone.context)
    assert await phone.shop.value("SELECT hold_reason FROM sender WHERE id = $1", phone.sender_id) == "provider.sender_config"


_EVENTS = (
    Receipt(event_key="submitted", raw_status="submitted", state=State.SUBMITTED),
    Receipt(event_key="sent", raw_status="sent", state=State.SENT),
    Receipt(event_key="strange", raw_status="teleported", state=None),
    Receipt(event_key="failed", raw_status="failed", state=State.FAILED, error=ErrorClass.SPAM_FILTERED, error_code="7"),
    Receipt(event_key="stopped", raw_status="undelivered", state=State.UNDELIVERED, error=ErrorClass.OPTED_OUT, error_code="off"),
    Receipt(event_key="delivered", raw_status="delivered", state=State.DELIVERED, duration=5),
    Receipt(event_key="read", raw_status="read", state=State.READ, duration=9),
)


def _all_events() -> list[tuple[Receipt, ...]]:
    """The events above, and those of each provider's own webhooks, as though they spoke of one message: each state once."""
    sets: list[tuple[Receipt, ...]] = [_EVENTS]
    for kind in examples.kinds():
        said = [receipt for one in examples.read(kind, "webhooks") for receipt in examples.reading(one).receipts]
        by_state = {(receipt.state, receipt.event_key): receipt for receipt in said}
        sets.append(tuple(replace(receipt, event_key=f"{kind}:{place}") for place, receipt in enumerate(by_state.values())))
    return sets


_STOP = Inbound(
    event_key="stop",
    provider_message_id="in",
    from_number=PHONE,
    to_address=ADDRESS,
    body="STOP",
    channel=Channel.SMS,
)


@dataclass(frozen=True, slots=True)
class _Told:
    """One way the same events may come: which, how they name their attempt, in what order, how often, how many at once."""

    events: tuple[tuple[Receipt, bool], ...]
    orders: tuple[tuple[int, ...], tuple[int, ...]]
    cut: int


_ALL_EVENTS = _all_events()


@st.composite
def _tellings(draw: st.DrawFn) -> _Told:
    these = st.tuples(st.sampled_from(draw(st.sampled_from(_ALL_EVENTS))), st.booleans())
    events = draw(st.lists(these, min_size=1, max_size=7, unique_by=lambda event: event[0].state))
    places = [*range(len(events)), -1, -2]  # -1: the attempt is written down; -2: the person says STOP
    orders = []
    for _ in range(2):
        again = draw(st.lists(st.sampled_from([*places[:-2], -2]), max_size=3))
        orders.append(tuple(draw(st.permutations([*places, *again]))))
    return _Told(tuple(events), (orders[0], orders[1]), draw(st.integers(1, 4)))


async def _said_stop(phone: Telephone) -> None:
    await receive_inbound(
        phone.context,
        workspace_id=phone.shop.workspace_id,
        provider_id=phone.provider_id,
        kind="talking",
        answers=False,
        inbound=_STOP,
        now=phone.context.clock.now(),
    )


async def _end(phone: Telephone, told: _Told, order: Sequence[int]) -> tuple[Any, ...]:
    """Where it ends when the events come in this order, to a message nothing was said of yet."""
    fresh = await make_message(
        phone.context, phone.shop.workspace_id, phone.sender_id, PHONE, state=State.SUBMITTED, departed=True
    )
    about = replace(phone, message_id=fresh)
    for table in ("receipt", "attempt", "suppression", "sender_block", "inbound"):
        await phone.shop.execute(f"DELETE FROM {table}")  # noqa: S608
    waiting: list[Receipt] = []
    for place in order:
        if place == -1:
            await record_attempt(about, "m1")
            continue
        if place == -2:
            await _said_stop(about)
            continue
        event, by_reference = told.events[place]
        reference = about.reference() if by_reference else None
        waiting.append(replace(event, provider_message_id="m1", reference=reference, recipient=None))
        if len(waiting) >= told.cut:
            await hear(about, *waiting)
            waiting.clear()
    if waiting:
        await hear(about, *waiting)
    assert await sweep(phone.context)
    kept = "SELECT string_agg(event_key || coalesce(message_id::text, ''), ',' ORDER BY event_key) FROM receipt"
    attempt = (await about.shop.client.get(f"/v1/messages/{about.public_id}")).json()["attempts"][0]
    return (
        await about.state(),
        await phone.shop.value("SELECT reason FROM message WHERE id = $1", fresh),
        str(await phone.shop.value(kept)).replace(str(fresh), "+"),
        # A text after a bounce shows that the number lives, one before it does not; a no is a no in either order.
        {reason for reason, *_ in await phone.suppressions()} - {"invalid_number", "hard_bounce"},
        await phone.shop.value("SELECT count(*) FROM sender_block"),
        await phone.shop.value("SELECT count(*) FROM inbound"),
        (attempt["outcome"], attempt["provider_message_id"], attempt["duration"]),
    )


def test_any_order_and_repetition_of_the_same_events_ends_alike(settings: Settings) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        context = runner.run(stack.enter_async_context(open_runtime(settings, role="test")))
        phone = runner.run(stack.enter_async_context(telephone(context)))

        @bounds(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(_tellings())
        def ends_alike(told: _Told) -> None:
            first, second = (runner.run(_end(phone, told, order)) for order in told.orders)
            assert first == second
            assert first[0] == max([State.SUBMITTED, *(event.state for event, _ in told.events if event.state is not None)])

        try:
            ends_alike()
        finally:
            runner.run(stack.aclose())
