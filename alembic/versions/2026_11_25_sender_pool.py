"""Sender pools: several senders carry one campaign, each message says which was chosen and why.

Run before the code that needs it is deployed.
Revision: 2026_11_25_sender_pool, after: 2026_11_25_campaign_lane.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

revision = "2026_11_25_sender_pool"
down_revision = "2026_11_25_campaign_lane"
branch_labels = None
depends_on = None


def _pool() -> None:
    op.create_table(
        "sender_pool",
        sa.Column(
            "workspace_id", UUID(as_uuid=True), sa.ForeignKey("workspace.id", name="fk_sender_pool_workspace"), nullable=False
        ),
        sa.Column("id", UUID(as_uuid=True), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("sticky", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_sender_pool"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_sender_pool_workspace_id_name"),
        sa.CheckConstraint("channel IN ('sms', 'mms', 'voice', 'rcs')", name="ck_sender_pool_channel"),
        sa.CheckConstraint("strategy IN ('weights', 'delivery', 'latency', 'price')", name="ck_sender_pool_strategy"),
    )
    op.create_table(
        "sender_pool_member",
        sa.Column("workspace_id", UUID(as_uuid=True), nullable=False),
        sa.Column("pool_id", UUID(as_uuid=True), nullable=False),
        sa.Column("sender_id", UUID(as_uuid=True), nullable=False),
        sa.Column("weight", sa.Double, nullable=True, comment="its share; NULL takes the sender's rate"),
        sa.PrimaryKeyConstraint("workspace_id", "pool_id", "sender_id", name="pk_sender_pool_member"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "pool_id"],
            ["sender_pool.workspace_id", "sender_pool.id"],
            name="fk_sender_pool_member_sender_pool",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "sender_id"], ["sender.workspace_id", "sender.id"], name="fk_sender_pool_member_sender"
        ),
        sa.CheckConstraint("weight >= 0", name="ck_sender_pool_member_weight"),
    )
    op.create_index("ix_sender_pool_member_sender_id", "sender_pool_member", ["workspace_id", "sender_id"])


_COLUMNS = (
    ("sender", sa.Column("countries", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]"))),
    ("sender", sa.Column("prices", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb"))),
    ("campaign", sa.Column("pool_id", UUID(as_uuid=True), nullable=True)),
    ("message", sa.Column("pool_id", UUID(as_uuid=True), nullable=True)),
    ("message", sa.Column("route", JSONB, nullable=True)),
    ("attempt", sa.Column("route", JSONB, nullable=True)),
)


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _pool()
    for table, column in _COLUMNS:
        op.add_column(table, column)
    op.create_index(
        "ix_message_pooled",
        "message",
        ["sender_id", "pool_id"],
        postgresql_where=sa.text("state = 10 AND pool_id IS NOT NULL"),
    )
    op.create_foreign_key(
        "fk_campaign_sender_pool", "campaign", "sender_pool", ["workspace_id", "pool_id"], ["workspace_id", "id"]
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_message_pooled")
    op.drop_constraint("fk_campaign_sender_pool", "campaign")
    for table, column in reversed(_COLUMNS):
        op.drop_column(table, column.name)
    op.drop_table("sender_pool_member")
    op.drop_table("sender_pool")
