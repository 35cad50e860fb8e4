"""Campaigns that come round, and sequences of steps that events set off.

Run before the code that needs it is deployed.
Revision: 2026_11_25_series, after: 2026_11_25_put_down.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "2026_11_25_series"
down_revision = "2026_11_25_put_down"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def _uuid(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UUID(as_uuid=True), nullable=nullable)


def _series() -> None:
    op.create_table(
        "campaign_series",
        sa.Column(
            "workspace_id", UUID(as_uuid=True), sa.ForeignKey("workspace.id", name="fk_campaign_series_workspace"), nullable=False
        ),
        _uuid("id"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _uuid("campaign_id"),
        sa.Column("rhythm", JSONB, nullable=False),
        sa.Column("valid_for_seconds", sa.Integer, nullable=False),
        sa.Column("until", _AT, nullable=True),
        sa.Column("next_at", _AT, nullable=True),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_campaign_series"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "campaign_id"], ["campaign.workspace_id", "campaign.id"], name="fk_campaign_series_campaign"
        ),
        sa.CheckConstraint("state IN ('running', 'paused', 'ended')", name="ck_campaign_series_state"),
    )
    op.create_index("ix_campaign_series_next_at", "campaign_series", ["next_at"], postgresql_where=sa.text("state = 'running'"))
    op.add_column("campaign", _uuid("series_id", nullable=True))
    op.add_column("campaign", sa.Column("occurrence_at", _AT, nullable=True))
    op.create_index(
        "uq_campaign_occurrence",
        "campaign",
        ["workspace_id", "series_id", "occurrence_at"],
        unique=True,
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )


def _sequences() -> None:
    op.create_table(
        "sequence",
        sa.Column(
            "workspace_id", UUID(as_uuid=True), sa.ForeignKey("workspace.id", name="fk_sequence_workspace"), nullable=False
        ),
        _uuid("id"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("trigger_event", sa.Text, nullable=True),
        _uuid("audience_id", nullable=True),
        sa.Column("exit_event", sa.Text, nullable=True),
        sa.Column("reenter_after_seconds", sa.Integer, nullable=True),
        sa.Column("steps", JSONB, nullable=False),
        sa.Column("started_at", _AT, nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_sequence"),
        sa.UniqueConstraint("workspace_id", "name", name="uq_sequence_workspace_id_name"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "audience_id"], ["audience.workspace_id", "audience.id"], name="fk_sequence_audience"
        ),
        sa.CheckConstraint("state IN ('draft', 'running', 'paused', 'ended')", name="ck_sequence_state"),
    )
    op.create_index(
        "ix_sequence_trigger", "sequence", ["workspace_id", "trigger_event"], postgresql_where=sa.text("state = 'running'")
    )
    op.create_table(
        "enrolment",
        _uuid("workspace_id"),
        _uuid("id"),
        _uuid("sequence_id"),
        _uuid("contact_id"),
        sa.Column("entry", sa.SmallInteger, nullable=False, comment="counts a contact's ways through the sequence, from 0"),
        sa.Column("step", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("due_at", _AT, nullable=False),
        _uuid("event_id", nullable=True),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("updated_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_enrolment"),
        sa.UniqueConstraint(
            "workspace_id", "sequence_id", "contact_id", "entry", name="uq_enrolment_workspace_id_sequence_id_contact_id_entry"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "sequence_id"], ["sequence.workspace_id", "sequence.id"], name="fk_enrolment_sequence"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name="fk_enrolment_contact",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("state IN ('waiting', 'done', 'left')", name="ck_enrolment_state"),
    )
    op.create_index("ix_enrolment_due_at", "enrolment", ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_enrolment_contact", "enrolment", ["workspace_id", "contact_id"])


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _series()
    _sequences()
    op.add_column("campaign", _uuid("sequence_id", nullable=True))
    op.create_foreign_key("fk_campaign_sequence", "campaign", "sequence", ["workspace_id", "sequence_id"], ["workspace_id", "id"])
    op.add_column("message", sa.Column("entry", sa.SmallInteger, nullable=False, server_default="0"))
    op.drop_constraint("uq_message_workspace_id_campaign_id_phone", "message")
    op.create_unique_constraint(
        "uq_message_workspace_id_campaign_id_phone_entry", "message", ["workspace_id", "campaign_id", "phone", "entry"]
    )


def downgrade() -> None:
    """Undo."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint("uq_message_workspace_id_campaign_id_phone_entry", "message")
    op.create_unique_constraint("uq_message_workspace_id_campaign_id_phone", "message", ["workspace_id", "campaign_id", "phone"])
    op.drop_column("message", "entry")
    op.drop_constraint("fk_campaign_sequence", "campaign")
    op.drop_column("campaign", "sequence_id")
    op.drop_table("enrolment")
    op.drop_table("sequence")
    op.drop_index("uq_campaign_occurrence")
    op.drop_column("campaign", "occurrence_at")
    op.drop_column("campaign", "series_id")
    op.drop_table("campaign_series")
