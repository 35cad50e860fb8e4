"""Who is meant? Audiences are rules, checked when they are written; who they hold for is asked when it matters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.audience.reading import rule_json
from app.domain.audience.trace import Trace, trace
from app.domain.audience.tree import Node, leaves_of
from app.domain.errors import InvalidField, NotFound
from app.storage import audiences, members
from app.storage.audience_facts import contact_facts
from app.storage.audience_sql.writing import Asked
from app.storage.database import Row, Transaction
from app.usecases.audience_cost import check_cost
from app.usecases.audience_rules import NEW, complete_rule, read_rule, read_text
from app.usecases.context import Context

_SAMPLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Who a rule holds for now. `by_country` is keyed by region, "" where none is known; `by_channel` counts who agreed."""

    count: int
    by_country: dict[str, int]
    by_channel: dict[str, int]
    sample: Sequence[Row]


async def _checked(
    tx: Transaction,
    context: Context,
    *,
    workspace_id: UUID,
    rule: Mapping[str, Any] | None,
    text: str | None,
    now: datetime,
    audience_id: UUID = NEW,
) -> Mapping[str, Any]:
    """The rule to keep, from its JSON or its text; it can be counted now. Raises InvalidField."""
    if (rule is None) == (text is None):
        raise InvalidField("a rule is given as `rule` or as `text`, one of them", pointer="/body/rule", code="bad_rule")
    node = read_rule(rule) if rule is not None else read_text(text or "")
    complete = await complete_rule(tx, node, workspace_id=workspace_id, audience_id=audience_id)
    asked = Asked(workspace_id=workspace_id, node=complete, now=now)
    await check_cost(tx, asked, limit=context.settings.audience_cost)
    return rule if rule is not None else rule_json(node)


async def create_audience(
    tx: Transaction,
    context: Context,
    *,
    workspace_id: UUID,
    name: str,
    rule: Mapping[str, Any] | None,
    text: str | None,
    now: datetime,
) -> Row:
    """Write an audience, its rule given as JSON or as text. Raises InvalidField and Conflict."""
    kept = await _checked(tx, context, workspace_id=workspace_id, rule=rule, text=text, now=now)
    audience_id = new_id()
    await audiences.add_audience(tx, workspace_id=workspace_id, audience_id=audience_id, name=name, rule=kept, now=now)
    return await found_audience(tx, workspace_id=workspace_id, audience_id=audience_id)


async def found_audience(tx: Transaction, *, workspace_id: UUID, audience_id: UUID) -> Row:
    """One audience. Raises NotFound."""
    row = await audiences.read_audience(tx, workspace_id=workspace_id, audience_id=audience_id)
    if row is None:
        raise NotFound("no such audience", pointer="/path/audience_id")
    return row


async def read_audience(context: Context, *, workspace_id: UUID, audience_id: UUID) -> Row:
    """One audience. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await found_audience(tx, workspace_id=workspace_id, audience_id=audience_id)


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
    text: str | None,
    now: datetime,
) -> Row:
    """Change name or rule; launched campaigns keep the rule they were launched with. Raises NotFound, InvalidField, Conflict."""
    changes: dict[str, Any] = {} if name is None else {"name": name}
    async with context.db.transaction() as tx:
        await found_audience(tx, workspace_id=workspace_id, audience_id=audience_id)
        if rule is not None or text is not None:
            ids = {"workspace_id": workspace_id, "audience_id": audience_id}
            changes["rule"] = await _checked(tx, context, **ids, rule=rule, text=text, now=now)
        row = await audiences.write_audience(tx, workspace_id=workspace_id, audience_id=audience_id, changes=changes, now=now)
    if row is None:
        raise NotFound("no such audience", pointer="/path/audience_id")
    return row


async def whole_rule(tx: Transaction, row: Row) -> Node:
    """An audience's rule with those of the audiences it names. Raises InvalidField when they have become too many."""
    return await complete_rule(tx, read_rule(row["rule"]), workspace_id=row["workspace_id"], audience_id=row["id"])


async def preview_audience(
    tx: Transaction, context: Context, *, workspace_id: UUID, audience_id: UUID, as_of: datetime | None, now: datetime
) -> Membership:
    """Who is in it at this moment, or was at an instant of the past. Raises NotFound, InvalidField."""
    check_as_of(as_of, now)
    row = await found_audience(tx, workspace_id=workspace_id, audience_id=audience_id)
    node = await whole_rule(tx, row)
    asked = Asked(workspace_id=workspace_id, node=node, now=as_of or now, past=as_of is not None)
    await check_cost(tx, asked, limit=context.settings.audience_cost)
    counts = await members.count_members(tx, asked)
    reachable = await members.count_reachable(tx, asked)
    sample = await members.newest_members(tx, asked, limit=_SAMPLE)
    by_country = {row["region"]: row["members"] for row in counts}
    by_channel = {row["channel"]: row["members"] for row in reachable}
    return Membership(count=sum(by_country.values()), by_country=by_country, by_channel=by_channel, sample=sample)


def check_as_of(as_of: datetime | None, now: datetime) -> None:
    """Whether an instant can be asked about. Raises InvalidField."""
    if as_of is not None and as_of > now:
        raise InvalidField("lies in the future: nobody can know it yet", pointer="/body/as_of", code="in_the_future")


async def explain_audience(
    tx: Transaction, *, workspace_id: UUID, audience_id: UUID, contact_id: UUID, as_of: datetime | None, now: datetime
) -> Trace:
    """What every node of the rule answers for one contact, now or at an instant of the past. Raises NotFound, InvalidField."""
    check_as_of(as_of, now)
    row = await found_audience(tx, workspace_id=workspace_id, audience_id=audience_id)
    node = await whole_rule(tx, row)
    leaves = [leaf for _, leaf in leaves_of(node)]
    facts = await contact_facts(tx, leaves, workspace_id=workspace_id, contact_id=contact_id, now=as_of or now)
    if facts is None:
        raise NotFound("no such contact", pointer="/body/contact_id")
    return trace(node, facts)
