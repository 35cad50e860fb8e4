"""Which campaigns are there, how far has each come, and what do its books say?"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.domain.message import Channel, Purpose
from app.storage.tables.columns import EMPTY_JSON, belongs, id_key, instant, metadata, one_of, text, uuid

CAMPAIGN_STATES = ("draft", "scheduled", "running", "paused", "draining", "completed", "cancelled")
PREFLIGHT_STATES = ("queued", "running", "completed", "failed", "cancelled")

campaign = sa.Table(
    "campaign",
    metadata,
    uuid("workspace_id"),
    id_key(),
    text("name"),
    text("state"),
    text("channel"),
    text("purpose"),
    uuid("template_id"),
    sa.Column("template_version", sa.Integer, nullable=False),
    uuid("audience_id"),
    sa.Column("rule", JSONB, nullable=True, comment="the audience's rule as it stood at launch"),
    uuid("sender_id"),
    uuid("pool_id", nullable=True),
    sa.Column("fallback", JSONB(none_as_null=True), nullable=True),
    sa.Column("split", JSONB(none_as_null=True), nullable=True, comment="its variants and holdout group"),
    sa.Column("send_at_local", sa.DateTime(timezone=False), nullable=True),
    text("when_passed", default="send"),
    text("membership", default="snapshot"),
    instant("joins_until", nullable=True),
    sa.Column("budget", JSONB(none_as_null=True), nullable=True),
    uuid("series_id", nullable=True),
    instant("occurrence_at", nullable=True),
    uuid("sequence_id", nullable=True),
    sa.Column("spread_seconds", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("caps", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    text("brand", default=""),
    text("topic", default=""),
    text("subject", default=""),
    text("technology", default="text"),
    sa.Column("categories", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    sa.Column(
        "links",
        JSONB(none_as_null=True),
        nullable=True,
        comment="how its addresses are made short; null leaves them as they are written",
    ),
    instant("not_after", nullable=True),
    instant("scheduled_at", nullable=True),
    instant("launched_at", nullable=True),
    instant("finished_at", nullable=True),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    belongs("audience_id", "audience"),
    belongs("sender_id", "sender"),
    belongs("pool_id", "sender_pool"),
    belongs("sequence_id", "sequence"),
    sa.Index(
        "uq_campaign_occurrence",
        "workspace_id",
        "series_id",
        "occurrence_at",
        unique=True,
        postgresql_where=sa.text("series_id IS NOT NULL"),
    ),
    sa.ForeignKeyConstraint(
        ["workspace_id", "template_id", "template_version"],
        ["template_version.workspace_id", "template_version.template_id", "template_version.version"],
    ),
    sa.CheckConstraint(one_of("state", CAMPAIGN_STATES), name="state"),
    sa.CheckConstraint(one_of("channel", list(Channel)), name="channel"),
    sa.CheckConstraint(one_of("purpose", list(Purpose)), name="purpose"),
    sa.CheckConstraint("state <> 'scheduled' OR scheduled_at IS NOT NULL", name="scheduled"),
    sa.CheckConstraint("state IN ('draft', 'scheduled', 'cancelled') OR launched_at IS NOT NULL", name="launched"),
)

campaign_spend = sa.Table(
    "campaign_spend",
    metadata,
    uuid("workspace_id"),
    uuid("campaign_id"),
    text("key"),
    sa.Column("amount", sa.Numeric, nullable=False, server_default=sa.text("0")),
    sa.PrimaryKeyConstraint("workspace_id", "campaign_id", "key"),
    belongs("campaign_id", "campaign"),
    comment="What is reserved of a campaign's budget; the row of the total is the lock on all of them",
)

campaign_lane = sa.Table(
    "campaign_lane",
    metadata,
    uuid("workspace_id"),
    uuid("campaign_id"),
    uuid("sender_id"),
    sa.PrimaryKeyConstraint("workspace_id", "campaign_id", "sender_id"),
    belongs("campaign_id", "campaign"),
    belongs("sender_id", "sender"),
    sa.Index("ix_campaign_lane_sender", "sender_id"),
    comment="The lanes in which messages of an unfinished campaign stand; gone when its books close",
)


preflight = sa.Table(
    "preflight",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("campaign_id"),
    text("state"),
    instant("at"),
    sa.Column("plan", JSONB, nullable=False, comment="the campaign as it stood when it was asked"),
    uuid("last_contact_id", nullable=True),
    uuid("up_to_contact_id"),
    sa.Column("members", sa.BigInteger, nullable=False, server_default=sa.text("0"), comment="decided so far"),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("findings", JSONB, nullable=False, server_default=EMPTY_JSON),
    sa.Column("report", JSONB, nullable=True),
    text("error", nullable=True),
    instant("created_at"),
    instant("finished_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    belongs("campaign_id", "campaign"),
    sa.CheckConstraint(one_of("state", PREFLIGHT_STATES), name="state"),
    sa.CheckConstraint("(state = 'completed') = (report IS NOT NULL)", name="reported"),
    sa.Index("ix_preflight_campaign", "workspace_id", "campaign_id", "id"),
    sa.Index("ix_preflight_open", "workspace_id", "id", postgresql_where=sa.text("state IN ('queued', 'running')")),
    comment="An audience decided without acting: the count so far, which a crashed job resumes from, then its report",
)


materialisation = sa.Table(
    "materialisation",
    metadata,
    uuid("workspace_id"),
    uuid("campaign_id"),
    uuid("last_contact_id", nullable=True),
    uuid("up_to_contact_id"),
    sa.Column("members", sa.BigInteger, nullable=False, server_default=sa.text("0"), comment="read from the audience so far"),
    instant("finished_at", nullable=True),
    sa.Column("joined", sa.BigInteger, nullable=False, server_default=sa.text("0"), comment="of its members, after the launch"),
    sa.Column("join_at", sa.DateTime(timezone=True), nullable=True, comment="when to look next for who came; null is at once"),
    sa.PrimaryKeyConstraint("workspace_id", "campaign_id"),
    belongs("campaign_id", "campaign"),
    comment="How far a launch has come: the checkpoint a crashed launch resumes from",
)


campaign_tally = sa.Table(
    "campaign_tally",
    metadata,
    uuid("workspace_id"),
    uuid("campaign_id"),
    sa.Column("state", sa.SmallInteger, nullable=False),
    text("reason"),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("workspace_id", "campaign_id", "state", "reason"),
    belongs("campaign_id", "campaign"),
    comment="Counts per state and reason, folded from campaign_tally_delta",
)


campaign_tally_delta = sa.Table(
    "campaign_tally_delta",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    uuid("workspace_id"),
    uuid("campaign_id"),
    sa.Column("state", sa.SmallInteger, nullable=False),
    text("reason"),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Index("ix_campaign_tally_delta_campaign", "workspace_id", "campaign_id"),
    comment="Written by a statement trigger on message, in the transition's own transaction; no two writers meet on a row",
)
