"""What is true of an audience's members, as rules see it? SQL pieces to splice into a query over `contact c JOIN number n`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.audience import Node
from app.storage.audience_sql import audience_condition
from app.storage.database import Row, Transaction

MEMBERS = "contact c JOIN number n ON n.workspace_id = c.workspace_id AND n.phone = c.phone"
"""What a FROM begins with; an audience's condition speaks of `c` and `n`."""

_COLUMNS = """c.id AS contact_id, c.phone, n.region, n.kind, n.zones, c.time_zone,
  k.state AS consent_state, k.since AS consent_since, k.expires_at AS consent_expires_at, s.suppressions"""

_CONSENT = """
LEFT JOIN consent k ON k.workspace_id = c.workspace_id AND k.phone = c.phone AND k.channel = ${channel}
  AND k.purpose = ${purpose} AND k.topic = ''"""

_SUPPRESSIONS = """
LEFT JOIN LATERAL (
  SELECT array_agg(ARRAY[x.reason, x.scope, x.channel, x.since::text] ORDER BY x.reason, x.channel) AS suppressions
  FROM suppression x WHERE x.workspace_id = c.workspace_id AND x.phone = c.phone) s ON true"""

_SENDS = """
LEFT JOIN LATERAL (
  SELECT array_agg(m.counted_at ORDER BY m.counted_at) AS sends
  FROM message m
  WHERE m.workspace_id = c.workspace_id AND m.phone = c.phone AND m.counted_at > ${since}) t ON true"""


@dataclass(frozen=True, slots=True)
class FactsSql:
    """`columns` for the SELECT list (named as `facts_of` reads them), `joins` for after MEMBERS."""

    columns: str
    joins: str


def facts_sql(*, channel: int, purpose: int, sends_since: int | None = None) -> FactsSql:
    """The pieces, given the numbers of the parameters that hold the channel, the purpose and how far back sends count.

    Without `sends_since` no message is read and the sends are null: right where no cap looks back, or where caps are left to the
    hand-over. `campaign_sends` are null: a campaign that is being written or previewed has sent nothing yet.
    """
    joins = _CONSENT.format(channel=channel, purpose=purpose) + _SUPPRESSIONS
    if sends_since is None:
        return FactsSql(f"{_COLUMNS}, NULL::timestamptz[] AS sends, NULL::timestamptz[] AS campaign_sends", joins)
    joins += _SENDS.format(since=sends_since)
    return FactsSql(f"{_COLUMNS}, t.sends, NULL::timestamptz[] AS campaign_sends", joins)


# Suppressions are grouped without their dates, and consents that end beyond the horizon together: neither changes a decision.
# Numbers for personal use differ by prefix, which is how their line type is priced.
_SIGNATURES = """
SELECT count(*) AS members, min(f.phone) AS phone, f.region, f.kind, f.zones, f.time_zone, f.consent_state,
       min(f.consent_since) AS consent_since, min(f.consent_expires_at) AS consent_expires_at,
       min(f.suppressions) AS suppressions, f.sends, NULL::timestamptz[] AS campaign_sends
FROM (SELECT {columns} FROM {members} {joins} WHERE c.workspace_id = $1 AND ({condition})) f
GROUP BY f.region, f.kind, f.zones, f.time_zone, f.consent_state, greatest(least(f.consent_expires_at, $5), $4),
         f.suppressions[:][1:3], f.sends, CASE WHEN f.kind = 'personal_number' THEN left(f.phone, 6) END
ORDER BY members DESC, phone
"""
_SAMPLE = """
SELECT c.phone, c.attributes, c.locale FROM {members}
WHERE c.workspace_id = $1 AND ({condition}) ORDER BY md5(c.id::text) LIMIT $2
"""


async def audience_signatures(
    tx: Transaction,
    *,
    workspace_id: UUID,
    node: Node,
    channel: str,
    purpose: str,
    at: datetime,
    horizon: datetime,
    sends_since: datetime | None = None,
) -> list[Row]:
    """An audience as the few kinds of members it has, as far as rules can tell: `members` of each, and one of them for the rest.

    Rows read as `facts_of` reads them, largest first. `horizon` is an instant no wait from `at` reaches: consents that end after
    it are alike. `sends_since` None reads no recent sends.
    """
    pieces = facts_sql(channel=2, purpose=3, sends_since=None if sends_since is None else 6)
    known = [workspace_id, channel, purpose, at, horizon, *([] if sends_since is None else [sends_since])]
    condition, arguments = audience_condition(node, start=len(known) + 1)
    sql = _SIGNATURES.format(columns=pieces.columns, members=MEMBERS, joins=pieces.joins, condition=condition)
    return list(await tx.fetch(sql, *known, *arguments))


async def sample_members(tx: Transaction, *, workspace_id: UUID, node: Node, limit: int) -> list[Row]:
    """Members spread evenly over the audience, the same ones every time: phone, attributes, locale."""
    condition, arguments = audience_condition(node, start=3)
    return list(await tx.fetch(_SAMPLE.format(members=MEMBERS, condition=condition), workspace_id, limit, *arguments))
