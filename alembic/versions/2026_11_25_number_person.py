"""Several of the caller's people on one number: each with attributes and a word of their own.

Run before the code that needs it is deployed.
Revision: 2026_11_25_number_person, after: 2026_11_25_membership.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_number_person"
down_revision = "2026_11_25_membership"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "number_person",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("attributes", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "phone", "person"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "phone"],
            ["number.workspace_id", "number.phone"],
            name="fk_number_person_number",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("jsonb_typeof(attributes) = 'object'", name="ck_number_person_attributes_object"),
        comment="The caller's people on a number, as far as they were named; who left stays named, because the number was shared",
    )
    op.create_index("ix_number_person_person", "number_person", ["workspace_id", "person"])


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("number_person")
