"""Budgets of campaigns, and what is reserved of them.

Run before the code that needs it is deployed.
Revision: 2026_11_25_budget, after: 2026_11_25_audience_lists.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "2026_11_25_budget"
down_revision = "2026_11_25_audience_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("campaign", sa.Column("budget", JSONB(), nullable=True))
    op.add_column("message", sa.Column("cost", sa.Numeric(), nullable=True))
    op.create_table(
        "campaign_spend",
        sa.Column("workspace_id", UUID(as_uuid=True), nullable=False),
        sa.Column("campaign_id", UUID(as_uuid=True), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("amount", sa.Numeric, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("workspace_id", "campaign_id", "key", name="pk_campaign_spend"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "campaign_id"], ["campaign.workspace_id", "campaign.id"], name="fk_campaign_spend_campaign"
        ),
        comment="What is reserved of a campaign's budget; the row of the total is the lock on all of them",
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("campaign_spend")
    op.drop_column("message", "cost")
    op.drop_column("campaign", "budget")
