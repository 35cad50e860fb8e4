"""The same text for other channels, in one version of a template.

Run before the code that needs it is deployed.
Revision: 2026_11_25_template_channels, after: 2026_11_25_contact_change.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_template_channels"
down_revision = "2026_11_25_contact_change"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("template_version", sa.Column("channels", JSONB(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("template_version", "channels")
