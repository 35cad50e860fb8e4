"""What happens when a number changes hands? Its tenure ends, and with it every consent; what was waiting is cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.consent import ConsentEvent, ConsentKind
from app.domain.message import Channel, Purpose
from app.storage.consents import count_standing
from app.storage.database import Row, Transaction
from app.storage.number_life import read_lives, write_tenures
from app.storage.numbers import hold_numbers
from app.storage.opt_in_requests import end_requests
from app.storage.silencing import Silenced, latest_departure, silence
from app.storage.suppressions import add_suppressions
from app.usecases.consent_book import ConsentBook, open_book


@dataclass(frozen=True, slots=True, kw_only=True)
class TenureEnd:
    """A number (E.164) stopped being somebody's at an instant. `method` says how: reassigned, deactivated, wrong_number, changed.

    `reason` is the suppression that holds until somebody proves to have the number; "" adds none, for doors with their own.
    """

    phone: str
    method: str
    at: datetime
    reason: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TenureResult:
    """What one end did. `ended` is false when that tenure was over already."""

    phone: str
    ended: bool
    expired: int = 0
    cancelled: int = 0
    stopped: int = 0
    beyond_recall: int = 0


def _is_over(life: Row | None, end: TenureEnd) -> bool:
    """Whether the tenure that is meant has ended before."""
    return life is not None and life["tenure_since"] is not None and life["tenure_since"] >= end.at


async def end_tenures(
    tx: Transaction, *, workspace_id: UUID, ends: Sequence[TenureEnd], now: datetime, actor: str, source: str
) -> list[TenureResult]:
    """End tenures in the caller's transaction; a result for each, in order. Each phone comes once; an end told again is none.

    Consents up to the instant expire, one line of the ledger each; later proof is the new owner's, and lets the number go on.
    Everything else that waits for the number is cancelled, whatever it was for: it was written to somebody else. Locks numbers,
    then leases, then messages: a caller must hold no message or lease before. Raises NumberProblem.
    """
    phones = [end.phone for end in ends]
    await hold_numbers(tx, workspace_id=workspace_id, phones=phones)
    most = await count_standing(tx, workspace_id=workspace_id, phones=phones)
    book = await open_book(tx, workspace_id=workspace_id, phones=phones, most_events=most, now=now)
    lives = await read_lives(tx, workspace_id=workspace_id, phones=phones)
    due = [end for end in ends if not _is_over(lives.get(end.phone), end)]
    if not due:
        return [TenureResult(end.phone, ended=False) for end in ends]
    departed = await latest_departure(tx, workspace_id=workspace_id, phones=[end.phone for end in due])
    if departed is not None:
        now = max(now, departed + timedelta(microseconds=1))
    expired = {end.phone: _expire(book, end) for end in due}
    await book.close(tx, source=source, actor=actor, now=now)
    instants = [(end.phone, end.at) for end in due]
    await end_requests(tx, workspace_id=workspace_id, ends=instants)
    await write_tenures(tx, workspace_id=workspace_id, ends=instants)
    silenced = await _silence(tx, workspace_id, book, due, source=source, now=now)
    return [_result(end, expired.get(end.phone), silenced.get(end.phone, Silenced())) for end in ends]


def _expire(book: ConsentBook, end: TenureEnd) -> int:
    event = ConsentEvent(kind=ConsentKind.EXPIRED, occurred_at=end.at, method=end.method)
    return book.expire(end.phone, event, evidence=dict(end.evidence))


async def _silence(
    tx: Transaction, workspace_id: UUID, book: ConsentBook, due: Sequence[TenureEnd], *, source: str, now: datetime
) -> dict[str, Silenced]:
    """Suppress and cancel, but for numbers whose new owner has agreed already."""
    strangers = [end for end in due if not book.is_agreed(end.phone)]
    rows = [(end.phone, end.reason, "", "all", source) for end in strangers if end.reason]
    if rows:
        await add_suppressions(tx, workspace_id=workspace_id, rows=rows, now=now)
    found: dict[str, Silenced] = {}
    for method in sorted({end.method for end in strangers}):
        phones = [end.phone for end in strangers if end.method == method]
        reached = [(phone, tuple(Purpose), tuple(Channel)) for phone in phones]
        reason = f"suppress.{method}"
        closed = await silence(tx, workspace_id=workspace_id, rows=reached, now=now, reason=reason)
        found |= dict(zip(phones, closed, strict=True))
    return found


def _result(end: TenureEnd, expired: int | None, found: Silenced) -> TenureResult:
    if expired is None:
        return TenureResult(end.phone, ended=False)
    return TenureResult(
        end.phone,
        ended=True,
        expired=expired,
        cancelled=found.cancelled,
        stopped=found.stopped,
        beyond_recall=found.beyond_recall,
    )
