"""The ledger becomes a chain: every event gets its place, its salt and its hashes, what is there already as well.

Run before the code that needs it is deployed: code from before cannot append afterwards.
Revision: 2026_11_25_ledger_chain, after: 2026_11_25_compliance.
"""

import os
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.domain.ledger import SALT_BYTES, Event, Head, canonical_json, chain

revision = "2026_11_25_ledger_chain"
down_revision = "2026_11_25_compliance"
branch_labels = None
depends_on = None

_BATCH = 2_000
_COLUMNS = (
    sa.Column("seq", sa.BigInteger(), nullable=True, comment="its place in the workspace's chain: 1, 2, 3 without gaps"),
    sa.Column("number_seq", sa.Integer(), nullable=True, comment="its place in its number's chain"),
    sa.Column(
        "salt",
        postgresql.BYTEA(),
        nullable=True,
        comment="opens number_hash and evidence_hash; erased together with what they hide",
    ),
    sa.Column("number_hash", postgresql.BYTEA(), nullable=True),
    sa.Column("evidence_hash", postgresql.BYTEA(), nullable=True),
    sa.Column(
        "previous", postgresql.BYTEA(), nullable=True, comment="hash of the workspace's entry before, zeros before the first"
    ),
    sa.Column("number_previous", postgresql.BYTEA(), nullable=True, comment="hash of the number's entry before"),
    sa.Column("hash", postgresql.BYTEA(), nullable=True),
)
_OLD_COMMENT = "The consent ledger: append-only, a trigger refuses update, delete and truncate"
_COMMENT = "The consent ledger: append-only and hash-chained (app/domain/ledger.py); a trigger refuses update, delete, truncate"
_UNCHAINED = sa.text("""
SELECT * FROM consent_event WHERE workspace_id = :workspace_id AND (recorded_at, id) > (:recorded_at, :id)
ORDER BY recorded_at, id LIMIT :batch
""")
_FIRST = sa.text("""
SELECT recorded_at - interval '1 second' AS recorded_at, id FROM consent_event WHERE workspace_id = :workspace_id
ORDER BY recorded_at, id LIMIT 1
""")
_NUMBER_ENDS = sa.text("""
SELECT p.phone, e.number_seq, e.hash FROM unnest(CAST(:phones AS text[])) AS p(phone) CROSS JOIN LATERAL (
  SELECT number_seq, hash FROM consent_event
  WHERE workspace_id = :workspace_id AND phone = p.phone AND number_seq IS NOT NULL ORDER BY number_seq DESC LIMIT 1) e
""")
_CHAIN = sa.text("""
UPDATE consent_event SET seq = :seq, number_seq = :number_seq, salt = :salt, number_hash = :number_hash,
  evidence_hash = :evidence_hash, previous = :previous, number_previous = :number_previous, hash = :hash
WHERE workspace_id = :workspace_id AND id = :id
""")
_HEAD = sa.text("INSERT INTO ledger_head (workspace_id, seq, hash) VALUES (:workspace_id, :seq, :hash)")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "ledger_head",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_ledger_head_workspace")),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_ledger_head")),
        comment="Where a workspace's chain ends; its row lock puts appends in order, after the locks on numbers and leases",
    )
    op.create_table(
        "ledger_signature",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("hash", postgresql.BYTEA(), nullable=False),
        sa.Column("public_key", postgresql.BYTEA(), nullable=False),
        sa.Column("signature", postgresql.BYTEA(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_ledger_signature_workspace")),
        sa.PrimaryKeyConstraint("workspace_id", "seq", "key_id", name=op.f("pk_ledger_signature")),
        comment="Heads as they were signed and published: a chain that was rewritten no longer fits them",
    )
    for column in _COLUMNS:
        op.add_column("consent_event", column)
    op.drop_index("ix_consent_event_phone", table_name="consent_event")
    op.create_index("ix_consent_event_phone", "consent_event", ["workspace_id", "phone", "number_seq"], unique=False)
    op.execute("ALTER TABLE consent_event DISABLE TRIGGER consent_event_append_only")
    connection = op.get_bind()
    for workspace_id in connection.execute(sa.text("SELECT DISTINCT workspace_id FROM consent_event")).scalars().all():
        _chain_workspace(connection, workspace_id)
    op.execute("ALTER TABLE consent_event ENABLE TRIGGER consent_event_append_only")
    for column in _COLUMNS:
        if column.name != "salt":
            op.alter_column("consent_event", column.name, nullable=False)
    op.create_index("uq_consent_event_seq", "consent_event", ["workspace_id", "seq"], unique=True)
    op.create_check_constraint(
        op.f("ck_consent_event_hashed"),
        "consent_event",
        "octet_length(hash) = 32 AND octet_length(previous) = 32 AND octet_length(salt) = 32",
    )
    op.create_table_comment("consent_event", _COMMENT, existing_comment=_OLD_COMMENT)


def _chain_workspace(connection: sa.Connection, workspace_id: object) -> None:
    """Chain what a workspace has, in the order it was recorded."""
    first = connection.execute(_FIRST, {"workspace_id": workspace_id}).one()
    head, at = Head(), (first.recorded_at, first.id)
    while True:
        asked = {"workspace_id": workspace_id, "recorded_at": at[0], "id": at[1], "batch": _BATCH}
        rows = connection.execute(_UNCHAINED, asked).all()
        if not rows:
            break
        for row in rows:  # source, actor and instant of recording are each row's own
            head = _chain_row(connection, row, head)
        at = (rows[-1].recorded_at, rows[-1].id)
    connection.execute(_HEAD, {"workspace_id": workspace_id, "seq": head.seq, "hash": head.hash})


def _chain_row(connection: sa.Connection, row: Any, head: Head) -> Head:
    salt = os.urandom(SALT_BYTES)
    ends = connection.execute(_NUMBER_ENDS, {"workspace_id": row.workspace_id, "phones": [row.phone]}).all()
    names = (
        "id",
        "phone",
        "kind",
        "purpose",
        "method",
        "occurred_at",
        "channel",
        "topic",
        "brand",
        "basis",
        "tenure",
        "expires_at",
    )
    event = Event(**{name: getattr(row, name) for name in names}, evidence=canonical_json(row.evidence))
    (link,) = chain(
        [event],
        workspace_id=row.workspace_id,
        head=head,
        numbers={end.phone: Head(end.number_seq, end.hash) for end in ends},
        salts=[salt],
        source=row.source,
        actor=row.actor,
        recorded_at=row.recorded_at,
    )
    chained = {name: value for name, value in link._asdict().items() if name != "evidence"}
    connection.execute(_CHAIN, {**chained, "salt": salt, "workspace_id": row.workspace_id, "id": row.id})
    return Head(link.seq, link.hash)


def downgrade() -> None:
    """Undo. The proofs are lost."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table_comment("consent_event", _OLD_COMMENT, existing_comment=_COMMENT)
    op.drop_constraint(op.f("ck_consent_event_hashed"), "consent_event", type_="check")
    op.drop_index("uq_consent_event_seq", table_name="consent_event")
    op.drop_index("ix_consent_event_phone", table_name="consent_event")
    op.create_index("ix_consent_event_phone", "consent_event", ["workspace_id", "phone", "id"], unique=False)
    for column in reversed(_COLUMNS):
        op.drop_column("consent_event", column.name)
    op.drop_table("ledger_signature")
    op.drop_table("ledger_head")
