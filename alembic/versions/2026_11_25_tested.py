"""How many numbers a workspace tested on in a day is counted without reading its other messages.

Run before the code that needs it is deployed.
Revision: 2026_11_25_tested, after: 2026_11_25_ways.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_tested"
down_revision = "2026_11_25_ways"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_message_test", "message", ["workspace_id", "created_at"], postgresql_where=sa.text("origin = 'test'"))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_message_test", "message")
