"""How does a repeated POST get the first one's answer? Key, work and answer commit in one transaction, or none of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.errors import Conflict, IdempotencyKeyReused
from app.storage.database import Database, Transaction
from app.storage.idempotency import claim_key, keep_answer, read_answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back. `replayed` is true when the work was done by an earlier request."""

    status: int
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """The caller's idempotency key and the fingerprint of the request it came with (method, path and body, hashed)."""

    workspace_id: UUID
    key: str | None
    fingerprint: bytes


def _all(body: bytes) -> bytes:
    return body


async def run_once(
    db: Database,
    once: Once,
    *,
    now: datetime,
    work: Callable[[Transaction], Awaitable[tuple[int, bytes]]],
    kept: Callable[[bytes], bytes] = _all,
) -> Answer:
    """Do `work` in one transaction and keep its answer under the key; or give the kept answer back.

    Without a key the work is simply done. An error in the work rolls everything back, the key too, so a corrected request may
    use it again. `kept` makes the answer to keep of the answer given: a secret is shown once and not stored for replays.
    Raises IdempotencyKeyReused when the key came with another request before.
    """
    async with db.transaction() as tx:
        key = once.key
        if key is None:
            return Answer(*await work(tx))
        if await claim_key(tx, workspace_id=once.workspace_id, key=key, fingerprint=once.fingerprint, now=now):
            status, body = await work(tx)
            await keep_answer(tx, workspace_id=once.workspace_id, key=key, status=status, answer=kept(body))
            return Answer(status, body)
        earlier = await read_answer(tx, workspace_id=once.workspace_id, key=key)
    if earlier is None:
        raise Conflict("the idempotency key was just released; send the request again", code="idempotency_key_released")
    if earlier["fingerprint"] != once.fingerprint:
        raise IdempotencyKeyReused("this Idempotency-Key was used with a different request", pointer="/headers/Idempotency-Key")
    return Answer(earlier["status"], earlier["answer"], replayed=True)
