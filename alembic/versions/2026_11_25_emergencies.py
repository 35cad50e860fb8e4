"""Emergencies can be counted: an index over the messages sent as such.

Run before the code that needs it is deployed. On a large table make the index CONCURRENTLY first: this finds it.
Revision: 2026_11_25_emergencies, after: 2026_11_25_preflight.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_emergencies"
down_revision = "2026_11_25_preflight"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_message_emergency",
        "message",
        ["workspace_id", "created_at"],
        postgresql_where=sa.text("ground = 'emergency'"),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_message_emergency", table_name="message")
