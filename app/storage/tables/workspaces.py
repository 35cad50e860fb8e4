"""Who uses the service, with which keys, and what was answered to them before?"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, UUID

from app.storage.tables.columns import EMPTY_JSON, id_key, instant, metadata, text, uuid, workspace_key

workspace = sa.Table(
    "workspace",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    text("name"),
    sa.Column("policy", JSONB, nullable=False, server_default=EMPTY_JSON),
    instant("created_at"),
    instant("updated_at"),
)


api_key = sa.Table(
    "api_key",
    metadata,
    workspace_key(),
    id_key(),
    text("name"),
    sa.Column("secret_hash", BYTEA, nullable=False, unique=True),
    text("hint"),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    instant("created_at"),
    instant("expires_at", nullable=True),
    instant("revoked_at", nullable=True),
    instant("last_used_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.CheckConstraint("octet_length(secret_hash) = 32", name="hashed"),
)


idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    workspace_key(),
    text("key"),
    sa.Column("fingerprint", BYTEA, nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Column("answer", BYTEA, nullable=False),
    instant("created_at"),
    sa.PrimaryKeyConstraint("workspace_id", "key"),
    sa.Index("ix_idempotency_key_created_at", "created_at"),
)


retention_mark = sa.Table(
    "retention_mark",
    metadata,
    workspace_key(),
    text("what"),
    uuid("up_to"),
    sa.PrimaryKeyConstraint("workspace_id", "what"),
    comment="Up to which id a kind of data has been purged: what is older is not looked at again",
)
