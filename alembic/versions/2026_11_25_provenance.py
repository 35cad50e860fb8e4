"""Numbers that were bought or gathered are told apart from those their owners gave, and imports say of which kind theirs are.

Run before the code that needs it is deployed. Columns with constant defaults: no table is written anew.
Revision: 2026_11_25_provenance, after: 2026_11_25_series.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_provenance"
down_revision = "2026_11_25_series"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("number", sa.Column("acquired", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("import_job", sa.Column("provenance_kind", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("import_job", sa.Column("provenance_reference", sa.Text(), server_default=sa.text("''"), nullable=False))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("import_job", "provenance_reference")
    op.drop_column("import_job", "provenance_kind")
    op.drop_column("number", "acquired")
