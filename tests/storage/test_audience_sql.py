"""Does PostgreSQL find exactly the contacts the rule means? Random rules over random contacts, asked both ways."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clock import new_id, new_ids
from app.domain.audience.facts import ContactFacts, TouchHeld
from app.domain.audience.kind import all_kinds
from app.domain.audience.matching import matches
from app.domain.audience.reading import parse_rule
from app.domain.audience.tree import leaves_of
from app.storage.audience_facts import contact_facts
from app.storage.audience_sql.writing import Asked, all_writers
from app.storage.database import Database, Transaction
from tests.domain.any_rules import CAMPAIGN, LIST, NOW, contacts, rules
from tests.factories import append_given

_BEFORE = """
WITH w AS (INSERT INTO workspace (id, name, created_at, updated_at) VALUES ($1, 'w', now(), now())),
p AS (INSERT INTO provider (workspace_id, id, kind, name, credentials, created_at, updated_at)
      VALUES ($1, $2, 'twilio', 'p', ''::bytea, now(), now())),
s AS (INSERT INTO sender (workspace_id, id, provider_id, channel, kind, address, parts_per_second, created_at, updated_at)
      VALUES ($1, $2, $2, 'sms', 'toll_free', '+18885550100', 1, now(), now())),
t AS (INSERT INTO template (workspace_id, id, name, channel, version, created_at, updated_at)
      VALUES ($1, $2, 't', 'sms', 1, now(), now())),
v AS (INSERT INTO template_version (workspace_id, template_id, version, body, created_at) VALUES ($1, $2, 1, 'x', now())),
a AS (INSERT INTO audience (workspace_id, id, name, rule, created_at, updated_at) VALUES ($1, $2, 'a', '{}', now(), now())),
l AS (INSERT INTO audience_list (workspace_id, id, name, members, lines, unknown, rejected, created_at, updated_at)
      VALUES ($1, $4, 'l', 0, 0, 0, 0, now(), now()))
INSERT INTO campaign (workspace_id, id, name, state, channel, purpose, template_id, template_version, audience_id, sender_id,
                      created_at, updated_at)
VALUES ($1, $3, 'c', 'draft', 'sms', 'marketing', $2, 1, $2, $2, now(), now())
"""
_NUMBER = "INSERT INTO number (workspace_id, phone, region, kind, zones, created_at) VALUES ($1, $2, $3, 'mobile', '{}', now())"
_CONTACT = """
INSERT INTO contact (workspace_id, id, phone, attributes, tags, birth_date, places, provenance, created_at, updated_at)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7::jsonb, 'test', now(), now())
"""
_CONSENT = """
INSERT INTO consent (workspace_id, phone, channel, purpose, topic, brand, state, since, expires_at, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, now(), $8, $9)
"""
_SUPPRESSION = """
INSERT INTO suppression (workspace_id, phone, reason, channel, scope, source, since) VALUES ($1, $2, $3, $4, $5, 'test', now())
"""
_EVENT = """
INSERT INTO event (workspace_id, id, contact_id, kind, name, occurred_at, received_at, caller_id, amount, currency, properties)
VALUES ($1, $2, $3, CASE WHEN $4 IN ('purchase', 'page_view') THEN $4 ELSE 'custom' END, $4, $5, now(), $6, $7, $8, $9::jsonb)
"""
_MESSAGE = """
INSERT INTO message (workspace_id, id, campaign_id, contact_id, phone, sender_id, channel, purpose, origin, priority, state, body,
                     due_at, handed_over_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'marketing', CASE WHEN $3::uuid IS NULL THEN 'api' ELSE 'campaign' END, 1, $8, 'x', now(), $9,
        now(), now())
"""
_REPLY = """
INSERT INTO inbound (workspace_id, id, provider_id, event_key, phone, to_address, channel, body, keyword, received_at, message_id)
VALUES ($1, $2, $3, $4, $5, '', $6, '', '', $7, $8)
"""
_CLICK = """
WITH l AS (
  INSERT INTO link (workspace_id, id, written, conversion_days, created_at) VALUES ($1, $2::uuid, $2::uuid::text, 7, now()))
