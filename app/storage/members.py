"""Who is in an audience now? Membership is asked afresh every time, by the cheaper of the ways to ask."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from app.domain.audience.kinds.behaviour import Event
from app.domain.audience.kinds.engagement import Engagement
from app.domain.audience.tree import leaves_of
from app.storage.audience_sql.writing import Asked
from app.storage.database import Row, Transaction

_MEMBERS = "contact c JOIN number n ON n.workspace_id = c.workspace_id AND n.phone = c.phone AND c.merged_into IS NULL"
"""Who was merged is a member by who speaks for both."""
# Contacts as they were at an instant: what the first change after it replaced, else what they hold.
_MEMBERS_THEN = """(
  SELECT x.workspace_id, x.id, x.phone, x.birth_date, x.places, x.locale, x.merged_into,
         coalesce(h.attributes, x.attributes) AS attributes, coalesce(h.tags, x.tags) AS tags
  FROM contact x LEFT JOIN LATERAL (
    SELECT h.attributes, h.tags FROM contact_change h
    WHERE h.workspace_id = x.workspace_id AND h.contact_id = x.id AND h.until > {then} ORDER BY h.until LIMIT 1
  ) h ON true
  WHERE x.created_at <= {then}
) c JOIN number n ON n.workspace_id = c.workspace_id AND n.phone = c.phone AND c.merged_into IS NULL"""
_PAGE = """
SELECT c.id AS contact_id, c.phone FROM {members}
WHERE c.workspace_id = $1 AND ($2::uuid IS NULL OR c.id > $2) AND ($3::uuid IS NULL OR c.id <= $3) AND ({condition})
ORDER BY c.id LIMIT $4
"""
# Who has a message of the campaign already is in it, whatever became of that.
_NEWCOMERS = """
SELECT c.id AS contact_id, c.phone FROM {members}
WHERE c.workspace_id = $1 AND ({condition}) AND NOT EXISTS (
  SELECT FROM message m WHERE m.workspace_id = $1 AND m.campaign_id = $2 AND m.phone = c.phone)
ORDER BY c.id LIMIT $3
"""
_BY_REGION = """
SELECT n.region, count(*) AS members FROM {members} WHERE c.workspace_id = $1 AND ({condition})
GROUP BY n.region ORDER BY members DESC, n.region
"""
# A member may be reached on several channels, and have several consents for one.
_BY_CHANNEL = """
SELECT k.channel, count(DISTINCT c.id) AS members FROM {members}
JOIN consent k ON k.workspace_id = $1 AND k.phone = c.phone AND k.purpose = 'marketing' AND k.state = 'given'
  AND (k.expires_at IS NULL OR k.expires_at > $2)
WHERE c.workspace_id = $1 AND ({condition}) AND NOT EXISTS (
  SELECT FROM suppression s WHERE s.workspace_id = $1 AND s.phone = c.phone AND s.channel IN ('', k.channel))
GROUP BY k.channel ORDER BY k.channel
"""
_COUNT = "SELECT count(*) FROM {members} WHERE c.workspace_id = $1 AND c.id <= $2 AND ({condition})"
_NEWEST = """
SELECT c.id, c.phone, c.attributes, c.tags, c.locale, n.region FROM {members}
WHERE c.workspace_id = $1 AND ({condition}) ORDER BY c.id DESC LIMIT $2
"""
_AMONG = "SELECT c.id, c.phone FROM {members} WHERE c.workspace_id = $1 AND c.id = ANY($2::uuid[]) AND ({condition})"
# Statements are planned for the values at hand; what is read once for everybody may be held in memory; pages are taken to be
# cached, as those of contacts and their latest events are. No question takes longer than callers wait.
_PLAN_WELL = """
SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('work_mem', '64MB', true),
       set_config('seq_page_cost', '0.2', true), set_config('random_page_cost', '0.3', true),
       set_config('statement_timeout', '45s', true)
