"""Short links: what a campaign's texts link to, each person's own code for it, and who followed it.

Run before the code that needs it is deployed.
Revision: 2026_11_25_links, after: 2026_11_25_capability.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_links"
down_revision = "2026_11_25_capability"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "campaign",
        sa.Column(
            "links", JSONB(), nullable=True, comment="how its addresses are made short; null leaves them as they are written"
        ),
    )
    op.create_table(
        "link",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=True),
        sa.Column("written", sa.Text(), nullable=False, comment="the address as its author has it, up to the first tag in it"),
        sa.Column("target", sa.Text(), nullable=True, comment="where it leads; null where that is each person's own"),
        sa.Column("conversion_days", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name="fk_link_workspace"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "campaign_id"], ["campaign.workspace_id", "campaign.id"], name="fk_link_campaign"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_link"),
        sa.UniqueConstraint(
            "workspace_id",
            "campaign_id",
            "written",
            name="uq_link_workspace_id_campaign_id_written",
            postgresql_nulls_not_distinct=True,
        ),
        comment="What a campaign's texts link to; without a campaign: the hosts that single messages link to",
    )
    op.create_table(
        "link_code",
        sa.Column("code", sa.Text(), nullable=False, comment="is all that a click tells: unique over all workspaces"),
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("link_id", sa.UUID(), nullable=False),
        sa.Column("message_id", sa.UUID(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True, comment="where it leads this person, when not everybody alike"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id", "link_id"], ["link.workspace_id", "link.id"], name="fk_link_code_link"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "message_id"], ["message.workspace_id", "message.id"], name="fk_link_code_message"
        ),
        sa.PrimaryKeyConstraint("code", name="pk_link_code"),
    )
    op.create_index("ix_link_code_message", "link_code", ["workspace_id", "message_id"])
    op.create_table(
        "click",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("link_id", sa.UUID(), nullable=False),
        sa.Column("message_id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=True),
        sa.Column("contact_id", sa.UUID(), nullable=True),
        sa.Column("clicked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "counts_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="a purchase up to then may be put down to it",
        ),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False, comment="0 a person, 100 a machine"),
        sa.Column("human", sa.Boolean(), nullable=False),
        sa.Column(
            "address", sa.BigInteger(), nullable=True, comment="a keyed hash, kept for minutes, to see one fetch many links"
        ),
        sa.Column(
            "settled",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="what came after it was looked at",
        ),
        sa.ForeignKeyConstraint(["workspace_id", "link_id"], ["link.workspace_id", "link.id"], name="fk_click_link"),
        sa.ForeignKeyConstraint(["workspace_id", "message_id"], ["message.workspace_id", "message.id"], name="fk_click_message"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name="fk_click_contact",
            ondelete="SET NULL (contact_id)",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_click"),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="ck_click_score"),
    )
    op.create_index("ix_click_campaign", "click", ["workspace_id", "campaign_id", "link_id"])
    op.create_index("ix_click_message", "click", ["workspace_id", "message_id"])
    op.create_index("ix_click_contact", "click", ["workspace_id", "contact_id", "clicked_at"])
    op.create_index("ix_click_unsettled", "click", ["clicked_at"], postgresql_where=sa.text("NOT settled"))
    op.create_index("ix_click_address", "click", ["address", "clicked_at"], postgresql_where=sa.text("address IS NOT NULL"))


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("click")
    op.drop_table("link_code")
    op.drop_table("link")
    op.drop_column("campaign", "links")
