"""Channels and batches: what messages carry beside text, batches told apart, and what calls and taps say.

Run before the code that needs it is deployed. The new indexes are partial and begin empty.
Revision: 2026_11_25_channels, after: 2026_11_25_retention.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_channels"
down_revision = "2026_11_25_retention"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("message", sa.Column("content", JSONB(), nullable=True)),
    ("template_version", sa.Column("content", JSONB(), nullable=True)),
    ("attempt", sa.Column("lease_id", sa.UUID(), nullable=True)),
    ("attempt", sa.Column("channel", sa.Text(), nullable=False, server_default="sms")),
    ("attempt", sa.Column("answered_by", sa.Text(), nullable=True)),
    ("attempt", sa.Column("duration", sa.Integer(), nullable=True)),
    ("receipt", sa.Column("lease_id", sa.UUID(), nullable=True)),
    ("receipt", sa.Column("recipient", sa.Text(), nullable=True)),
    ("receipt", sa.Column("answered_by", sa.Text(), nullable=True)),
    ("receipt", sa.Column("duration", sa.Integer(), nullable=True)),
    ("receipt", sa.Column("price", sa.Numeric(), nullable=True)),
    ("receipt", sa.Column("currency", sa.Text(), nullable=True)),
    ("inbound", sa.Column("kind", sa.Text(), nullable=False, server_default="text")),
    ("inbound", sa.Column("payload", sa.Text(), nullable=True)),
    ("inbound", sa.Column("media", JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb"))),
    ("inbound", sa.Column("message_id", sa.UUID(), nullable=True)),
)


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, column in _COLUMNS:
        op.add_column(table, column)
    op.create_index(
        "ix_attempt_batch", "attempt", ["lease_id"], postgresql_where=sa.text("outcome = 'unknown' AND lease_id IS NOT NULL")
    )
    op.create_index(
        "ix_receipt_unmatched_batch",
        "receipt",
        ["lease_id", "recipient"],
        postgresql_where=sa.text("message_id IS NULL AND lease_id IS NOT NULL"),
    )
    op.create_index(
        "ix_inbound_message", "inbound", ["workspace_id", "message_id"], postgresql_where=sa.text("message_id IS NOT NULL")
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("ix_attempt_batch", "ix_receipt_unmatched_batch", "ix_inbound_message"):
        op.drop_index(name)
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column.name)
