"""Messages that wait and have another way are found by their sender, who may be held.

Run before the code that needs it is deployed.
Revision: 2026_11_25_ways, after: 2026_11_25_agreed_calls.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_ways"
down_revision = "2026_11_25_agreed_calls"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    waiting = sa.text("state = 10 AND plan IS NOT NULL")
    op.create_index("ix_message_ways", "message", ["sender_id", "due_at"], postgresql_where=waiting)


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_message_ways", "message")
