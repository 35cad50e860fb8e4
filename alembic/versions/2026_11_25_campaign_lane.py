"""In which lanes a campaign's messages stand: several senders may carry one campaign.

Run before the code that needs it is deployed.
Revision: 2026_11_25_campaign_lane, after: 2026_11_25_events.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "2026_11_25_campaign_lane"
down_revision = "2026_11_25_events"
branch_labels = None
depends_on = None

_UNDER_WAY = """
INSERT INTO campaign_lane (workspace_id, campaign_id, sender_id)
SELECT workspace_id, id, sender_id FROM campaign WHERE launched_at IS NOT NULL AND finished_at IS NULL
"""


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "campaign_lane",
        sa.Column("workspace_id", UUID(as_uuid=True), nullable=False),
        sa.Column("campaign_id", UUID(as_uuid=True), nullable=False),
        sa.Column("sender_id", UUID(as_uuid=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "campaign_id", "sender_id", name="pk_campaign_lane"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "campaign_id"], ["campaign.workspace_id", "campaign.id"], name="fk_campaign_lane_campaign"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "sender_id"], ["sender.workspace_id", "sender.id"], name="fk_campaign_lane_sender"
        ),
        comment="The lanes in which messages of an unfinished campaign stand; gone when its books close",
    )
    op.create_index("ix_campaign_lane_sender", "campaign_lane", ["sender_id"])
    op.execute(_UNDER_WAY)
    op.drop_index("ix_campaign_lane", "campaign")


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_campaign_lane",
        "campaign",
        ["sender_id", "state"],
        postgresql_where=sa.text("state IN ('running', 'scheduled', 'paused')"),
    )
    op.drop_table("campaign_lane")
