"""What holds beside the book? Registries of others, and rows of the workspace itself."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.storage.tables.columns import EMPTY_JSON, id_key, instant, metadata, text, workspace_key

registry_entry = sa.Table(
    "registry_entry",
    metadata,
    workspace_key(),
    text("registry"),
    text("phone"),
    text("answer"),
    instant("as_of"),
    instant("asked_about", nullable=True),
    instant("recorded_at"),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "registry"),
    sa.CheckConstraint("answer IN ('listed', 'clear', 'unknown')", name="answer"),
    sa.Index("ix_registry_entry_registry", "workspace_id", "registry", "as_of"),
    comment="What a registry says of a number, known to the workspace or not: a line of a file, or a query's result",
)


registry_file = sa.Table(
    "registry_file",
    metadata,
    workspace_key(),
    id_key(),
    text("registry"),
    instant("as_of"),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False, server_default=sa.text("true")),
    instant("recorded_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.Index("ix_registry_file_registry", "workspace_id", "registry", "as_of"),
    comment="A file of a registry, loaded whole: a number it does not list is clear as of its date",
)


rule_row = sa.Table(
    "rule_row",
    metadata,
    workspace_key(),
    id_key(),
    text("kind"),
    text("region"),
    sa.Column("channels", ARRAY(sa.Text), nullable=False),
    sa.Column("terms", JSONB, nullable=False, server_default=EMPTY_JSON),
    text("source"),
    instant("valid_from"),
    instant("valid_to", nullable=True),
    instant("created_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.CheckConstraint("kind IN ('hours', 'closed_day', 'emergency_ban')", name="kind"),
    sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
    comment="A workspace's own rule rows: they only ever tighten what the book says",
)
