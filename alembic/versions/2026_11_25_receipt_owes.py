"""Receipts whose word about a number is still to be written.

Run before the code that needs it is deployed.
Revision: 2026_11_25_receipt_owes, after: 2026_11_25_template_locales.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_receipt_owes"
down_revision = "2026_11_25_template_locales"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("receipt", sa.Column("owes", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.create_index("ix_receipt_owes", "receipt", ["id"], postgresql_where=sa.text("owes"))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_receipt_owes")
    op.drop_column("receipt", "owes")
