"""Variants and holdout groups of campaigns, and how their messages are laid out in time.

Run before the code that needs it is deployed.
Revision: 2026_11_25_campaign_split, after: 2026_11_25_contact_merge.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_campaign_split"
down_revision = "2026_11_25_contact_merge"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("campaign", sa.Column("split", JSONB(), nullable=True, comment="its variants and holdout group")),
    ("campaign", sa.Column("send_at_local", sa.DateTime(timezone=False), nullable=True)),
    ("campaign", sa.Column("when_passed", sa.Text(), nullable=False, server_default="send")),
    ("campaign", sa.Column("spread_seconds", sa.Integer(), nullable=False, server_default="0")),
    ("message", sa.Column("variant", sa.Text(), nullable=False, server_default="")),
)


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, column in _COLUMNS:
        op.add_column(table, column)


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column.name)
