"""Whether a campaign's audience is looked at again when each message leaves.

Run before the code that needs it is deployed.
Revision: 2026_11_25_membership, after: 2026_11_25_template_channels.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_membership"
down_revision = "2026_11_25_template_channels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("campaign", sa.Column("membership", sa.Text(), nullable=False, server_default="snapshot"))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("campaign", "membership")
