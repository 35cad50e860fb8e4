"""Who is calling? A bearer key is looked up by its hash; unknown, revoked and expired look the same from outside."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.errors import Unauthenticated
from app.storage.database import Database

SCOPES = (
    "admin",
    "contacts:read",
    "contacts:write",
    "events:read",
    "events:write",
    "consents:read",
    "consents:write",
    "dossiers:read",
    "audiences:read",
    "audiences:write",
    "templates:read",
    "templates:write",
    "senders:read",
    "senders:write",
    "campaigns:read",
    "campaigns:write",
    "messages:read",
    "messages:write",
    "decisions:read",
)
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """The workspace and key behind a request, and what the key may do."""

    workspace_id: UUID
    key_id: UUID
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """How this caller is named in ledgers."""
        return f"key:{self.key_id}"


def hash_secret(token: str) -> bytes:
    """SHA-256 of a key. Keys carry 256 random bits, so a slow hash would add nothing but time."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


async def authenticate(db: Database, token: str, *, now: datetime) -> Caller:
    """The caller of a bearer key. Raises Unauthenticated."""
    async with db.transaction() as tx:
        row = await tx.fetch_row(
            "SELECT workspace_id, id, scopes, last_used_at FROM api_key "
            "WHERE secret_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
            hash_secret(token),
            now,
        )
        if row is None:
            raise Unauthenticated("the API key is unknown, revoked or expired")
        if row["last_used_at"] is None or row["last_used_at"] < now - _TOUCH_EVERY:
            await tx.execute(
                "UPDATE api_key SET last_used_at = $3 WHERE workspace_id = $1 AND id = $2", row["workspace_id"], row["id"], now
            )
    return Caller(row["workspace_id"], row["id"], frozenset(row["scopes"]))
