"""What does the database know of one contact that a rule may ask for? Read for an explanation, only as far as the rule asks."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.domain.audience.facts import ConsentHeld, ContactFacts, EventHeld, SuppressionHeld, TouchHeld
from app.domain.audience.kinds.behaviour import Event, Sequence_
from app.domain.audience.kinds.engagement import SENT, Engagement
from app.domain.audience.kinds.membership import InList
from app.domain.audience.tree import Leaf
from app.storage.database import Transaction

_CONTACT = """
SELECT c.id, c.phone, c.attributes, c.tags, c.birth_date, c.places, n.region
FROM contact c JOIN number n ON n.workspace_id = c.workspace_id AND n.phone = c.phone
WHERE c.workspace_id = $1 AND c.id = $2
"""
_THEN = """
SELECT attributes, tags FROM contact_change WHERE workspace_id = $1 AND contact_id = $2 AND until > $3 ORDER BY until LIMIT 1
"""
_CONSENTS = "SELECT channel, purpose, topic, brand, state, expires_at FROM consent WHERE workspace_id = $1 AND phone = $2"
_SUPPRESSIONS = "SELECT reason, channel, scope FROM suppression WHERE workspace_id = $1 AND phone = $2"
_EVENTS = """
SELECT name, occurred_at, amount, currency, properties FROM event
WHERE workspace_id = $1 AND contact_id = $2 AND name = ANY($3::text[])
"""
_SENT = """
SELECT handed_over_at AS at, channel, state, campaign_id FROM message
WHERE workspace_id = $1 AND phone = $2 AND handed_over_at IS NOT NULL AND origin <> 'test'
"""
_REPLIES = """
SELECT i.received_at AS at, i.channel, 0 AS state, m.campaign_id
FROM inbound i LEFT JOIN message m ON m.workspace_id = i.workspace_id AND m.id = i.message_id
WHERE i.workspace_id = $1 AND i.phone = $2
"""
_CLICKS = """
SELECT k.clicked_at AS at, m.channel, 0 AS state, m.campaign_id
FROM message m JOIN click k ON k.workspace_id = m.workspace_id AND k.message_id = m.id AND k.human
WHERE m.workspace_id = $1 AND m.phone = $2 AND m.origin <> 'test'
"""
_LISTS = """
SELECT list_id FROM audience_list_member WHERE workspace_id = $1 AND contact_id = $2 AND list_id = ANY($3::uuid[])
"""


def _event_names(leaves: Iterable[Leaf]) -> list[str]:
    names: set[str] = set()
    for leaf in leaves:
        match leaf:
            case Event():
                names.add(leaf.event)
            case Sequence_():
                names.update(leaf.sequence, *([[leaf.without]] if leaf.without else []))
            case _:
                pass
    return sorted(names)


async def _touches(tx: Transaction, workspace_id: UUID, phone: str) -> tuple[TouchHeld, ...]:
    found: list[TouchHeld] = []
    for what, sql in ((SENT, _SENT), ("replied", _REPLIES), ("clicked", _CLICKS)):
        found += (TouchHeld(what=what, **dict(row)) for row in await tx.fetch(sql, workspace_id, phone))
    return tuple(found)


async def contact_facts(
    tx: Transaction, leaves: Iterable[Leaf], *, workspace_id: UUID, contact_id: UUID, now: datetime
) -> ContactFacts | None:
    """What these leaves may ask of a contact at an instant, which may lie in the past; None when there is no such contact."""
    row = await tx.fetch_row(_CONTACT, workspace_id, contact_id)
    if row is None:
        return None
    asked, phone = list(leaves), row["phone"]
    held = await tx.fetch_row(_THEN, workspace_id, contact_id, now) or row
    names, lists = _event_names(asked), [leaf.list for leaf in asked if isinstance(leaf, InList)]
    listed = await tx.fetch(_LISTS, workspace_id, contact_id, lists) if lists else []
    events = await tx.fetch(_EVENTS, workspace_id, contact_id, names) if names else []
    return ContactFacts(
        now=now,
        id=contact_id,
        region=row["region"],
        tags=frozenset(held["tags"]),
        attributes=held["attributes"],
        birth_date=row["birth_date"],
        places=tuple(row["places"]),
        consents=tuple(ConsentHeld(**dict(one)) for one in await tx.fetch(_CONSENTS, workspace_id, phone)),
        suppressions=tuple(SuppressionHeld(**dict(one)) for one in await tx.fetch(_SUPPRESSIONS, workspace_id, phone)),
        events=tuple(EventHeld(**dict(one)) for one in events),
        touches=await _touches(tx, workspace_id, phone) if any(isinstance(leaf, Engagement) for leaf in asked) else (),
        lists=frozenset(one["list_id"] for one in listed),
    )
