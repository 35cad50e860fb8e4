"""What is sent, and to whom? Templates and audiences."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.domain.message import Channel
from app.storage.tables.columns import belongs, id_key, instant, metadata, one_of, text, uuid, workspace_key

template = sa.Table(
    "template",
    metadata,
    workspace_key(),
    id_key(),
    text("name"),
    text("channel"),
    sa.Column("version", sa.Integer, nullable=False),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
    sa.CheckConstraint(one_of("channel", list(Channel)), name="channel"),
)


template_version = sa.Table(
    "template_version",
    metadata,
    uuid("workspace_id"),
    uuid("template_id"),
    sa.Column("version", sa.Integer, nullable=False),
    text("body"),
    instant("created_at"),
    sa.Column("content", JSONB, nullable=True),
    sa.Column("locales", JSONB, nullable=True, comment="the body's own language, and the same text in others"),
    sa.Column("channels", JSONB(none_as_null=True), nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "template_id", "version"),
    belongs("template_id", "template"),
)


audience_list = sa.Table(
    "audience_list",
    metadata,
    workspace_key(),
    id_key(),
    text("name"),
    sa.Column("members", sa.BigInteger, nullable=False, comment="contacts that were on it when it was uploaded"),
    sa.Column("lines", sa.BigInteger, nullable=False),
    sa.Column("unknown", sa.BigInteger, nullable=False, comment="lines that named nobody the workspace knew"),
    sa.Column("rejected", sa.BigInteger, nullable=False, comment="lines that could not be read"),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
)


audience_list_member = sa.Table(
    "audience_list_member",
    metadata,
    uuid("workspace_id"),
    uuid("list_id"),
    uuid("contact_id"),
    sa.PrimaryKeyConstraint("workspace_id", "list_id", "contact_id"),
    sa.ForeignKeyConstraint(["workspace_id", "list_id"], ["audience_list.workspace_id", "audience_list.id"], ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"], ondelete="CASCADE"),
    sa.Index("ix_audience_list_member_contact", "workspace_id", "contact_id"),
)


audience = sa.Table(
    "audience",
    metadata,
    workspace_key(),
    id_key(),
    text("name"),
    sa.Column("rule", JSONB, nullable=False),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
)
