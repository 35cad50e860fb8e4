"""Erasure: the ledger lets a number become its keyed hash and nothing else, and erased numbers are found by a small index.

Run before the code that needs it is deployed.
Revision: 2026_11_25_erasure, after: 2026_11_25_emergencies.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_erasure"
down_revision = "2026_11_25_emergencies"
branch_labels = None
depends_on = None

# The one change of a line: its number becomes a stand-in, and the salt and the evidence behind its hashes go. All else is equal,
# hashes and places included, so the chain still verifies.
_LEDGER = """
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.phone LIKE 'erased:%'
       AND (NEW.evidence = OLD.evidence OR NEW.evidence = '{}'::jsonb)
       AND (NEW.salt IS NOT DISTINCT FROM OLD.salt OR NEW.salt IS NULL)
       AND to_jsonb(NEW) - ARRAY['phone', 'evidence', 'salt'] = to_jsonb(OLD) - ARRAY['phone', 'evidence', 'salt'] THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_LEDGER)
    op.execute("DROP TRIGGER consent_event_append_only ON consent_event")
    op.execute(
        "CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON consent_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()"
    )
    op.create_index("ix_number_erased", "number", ["workspace_id", "phone"], postgresql_where=sa.text("phone LIKE 'erased:%'"))


def downgrade() -> None:
    """Undo. What was erased stays erased."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_number_erased", table_name="number")
    op.execute("DROP TRIGGER consent_event_append_only ON consent_event")
    op.execute(
        "CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON consent_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute("DROP FUNCTION refuse_ledger_change()")
