"""Lists of contacts that are uploaded to be an audience, or a part of one.

Run before the code that needs it is deployed.
Revision: 2026_11_25_audience_lists, after: 2026_11_25_provenance.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_audience_lists"
down_revision = "2026_11_25_provenance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "audience_list",
        sa.Column("workspace_id", sa.UUID(), sa.ForeignKey("workspace.id", name="fk_audience_list_workspace"), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False, comment="contacts that were on it when it was uploaded"),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.BigInteger(), nullable=False, comment="lines that named nobody the workspace knew"),
        sa.Column("rejected", sa.BigInteger(), nullable=False, comment="lines that could not be read"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_audience_list_workspace_id_name"),
    )
    op.create_table(
        "audience_list_member",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("list_id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "list_id", "contact_id"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "list_id"],
            ["audience_list.workspace_id", "audience_list.id"],
            name="fk_audience_list_member_audience_list",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name="fk_audience_list_member_contact",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_audience_list_member_contact", "audience_list_member", ["workspace_id", "contact_id"])


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("audience_list_member")
    op.drop_table("audience_list")
