"""What do refusals add up to? Scores of numbers under their locks, suppressed dead ones, and the line types they teach."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.domain.bounces import BOUNCES, LINE_TAUGHT, Bounce, Score, after_bounce
from app.domain.delivery import ErrorClass
from app.storage.database import Transaction
from app.storage.number_life import last_deliveries, read_lives, write_bounces, write_line_types
from app.storage.numbers import hold_numbers
from app.storage.suppressions import Added, add_suppressions

Refused = tuple[str, ErrorClass, str]  # phone, class, the provider's code


async def score_bounces(tx: Transaction, *, workspace_id: UUID, refused: Sequence[Refused], now: datetime) -> None:
    """Count the refusals that say something of their numbers, in the caller's transaction. Locks the numbers."""
    telling = [row for row in refused if row[1] in BOUNCES or row[1] in LINE_TAUGHT]
    if not telling:
        return
    phones = sorted({phone for phone, _, _ in telling})
    await hold_numbers(tx, workspace_id=workspace_id, phones=phones)
    taught = {phone: str(LINE_TAUGHT[error]) for phone, error, _ in telling if error in LINE_TAUGHT}
    if taught:
        await write_line_types(tx, workspace_id=workspace_id, rows=sorted(taught.items()))
    bounced = [(phone, BOUNCES[error], code) for phone, error, code in telling if error in BOUNCES]
    if bounced:
        await _score(tx, workspace_id, bounced, now)


async def _score(tx: Transaction, workspace_id: UUID, bounced: Sequence[tuple[str, Bounce, str]], now: datetime) -> None:
    phones = sorted({phone for phone, _, _ in bounced})
    lives = await read_lives(tx, workspace_id=workspace_id, phones=phones)
    delivered = await last_deliveries(tx, workspace_id=workspace_id, phones=phones)
    scores = {
        phone: Score(row["hard_bounces"], row["soft_bounces"], row["hard_bounced_at"], row["soft_bounced_at"])
        for phone, row in lives.items()
    }
    dead: list[Added] = []
    for phone, bounce, code in bounced:
        scores[phone] = after_bounce(scores.get(phone, Score()), bounce, at=now, delivered_at=delivered.get(phone))
        if bounce is Bounce.INVALID:
            dead.append((phone, "invalid_number", "", "all", f"provider:{code}"))
        elif scores[phone].is_dead:
            dead.append((phone, "hard_bounce", "", "all", f"provider:{code}"))
    rows = [(phone, score.hard, score.soft, score.hard_at, score.soft_at) for phone, score in sorted(scores.items())]
    await write_bounces(tx, workspace_id=workspace_id, rows=rows)
    if dead:
        await add_suppressions(tx, workspace_id=workspace_id, rows=dead, now=now)
