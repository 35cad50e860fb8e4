"""Measured delivery: what became of each sender's attempts by hour, country and network, and which hours were measured when.

Run before the code that needs it is deployed. The new index on attempts is a block range index: its build reads the table once,
and keeping it costs next to nothing.
Revision: 2026_11_25_delivery_stat, after: 2026_11_25_breaker.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_delivery_stat"
down_revision = "2026_11_25_breaker"
branch_labels = None
depends_on = None

_COUNTS = ("handed_over", "accepted", "delivered", "failed")


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "delivery_stat",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("sender_id", sa.UUID(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False, server_default=sa.text("''")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("prices", JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.PrimaryKeyConstraint("workspace_id", "sender_id", "hour", "region", "network", name="pk_delivery_stat"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "sender_id"], ["sender.workspace_id", "sender.id"], name="fk_delivery_stat_sender"
        ),
        comment="What became of the attempts handed over in an hour; written anew each time the hour is measured",
    )
    op.create_index("ix_delivery_stat_hour", "delivery_stat", ["hour"])
    op.create_table(
        "measured_hour",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hour", name="pk_measured_hour"),
        comment="How far measuring has come: receipts come late, so an hour is measured again until they have",
    )
    op.create_index(
        "ix_attempt_handed_over_at",
        "attempt",
        ["handed_over_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_attempt_handed_over_at")
    op.drop_table("measured_hour")
    op.drop_table("delivery_stat")
