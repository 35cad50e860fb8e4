"""The compliance core: kinds and scope of consent, places, registries, reviews, rule rows, and keys that survive erasure.

Run before the code that needs it is deployed. Foreign keys to `number` are made anew so that rows follow a number into its keyed
hash; on large tables that checks every row once.
Revision: 2026_11_25_compliance, after: 2026_11_23_triggers.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_25_compliance"
down_revision = "2026_11_23_triggers"
branch_labels = None
depends_on = None

# table, constraint, new condition, old condition: Alembic's comparison does not see into check constraints.
_BASES = (
    "basis IN ('express_written', 'express_oral', 'express', 'implied_purchase', 'implied_inquiry', 'implied_non_business', "
    "'soft_opt_in', 'contract')"
)
_CHECKS = (
    (
        "number",
        "e164",
        r"phone ~ '^(\+[1-9][0-9]{4,14}|erased:[0-9a-f]{8}:[0-9a-f]{64})$'",
        r"phone ~ '^\+[1-9][0-9]{4,14}$'",
    ),
    (
        "consent_event",
        "kind",
        "kind IN ('asked', 'confirmed', 'declined', 'given', 'refreshed', 'revoked', 'expired')",
        "kind IN ('asked', 'confirmed', 'given', 'refreshed', 'revoked', 'expired')",
    ),
    (
        "consent",
        "state",
        "state IN ('pending', 'given', 'declined', 'revoked', 'expired')",
        "state IN ('pending', 'given', 'revoked', 'expired')",
    ),
    (
        "suppression",
        "reason",
        (
            "reason IN ('opt_out', 'objection', 'complaint', 'review', 'wrong_number', 'invalid_number', 'hard_bounce', "
            "'carrier_blocked', 'deactivated', 'reassigned', 'erased', 'dnc')"
        ),
        "reason IN ('opt_out', 'invalid_number', 'carrier_blocked', 'erased', 'dnc')",
    ),
)
_NEW_CHECKS = (
    ("consent", "basis", _BASES),
    ("consent_event", "basis", _BASES),
    ("message", "ground", "ground IN ('', 'emergency', 'user_initiated')"),
)
_KEY = ("workspace_id", "phone", "channel", "purpose", "topic")


def upgrade() -> None:
    """Apply."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "registry_entry",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_about", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('listed', 'clear', 'unknown')", name=op.f("ck_registry_entry_answer")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_registry_entry_workspace")),
        sa.PrimaryKeyConstraint("workspace_id", "phone", "registry", name=op.f("pk_registry_entry")),
        comment="What a registry says of a number, known to the workspace or not: a line of a file, or a query's result",
    )
    op.create_index("ix_registry_entry_registry", "registry_entry", ["workspace_id", "registry", "as_of"], unique=False)
    op.create_table(
        "registry_file",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("registry", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_registry_file_workspace")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_registry_file")),
        comment="A file of a registry, loaded whole: a number it does not list is clear as of its date",
    )
    op.create_index("ix_registry_file_registry", "registry_file", ["workspace_id", "registry", "as_of"], unique=False)
    op.create_table(
        "rule_row",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('hours', 'closed_day', 'emergency_ban')", name=op.f("ck_rule_row_kind")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_rule_row_dates")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_rule_row_workspace")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_rule_row")),
        comment="A workspace's own rule rows: they only ever tighten what the book says",
    )
    op.create_table(
        "double_opt_in",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("brand", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("token_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("message_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('marketing', 'transactional')", name=op.f("ck_double_opt_in_purpose")),
        sa.CheckConstraint("state IN ('asked', 'confirmed', 'declined', 'expired')", name=op.f("ck_double_opt_in_state")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "phone"],
            ["number.workspace_id", "number.phone"],
            name=op.f("fk_double_opt_in_number"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_double_opt_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_double_opt_in_token_hash")),
        comment="A request for consent that waits for its answer; of a token only the hash is kept",
    )
    op.create_index(
        "ix_double_opt_in_once",
        "double_opt_in",
        ["workspace_id", "phone", "purpose", "topic", "brand"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "review",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("inbound_id", sa.UUID(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('review', 'wrong_number')", name=op.f("ck_review_kind")),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('opt_out', 'not_an_opt_out', 'wrong_number')", name=op.f("ck_review_outcome")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name=op.f("ck_review_settled")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "phone"], ["number.workspace_id", "number.phone"], name=op.f("fk_review_number"), onupdate="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_review")),
        comment="Replies a person has to read: marketing to the number rests until one has",
    )
    op.create_index("ix_review_open", "review", ["workspace_id", "id"], unique=False, postgresql_where=sa.text("outcome IS NULL"))
    op.create_index("ix_review_phone", "review", ["workspace_id", "phone"], unique=False)
    op.create_table(
        "sender_block",
        sa.Column("workspace_id", sa.UUID(), nullable=False),
        sa.Column("sender_id", sa.UUID(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "phone"],
            ["number.workspace_id", "number.phone"],
            name=op.f("fk_sender_block_number"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "sender_id"], ["sender.workspace_id", "sender.id"], name=op.f("fk_sender_block_sender")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "phone", "sender_id", name=op.f("pk_sender_block")),
        comment="A pair of sender and number that the carrier blocks, whatever the law allows",
    )
    op.add_column("campaign", sa.Column("brand", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("campaign", sa.Column("topic", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("campaign", sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("campaign", sa.Column("technology", sa.Text(), server_default=sa.text("'text'"), nullable=False))
    op.add_column(
        "campaign", sa.Column("categories", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False)
    )
    op.add_column("consent", sa.Column("brand", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("consent", sa.Column("basis", sa.Text(), server_default=sa.text("'express_written'"), nullable=False))
    op.add_column(
        "consent", sa.Column("flags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False)
    )
    op.drop_constraint(op.f("fk_consent_number"), "consent", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_consent_number"), "consent", "number", ["workspace_id", "phone"], ["workspace_id", "phone"], onupdate="CASCADE"
    )
    op.add_column("consent_event", sa.Column("brand", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("consent_event", sa.Column("basis", sa.Text(), server_default=sa.text("'express_written'"), nullable=False))
    op.add_column("consent_event", sa.Column("tenure", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.drop_constraint(op.f("fk_consent_event_number"), "consent_event", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_consent_event_number"),
        "consent_event",
        "number",
        ["workspace_id", "phone"],
        ["workspace_id", "phone"],
        onupdate="CASCADE",
    )
    op.add_column(
        "contact",
        sa.Column("places", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    )
    op.add_column("contact", sa.Column("birth_date", sa.Date(), nullable=True))
    op.add_column("contact", sa.Column("age_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "contact",
        sa.Column("person", sa.Text(), nullable=True, comment="the caller's id of the person, who may have several numbers"),
    )
    op.create_index(
        "ix_contact_person", "contact", ["workspace_id", "person"], unique=False, postgresql_where=sa.text("person IS NOT NULL")
    )
    op.drop_constraint(op.f("fk_contact_number"), "contact", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_contact_number"), "contact", "number", ["workspace_id", "phone"], ["workspace_id", "phone"], onupdate="CASCADE"
    )
    op.add_column("message", sa.Column("brand", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("message", sa.Column("topic", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("message", sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("message", sa.Column("ground", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "message",
        sa.Column(
            "objected",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
            comment="codes of its decision",
        ),
    )
    op.drop_constraint(op.f("fk_message_number"), "message", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_message_number"), "message", "number", ["workspace_id", "phone"], ["workspace_id", "phone"], onupdate="CASCADE"
    )
    op.add_column(
        "number",
        sa.Column("line_type", sa.Text(), nullable=True, comment="what a look-up or a carrier's refusal said, where it differs"),
    )
    op.add_column(
        "number",
        sa.Column(
            "tenure", sa.Integer(), server_default=sa.text("1"), nullable=False, comment="counts the people it belonged to"
        ),
    )
    op.add_column("number", sa.Column("tenure_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("number", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("number", sa.Column("hard_bounces", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("number", sa.Column("soft_bounces", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column(
        "sender",
        sa.Column("registration", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
    op.add_column("suppression", sa.Column("method", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("suppression", sa.Column("via", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("suppression", sa.Column("answered", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.drop_constraint(op.f("fk_suppression_number"), "suppression", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_suppression_number"),
        "suppression",
        "number",
        ["workspace_id", "phone"],
        ["workspace_id", "phone"],
        onupdate="CASCADE",
    )
    for table, name, new, _ in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)
    for table, name, condition in _NEW_CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.drop_constraint(op.f("pk_consent"), "consent", type_="primary")
    op.create_primary_key(op.f("pk_consent"), "consent", [*_KEY, "brand", "basis"])


def downgrade() -> None:
    """Undo. Consents of several brands or bases for one key must be gone before."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("pk_consent"), "consent", type_="primary")
    op.create_primary_key(op.f("pk_consent"), "consent", [*_KEY])
    for table, name, _ in _NEW_CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    for table, name, _, old in _CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, old)
    op.drop_constraint(op.f("fk_suppression_number"), "suppression", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_suppression_number"), "suppression", "number", ["workspace_id", "phone"], ["workspace_id", "phone"]
    )
    op.drop_column("suppression", "answered")
    op.drop_column("suppression", "via")
    op.drop_column("suppression", "method")
    op.drop_column("sender", "registration")
    op.drop_column("number", "soft_bounces")
    op.drop_column("number", "hard_bounces")
    op.drop_column("number", "proved_at")
    op.drop_column("number", "tenure_since")
    op.drop_column("number", "tenure")
    op.drop_column("number", "line_type")
    op.drop_constraint(op.f("fk_message_number"), "message", type_="foreignkey")
    op.create_foreign_key(op.f("fk_message_number"), "message", "number", ["workspace_id", "phone"], ["workspace_id", "phone"])
    op.drop_column("message", "objected")
    op.drop_column("message", "ground")
    op.drop_column("message", "subject")
    op.drop_column("message", "topic")
    op.drop_column("message", "brand")
    op.drop_constraint(op.f("fk_contact_number"), "contact", type_="foreignkey")
    op.create_foreign_key(op.f("fk_contact_number"), "contact", "number", ["workspace_id", "phone"], ["workspace_id", "phone"])
    op.drop_index("ix_contact_person", table_name="contact", postgresql_where=sa.text("person IS NOT NULL"))
    op.drop_column("contact", "person")
    op.drop_column("contact", "age_verified")
    op.drop_column("contact", "birth_date")
    op.drop_column("contact", "places")
    op.drop_constraint(op.f("fk_consent_event_number"), "consent_event", type_="foreignkey")
    op.create_foreign_key(
        op.f("fk_consent_event_number"), "consent_event", "number", ["workspace_id", "phone"], ["workspace_id", "phone"]
    )
    op.drop_column("consent_event", "tenure")
    op.drop_column("consent_event", "basis")
    op.drop_column("consent_event", "brand")
    op.drop_constraint(op.f("fk_consent_number"), "consent", type_="foreignkey")
    op.create_foreign_key(op.f("fk_consent_number"), "consent", "number", ["workspace_id", "phone"], ["workspace_id", "phone"])
    op.drop_column("consent", "flags")
    op.drop_column("consent", "basis")
    op.drop_column("consent", "brand")
    op.drop_column("campaign", "categories")
    op.drop_column("campaign", "technology")
    op.drop_column("campaign", "subject")
    op.drop_column("campaign", "topic")
    op.drop_column("campaign", "brand")
    op.drop_table("sender_block")
    op.drop_index("ix_review_phone", table_name="review")
    op.drop_index("ix_review_open", table_name="review", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_table("review")
    op.drop_index("ix_double_opt_in_once", table_name="double_opt_in", postgresql_where=sa.text("state = 'asked'"))
    op.drop_table("double_opt_in")
    op.drop_table("rule_row")
    op.drop_index("ix_registry_file_registry", table_name="registry_file")
    op.drop_table("registry_file")
    op.drop_index("ix_registry_entry_registry", table_name="registry_entry")
    op.drop_table("registry_entry")
