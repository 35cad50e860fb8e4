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
    text("network", default=""),
    text("acquired", default=""),
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
    sa.Column("merged_into", sa.UUID, nullable=True, comment="the contact that is the same person, and speaks for both since"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "phone"),
    sa.ForeignKeyConstraint(["workspace_id", "merged_into"], ["contact.workspace_id", "contact.id"], ondelete="CASCADE"),
    sa.CheckConstraint("merged_into <> id", name="merged_into_another"),
    sa.Index("ix_contact_merged_into", "workspace_id", "merged_into", postgresql_where=sa.text("merged_into IS NOT NULL")),
    sa.Index("ix_contact_tags", "tags", postgresql_using="gin"),
    sa.Index("ix_contact_attributes", "attributes", postgresql_using="gin", postgresql_ops={"attributes": "jsonb_path_ops"}),
    sa.Index("ix_contact_person", "workspace_id", "person", postgresql_where=sa.text("person IS NOT NULL")),
    numbered(),
    sa.CheckConstraint("jsonb_typeof(attributes) = 'object'", name="attributes_object"),
)


contact_change = sa.Table(
    "contact_change",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("contact_id"),
    instant("until"),
    sa.Column("attributes", JSONB, nullable=False),
    sa.Column("tags", ARRAY(sa.Text), nullable=False),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "contact_id", "until"),
    sa.ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"], ondelete="CASCADE"),
    comment="What a contact held until an instant; written by a trigger on contact, in the change's own transaction",
)


contact_merge = sa.Table(
    "contact_merge",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("contact_id"),
    uuid("from_contact_id"),
    text("actor"),
    sa.Column("report", JSONB, nullable=False, comment="what was taken over, what differed, and what moved"),
    instant("merged_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "from_contact_id"),
    sa.ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"], ondelete="CASCADE"),
    sa.ForeignKeyConstraint(
        ["workspace_id", "from_contact_id"],
        ["contact.workspace_id", "contact.id"],
        name="fk_contact_merge_from_contact",
        ondelete="CASCADE",
    ),
    sa.Index("ix_contact_merge_contact", "workspace_id", "contact_id", "id"),
    comment="Who found two contacts to be one person, when, and what came of it",
)


number_person = sa.Table(
    "number_person",
    metadata,
    uuid("workspace_id"),
    text("phone"),
    text("person"),
    sa.Column("attributes", JSONB, nullable=False, server_default=EMPTY_JSON),
    instant("created_at"),
    instant("updated_at"),
    instant("left_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "person"),
    numbered(),
    sa.CheckConstraint("jsonb_typeof(attributes) = 'object'", name="attributes_object"),
    sa.Index("ix_number_person_person", "workspace_id", "person"),
    comment="The caller's people on a number, as far as they were named; who left stays named, because the number was shared",
)
