"""Who agreed to what, and who must be left alone? The ledger, what it adds up to, and the replies that wait for a reader."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from app.domain.facts import ConsentBasis, ConsentState
from app.domain.message import Channel, Purpose
from app.domain.suppressions import SUPPRESSION_REASONS
from app.storage.tables.columns import EMPTY_JSON, belongs, id_key, instant, metadata, numbered, one_of, text, uuid, workspace_key

CONSENT_KINDS = ("asked", "confirmed", "declined", "given", "refreshed", "revoked", "expired")

consent_event = sa.Table(
    "consent_event",
    metadata,
    uuid("workspace_id"),
    id_key(),
    text("phone"),
    text("kind"),
    text("channel", nullable=True),
    text("purpose"),
    text("topic", default=""),
    text("brand", default=""),
    text("basis", default="express_written"),
    sa.Column("tenure", sa.Integer, nullable=False, server_default=sa.text("1")),
    text("method"),
    sa.Column("evidence", JSONB, nullable=False, server_default=EMPTY_JSON),
    text("source"),
    text("actor"),
    instant("expires_at", nullable=True),
    instant("occurred_at"),
    instant("recorded_at"),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="its place in the workspace's chain: 1, 2, 3 without gaps"),
    sa.Column("number_seq", sa.Integer, nullable=False, comment="its place in its number's chain"),
    sa.Column("salt", BYTEA, nullable=True, comment="opens number_hash and evidence_hash; erased together with what they hide"),
    sa.Column("number_hash", BYTEA, nullable=False),
    sa.Column("evidence_hash", BYTEA, nullable=False),
    sa.Column("previous", BYTEA, nullable=False, comment="hash of the workspace's entry before, zeros before the first"),
    sa.Column("number_previous", BYTEA, nullable=False, comment="hash of the number's entry before"),
    sa.Column("hash", BYTEA, nullable=False),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.Index("uq_consent_event_seq", "workspace_id", "seq", unique=True),
    numbered(),
    sa.CheckConstraint(one_of("kind", CONSENT_KINDS), name="kind"),
    sa.CheckConstraint(f"channel IS NULL OR {one_of('channel', list(Channel))}", name="channel"),
    sa.CheckConstraint(one_of("purpose", list(Purpose)), name="purpose"),
    sa.CheckConstraint(one_of("basis", list(ConsentBasis)), name="basis"),
    sa.CheckConstraint("octet_length(hash) = 32 AND octet_length(previous) = 32 AND octet_length(salt) = 32", name="hashed"),
    sa.Index("ix_consent_event_phone", "workspace_id", "phone", "number_seq"),
    comment="The consent ledger: append-only and hash-chained (app/domain/ledger.py); a trigger refuses update, delete, truncate",
)


ledger_head = sa.Table(
    "ledger_head",
    metadata,
    workspace_key(),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", BYTEA, nullable=False),
    sa.PrimaryKeyConstraint("workspace_id"),
    comment="Where a workspace's chain ends; its row lock puts appends in order, after the locks on numbers and leases",
)


ledger_signature = sa.Table(
    "ledger_signature",
    metadata,
    workspace_key(),
    sa.Column("seq", sa.BigInteger, nullable=False),
    text("key_id"),
    sa.Column("hash", BYTEA, nullable=False),
    sa.Column("public_key", BYTEA, nullable=False),
    sa.Column("signature", BYTEA, nullable=False),
    instant("signed_at"),
    sa.PrimaryKeyConstraint("workspace_id", "seq", "key_id"),
    comment="Heads as they were signed and published: a chain that was rewritten no longer fits them",
)


consent = sa.Table(
    "consent",
    metadata,
    uuid("workspace_id"),
    text("phone"),
    text("channel"),
    text("purpose"),
    text("topic", default=""),
    text("brand", default=""),
    text("basis", default="express_written"),
    text("state"),
    instant("since"),
    instant("expires_at", nullable=True),
    sa.Column("flags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    uuid("event_id"),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "channel", "purpose", "topic", "brand", "basis"),
    numbered(),
    belongs("event_id", "consent_event"),
    sa.CheckConstraint(one_of("state", [state for state in ConsentState if state != ConsentState.NONE]), name="state"),
    sa.CheckConstraint(one_of("channel", list(Channel)), name="channel"),
    sa.CheckConstraint(one_of("purpose", list(Purpose)), name="purpose"),
    sa.CheckConstraint(one_of("basis", list(ConsentBasis)), name="basis"),
    comment="What the ledger adds up to now",
)


suppression = sa.Table(
    "suppression",
    metadata,
    uuid("workspace_id"),
    text("phone"),
    text("reason"),
    text("channel", default=""),
    text("scope"),
    text("source"),
    text("method", default=""),
    text("via", default=""),
    text("answered", default=""),
    instant("since"),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "reason", "channel"),
    numbered(),
    sa.CheckConstraint(one_of("reason", SUPPRESSION_REASONS), name="reason"),
    sa.CheckConstraint("scope IN ('marketing', 'all')", name="scope"),
    sa.CheckConstraint(f"channel = '' OR {one_of('channel', list(Channel))}", name="channel"),
)


review = sa.Table(
    "review",
    metadata,
    uuid("workspace_id"),
    id_key(),
    text("phone"),
    uuid("inbound_id", nullable=True),
    text("kind"),
    text("outcome", nullable=True),
    text("settled_by", nullable=True),
    text("note", default=""),
    instant("created_at"),
    instant("settled_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    numbered(),
    sa.CheckConstraint("kind IN ('review', 'wrong_number')", name="kind"),
    sa.CheckConstraint("outcome IS NULL OR outcome IN ('opt_out', 'not_an_opt_out', 'wrong_number')", name="outcome"),
    sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
    sa.Index("ix_review_open", "workspace_id", "id", postgresql_where=sa.text("outcome IS NULL")),
    sa.Index("ix_review_phone", "workspace_id", "phone"),
    comment="Replies a person has to read: marketing to the number rests until one has",
)


double_opt_in = sa.Table(
    "double_opt_in",
    metadata,
    uuid("workspace_id"),
    id_key(),
    text("phone"),
    sa.Column("channels", ARRAY(sa.Text), nullable=False),
    text("purpose"),
    text("topic", default=""),
    text("brand", default=""),
    sa.Column("token_hash", BYTEA, nullable=False, unique=True),
    sa.Column("evidence", JSONB, nullable=False, server_default=EMPTY_JSON),
    uuid("message_id", nullable=True),
    text("state"),
    instant("asked_at"),
    instant("expires_at"),
    instant("answered_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    numbered(),
    sa.CheckConstraint("state IN ('asked', 'confirmed', 'declined', 'expired')", name="state"),
    sa.CheckConstraint(one_of("purpose", list(Purpose)), name="purpose"),
    sa.Index(
        "ix_double_opt_in_once",
        "workspace_id",
        "phone",
        "purpose",
        "topic",
        "brand",
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    ),
    comment="A request for consent that waits for its answer; of a token only the hash is kept",
)
