"""Where does a code lead, and who followed it? Looked up and written together, many at a time, in one statement."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.storage.database import Row, Transaction

# The numbers are held as a foreign key would hold them: an erasure comes wholly before (then nobody is found) or after (then it
# finds the click). Contacts are held in one order, as whoever joins them holds them.
#
# A code that is fetched over and over goes on leading where it does, and is not written down any more. How soon after the
# delivery a click came is known by the carrier's time, where it gives one; until then by when we had handed the message over.
_FOLLOW = """
WITH found AS (
  SELECT u.id, u.at, u.agent, u.score, u.address, u.place, k.workspace_id, k.link_id, k.message_id, k.expires_at,
         coalesce(k.target, l.target) AS target, l.conversion_days, m.campaign_id, m.contact_id, m.handed_over_at
  FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[], $5::smallint[], $6::bigint[]) WITH ORDINALITY
    AS u(code, id, at, agent, score, address, place)
  JOIN link_code k ON k.code = u.code
  JOIN link l ON l.workspace_id = k.workspace_id AND l.id = k.link_id
  JOIN message m ON m.workspace_id = k.workspace_id AND m.id = k.message_id
  JOIN number n ON n.workspace_id = m.workspace_id AND n.phone = m.phone
  FOR KEY SHARE OF n
), kept AS (
  INSERT INTO click (workspace_id, id, link_id, message_id, campaign_id, contact_id, clicked_at, counts_until, agent, score,
                     human, address)
  SELECT f.workspace_id, f.id, f.link_id, f.message_id, f.campaign_id, f.contact_id, f.at,
         f.at + make_interval(days => f.conversion_days), f.agent, s.score, s.score < $7, f.address
  FROM found f, LATERAL (
    SELECT least(100, f.score + CASE WHEN f.at < f.handed_over_at + make_interval(secs => $8) THEN $9 ELSE 0 END)::smallint
      AS score) s
  WHERE f.target IS NOT NULL AND f.expires_at > f.at AND (
    SELECT count(*) FROM (SELECT 1 FROM click c WHERE c.workspace_id = f.workspace_id AND c.message_id = f.message_id
                          LIMIT $10) x) < $10
  ORDER BY f.contact_id
)
SELECT place, target, expires_at > at AS is_open FROM found
"""
# Judged again once its neighbours and the delivery are known: by the carrier's own time, never by when a report reached us.
_SETTLE = """
WITH due AS (
  SELECT workspace_id, id, message_id, clicked_at, agent, address, score FROM click
  WHERE NOT settled AND clicked_at < $1 ORDER BY clicked_at LIMIT $2 FOR UPDATE SKIP LOCKED
), judged AS (
  SELECT d.workspace_id, d.id, least(100, d.score
      + CASE WHEN d.score < $4 AND d.clicked_at < coalesce(r.delivered_at, m.handed_over_at) + make_interval(secs => $3)
             THEN $5 ELSE 0 END
      + coalesce((SELECT w.weight FROM unnest($6::int[], $7::int[]) AS w(least, weight)
                  WHERE c.crowd >= w.least ORDER BY w.least DESC LIMIT 1), 0)) AS score
  FROM due d
  JOIN message m ON m.workspace_id = d.workspace_id AND m.id = d.message_id
  LEFT JOIN LATERAL (
    SELECT min(least(x.occurred_at, x.received_at)) AS delivered_at FROM receipt x
    WHERE x.workspace_id = d.workspace_id AND x.message_id = d.message_id AND x.state = 80
      AND x.occurred_at IS NOT NULL) r ON true
  LEFT JOIN LATERAL (
    SELECT count(DISTINCT o.message_id) AS crowd FROM click o
    WHERE d.address IS NOT NULL AND o.address = d.address AND o.agent = d.agent
      AND o.clicked_at BETWEEN d.clicked_at - make_interval(secs => $8) AND d.clicked_at + make_interval(secs => $8)) c ON true
)
UPDATE click c SET score = j.score, human = j.score < $4, settled = true
FROM judged j WHERE c.workspace_id = j.workspace_id AND c.id = j.id
"""
_FORGET_ADDRESSES = "UPDATE click SET address = NULL WHERE address IS NOT NULL AND settled AND clicked_at < $1"
_OF_MESSAGE = """
SELECT c.id, c.link_id, l.written, c.clicked_at, c.agent, c.score, c.human
FROM click c JOIN link l ON l.workspace_id = c.workspace_id AND l.id = c.link_id
WHERE c.workspace_id = $1 AND c.message_id = $2 ORDER BY c.id
"""

# Of a contact that others became: theirs, too.
_OF_CONTACT = """
SELECT c.id, c.link_id, l.written, c.clicked_at, c.agent, c.score, c.human, c.message_id, c.campaign_id
FROM click c JOIN link l ON l.workspace_id = c.workspace_id AND l.id = c.link_id
WHERE c.workspace_id = $1 AND ($3::uuid IS NULL OR c.id < $3) AND c.contact_id IN (
  SELECT o.id FROM contact o WHERE o.workspace_id = $1 AND (o.id = $2 OR o.merged_into = $2))
ORDER BY c.id DESC LIMIT $4
"""


async def follow_codes(
    tx: Transaction,
    *,
    clicks: Sequence[tuple[str, UUID, datetime, str, int, int | None]],
    human_below: int,
    soon_seconds: float,
    too_soon: int,
    most: int,
) -> dict[int, tuple[str | None, bool]]:
    """Write clicks (code, id, instant, agent, score, address) and tell where each leads, by its place: (target, still open).

    A place without an answer has a code of nobody's. `most` clicks of one message are kept.
    """
    columns = (list(column) for column in zip(*clicks, strict=True))
    rows = await tx.fetch(_FOLLOW, *columns, human_below, soon_seconds, too_soon, most)
    return {row["place"] - 1: (row["target"], row["is_open"]) for row in rows}


async def settle_clicks(
    tx: Transaction,
    *,
    before: datetime,
    limit: int,
    human_below: int,
    soon_seconds: float,
    too_soon: int,
    crowds: Sequence[tuple[int, int]],
    crowd_seconds: float,
) -> int:
    """Judge clicks again that came before an instant, with what was not known when they came; how many.

    `crowds` are (messages whose links one address fetched within `crowd_seconds` either way, what that adds).
    """
    sizes, weights = [crowd[0] for crowd in crowds], [crowd[1] for crowd in crowds]
    return await tx.execute(_SETTLE, before, limit, soon_seconds, human_below, too_soon, sizes, weights, crowd_seconds)


async def forget_addresses(tx: Transaction, *, before: datetime) -> int:
    """Take the addresses of clicks away that came before an instant and have been judged; how many."""
    return await tx.execute(_FORGET_ADDRESSES, before)


async def message_clicks(tx: Transaction, *, workspace_id: UUID, message_id: UUID) -> list[Row]:
    """Who followed a message's links, as it happened."""
    return list(await tx.fetch(_OF_MESSAGE, workspace_id, message_id))


async def contact_clicks(tx: Transaction, *, workspace_id: UUID, contact_id: UUID, before: UUID | None, limit: int) -> list[Row]:
    """Who followed the links sent to a contact, the last first, before the given id."""
    return list(await tx.fetch(_OF_CONTACT, workspace_id, contact_id, before, limit))
