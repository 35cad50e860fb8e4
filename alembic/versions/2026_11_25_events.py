"""What contacts did: purchases, page views and the caller's own events, each once by the caller's id.

Run before the code that needs it is deployed.
Revision: 2026_11_25_events, after: 2026_11_25_fallback.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "2026_11_25_events"
down_revision = "2026_11_25_fallback"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "event",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=False),
        sa.Column(
            "person", sa.Text(), nullable=True, comment="which of the people on the number it was, where the caller said so"
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="of a custom event the caller's, else the kind"),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller_id", sa.Text(), nullable=False, comment="the caller's id of the event: told again, it is the same one"),
        sa.Column("amount", sa.Numeric(18, 4), nullable=True),
        sa.Column("currency", sa.CHAR(3), nullable=True),
        sa.Column("items", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("properties", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("message_id", sa.UUID(), nullable=True, comment="the message it is put down to"),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
        sa.UniqueConstraint("workspace_id", "caller_id", name="uq_event_workspace_id_caller_id"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name="fk_event_contact",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("kind IN ('purchase', 'page_view', 'custom')", name="ck_event_kind"),
        sa.CheckConstraint("kind = 'custom' OR name = kind", name="ck_event_name"),
        sa.CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="ck_event_money"),
        sa.CheckConstraint("kind <> 'purchase' OR amount IS NOT NULL", name="ck_event_purchase"),
    )
    op.create_index("ix_event_name", "event", ["workspace_id", "name", "contact_id", "occurred_at"])
    op.create_index("ix_event_contact", "event", ["workspace_id", "contact_id", "id"])


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("event")