"""

Statement = tuple[str, list[object]]


async def _plan_well(tx: Transaction) -> None:
    await tx.fetch_value(_PLAN_WELL)


async def planned_cost(tx: Transaction, statement: Statement) -> float:
    """What the planner thinks a statement costs, in its own units: some ten microseconds each."""
    sql, arguments = statement
    plan = await tx.fetch_value(f"EXPLAIN (FORMAT JSON) {sql}", *arguments)
    return float(plan[0]["Plan"]["Total Cost"])


def _has_two_ways(asked: Asked) -> bool:
    """Whether probing contacts one by one and reading everybody's rows once are different statements."""
    return any(
        (isinstance(leaf, Event) and (leaf.count or leaf.total or leaf.ago_days)) or (isinstance(leaf, Engagement) and leaf.count)
        for _, leaf in leaves_of(asked.node)
    )


async def _cheapest(tx: Transaction, asked: Asked, write: Callable[[Asked], Statement]) -> Statement:
    """The statement as it is cheaper to run, by the planner's own count."""
    await _plan_well(tx)
    probing = write(asked)
    if not _has_two_ways(asked):
        return probing
    reading = write(replace(asked, probing=False))
    return probing if await planned_cost(tx, probing) <= await planned_cost(tx, reading) else reading


def _statement(asked: Asked, template: str, *arguments: object) -> Statement:
    condition, more = asked.condition(start=len(arguments) + 1)
    bound = [*arguments, *more]
    members = _MEMBERS
    if asked.past:
        bound.append(asked.now)
        members = _MEMBERS_THEN.format(then=f"${len(bound)}::timestamptz")
    return template.format(members=members, condition=condition), bound


def counting(asked: Asked) -> Statement:
    """The statement that counts members by region."""
    return _statement(asked, _BY_REGION, asked.workspace_id)


async def cost_of(tx: Transaction, asked: Asked) -> float:
    """What counting the members costs, by the planner's count: nothing is run."""
    await _plan_well(tx)
    ways = [asked, replace(asked, probing=False)] if _has_two_ways(asked) else [asked]
    return min([await planned_cost(tx, counting(way)) for way in ways])


async def count_members(tx: Transaction, asked: Asked) -> list[Row]:
    """How many contacts a rule holds for, per region of their numbers: region, members; most first."""
    sql, arguments = await _cheapest(tx, asked, counting)
    return list(await tx.fetch(sql, *arguments))


async def count_reachable(tx: Transaction, asked: Asked) -> list[Row]:
    """How many members agreed to marketing on each channel and are silenced by nothing there: channel, members."""
    sql, arguments = await _cheapest(tx, asked, lambda one: _statement(one, _BY_CHANNEL, one.workspace_id, one.now))
    return list(await tx.fetch(sql, *arguments))


async def count_up_to(tx: Transaction, asked: Asked, *, up_to: UUID) -> int:
    """How many members a rule has up to a contact."""
    sql, arguments = await _cheapest(tx, asked, lambda one: _statement(one, _COUNT, one.workspace_id, up_to))
    return int(await tx.fetch_value(sql, *arguments))


async def newest_members(tx: Transaction, asked: Asked, *, limit: int) -> list[Row]:
    """The contacts made last among those a rule holds for."""
    sql, arguments = await _cheapest(tx, asked, lambda one: _statement(one, _NEWEST, one.workspace_id, limit))
    return list(await tx.fetch(sql, *arguments))


async def audience_page(
    tx: Transaction, asked: Asked, *, after: UUID | None, up_to: UUID | None, limit: int
) -> list[tuple[UUID, str]]:
    """The next members by id, (contact, phone); those past `up_to` are left out."""
    sql, arguments = await _cheapest(tx, asked, lambda one: _statement(one, _PAGE, one.workspace_id, after, up_to, limit))
    return [(row["contact_id"], row["phone"]) for row in await tx.fetch(sql, *arguments)]


async def newcomers(tx: Transaction, asked: Asked, *, campaign_id: UUID, limit: int) -> list[tuple[UUID, str]]:
    """Members who have no message of a campaign yet, (contact, phone)."""
    sql, arguments = await _cheapest(tx, asked, lambda one: _statement(one, _NEWCOMERS, one.workspace_id, campaign_id, limit))
    return [(row["contact_id"], row["phone"]) for row in await tx.fetch(sql, *arguments)]


async def members_among(tx: Transaction, asked: Asked, *, contact_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Those of the contacts a rule holds for, each with its number."""
    sql, arguments = _statement(asked, _AMONG, asked.workspace_id, list(contact_ids))
    return {row["id"]: row["phone"] for row in await tx.fetch(sql, *arguments)}
