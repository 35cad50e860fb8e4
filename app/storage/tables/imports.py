"""What was uploaded, and what became of each row?"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from app.storage.tables.columns import EMPTY_JSON, belongs, id_key, instant, metadata, one_of, text, uuid, workspace_key

IMPORT_STATES = ("queued", "running", "planned", "completed", "failed", "cancelled", "expired")
IMPORT_PHASES = ("import", "analyse", "apply")

import_job = sa.Table(
    "import_job",
    metadata,
    workspace_key(),
    id_key(),
    text("state"),
    text("default_region", nullable=True),
    text("provenance"),
    sa.Column("columns", JSONB, nullable=False),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    sa.Column("dry_run", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("total_rows", sa.Integer, nullable=False),
    sa.Column("next_line", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("outcomes", JSONB, nullable=False, server_default=EMPTY_JSON),
    text("error", nullable=True),
    instant("created_at"),
    instant("finished_at", nullable=True),
    text("phase", default="import"),
    sa.Column("file", JSONB, nullable=False, server_default=EMPTY_JSON),
    sa.Column("last_line", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("plan", JSONB, nullable=True),
    instant("planned_at", nullable=True),
    instant("expires_at", nullable=True),
    text("provenance_kind", default=""),
    text("provenance_reference", default=""),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.CheckConstraint(one_of("state", IMPORT_STATES), name="state"),
    sa.CheckConstraint(one_of("phase", IMPORT_PHASES), name="phase"),
)

import_chunk = sa.Table(
    "import_chunk",
    metadata,
    uuid("workspace_id"),
    uuid("import_id"),
    sa.Column("first_line", sa.Integer, nullable=False),
    sa.Column("last_line", sa.Integer, nullable=False),
    sa.Column("rows", BYTEA, nullable=False, comment="JSON: [line, cells] or [line, problem]; gone once they are settled"),
    sa.PrimaryKeyConstraint("workspace_id", "import_id", "first_line"),
    belongs("import_id", "import_job"),
)

import_row = sa.Table(
    "import_row",
    metadata,
    uuid("workspace_id"),
    uuid("import_id"),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("fields", ARRAY(sa.Text), nullable=False),
    text("outcome", nullable=True),
    text("reason", default=""),
    uuid("contact_id", nullable=True),
    sa.Column("phone", sa.Text, nullable=True, comment="E.164, of the first row with that number"),
    # Not tied to its job by a foreign key: it is only written in the transaction that holds the job, a million times in a row.
    sa.PrimaryKeyConstraint("workspace_id", "import_id", "line"),
    sa.Index("ix_import_row_phone", "workspace_id", "phone", "import_id", postgresql_where=sa.text("phone IS NOT NULL")),
    sa.CheckConstraint(
        "outcome IS NULL OR outcome IN ('created', 'updated', 'unchanged', 'duplicate', 'rejected')", name="outcome"
    ),
)
