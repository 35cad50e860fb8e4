"""The decision log: messages by the rules that objected to them.

Run before the code that needs it is deployed. On a large table make both indexes CONCURRENTLY first: this finds them.
Revision: 2026_11_25_decision_log, after: 2026_11_25_ledger_chain.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_decision_log"
down_revision = "2026_11_25_ledger_chain"
branch_labels = None
depends_on = None

_HELD = sa.text("objected <> '{}'::text[]")


def _comment(new: str, old: str) -> None:
    op.alter_column(
        "message",
        "objected",
        comment=new,
        existing_comment=old,
        existing_type=postgresql.ARRAY(sa.Text()),
        existing_nullable=False,
        existing_server_default=sa.text("'{}'::text[]"),
    )


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_message_objected", "message", ["objected"], postgresql_using="gin", postgresql_where=_HELD, if_not_exists=True
    )
    op.create_index("ix_message_held", "message", ["workspace_id", "id"], postgresql_where=_HELD, if_not_exists=True)
    _comment("codes of its decisions", "codes of its decision")


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _comment("codes of its decision", "codes of its decisions")
    op.drop_index("ix_message_held", table_name="message")
    op.drop_index("ix_message_objected", table_name="message")
