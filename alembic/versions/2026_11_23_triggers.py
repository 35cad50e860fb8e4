"""The ledger refuses change, and campaign tallies follow every transition.

Run before the code that needs it is deployed.
Revision: 2026_11_23_triggers, after: 2026_11_23_first_schema.
"""

from alembic import op

revision = "2026_11_23_triggers"
down_revision = "2026_11_23_first_schema"
branch_labels = None
depends_on = None

_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

# Statement-level with transition tables: one small aggregate per statement however many rows it touched, and no code path
# (a worker, a sweep, a hand-written UPDATE) can move a message without its campaign's counts following in the same transaction.
_TALLY_UPDATE = """
CREATE FUNCTION tally_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO campaign_tally_delta (workspace_id, campaign_id, state, reason, messages)
  SELECT workspace_id, campaign_id, state, reason, sum(change)
  FROM (
    SELECT workspace_id, campaign_id, state, reason, -1 AS change FROM before_rows WHERE campaign_id IS NOT NULL
    UNION ALL
    SELECT workspace_id, campaign_id, state, reason, 1 FROM after_rows WHERE campaign_id IS NOT NULL
  ) AS changes
  GROUP BY workspace_id, campaign_id, state, reason
  HAVING sum(change) <> 0;
  RETURN NULL;
END $$
"""
_TALLY_INSERT = """
CREATE FUNCTION tally_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO campaign_tally_delta (workspace_id, campaign_id, state, reason, messages)
  SELECT workspace_id, campaign_id, state, reason, count(*)
  FROM after_rows WHERE campaign_id IS NOT NULL
  GROUP BY workspace_id, campaign_id, state, reason;
  RETURN NULL;
END $$
"""
_TALLY_DELETE = """
CREATE FUNCTION tally_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO campaign_tally_delta (workspace_id, campaign_id, state, reason, messages)
  SELECT workspace_id, campaign_id, state, reason, -count(*)
  FROM before_rows WHERE campaign_id IS NOT NULL
  GROUP BY workspace_id, campaign_id, state, reason;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_REFUSE)
    op.execute(
        "CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON consent_event "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER consent_event_no_truncate BEFORE TRUNCATE ON consent_event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(_TALLY_UPDATE)
    op.execute(_TALLY_INSERT)
    op.execute(_TALLY_DELETE)
    op.execute(
        "CREATE TRIGGER message_tally_update AFTER UPDATE ON message REFERENCING OLD TABLE AS before_rows "
        "NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_update()"
    )
    op.execute(
        "CREATE TRIGGER message_tally_insert AFTER INSERT ON message REFERENCING NEW TABLE AS after_rows "
        "FOR EACH STATEMENT EXECUTE FUNCTION tally_insert()"
    )
    op.execute(
        "CREATE TRIGGER message_tally_delete AFTER DELETE ON message REFERENCING OLD TABLE AS before_rows "
        "FOR EACH STATEMENT EXECUTE FUNCTION tally_delete()"
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("delete", "insert", "update"):
        op.execute(f"DROP TRIGGER message_tally_{name} ON message")
        op.execute(f"DROP FUNCTION tally_{name}()")
    op.execute("DROP TRIGGER consent_event_no_truncate ON consent_event")
    op.execute("DROP TRIGGER consent_event_append_only ON consent_event")
    op.execute("DROP FUNCTION refuse_change()")
