"""What is on its way to a number that said no? Cancelled while it waits, stopped while only claimed, counted once it left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.storage.database import Transaction

# Which messages a "no" reaches: u holds one of its rows each, lists comma-separated. Our answer to the "no" itself still goes. A
# test goes without consent, and is a campaign's text all the same.
_REACHED = """
FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS u(phone, purposes, channels, place)
JOIN message m ON m.workspace_id = $1 AND m.phone = u.phone AND m.origin <> 'reply'
  AND (m.purpose = ANY(string_to_array(u.purposes, ','))
       OR m.origin = 'test' AND 'marketing' = ANY(string_to_array(u.purposes, ',')))
  AND m.channel = ANY(string_to_array(u.channels, ','))
"""
# A statement of its own, so that its snapshot is younger than the locks on leases.
_SILENCE = f"""
WITH reached AS (
  SELECT m.id, m.state, u.place {_REACHED}
  WHERE m.state IN (0, 10)
     OR m.state = 20 AND EXISTS (SELECT 1 FROM lease l WHERE l.id = m.lease_id AND l.departed_at IS NULL)
  ORDER BY m.id FOR NO KEY UPDATE OF m
), once AS (
  SELECT id, state, min(place) AS place FROM reached GROUP BY id, state
)
UPDATE message m SET state = 50, reason = $6, lease_id = NULL, counted_at = NULL, cost = NULL, updated_at = $5
FROM once o WHERE m.workspace_id = $1 AND m.id = o.id
RETURNING o.place, o.state
"""  # noqa: S608
_BEYOND = f"""
WITH once AS (SELECT m.id, min(u.place) AS place {_REACHED} WHERE m.state IN (20, 25, 30, 40) GROUP BY m.id)
SELECT place, count(*) AS messages FROM once GROUP BY place
"""  # noqa: S608
_QUEUED_STATES = (0, 10)

# Departure locks the lease as well: whoever comes second sees what the first one did.
_HOLD_DEPARTING = """
SELECT id FROM lease WHERE id IN (
  SELECT lease_id FROM message WHERE workspace_id = $1 AND phone = ANY($2::text[]) AND state = 20)
ORDER BY id FOR UPDATE
"""
_LATEST_DEPARTURE = """
SELECT max(greatest(m.handed_over_at, l.departed_at))
FROM message m LEFT JOIN lease l ON l.id = m.lease_id
WHERE m.workspace_id = $1 AND m.phone = ANY($2::text[]) AND m.state >= 20
"""


@dataclass(slots=True)
class Silenced:
    """What was on its way to one number: waiting and cancelled, claimed and stopped, or already with a carrier."""

    cancelled: int = 0
    stopped: int = 0
    beyond_recall: int = 0


async def latest_departure(tx: Transaction, *, workspace_id: UUID, phones: Sequence[str]) -> datetime | None:
    """When a message last left for one of these numbers, all departures under way waited for; the numbers must be held.

    What is recorded after this belongs after that instant: a request may have waited here since before it.
    """
    await tx.fetch(_HOLD_DEPARTING, workspace_id, phones)
    latest: datetime | None = await tx.fetch_value(_LATEST_DEPARTURE, workspace_id, phones)
    return latest


async def silence(
    tx: Transaction,
    *,
    workspace_id: UUID,
    rows: Sequence[tuple[str, Sequence[str], Sequence[str]]],
    now: datetime,
    reason: str = "suppress.opt_out",
) -> list[Silenced]:
    """Close what has not left for some numbers, with `reason`: (phone, purposes, channels); what was found for each row.

    The numbers must be held and their departures waited for (`latest_departure`) by this transaction; messages are locked by id.
    A message that several rows reach counts for the first of them.
    """
    phones = [phone for phone, _, _ in rows]
    reach = (phones, [",".join(purposes) for _, purposes, _ in rows], [",".join(channels) for _, _, channels in rows])
    found = [Silenced() for _ in rows]
    for row in await tx.fetch(_SILENCE, workspace_id, *reach, now, reason):
        silenced = found[row["place"] - 1]
        if row["state"] in _QUEUED_STATES:
            silenced.cancelled += 1
        else:
            silenced.stopped += 1
    for row in await tx.fetch(_BEYOND, workspace_id, *reach):
        found[row["place"] - 1].beyond_recall = row["messages"]
    return found
