"""Preflights are kept: a job's checkpoint and count, and then its report.

Run before the code that needs it is deployed.
Revision: 2026_11_25_preflight, after: 2026_11_25_number_life.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_preflight"
down_revision = "2026_11_25_number_life"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "preflight",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "plan",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the campaign as it stood when it was asked",
        ),
        sa.Column("last_contact_id", sa.UUID(), nullable=True),
        sa.Column("up_to_contact_id", sa.UUID(), nullable=False),
        sa.Column("members", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="decided so far"),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'completed', 'failed', 'cancelled')", name=op.f("ck_preflight_state")),
        sa.CheckConstraint("(state = 'completed') = (report IS NOT NULL)", name=op.f("ck_preflight_reported")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "campaign_id"], ["campaign.workspace_id", "campaign.id"], name=op.f("fk_preflight_campaign")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_preflight")),
        comment="An audience decided without acting: the count so far, which a crashed job resumes from, then its report",
    )
    op.create_index("ix_preflight_campaign", "preflight", ["workspace_id", "campaign_id", "id"])
    op.create_index(
        "ix_preflight_open",
        "preflight",
        ["workspace_id", "id"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_preflight_open", table_name="preflight")
    op.drop_index("ix_preflight_campaign", table_name="preflight")
    op.drop_table("preflight")
