"""Asking carriers: how often an attempt's fate was asked for, and when it may be asked for again.

Run before the code that needs it is deployed.
Revision: 2026_11_25_asking, after: 2026_11_25_channels.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_asking"
down_revision = "2026_11_25_channels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("attempt", sa.Column("asks", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("attempt", sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("attempt", "ask_at")
    op.drop_column("attempt", "asks")
