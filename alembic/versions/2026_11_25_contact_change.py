"""What contacts held before: attributes and tags as they were until they changed, so that an audience can be asked about then.

Run before the code that needs it is deployed.
Revision: 2026_11_25_contact_change, after: 2026_11_25_receipt_owes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "2026_11_25_contact_change"
down_revision = "2026_11_25_receipt_owes"
branch_labels = None
depends_on = None

# The id's first half is its time, as that of every id here is: retention finds rows by it.
_KEEP = """
CREATE FUNCTION keep_contact_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO contact_change (workspace_id, id, contact_id, until, attributes, tags)
  SELECT o.workspace_id, (lpad(to_hex((extract(epoch FROM n.updated_at) * 1000)::bigint), 12, '0')
         || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid, o.id, n.updated_at, o.attributes, o.tags
  FROM before_rows o JOIN after_rows n ON n.workspace_id = o.workspace_id AND n.id = o.id
  WHERE o.attributes <> n.attributes OR o.tags <> n.tags
  ON CONFLICT (workspace_id, contact_id, until) DO NOTHING;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "contact_change",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("contact_id", sa.UUID(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attributes", JSONB(), nullable=False),
        sa.Column("tags", ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id"),
        sa.UniqueConstraint("workspace_id", "contact_id", "until", name="uq_contact_change_workspace_id_contact_id_until"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name="fk_contact_change_contact",
            ondelete="CASCADE",
        ),
        comment="What a contact held until an instant; written by a trigger on contact, in the change's own transaction",
    )
    op.execute(_KEEP)
    op.execute(
        "CREATE TRIGGER contact_change_kept AFTER UPDATE ON contact REFERENCING OLD TABLE AS before_rows "
        "NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION keep_contact_change()"
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER contact_change_kept ON contact")
    op.execute("DROP FUNCTION keep_contact_change()")
    op.drop_table("contact_change")
