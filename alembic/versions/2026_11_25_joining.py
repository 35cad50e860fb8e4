"""Until when people who come to an audience still join its live campaign, and when it looks for them next.

Run before the code that needs it is deployed. Campaigns that were launched before have no such time: people only leave them.
Revision: 2026_11_25_joining, after: 2026_11_25_number_person.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_joining"
down_revision = "2026_11_25_number_person"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("campaign", sa.Column("joins_until", sa.DateTime(timezone=True)))
    joined = sa.Column("joined", sa.BigInteger(), nullable=False, server_default="0", comment="of its members, after the launch")
    op.add_column("materialisation", joined)
    join_at = sa.Column("join_at", sa.DateTime(timezone=True), comment="when to look next for who came; null is at once")
    op.add_column("materialisation", join_at)


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("materialisation", "join_at")
    op.drop_column("materialisation", "joined")
    op.drop_column("campaign", "joins_until")
