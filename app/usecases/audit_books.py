"""Do the books close? Every audience member in one final state, none twice, none after an opt-out; recounted from the rows."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from app.domain.message import State
from app.storage.books import count_after_opt_out, count_handed_over, count_messages, numbers_reached
from app.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """A campaign's closing identity. `reached` are the numbers a carrier got, or may have got, a message for."""

    audience: int
    states: dict[str, int]
    reasons: dict[str, int]
    handed_over: int
    distinct_numbers_handed_over: int
    sent_after_opt_out: int
    closed: bool
    reached: frozenset[str]


async def audit_books(db: Database, *, workspace_id: UUID, campaign_id: UUID) -> Books:
    """Recount one campaign."""
    async with db.transaction() as tx:
        rows = await count_messages(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        handed_over, distinct = await count_handed_over(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        reached = await numbers_reached(tx, workspace_id=workspace_id, campaign_id=campaign_id)
        after_opt_out = await count_after_opt_out(tx, workspace_id=workspace_id)
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for row in rows:
        states[State(row["state"]).word] += row["messages"]
        if row["reason"]:
            reasons[row["reason"]] += row["messages"]
    return Books(
        audience=sum(states.values()),
        states=dict(sorted(states.items())),
        reasons=dict(sorted(reasons.items())),
        handed_over=handed_over,
        distinct_numbers_handed_over=distinct,
        sent_after_opt_out=after_opt_out,
        closed=bool(rows) and all(State(row["state"]).is_final for row in rows),
        reached=frozenset(reached),
    )
