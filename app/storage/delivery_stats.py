"""What became of the attempts of an hour? Counted set-based from attempts and receipts, written anew each time; and read back."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from app.domain.deliverability import HOUR, Tried
from app.storage.database import Row, Transaction

_LOCK = 7_240_119
_TEACHES = 4 * HOUR
_PIECE = timedelta(minutes=10)
"""What one statement counts: an hour of a busy service is more than a statement should."""

# A message's price is told with each of its statuses: the highest counts once. An end is what receipts said of this very attempt.
_COUNT = """
WITH tried AS MATERIALIZED (
  SELECT a.workspace_id, a.sender_id, coalesce(n.region, '') AS region,
         coalesce(r.network, n.network, '') AS network, a.outcome = 'accepted' AS accepted,
         r.delivered_at, r.failed, r.price, r.currency,
         greatest(0, extract(epoch FROM r.delivered_at - a.handed_over_at)) AS seconds
  FROM attempt a
  JOIN message m ON m.workspace_id = a.workspace_id AND m.id = a.message_id
  LEFT JOIN number n ON n.workspace_id = m.workspace_id AND n.phone = m.phone
  LEFT JOIN LATERAL (
    SELECT min(coalesce(x.occurred_at, x.received_at)) FILTER (WHERE x.state >= 80) AS delivered_at,
           coalesce(bool_or(x.state IN (52, 54, 56, 58)), false) AS failed,
           max(abs(x.price)) AS price, max(x.currency) AS currency, max(x.network) AS network
    FROM receipt x
    WHERE x.workspace_id = a.workspace_id AND x.message_id = a.message_id AND x.attempt_number = a.number) r ON true
  WHERE a.handed_over_at >= $2 AND a.handed_over_at < $3 AND a.outcome <> 'never_left'
), by_currency AS (
  SELECT workspace_id, sender_id, region, network, currency,
         count(*) AS handed_over, count(*) FILTER (WHERE accepted) AS accepted,
         count(delivered_at) AS delivered, count(*) FILTER (WHERE failed AND delivered_at IS NULL) AS failed,
         coalesce(sum(seconds), 0) AS seconds, sum(price) AS price
  FROM tried GROUP BY 1, 2, 3, 4, 5
)
INSERT INTO delivery_stat AS d (workspace_id, sender_id, hour, region, network, handed_over, accepted, delivered, failed,
                                seconds, prices)
SELECT workspace_id, sender_id, $1, region, network, sum(handed_over), sum(accepted), sum(delivered), sum(failed), sum(seconds),
       coalesce(jsonb_object_agg(currency, price) FILTER (WHERE currency IS NOT NULL AND price IS NOT NULL), '{}')
FROM by_currency GROUP BY workspace_id, sender_id, region, network
ON CONFLICT (workspace_id, sender_id, hour, region, network) DO UPDATE SET
  handed_over = d.handed_over + excluded.handed_over, accepted = d.accepted + excluded.accepted,
  delivered = d.delivered + excluded.delivered, failed = d.failed + excluded.failed, seconds = d.seconds + excluded.seconds,
  prices = (SELECT coalesce(jsonb_object_agg(key, total), '{}') FROM (
    SELECT key, sum(value::numeric) AS total
    FROM (SELECT * FROM jsonb_each_text(d.prices) UNION ALL SELECT * FROM jsonb_each_text(excluded.prices)) e
    GROUP BY key) s)
