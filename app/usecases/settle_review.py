"""What did that reply mean? A person says so once: an opt-out as of the reply, no such thing, or a stranger's number."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.domain.errors import NotFound, WrongState
from app.storage.database import Database, Row, Transaction
from app.storage.numbers import hold_numbers
from app.storage.reviews import has_open_review, list_reviews, read_review, settle_open_review
from app.storage.suppressions import end_holds, read_suppressions
from app.usecases.end_tenure import TenureEnd, end_tenures
from app.usecases.metrics import Metrics
from app.usecases.record_opt_outs import OptOut, record_opt_outs

ReviewOutcome = Literal["opt_out", "not_an_opt_out", "wrong_number"]
HOLDS = ("review", "wrong_number")
"""The suppressions that rest on a reply nobody has read."""


async def settle_review(
    tx: Transaction,
    *,
    workspace_id: UUID,
    review_id: UUID,
    outcome: ReviewOutcome,
    note: str,
    actor: str,
    now: datetime,
    metrics: Metrics | None = None,
) -> Row:
    """Settle a review in the caller's transaction; the review afterwards. The same outcome again changes nothing.

    The number is held first, so of two who settle at once the second sees what the first one said. Raises NotFound, and
    WrongState when it was settled otherwise.
    """
    row = await read_review(tx, workspace_id=workspace_id, review_id=review_id)
    if row is None:
        raise NotFound("no such review", pointer="/path/review_id")
    phone = row["phone"]
    await hold_numbers(tx, workspace_id=workspace_id, phones=[phone])
    if await settle_open_review(
        tx, workspace_id=workspace_id, review_id=review_id, outcome=outcome, note=note, settled_by=actor, now=now
    ):
        await _act(tx, workspace_id, row, outcome, actor=actor, now=now, metrics=metrics)
    settled = await read_review(tx, workspace_id=workspace_id, review_id=review_id)
    assert settled is not None
    if settled["outcome"] != outcome:
        raise WrongState(f"it was settled before, as {settled['outcome']}", pointer="/body/outcome")
    return settled


async def _act(
    tx: Transaction, workspace_id: UUID, row: Row, outcome: str, *, actor: str, now: datetime, metrics: Metrics | None
) -> None:
    phone = row["phone"]
    evidence = {"message": row["text"] or "", "review": str(row["id"])}
    is_strangers = False
    if outcome == "opt_out":
        # Superseded when the person came back, with proof, after that reply.
        said = OptOut(phone=phone, method="reply", evidence=evidence, occurred_at=row["created_at"])
        await record_opt_outs(tx, workspace_id=workspace_id, items=[said], now=now, actor=actor, source="review", metrics=metrics)
    elif outcome == "wrong_number" and await _rests(tx, workspace_id, phone):
        # As of now: whoever wrote has the number, and may have written again since; an agreement of theirs ended the rest.
        end = TenureEnd(phone=phone, method="wrong_number", at=now, reason="wrong_number", evidence=evidence)
        (result,) = await end_tenures(tx, workspace_id=workspace_id, ends=[end], now=now, actor=actor, source="review")
        is_strangers = result.ended
    if not await has_open_review(tx, workspace_id=workspace_id, phone=phone):
        await end_holds(tx, workspace_id=workspace_id, phones=[phone], reasons=("review",) if is_strangers else HOLDS)


async def _rests(tx: Transaction, workspace_id: UUID, phone: str) -> bool:
    """Whether marketing to the number still rests on replies: a START, or fresh proof, would have ended that."""
    rows = await read_suppressions(tx, workspace_id=workspace_id, phones=[phone])
    return any(row["reason"] in HOLDS for row in rows)


async def read_one_review(db: Database, *, workspace_id: UUID, review_id: UUID) -> Row:
    """One review with its reply. Raises NotFound."""
    async with db.transaction() as tx:
        row = await read_review(tx, workspace_id=workspace_id, review_id=review_id)
    if row is None:
        raise NotFound("no such review", pointer="/path/review_id")
    return row


async def page_of_reviews(
    db: Database,
    *,
    workspace_id: UUID,
    phone: str | None,
    kind: str | None,
    is_open: bool | None,
    after: tuple[bool, UUID] | None,
    limit: int,
) -> list[Row]:
    """Open ones first, each newest first."""
    async with db.transaction() as tx:
        return await list_reviews(
            tx, workspace_id=workspace_id, phone=phone, kind=kind, is_open=is_open, after=after, limit=limit
        )
