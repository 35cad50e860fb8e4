"""A row of an import is written only in the transaction that holds its job: checking that the job is there finds nothing.

It was a seventh of what the database does for a row. Run before or after the code, as you like.
Revision: 2026_11_25_import_row_untied, after: 2026_11_25_budget.
"""

from alembic import op

revision = "2026_11_25_import_row_untied"
down_revision = "2026_11_25_budget"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("fk_import_row_import_job"), "import_row", type_="foreignkey")


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_foreign_key(
        op.f("fk_import_row_import_job"), "import_row", "import_job", ["workspace_id", "import_id"], ["workspace_id", "id"]
    )
