"""What does the answer to a request for consent do? A yes in time is consent from that instant, a no ends what it was about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.domain.consent import ConsentEvent, ConsentKind
from app.domain.message import Channel, Purpose
from app.storage.database import Row, Transaction
from app.storage.numbers import hold_numbers
from app.storage.opt_in_requests import list_requests, request_of_token, request_state, settle_request
from app.usecases.consent_book import open_book
from app.usecases.context import Context
from app.usecases.record_opt_ins import OptIn, OptInResult, record_opt_ins
from app.usecases.request_opt_in import hash_token

State = Literal["confirmed", "declined", "already", "lapsed"]
_METHOD = "double_opt_in"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer came to. "already" answers the same again; "lapsed" came too late, or after another: it did nothing."""

    state: State
    request: Row
    result: OptInResult | None = None


def state_of(request: Row, now: datetime) -> str:
    """A request's state at an instant: one that nobody answered in time has expired, written down or not."""
    return "expired" if request["state"] == "asked" and request["expires_at"] <= now else str(request["state"])


async def request_by_token(tx: Transaction, *, token: str, workspace_id: UUID | None) -> Row | None:
    """The request a token belongs to; of any workspace when none is given, for the page behind a link."""
    return await request_of_token(tx, token_hash=hash_token(token), workspace_id=workspace_id)


async def requests_of(context: Context, *, workspace_id: UUID, phone: str | None, before: UUID | None, limit: int) -> list[Row]:
    """A workspace's requests, newest first, of all numbers or one."""
    async with context.db.transaction() as tx:
        return await list_requests(tx, workspace_id=workspace_id, phone=phone, before=before, limit=limit)


async def look_at(context: Context, *, token: str) -> Row | None:
    """The request behind a link, with the workspace's name; None for a token that is none. It changes nothing."""
    async with context.db.transaction() as tx:
        return await request_by_token(tx, token=token, workspace_id=None)


async def answer_by_link(context: Context, *, token: str, agrees: bool, evidence: Mapping[str, object]) -> Answered | None:
    """Take the answer given on the page behind a link; None for a token that is none."""
    async with context.db.transaction() as tx:
        request = await request_by_token(tx, token=token, workspace_id=None)
        if request is None:
            return None
        now = context.clock.now()
        return await answer(tx, request, agrees=agrees, evidence=evidence, actor="recipient", source="link", now=now)


async def answer(
    tx: Transaction, request: Row, *, agrees: bool, evidence: Mapping[str, object], actor: str, source: str, now: datetime
) -> Answered:
    """Take a yes or a no to a request, in the caller's transaction. Of two at once the first counts, under the number's lock."""
    workspace_id, phone = request["workspace_id"], request["phone"]
    await hold_numbers(tx, workspace_id=workspace_id, phones=[phone])
    state = "confirmed" if agrees else "declined"
    settled = await settle_request(tx, workspace_id=workspace_id, request_id=request["id"], state=state, now=now)
    if not settled:
        now_is = await request_state(tx, workspace_id=workspace_id, request_id=request["id"])
        return Answered("already" if now_is == state else "lapsed", request)
    if agrees:
        return Answered("confirmed", request, await _confirm(tx, request, evidence, actor=actor, source=source, now=now))
    await _decline(tx, request, evidence, actor=actor, source=source, now=now)
    return Answered("declined", request)


async def _confirm(
    tx: Transaction, request: Row, evidence: Mapping[str, object], *, actor: str, source: str, now: datetime
) -> OptInResult:
    shown = {**(request["evidence"] or {}), **evidence}
    shown |= {"asked_at": request["asked_at"].isoformat(), "confirmed_at": now.isoformat()}
    confirmed = OptIn(
        phone=request["phone"],
        channels=[Channel(word) for word in request["channels"]],
        purpose=Purpose(request["purpose"]),
        method=_METHOD,
        evidence=shown,
        occurred_at=now,
        topic=request["topic"],
        brand=request["brand"],
    )
    (result,) = await record_opt_ins(
        tx, workspace_id=request["workspace_id"], items=[confirmed], now=now, actor=actor, source=source
    )
    if result.problem is not None:
        raise result.problem
    return result


async def _decline(
    tx: Transaction, request: Row, evidence: Mapping[str, object], *, actor: str, source: str, now: datetime
) -> None:
    channels = [Channel(word) for word in request["channels"]]
    phone, purpose = request["phone"], request["purpose"]
    book = await open_book(tx, workspace_id=request["workspace_id"], phones=[phone], most_events=len(channels), now=now)
    newest = book.newest(phone)
    at = now if newest is None else max(now, newest)
    topic, brand = request["topic"], request["brand"]
    event = ConsentEvent(kind=ConsentKind.DECLINED, occurred_at=at, method=_METHOD, brand=brand, topic=topic)
    for channel in channels:
        noted = book.note(phone, event, channel=channel, purpose=purpose, evidence=dict(evidence))
        for key in book.covered(phone, channel, purpose, topic=topic, brand=brand):
            book.fold(key, event, noted)
    await book.close(tx, source=source, actor=actor, now=now)
