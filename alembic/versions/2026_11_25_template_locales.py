"""A version of a template may say the same in other languages.

Run before the code that needs it is deployed.
Revision: 2026_11_25_template_locales, after: 2026_11_25_audience_indexes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_template_locales"
down_revision = "2026_11_25_audience_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "template_version",
        sa.Column("locales", JSONB, nullable=True, comment="the body's own language, and the same text in others"),
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("template_version", "locales")
