"""What did people do? Purchases, page views and whatever else a caller tells of its contacts."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.storage.tables.columns import EMPTY_JSON, id_key, instant, metadata, one_of, text, uuid

EVENT_KINDS = ("purchase", "page_view", "custom")

event = sa.Table(
    "event",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("contact_id"),
    sa.Column("person", sa.Text, nullable=True, comment="which of the people on the number it was, where the caller said so"),
    text("kind"),
    sa.Column("name", sa.Text, nullable=False, comment="of a custom event the caller's, else the kind"),
    instant("occurred_at"),
    instant("received_at"),
    sa.Column("caller_id", sa.Text, nullable=False, comment="the caller's id of the event: told again, it is the same one"),
    sa.Column("amount", sa.Numeric(18, 4), nullable=True),
    sa.Column("currency", sa.CHAR(3), nullable=True),
    sa.Column("items", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    sa.Column("properties", JSONB, nullable=False, server_default=EMPTY_JSON),
    sa.Column("message_id", sa.UUID, nullable=True, comment="the message it is put down to"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "caller_id"),
    sa.ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"], ondelete="CASCADE"),
    sa.CheckConstraint(one_of("kind", EVENT_KINDS), name="kind"),
    sa.CheckConstraint("kind = 'custom' OR name = kind", name="name"),
    sa.CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="money"),
    sa.CheckConstraint("kind <> 'purchase' OR amount IS NOT NULL", name="purchase"),
    sa.Index("ix_event_name", "workspace_id", "name", "contact_id", "occurred_at"),
    sa.Index("ix_event_contact", "workspace_id", "contact_id", "id"),
    sa.Index("ix_event_message", "workspace_id", "message_id", postgresql_where=sa.text("message_id IS NOT NULL")),
)
