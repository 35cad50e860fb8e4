"""Two contacts that turn out to be one person: which of them speaks for both, and who said so.

Run before the code that needs it is deployed. The new column is empty, so nothing is rewritten.
Revision: 2026_11_25_contact_merge, after: 2026_11_25_links.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_contact_merge"
down_revision = "2026_11_25_links"
branch_labels = None
depends_on = None

_CONTACT = ["contact.workspace_id", "contact.id"]


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    comment = "the contact that is the same person, and speaks for both since"
    op.add_column("contact", sa.Column("merged_into", sa.UUID(), nullable=True, comment=comment))
    op.execute(
        "ALTER TABLE contact ADD CONSTRAINT fk_contact_contact FOREIGN KEY (workspace_id, merged_into) "
        "REFERENCES contact (workspace_id, id) ON DELETE CASCADE NOT VALID"
    )
    op.execute("ALTER TABLE contact VALIDATE CONSTRAINT fk_contact_contact")
    op.execute("ALTER TABLE contact ADD CONSTRAINT ck_contact_merged_into_another CHECK (merged_into <> id)")
    op.create_index(
        "ix_contact_merged_into", "contact", ["workspace_id", "merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL")
    )
    op.create_table(
        "contact_merge",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=False),
        sa.Column("from_contact_id", sa.UUID(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("report", JSONB(), nullable=False, comment="what was taken over, what differed, and what moved"),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
        sa.UniqueConstraint("workspace_id", "from_contact_id", name="uq_contact_merge_workspace_id_from_contact_id"),
        sa.ForeignKeyConstraint(["workspace_id", "contact_id"], _CONTACT, name="fk_contact_merge_contact", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "from_contact_id"], _CONTACT, name="fk_contact_merge_from_contact", ondelete="CASCADE"
        ),
        comment="Who found two contacts to be one person, when, and what came of it",
    )
    op.create_index("ix_contact_merge_contact", "contact_merge", ["workspace_id", "contact_id", "id"])


def downgrade() -> None:
    """Undo. What was one person is two again."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("contact_merge")
    op.drop_index("ix_contact_merged_into")
    op.drop_column("contact", "merged_into")
