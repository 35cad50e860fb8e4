"""What each sender has handed over on the carriers' day, where its registration bounds that.

Run before the code that needs it is deployed.
Revision: 2026_11_25_sender_day, after: 2026_11_25_import_row_untied.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "2026_11_25_sender_day"
down_revision = "2026_11_25_import_row_untied"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "sender_day",
        sa.Column("workspace_id", UUID(as_uuid=True), nullable=False),
        sa.Column("sender_id", UUID(as_uuid=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "sender_id", "day", name="pk_sender_day"),
        sa.ForeignKeyConstraint(["workspace_id", "sender_id"], ["sender.workspace_id", "sender.id"], name="fk_sender_day_sender"),
        comment="Parts claimed on a day of the carriers, of senders with a bound on it; the row is the lock on the bound",
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("sender_day")
