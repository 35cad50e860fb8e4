"""Imports at scale: what is still to be read waits in chunks instead of rows, and a plan can be looked at before it is applied.

Run before the code that needs it is deployed. Imports under way end as failed: their files are to be sent again, which is safe.
Revision: 2026_11_25_import_chunks, after: 2026_11_25_campaign_fallback.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

revision = "2026_11_25_import_chunks"
down_revision = "2026_11_25_campaign_fallback"
branch_labels = None
depends_on = None

_BEFORE = "state IN ('queued', 'running', 'completed', 'failed', 'cancelled')"
_NOW = "state IN ('queued', 'running', 'planned', 'completed', 'failed', 'cancelled', 'expired')"


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "import_chunk",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("import_id", sa.UUID(), nullable=False),
        sa.Column("first_line", sa.Integer(), nullable=False),
        sa.Column("last_line", sa.Integer(), nullable=False),
        sa.Column("rows", BYTEA(), nullable=False, comment="JSON: [line, cells] or [line, problem]; gone once they are settled"),
        sa.PrimaryKeyConstraint("workspace_id", "import_id", "first_line", name=op.f("pk_import_chunk")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "import_id"], ["import_job.workspace_id", "import_job.id"], name=op.f("fk_import_chunk_import_job")
        ),
    )
    # Trying to fold each chunk costs more than the room it takes for the minutes it is kept.
    op.execute("ALTER TABLE import_chunk ALTER COLUMN rows SET STORAGE EXTERNAL")
    op.add_column("import_job", sa.Column("phase", sa.Text(), server_default=sa.text("'import'"), nullable=False))
    op.add_column("import_job", sa.Column("file", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False))
    op.add_column("import_job", sa.Column("last_line", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("import_job", sa.Column("plan", JSONB(), nullable=True))
    op.add_column("import_job", sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("import_job", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_import_job_state"), "import_job", type_="check")
    op.create_check_constraint(op.f("ck_import_job_state"), "import_job", _NOW)
    op.create_check_constraint(op.f("ck_import_job_phase"), "import_job", "phase IN ('import', 'analyse', 'apply')")
    op.execute(
        "UPDATE import_job SET state = 'failed', error = 'the service was upgraded: send the file again', finished_at = now() "
        "WHERE state IN ('queued', 'running')"
    )
    op.execute("DELETE FROM import_row WHERE outcome IS NULL")


def downgrade() -> None:
    """Undo. Plans are given up."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "UPDATE import_job SET state = 'failed', error = 'the service was downgraded: send the file again' "
        "WHERE state IN ('queued', 'running', 'planned', 'expired')"
    )
    op.drop_constraint(op.f("ck_import_job_phase"), "import_job", type_="check")
    op.drop_constraint(op.f("ck_import_job_state"), "import_job", type_="check")
    op.create_check_constraint(op.f("ck_import_job_state"), "import_job", _BEFORE)
    for column in ("expires_at", "planned_at", "plan", "last_line", "file", "phase"):
        op.drop_column("import_job", column)
    op.drop_table("import_chunk")
