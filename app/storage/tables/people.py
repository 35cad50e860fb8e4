"""Whom does a workspace know? Numbers, and the contacts on them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.storage.tables.columns import EMPTY_JSON, id_key, instant, metadata, numbered, text, uuid, workspace_key

number = sa.Table(
    "number",
    metadata,
    workspace_key(),
    text("phone"),
    text("region"),
    text("kind"),
    sa.Column("zones", ARRAY(sa.Text), nullable=False),
    sa.Column("line_type", sa.Text, nullable=True, comment="what a look-up or a carrier's refusal said, where it differs"),
    sa.Column("tenure", sa.Integer, nullable=False, server_default=sa.text("1"), comment="counts the people it belonged to"),
    instant("tenure_since", nullable=True),
    instant("proved_at", nullable=True),
    sa.Column("hard_bounces", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("soft_bounces", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    instant("hard_bounced_at", nullable=True),
    instant("soft_bounced_at", nullable=True),
    instant("created_at"),
    sa.PrimaryKeyConstraint("workspace_id", "phone"),
    sa.Index("ix_number_erased", "workspace_id", "phone", postgresql_where=sa.text("phone LIKE 'erased:%'")),
    sa.CheckConstraint(r"phone ~ '^(\+[1-9][0-9]{4,14}|erased:[0-9a-f]{8}:[0-9a-f]{64})$'", name="e164"),
    comment="One row per number known to a workspace; its row lock settles consent and caps",
)


contact = sa.Table(
    "contact",
    metadata,
    uuid("workspace_id"),
    id_key(),
    text("phone"),
    sa.Column("attributes", JSONB, nullable=False, server_default=EMPTY_JSON),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    text("locale", nullable=True),
    text("time_zone", nullable=True),
    sa.Column("places", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    sa.Column("birth_date", sa.Date, nullable=True),
    sa.Column("age_verified", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("person", sa.Text, nullable=True, comment="the caller's id of the person, who may have several numbers"),
    text("provenance"),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "phone"),
    sa.Index("ix_contact_person", "workspace_id", "person", postgresql_where=sa.text("person IS NOT NULL")),
    numbered(),
    sa.CheckConstraint("jsonb_typeof(attributes) = 'object'", name="attributes_object"),
)