INSERT INTO click (workspace_id, id, link_id, message_id, campaign_id, clicked_at, counts_until, agent, score, human)
VALUES ($1, $2::uuid, $2::uuid, $3, $4, $5, $5, 'browser', 0, true)
"""
_MEMBERS = "contact c JOIN number n ON n.workspace_id = c.workspace_id AND n.phone = c.phone"


class _Undone(Exception):
    """Leaves a transaction without keeping it."""


@asynccontextmanager
async def _not_kept(db: Database) -> AsyncIterator[Transaction]:
    with suppress(_Undone):
        async with db.transaction() as tx:
            yield tx
            raise _Undone


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    opened = Database.open(database_url, pool=2)
    yield opened
    await opened.close()


class _Storing:
    """Writes contacts with all that is known of them into a workspace of their own."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.workspace_id, self._of_all = new_ids(2)
        self._keys = count(1)

    async def store(self, known: Sequence[ContactFacts]) -> list[ContactFacts]:
        await self._tx.execute(_BEFORE, self.workspace_id, self._of_all, CAMPAIGN, LIST)
        found = [replace(facts, id=contact_id) for facts, contact_id in zip(known, new_ids(len(known)), strict=True)]
        for place, facts in enumerate(found):
            await self._one(facts, f"+1415555{place:04}")
        return found

    async def _one(self, facts: ContactFacts, phone: str) -> None:
        tx, ids = self._tx, (self.workspace_id, facts.id)
        attributes, places = orjson.dumps(facts.attributes).decode(), orjson.dumps(facts.places).decode()
        await tx.execute(_NUMBER, self.workspace_id, phone, facts.region)
        await tx.execute(_CONTACT, *ids, phone, attributes, sorted(facts.tags), facts.birth_date, places)
        if facts.consents:
            (event_id,) = await append_given(tx, self.workspace_id, [phone], at=NOW)
            for held in facts.consents:
                row = (held.channel, held.purpose, held.topic, held.brand, held.state, held.expires_at)
                await tx.execute(_CONSENT, self.workspace_id, phone, *row, event_id)
        for no in facts.suppressions:
            await tx.execute(_SUPPRESSION, self.workspace_id, phone, no.reason, no.channel, no.scope)
        for event in facts.events:
            told = (event.name, event.occurred_at, str(next(self._keys)), event.amount, event.currency)
            properties = orjson.dumps(event.properties).decode()
            await tx.execute(_EVENT, self.workspace_id, new_id(), facts.id, *told, properties)
        await self._touches(facts, phone)
        if facts.lists:
            sql = "INSERT INTO audience_list_member (workspace_id, list_id, contact_id) VALUES ($1, $3, $2)"
            await tx.execute(sql, *ids, LIST)

    async def _touches(self, facts: ContactFacts, phone: str) -> None:
        sent: dict[UUID | None, UUID] = {}
        for touch in (touch for touch in facts.touches if touch.what == "sent"):
            sent[touch.campaign_id] = message_id = new_id()
            row = (touch.campaign_id, facts.id, phone, self._of_all, touch.channel, touch.state, touch.at)
            await self._tx.execute(_MESSAGE, self.workspace_id, message_id, *row)
        for touch in (touch for touch in facts.touches if touch.what == "replied"):
            reply = (self._of_all, str(next(self._keys)), phone, touch.channel, touch.at, sent.get(touch.campaign_id))
            await self._tx.execute(_REPLY, self.workspace_id, new_id(), *reply)
        for touch in (touch for touch in facts.touches if touch.what == "clicked"):
            campaign_id = touch.campaign_id if touch.campaign_id in sent else None
            message_id = new_id() if campaign_id is None else sent[campaign_id]
            if campaign_id is None:
                single = (None, facts.id, phone, self._of_all, touch.channel, 25, None)
                await self._tx.execute(_MESSAGE, self.workspace_id, message_id, *single)
            await self._tx.execute(_CLICK, self.workspace_id, new_id(), message_id, campaign_id, touch.at)


def _as_stored(facts: ContactFacts) -> ContactFacts:
    """What is done about a campaign is known by its message: without one it is about nothing. A click's channel is that one's."""
    channels = {touch.campaign_id: touch.channel for touch in facts.touches if touch.what == "sent"}

    def stored(touch: TouchHeld) -> TouchHeld:
        if touch.what == "sent":
            return touch
        if touch.campaign_id is None or touch.campaign_id not in channels:
            return replace(touch, campaign_id=None)
        return replace(touch, channel=channels[touch.campaign_id]) if touch.what == "clicked" else touch

    return replace(facts, touches=tuple(map(stored, facts.touches)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(known=st.lists(contacts, min_size=1, max_size=4), asked=st.lists(rules, min_size=1, max_size=10))
async def test_the_database_finds_whom_the_rule_means(db: Database, known: list[ContactFacts], asked: list[Any]) -> None:
    async with _not_kept(db) as tx:
        storing = _Storing(tx)
        stored = [_as_stored(facts) for facts in await storing.store(known)]
        for raw in asked:
            node = parse_rule(raw)
            meant = {facts.id for facts in stored if matches(node, facts)}
            for probing in (True, False):
                one = Asked(workspace_id=storing.workspace_id, node=node, now=NOW, probing=probing)
                condition, arguments = one.condition(start=2)
                sql = f"SELECT c.id FROM {_MEMBERS} WHERE c.workspace_id = $1 AND ({condition})"  # noqa: S608
                rows = await tx.fetch(sql, storing.workspace_id, *arguments)
                assert {row["id"] for row in rows} == meant, (raw, probing)
            for facts in stored:
                leaves = [leaf for _, leaf in leaves_of(node)]
                ids = {"workspace_id": storing.workspace_id, "contact_id": facts.id}
                read = await contact_facts(tx, leaves, **ids, now=NOW)
                assert read is not None
                assert matches(node, read) is (facts.id in meant), raw


def test_every_kind_of_leaf_can_be_asked_of_the_database() -> None:
    assert set(all_writers()) == {kind.node for kind in all_kinds().values()}


@pytest.mark.parametrize(
    "raw",
    [
        {"attribute": "a", "op": "eq", "value": "'; DROP TABLE contact; --"},
        {"attribute": "a", "op": "contains", "value": "%"},
        {"tag": "') OR ('a' = 'a"},
        {"any": [{"tag": "$1"}, {"attribute": "a", "op": "in", "value": ["{}", "\\", "NULL"]}]},
        {"event": "DROP", "where": [{"property": "'a'", "op": "eq", "value": "NULL"}]},
        {"place": "US", "city": "'a'", "postal_code": "%"},
    ],
)
def test_nothing_a_caller_wrote_stands_in_the_statement(raw: dict[str, Any]) -> None:
    condition, arguments = Asked(workspace_id=UUID(int=1), node=parse_rule(raw), now=NOW).condition(start=7)
    assert "$7" in condition
    assert f"${7 + len(arguments)}" not in condition
    for written in ("DROP", "NULL", "'a'", "%", "\\"):
        assert written not in condition
