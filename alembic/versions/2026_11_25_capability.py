"""What carriers said of numbers and RCS, so that nobody is asked about twice and nobody without it is tried.

Run before the code that needs it is deployed.
Revision: 2026_11_25_capability, after: 2026_11_25_import_chunks.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_capability"
down_revision = "2026_11_25_import_chunks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "capability",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("sender_id", sa.UUID(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("capable", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
        sa.UniqueConstraint("workspace_id", "phone", "sender_id", name="uq_capability_workspace_id_phone_sender_id"),
        sa.ForeignKeyConstraint(["workspace_id", "sender_id"], ["sender.workspace_id", "sender.id"], name="fk_capability_sender"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "phone"], ["number.workspace_id", "number.phone"], name="fk_capability_number", onupdate="CASCADE"
        ),
        comment="Whether a sender reaches a number by RCS; the id holds the time of the latest word",
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("capability")
