"""Breakers: how each sender and account fares with its carrier; and tries of a message that say nothing against it.

Run before the code that needs it is deployed.
Revision: 2026_11_25_breaker, after: 2026_11_25_sender_pool.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "2026_11_25_breaker"
down_revision = "2026_11_25_sender_pool"
branch_labels = None
depends_on = None

_NO_COUNTS = sa.text("'{0,0,0,0}'::int[]")


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "breaker",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("provider_id", sa.UUID(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("openings", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("recent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recent", ARRAY(sa.Integer()), nullable=False, server_default=_NO_COUNTS),
        sa.Column("earlier", ARRAY(sa.Integer()), nullable=False, server_default=_NO_COUNTS),
        sa.Column("probe_lease", sa.UUID(), nullable=True),
        sa.Column("probe_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "subject_id", name="pk_breaker"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "provider_id"],
            ["provider.workspace_id", "provider.id"],
            name="fk_breaker_provider",
            ondelete="CASCADE",
        ),
        comment="How a sender or an account fares: counts of the last minutes, and whether its hand-overs rest",
    )
    op.create_index("ix_breaker_workspace_id_provider_id", "breaker", ["workspace_id", "provider_id"])
    spared = sa.Column(
        "spared", sa.SmallInteger(), nullable=False, server_default=sa.text("0"), comment="tries that say nothing against it"
    )
    op.add_column("message", spared)


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("message", "spared")
    op.drop_table("breaker")
