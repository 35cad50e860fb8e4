"""What is true of an audience's members, as rules see it? SQL pieces to splice into a query over `contact c JOIN number n`."""

from dataclasses import dataclass

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
