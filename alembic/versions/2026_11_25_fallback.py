"""Fallback plans: where a message goes when one way fails, and when its time on that way is over.

Run before the code that needs it is deployed.
Revision: 2026_11_25_fallback, after: 2026_11_25_webhook_nonce.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_fallback"
down_revision = "2026_11_25_webhook_nonce"
branch_labels = None
depends_on = None

_COLUMNS = (
    sa.Column("plan", JSONB(), nullable=True),
    sa.Column("hop", sa.SmallInteger(), nullable=False, server_default="0"),
    sa.Column("hop_from", sa.SmallInteger(), nullable=False, server_default="0"),
    sa.Column("maybe_twice", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    sa.Column("fall_at", sa.DateTime(timezone=True), nullable=True),
)


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in _COLUMNS:
        op.add_column("message", column)
    op.create_index("ix_message_fall", "message", ["fall_at"], postgresql_where=sa.text("fall_at IS NOT NULL"))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_message_fall")
    for column in reversed(_COLUMNS):
        op.drop_column("message", column.name)
