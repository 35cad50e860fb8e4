"""What sends by itself? Campaigns that come round, sequences of steps, and how far each contact is in one."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.storage.tables.columns import belongs, id_key, instant, metadata, one_of, text, uuid, workspace_key

SERIES_STATES = ("running", "paused", "ended")
SEQUENCE_STATES = ("draft", "running", "paused", "ended")
ENROLMENT_STATES = ("waiting", "done", "left")

campaign_series = sa.Table(
    "campaign_series",
    metadata,
    workspace_key(),
    id_key(),
    text("name"),
    text("state"),
    uuid("campaign_id"),
    sa.Column("rhythm", JSONB, nullable=False),
    sa.Column("valid_for_seconds", sa.Integer, nullable=False),
    instant("until", nullable=True),
    instant("next_at", nullable=True),
    text("problem", default=""),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    belongs("campaign_id", "campaign"),
    sa.CheckConstraint(one_of("state", SERIES_STATES), name="state"),
    sa.Index("ix_campaign_series_next_at", "next_at", postgresql_where=sa.text("state = 'running'")),
)

sequence = sa.Table(
    "sequence",
    metadata,
    workspace_key(),
    id_key(),
    text("name"),
    text("state"),
    text("trigger_event", nullable=True),
    uuid("audience_id", nullable=True),
    text("exit_event", nullable=True),
    sa.Column("reenter_after_seconds", sa.Integer, nullable=True),
    sa.Column("steps", JSONB, nullable=False),
    instant("started_at", nullable=True),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
    belongs("audience_id", "audience"),
    sa.CheckConstraint(one_of("state", SEQUENCE_STATES), name="state"),
    sa.Index("ix_sequence_trigger", "workspace_id", "trigger_event", postgresql_where=sa.text("state = 'running'")),
)

enrolment = sa.Table(
    "enrolment",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("sequence_id"),
    uuid("contact_id"),
    sa.Column("entry", sa.SmallInteger, nullable=False, comment="counts a contact's ways through the sequence, from 0"),
    sa.Column("step", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    text("state"),
    text("reason", default=""),
    instant("due_at"),
    uuid("event_id", nullable=True),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "sequence_id", "contact_id", "entry"),
    belongs("sequence_id", "sequence"),
    sa.ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"], ondelete="CASCADE"),
    sa.CheckConstraint(one_of("state", ENROLMENT_STATES), name="state"),
    sa.Index("ix_enrolment_due_at", "due_at", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index("ix_enrolment_contact", "workspace_id", "contact_id"),
)
