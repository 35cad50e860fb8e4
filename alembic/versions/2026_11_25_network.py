"""Networks: what a carrier's receipt calls the person's network, and the last one told of each number.

Run before the code that needs it is deployed.
Revision: 2026_11_25_network, after: 2026_11_25_campaign_split.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_network"
down_revision = "2026_11_25_campaign_split"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("receipt", sa.Column("network", sa.Text(), nullable=True))
    op.add_column("number", sa.Column("network", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("number", "network")
    op.drop_column("receipt", "network")
