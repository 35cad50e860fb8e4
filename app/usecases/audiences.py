"""Who is meant? Audiences are rules, checked when they are written; who they hold for is asked when it matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.audience import ContactFacts, Node, RuleProblem, parse_rule
from app.domain.audience_trace import Trace, trace
from app.domain.errors import InvalidField, NotFound
from app.storage import audiences
from app.storage.contacts import read_contact
from app.storage.database import Row, Transaction
from app.usecases.context import Context

_SAMPLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Who a rule holds for now. `by_country` is keyed by region, "" where none is known."""

    count: int
    by_country: dict[str, int]
    sample: Sequence[Row]


def read_rule(raw: Mapping[str, Any]) -> Node:
    """A rule from its JSON. Raises InvalidField pointing at the node at fault."""
    try:
        return parse_rule(raw)
    except RuleProblem as problem:
        raise InvalidField(problem.detail, pointer=f"/body/rule{problem.pointer}", code="bad_rule") from problem


async def create_audience(tx: Transaction, *, workspace_id: UUID, name: str, rule: Mapping[str, Any], now: datetime) -> Row:
    """Write an audience. Raises InvalidField and Conflict."""
    read_rule(rule)
    audience_id = new_id()
    await audiences.add_audience(tx, workspace_id=workspace_id, audience_id=audience_id, name=name, rule=rule, now=now)
    return await _found(tx, workspace_id, audience_id)


async def _found(tx: Transaction, workspace_id: UUID, audience_id: UUID) -> Row:
    row = await audiences.read_audience(tx, workspace_id=workspace_id, audience_id=audience_id)
    if row is None:
        raise NotFound("no such audience", pointer="/path/audience_id")
    return row


async def read_audience(context: Context, *, workspace_id: UUID, audience_id: UUID) -> Row:
    """One audience. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _found(tx, workspace_id, audience_id)


async def list_audiences(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Audiences, newest first."""
    async with context.db.transaction() as tx:
        return await audiences.list_audiences(tx, workspace_id=workspace_id, before=before, limit=limit)


async def change_audience(
    context: Context,
    *,
    workspace_id: UUID,
    audience_id: UUID,
    name: str | None,
    rule: Mapping[str, Any] | None,
    now: datetime,
) -> Row:
    """Change name or rule; launched campaigns keep the rule they were launched with. Raises NotFound, InvalidField, Conflict."""
    changes: dict[str, Any] = {}
    if name is not None:
        changes["name"] = name
    if rule is not None:
        read_rule(rule)
        changes["rule"] = rule
    async with context.db.transaction() as tx:
        row = await audiences.write_audience(tx, workspace_id=workspace_id, audience_id=audience_id, changes=changes, now=now)
    if row is None:
        raise NotFound("no such audience", pointer="/path/audience_id")
    return row


async def preview_audience(tx: Transaction, *, workspace_id: UUID, audience_id: UUID) -> Membership:
    """Who is in it at this moment. Raises NotFound."""
    node = read_rule((await _found(tx, workspace_id, audience_id))["rule"])
    counts = await audiences.count_members(tx, workspace_id=workspace_id, node=node)
    sample = await audiences.newest_members(tx, workspace_id=workspace_id, node=node, limit=_SAMPLE)
    by_country = {row["region"]: row["members"] for row in counts}
    return Membership(count=sum(by_country.values()), by_country=by_country, sample=sample)


async def explain_audience(tx: Transaction, *, workspace_id: UUID, audience_id: UUID, contact_id: UUID) -> Trace:
    """What every node of the rule answers for one contact. Raises NotFound for either."""
    node = read_rule((await _found(tx, workspace_id, audience_id))["rule"])
    contact = await read_contact(tx, workspace_id=workspace_id, contact_id=contact_id)
    if contact is None:
        raise NotFound("no such contact", pointer="/body/contact_id")
    facts = ContactFacts(region=contact["region"], tags=frozenset(contact["tags"]), attributes=contact["attributes"])
    return trace(node, facts)
