"""Webhooks that were seen: what makes a delivery unique is kept for a day, and receipts nobody could match are found by age.

Run before the code that needs it is deployed. The new index holds only receipts without a message, which are few.
Revision: 2026_11_25_webhook_nonce, after: 2026_11_25_asking.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA

revision = "2026_11_25_webhook_nonce"
down_revision = "2026_11_25_asking"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "webhook_nonce",
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("nonce", BYTEA(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("provider_id", "nonce"),
        comment="A digest of what made a webhook unique: seen again, it is a replay",
    )
    op.create_index("ix_webhook_nonce_seen_at", "webhook_nonce", ["seen_at"])
    op.create_index("ix_receipt_parked", "receipt", ["id"], postgresql_where=sa.text("message_id IS NULL"))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_receipt_parked")
    op.drop_table("webhook_nonce")
