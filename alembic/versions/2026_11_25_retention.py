"""Retention: how far each kind of data has been purged.

Run before the code that needs it is deployed.
Revision: 2026_11_25_retention, after: 2026_11_25_erasure.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_retention"
down_revision = "2026_11_25_erasure"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "retention_mark",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("up_to", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_retention_mark_workspace")),
        sa.PrimaryKeyConstraint("workspace_id", "what", name=op.f("pk_retention_mark")),
        comment="Up to which id a kind of data has been purged: what is older is not looked at again",
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("retention_mark")
