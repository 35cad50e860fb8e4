"""Who vouches for a ledger? Its head is signed when it has moved, and what was signed stays published, key and all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from app.domain.ids import encode_id
from app.domain.ledger import Head, head_bytes
from app.storage import ledger
from app.storage.database import Row
from app.storage.signing import Signer
from app.usecases.context import Context

_log = structlog.get_logger()
_BATCH = 500
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A head, and the signature that vouches for it."""

    workspace_id: UUID
    seq: int
    hash: bytes
    signed_at: datetime
    key_id: str
    public_key: bytes
    signature: bytes


def sign_head(signer: Signer, *, workspace_id: UUID, head: Head, now: datetime) -> SignedHead:
    """A head signed at this instant."""
    message = head_bytes(workspace=encode_id("workspace", workspace_id), head=head, signed_at=now)
    return SignedHead(
        workspace_id=workspace_id,
        seq=head.seq,
        hash=head.hash,
        signed_at=now,
        key_id=signer.key_id,
        public_key=signer.public_key,
        signature=signer.sign(message),
    )


async def read_signed_head(context: Context, *, workspace_id: UUID, now: datetime) -> SignedHead:
    """Where the workspace's ledger ends, signed just now."""
    async with context.db.transaction() as tx:
        head = await ledger.read_head(tx, workspace_id=workspace_id)
    return sign_head(context.signer, workspace_id=workspace_id, head=head, now=now)


async def read_signatures(
    context: Context, *, workspace_id: UUID, before: tuple[int, str] | None, limit: int
) -> list[SignedHead]:
    """A page of the heads that were published, newest first."""
    async with context.db.transaction() as tx:
        rows = await ledger.read_signatures(tx, workspace_id=workspace_id, before=before, limit=limit)
    names = ("seq", "hash", "signed_at", "key_id", "public_key", "signature")
    return [SignedHead(workspace_id=workspace_id, **{name: row[name] for name in names}) for row in rows]


async def read_keys(context: Context, *, workspace_id: UUID) -> list[dict[str, Any]]:
    """The key that signs now, then every other that this service had or that ever signed this workspace's ledger."""
    async with context.db.transaction() as tx:
        rows = await ledger.read_keys(tx, workspace_id=workspace_id)
    mine = context.signer
    never = {"first_signed_at": None, "last_signed_at": None}
    known: dict[str, dict[str, Any]] = {
        signer.key_id: {"key_id": signer.key_id, "public_key": signer.public_key, **never}
        for signer in (mine, *context.previous_signers)
    }
    known |= {row["key_id"]: dict(row) for row in rows}
    return [{**key, "current": key["key_id"] == mine.key_id} for key in known.values()]


async def publish_heads(context: Context) -> None:
    """Sign and keep every head that moved since it was signed last.

    A head that is not its chain's, or whose chain no longer holds what was signed before, is not vouched for: that is logged as
    `ledger.broken`, and `python -m app ledger verify --database` says where.
    """
    after = _FIRST
    while True:
        now = context.clock.now()
        async with context.db.transaction() as tx:
            rows = await ledger.unsigned_heads(tx, key_id=context.signer.key_id, after=after, limit=_BATCH)
            heads = [row for row in rows if row["whole"]]
            await ledger.publish(
                tx,
                key_id=context.signer.key_id,
                public_key=context.signer.public_key,
                rows=[_signed(context.signer, row, now) for row in heads],
                now=now,
            )
        for row in rows:
            if not row["whole"]:
                _log.error("ledger.broken", workspace=str(row["workspace_id"]), seq=row["seq"])
        if len(rows) < _BATCH:
            return
        after = rows[-1]["workspace_id"]


def _signed(signer: Signer, row: Row, now: datetime) -> ledger.Signed:
    signed = sign_head(signer, workspace_id=row["workspace_id"], head=Head(row["seq"], row["hash"]), now=now)
    return signed.workspace_id, signed.seq, signed.hash, signed.signature
