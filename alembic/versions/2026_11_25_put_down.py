"""What is put down to a message is found by it.

Run before the code that needs it is deployed.
Revision: 2026_11_25_put_down, after: 2026_11_25_network.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_put_down"
down_revision = "2026_11_25_network"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_event_message", "event", ["workspace_id", "message_id"], postgresql_where=sa.text("message_id IS NOT NULL")
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_event_message", "event")
