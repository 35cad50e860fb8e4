"""The ways a campaign's messages fall back to.

Run before the code that needs it is deployed.
Revision: 2026_11_25_campaign_fallback, after: 2026_11_25_delivery_stat.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_campaign_fallback"
down_revision = "2026_11_25_delivery_stat"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("campaign", sa.Column("fallback", JSONB(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("campaign", "fallback")
