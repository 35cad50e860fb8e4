"""P5 against invention: messages, claims at once, releases and stops in whatever order, and no window ever overflows."""

import asyncio
import itertools
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
from hypothesis import HealthCheck
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from app.clock import new_ids
from app.runtime import open_runtime
from app.settings import Settings
from app.storage.handovers import release
from app.usecases.claim_group import Group, claim_group
from app.usecases.context import Context
from app.usecases.open_lane import open_lane
from app.usecases.record_opt_outs import OptOut, record_opt_outs
from tests.databases import create_database, drop_database
from tests.factories import append_given
from tests.promises.seeding import CONSENT, CONTACTS, DAYTIME, NUMBERS, seed
from tests.promises.world import numbers

_PEOPLE = numbers(5)
_MINUTES = (5, 30, 120, 600)
_ENQUEUE = """
INSERT INTO message (workspace_id, id, phone, sender_id, channel, purpose, origin, priority, state, body, due_at, created_at,
                     updated_at)
SELECT $1, u.id, u.phone, $2, 'sms', 'marketing', 'api', 1, 10, 'Hello', $3, $3, $3
FROM unnest($4::uuid[], $5::text[]) AS u(id, phone)
"""
_COUNTED = (
    "SELECT phone, array_agg(counted_at ORDER BY counted_at) AS instants FROM message WHERE counted_at IS NOT NULL GROUP BY phone"
)
_HEARD = "SELECT count(*) FROM message WHERE phone = ANY($1::text[]) AND counted_at > $2"

Result = TypeVar("Result")
_names = itertools.count(1)
_people = st.lists(st.sampled_from(_PEOPLE), min_size=1, max_size=8)
_caps = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(_MINUTES)), min_size=1, max_size=2)


class Interleavings(RuleBasedStateMachine):
    """One workspace under caps; every step goes to real PostgreSQL, the claims of a step at once, each on its own connection."""

    base: Settings
    template: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.now = DAYTIME
        self.groups: list[Group] = []
        self.stopped: dict[str, datetime] = {}

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @initialize(caps=_caps)
    def begin(self, caps: list[tuple[int, int]]) -> None:
        self.caps = [(limit, timedelta(minutes=minutes)) for limit, minutes in caps]
        self.run(self._begin())

    async def _begin(self) -> None:
        base = self.base.database_url or ""
        self.url = await create_database(base, f"tactful_interleavings_{next(_names)}", template=self.template)
        self.opened = open_runtime(self.base.model_copy(update={"database_url": self.url}), role="test")
        self.context: Context = await self.opened.__aenter__()
        self.workspace_id, _, self.sender_id = await seed(self.context, "http://127.0.0.1:9")
        before = DAYTIME - timedelta(days=30)
        policy = {"caps": [{"limit": limit, "window_seconds": window.total_seconds()} for limit, window in self.caps]}
        async with self.context.db.transaction() as tx:
            await tx.execute(NUMBERS, self.workspace_id, _PEOPLE, before)
            await tx.execute(CONTACTS, self.workspace_id, new_ids(len(_PEOPLE)), _PEOPLE, before)
            events = await append_given(tx, self.workspace_id, _PEOPLE, at=before)
            await tx.execute(CONSENT, self.workspace_id, events, _PEOPLE, before)
            await tx.execute("UPDATE workspace SET policy = $1::text::jsonb", orjson.dumps(policy).decode())

    @rule(people=_people)
    def wanted(self, people: list[str]) -> None:
        self.run(self._wanted(people))

    async def _wanted(self, people: list[str]) -> None:
        async with self.context.db.transaction() as tx:
            await tx.execute(_ENQUEUE, self.workspace_id, self.sender_id, self.now, new_ids(len(people)), people)

    @rule(limits=st.lists(st.integers(1, 6), min_size=1, max_size=4))
    def claimed_at_once(self, limits: list[int]) -> None:
        self.run(self._claim(limits))

    async def _claim(self, limits: list[int]) -> None:
        lane = await open_lane(self.context, workspace_id=self.workspace_id, sender_id=self.sender_id, now=self.now)
        assert lane is not None
        claims = await asyncio.gather(
            *(claim_group(self.context, lane, None, limit=limit, parts=1000, now=self.now) for limit in limits)
        )
        self.groups += [claim.group for claim in claims if claim.group is not None]

    @precondition(lambda self: self.groups)
    @rule(data=st.data())
    def never_left(self, data: st.DataObject) -> None:
        group = self.groups.pop(data.draw(st.integers(0, len(self.groups) - 1)))
        self.run(self._release(group))

    async def _release(self, group: Group) -> None:
        async with self.context.db.transaction() as tx:
            await release(tx, workspace_id=self.workspace_id, lease_id=group.lease_id, now=self.now)

    @rule(person=st.sampled_from(_PEOPLE), limits=st.lists(st.integers(1, 6), max_size=2))
    def stopped_while_claiming(self, person: str, limits: list[int]) -> None:
        self.run(self._stop(person, limits))

    async def _stop(self, person: str, limits: list[int]) -> None:
        async def stop() -> None:
            async with self.context.db.transaction() as tx:
                no = OptOut(phone=person, method="email", evidence={"message": "no more"})
                await record_opt_outs(
                    tx, workspace_id=self.workspace_id, items=[no], now=self.now, actor="test", source="api", metrics=None
                )

        await asyncio.gather(stop(), self._claim(limits) if limits else asyncio.sleep(0))
        self.stopped.setdefault(person, self.now)

    @rule(minutes=st.integers(1, 400))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @invariant()
    def no_window_overflows_and_no_stopped_number_is_counted(self) -> None:
        if hasattr(self, "context"):
            self.run(self._check())

    async def _check(self) -> None:
        async with self.context.db.transaction() as tx:
            rows = await tx.fetch(_COUNTED)
            for person, since in self.stopped.items():
                assert await tx.fetch_value(_HEARD, [person], since) == 0, "a stopped number was counted again"
        for row in rows:
            instants = row["instants"]
            for limit, window in self.caps:
                for place in range(len(instants) - limit):
                    assert instants[place + limit] - instants[place] >= window, f"more than {limit} in {window}"

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.run(self._end())
        self.runner.close()

    async def _end(self) -> None:
        await self.opened.__aexit__(None, None, None)
        await drop_database(self.base.database_url or "", self.url.rpartition("/")[2].partition("?")[0])


def test_p5_no_interleaving_overflows_a_window(settings: Settings, template_database: str) -> None:
    machine = type("Machine", (Interleavings,), {"base": settings, "template": template_database})
    run_state_machine_as_test(
        machine,
        settings=profile(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