"""
# What the latest receipt called a number's network; a number somebody holds is learnt of at the hour's next count.
_LEARN = """
WITH told AS (
  SELECT DISTINCT ON (m.workspace_id, m.phone) m.workspace_id, m.phone, x.network
  FROM attempt a
  JOIN receipt x ON x.workspace_id = a.workspace_id AND x.message_id = a.message_id AND x.attempt_number = a.number
  JOIN message m ON m.workspace_id = a.workspace_id AND m.id = a.message_id
  WHERE a.handed_over_at >= $1 AND a.handed_over_at < $2 AND x.network IS NOT NULL
  ORDER BY m.workspace_id, m.phone, x.received_at DESC
), free AS (
  SELECT n.workspace_id, n.phone, t.network FROM told t
  JOIN number n ON n.workspace_id = t.workspace_id AND n.phone = t.phone
  WHERE n.network <> t.network ORDER BY n.workspace_id, n.phone FOR NO KEY UPDATE OF n SKIP LOCKED
)
UPDATE number n SET network = f.network FROM free f WHERE n.workspace_id = f.workspace_id AND n.phone = f.phone
"""
_FORGET = "DELETE FROM delivery_stat WHERE hour = $1"
_MARK = """
INSERT INTO measured_hour (hour, measured_at) VALUES ($1, $2) ON CONFLICT (hour) DO UPDATE SET measured_at = excluded.measured_at
"""
_PLACES = """
SELECT sender_id, region, network, sum(handed_over)::bigint AS handed_over, sum(accepted)::bigint AS accepted,
       sum(delivered)::bigint AS delivered, sum(failed)::bigint AS failed, sum(seconds) AS seconds,
       (SELECT coalesce(jsonb_object_agg(key, total), '{}') FROM (
         SELECT p.key, sum(p.value::numeric) AS total
         FROM delivery_stat x, jsonb_each_text(x.prices) p
         WHERE x.workspace_id = $1 AND x.sender_id = d.sender_id AND x.hour >= $3
           AND x.region = d.region AND x.network = d.network
         GROUP BY p.key) s)::text AS prices
FROM delivery_stat d
WHERE workspace_id = $1 AND sender_id = ANY($2::uuid[]) AND hour >= $3
GROUP BY sender_id, region, network
ORDER BY handed_over DESC, region, network
"""


async def try_measure_lock(tx: Transaction) -> bool:
    """Be the one worker that measures, until the transaction ends."""
    return bool(await tx.fetch_value("SELECT pg_try_advisory_xact_lock($1)", _LOCK))


async def read_measured(tx: Transaction, *, since: datetime) -> dict[datetime, datetime]:
    """When each hour was last measured."""
    rows = await tx.fetch("SELECT hour, measured_at FROM measured_hour WHERE hour >= $1", since)
    return {row["hour"]: row["measured_at"] for row in rows}


async def measure_hour(tx: Transaction, *, hour: datetime, now: datetime) -> None:
    """Count what is known by now of the attempts handed over in an hour, in the place of what was counted before.

    Numbers learn their networks from it, of hours that are young: an old one, counted again, could unteach what a newer one told.
    """
    await tx.by_keys()
    await tx.execute(_FORGET, hour)
    begin = hour
    while begin < hour + HOUR:
        await tx.execute(_COUNT, hour, begin, begin + _PIECE)
        if now < hour + _TEACHES:
            await tx.execute(_LEARN, begin, begin + _PIECE)
        begin += _PIECE
    await tx.execute(_MARK, hour, now)


async def forget_hours(tx: Transaction, *, before: datetime) -> None:
    """Delete the figures of hours that began before then."""
    await tx.execute("DELETE FROM delivery_stat WHERE hour < $1", before)
    await tx.execute("DELETE FROM measured_hour WHERE hour < $1", before)


async def read_places(
    tx: Transaction, *, workspace_id: UUID, sender_ids: Sequence[UUID], since: datetime
) -> dict[UUID, list[Tried]]:
    """What became of each sender's attempts since then, by country and network, the busiest place first."""
    found: dict[UUID, list[Tried]] = {sender_id: [] for sender_id in sender_ids}
    for row in await tx.fetch(_PLACES, workspace_id, list(sender_ids), since):
        found[row["sender_id"]].append(_tried(row))
    return found


def _tried(row: Row) -> Tried:
    return Tried(
        region=row["region"],
        network=row["network"],
        handed_over=row["handed_over"],
        accepted=row["accepted"],
        delivered=row["delivered"],
        failed=row["failed"],
        seconds=row["seconds"],
        prices={
            currency: Decimal(price) for currency, price in json.loads(row["prices"], parse_float=str, parse_int=str).items()
        },
    )
