"""What audiences are found by: tags, and attributes that are equal to something. Two small indexes that imports hardly feel.

Run before the code that needs it is deployed.
Revision: 2026_11_25_audience_indexes, after: 2026_11_25_sender_day.
"""

from alembic import op

revision = "2026_11_25_audience_indexes"
down_revision = "2026_11_25_sender_day"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index("ix_contact_tags", "contact", ["tags"], postgresql_using="gin")
    op.create_index(
        "ix_contact_attributes",
        "contact",
        ["attributes"],
        postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_contact_attributes", "contact")
    op.drop_index("ix_contact_tags", "contact")
