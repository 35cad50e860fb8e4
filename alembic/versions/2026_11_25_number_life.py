"""Numbers have lives: which registry files are whole lists, and when a number last bounced.

Revision: 2026_11_25_number_life, after: 2026_11_25_decision_log.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_number_life"
down_revision = "2026_11_25_decision_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("registry_file", sa.Column("whole", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.add_column("number", sa.Column("hard_bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("number", sa.Column("soft_bounced_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("number", "soft_bounced_at")
    op.drop_column("number", "hard_bounced_at")
    op.drop_column("registry_file", "whole")
