"""Where do the short links in texts lead, whose are they, and who followed them?"""

import sqlalchemy as sa

from app.storage.tables.columns import belongs, id_key, instant, metadata, text, uuid, workspace_key

link = sa.Table(
    "link",
    metadata,
    workspace_key(),
    id_key(),
    uuid("campaign_id", nullable=True),
    sa.Column("written", sa.Text, nullable=False, comment="the address as its author has it, up to the first tag in it"),
    sa.Column("target", sa.Text, nullable=True, comment="where it leads; null where that is each person's own"),
    sa.Column("conversion_days", sa.SmallInteger, nullable=False),
    instant("created_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    belongs("campaign_id", "campaign"),
    sa.UniqueConstraint("workspace_id", "campaign_id", "written", postgresql_nulls_not_distinct=True),
    comment="What a campaign's texts link to; without a campaign: the hosts that single messages link to",
)


link_code = sa.Table(
    "link_code",
    metadata,
    sa.Column("code", sa.Text, primary_key=True, comment="is all that a click tells: unique over all workspaces"),
    uuid("workspace_id"),
    uuid("link_id"),
    uuid("message_id"),
    sa.Column("target", sa.Text, nullable=True, comment="where it leads this person, when not everybody alike"),
    instant("expires_at"),
    belongs("link_id", "link"),
    belongs("message_id", "message"),
    sa.Index("ix_link_code_message", "workspace_id", "message_id"),
)


click = sa.Table(
    "click",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("link_id"),
    uuid("message_id"),
    uuid("campaign_id", nullable=True),
    uuid("contact_id", nullable=True),
    instant("clicked_at"),
    sa.Column("counts_until", sa.DateTime(timezone=True), nullable=False, comment="a purchase up to then may be put down to it"),
    text("agent"),
    sa.Column("score", sa.SmallInteger, nullable=False, comment="0 a person, 100 a machine"),
    sa.Column("human", sa.Boolean, nullable=False),
    sa.Column("address", sa.BigInteger, nullable=True, comment="a keyed hash, kept for minutes, to see one fetch many links"),
    sa.Column("settled", sa.Boolean, nullable=False, server_default=sa.text("false"), comment="what came after it was looked at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    belongs("link_id", "link"),
    belongs("message_id", "message"),
    sa.ForeignKeyConstraint(
        ["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"], ondelete="SET NULL (contact_id)"
    ),
    sa.CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    sa.Index("ix_click_campaign", "workspace_id", "campaign_id", "link_id"),
    sa.Index("ix_click_message", "workspace_id", "message_id"),
    sa.Index("ix_click_contact", "workspace_id", "contact_id", "clicked_at"),
    sa.Index("ix_click_unsettled", "clicked_at", postgresql_where=sa.text("NOT settled")),
    sa.Index("ix_click_address", "address", "clicked_at", postgresql_where=sa.text("address IS NOT NULL")),
)
