"""How many calls a second a carrier account may begin, where more or fewer were agreed than its kind says.

Run before the code that needs it is deployed.
Revision: 2026_11_25_agreed_calls, after: 2026_11_25_joining.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_agreed_calls"
down_revision = "2026_11_25_joining"
branch_labels = None
depends_on = None

_COMMENT = "as agreed with the carrier; null is what its kind says"


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("provider", sa.Column("calls_per_second", sa.Float(), comment=_COMMENT))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("provider", "calls_per_second")
