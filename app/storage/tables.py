"""What is stored, and which states can never be? The whole schema, with the workspace in every key."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, UUID

from app.domain.facts import ConsentBasis, ConsentState, Ground
from app.domain.message import Channel, Origin, Purpose, State

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Instant = sa.DateTime(timezone=True)
_EMPTY_JSON = sa.text("'{}'::jsonb")

CAMPAIGN_STATES = ("draft", "scheduled", "running", "paused", "draining", "completed", "cancelled")
CONSENT_KINDS = ("asked", "confirmed", "declined", "given", "refreshed", "revoked", "expired")
SUPPRESSION_REASONS = (
    "opt_out",
    "objection",
    "complaint",
    "review",
    "wrong_number",
    "invalid_number",
    "hard_bounce",
    "carrier_blocked",
    "deactivated",
    "reassigned",
    "erased",
    "dnc",
)
PREFLIGHT_STATES = ("queued", "running", "completed", "failed", "cancelled")
IMPORT_STATES = ("queued", "running", "completed", "failed", "cancelled")


def _one_of(column: str, words: tuple[str, ...] | list[str]) -> str:
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


def _workspace() -> sa.Column[object]:
    """The workspace of a row that stands on its own; rows under another are tied to it by their composite keys."""
    return sa.Column("workspace_id", UUID(as_uuid=True), sa.ForeignKey("workspace.id"), nullable=False)


def _id() -> sa.Column[object]:
    return sa.Column("id", UUID(as_uuid=True), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, _Instant, nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text, nullable=nullable, server_default=None if default is None else sa.text(f"'{default}'"))


def _uuid(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UUID(as_uuid=True), nullable=nullable)


def _belongs(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"])


def _numbered() -> sa.ForeignKeyConstraint:
    """Every row about a number follows it when erasure replaces it by its keyed hash."""
    return sa.ForeignKeyConstraint(["workspace_id", "phone"], ["number.workspace_id", "number.phone"], onupdate="CASCADE")


workspace = sa.Table(
    "workspace",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    _text("name"),
    sa.Column("policy", JSONB, nullable=False, server_default=_EMPTY_JSON),
    _instant("created_at"),
    _instant("updated_at"),
)

api_key = sa.Table(
    "api_key",
    metadata,
    _workspace(),
    _id(),
    _text("name"),
    sa.Column("secret_hash", BYTEA, nullable=False, unique=True),
    _text("hint"),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    _instant("created_at"),
    _instant("expires_at", nullable=True),
    _instant("revoked_at", nullable=True),
    _instant("last_used_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.CheckConstraint("octet_length(secret_hash) = 32", name="hashed"),
)

number = sa.Table(
    "number",
    metadata,
    _workspace(),
    _text("phone"),
    _text("region"),
    _text("kind"),
    sa.Column("zones", ARRAY(sa.Text), nullable=False),
    sa.Column("line_type", sa.Text, nullable=True, comment="what a look-up or a carrier's refusal said, where it differs"),
    sa.Column("tenure", sa.Integer, nullable=False, server_default=sa.text("1"), comment="counts the people it belonged to"),
    _instant("tenure_since", nullable=True),
    _instant("proved_at", nullable=True),
    sa.Column("hard_bounces", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("soft_bounces", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    _instant("hard_bounced_at", nullable=True),
    _instant("soft_bounced_at", nullable=True),
    _instant("created_at"),
    sa.PrimaryKeyConstraint("workspace_id", "phone"),
    sa.Index("ix_number_erased", "workspace_id", "phone", postgresql_where=sa.text("phone LIKE 'erased:%'")),
    sa.CheckConstraint(r"phone ~ '^(\+[1-9][0-9]{4,14}|erased:[0-9a-f]{8}:[0-9a-f]{64})$'", name="e164"),
    comment="One row per number known to a workspace; its row lock settles consent and caps",
)

contact = sa.Table(
    "contact",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _text("phone"),
    sa.Column("attributes", JSONB, nullable=False, server_default=_EMPTY_JSON),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    _text("locale", nullable=True),
    _text("time_zone", nullable=True),
    sa.Column("places", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    sa.Column("birth_date", sa.Date, nullable=True),
    sa.Column("age_verified", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("person", sa.Text, nullable=True, comment="the caller's id of the person, who may have several numbers"),
    _text("provenance"),
    _instant("created_at"),
    _instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "phone"),
    sa.Index("ix_contact_person", "workspace_id", "person", postgresql_where=sa.text("person IS NOT NULL")),
    _numbered(),
    sa.CheckConstraint("jsonb_typeof(attributes) = 'object'", name="attributes_object"),
)

consent_event = sa.Table(
    "consent_event",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _text("phone"),
    _text("kind"),
    _text("channel", nullable=True),
    _text("purpose"),
    _text("topic", default=""),
    _text("brand", default=""),
    _text("basis", default="express_written"),
    sa.Column("tenure", sa.Integer, nullable=False, server_default=sa.text("1")),
    _text("method"),
    sa.Column("evidence", JSONB, nullable=False, server_default=_EMPTY_JSON),
    _text("source"),
    _text("actor"),
    _instant("expires_at", nullable=True),
    _instant("occurred_at"),
    _instant("recorded_at"),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="its place in the workspace's chain: 1, 2, 3 without gaps"),
    sa.Column("number_seq", sa.Integer, nullable=False, comment="its place in its number's chain"),
    sa.Column("salt", BYTEA, nullable=True, comment="opens number_hash and evidence_hash; erased together with what they hide"),
    sa.Column("number_hash", BYTEA, nullable=False),
    sa.Column("evidence_hash", BYTEA, nullable=False),
    sa.Column("previous", BYTEA, nullable=False, comment="hash of the workspace's entry before, zeros before the first"),
    sa.Column("number_previous", BYTEA, nullable=False, comment="hash of the number's entry before"),
    sa.Column("hash", BYTEA, nullable=False),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.Index("uq_consent_event_seq", "workspace_id", "seq", unique=True),
    _numbered(),
    sa.CheckConstraint(_one_of("kind", CONSENT_KINDS), name="kind"),
    sa.CheckConstraint(f"channel IS NULL OR {_one_of('channel', list(Channel))}", name="channel"),
    sa.CheckConstraint(_one_of("purpose", list(Purpose)), name="purpose"),
    sa.CheckConstraint(_one_of("basis", list(ConsentBasis)), name="basis"),
    sa.CheckConstraint("octet_length(hash) = 32 AND octet_length(previous) = 32 AND octet_length(salt) = 32", name="hashed"),
    sa.Index("ix_consent_event_phone", "workspace_id", "phone", "number_seq"),
    comment="The consent ledger: append-only and hash-chained (app/domain/ledger.py); a trigger refuses update, delete, truncate",
)

ledger_head = sa.Table(
    "ledger_head",
    metadata,
    _workspace(),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", BYTEA, nullable=False),
    sa.PrimaryKeyConstraint("workspace_id"),
    comment="Where a workspace's chain ends; its row lock puts appends in order, after the locks on numbers and leases",
)

ledger_signature = sa.Table(
    "ledger_signature",
    metadata,
    _workspace(),
    sa.Column("seq", sa.BigInteger, nullable=False),
    _text("key_id"),
    sa.Column("hash", BYTEA, nullable=False),
    sa.Column("public_key", BYTEA, nullable=False),
    sa.Column("signature", BYTEA, nullable=False),
    _instant("signed_at"),
    sa.PrimaryKeyConstraint("workspace_id", "seq", "key_id"),
    comment="Heads as they were signed and published: a chain that was rewritten no longer fits them",
)

consent = sa.Table(
    "consent",
    metadata,
    _uuid("workspace_id"),
    _text("phone"),
    _text("channel"),
    _text("purpose"),
    _text("topic", default=""),
    _text("brand", default=""),
    _text("basis", default="express_written"),
    _text("state"),
    _instant("since"),
    _instant("expires_at", nullable=True),
    sa.Column("flags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    _uuid("event_id"),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "channel", "purpose", "topic", "brand", "basis"),
    _numbered(),
    _belongs("event_id", "consent_event"),
    sa.CheckConstraint(_one_of("state", [state for state in ConsentState if state != ConsentState.NONE]), name="state"),
    sa.CheckConstraint(_one_of("channel", list(Channel)), name="channel"),
    sa.CheckConstraint(_one_of("purpose", list(Purpose)), name="purpose"),
    sa.CheckConstraint(_one_of("basis", list(ConsentBasis)), name="basis"),
    comment="What the ledger adds up to now",
)

suppression = sa.Table(
    "suppression",
    metadata,
    _uuid("workspace_id"),
    _text("phone"),
    _text("reason"),
    _text("channel", default=""),
    _text("scope"),
    _text("source"),
    _text("method", default=""),
    _text("via", default=""),
    _text("answered", default=""),
    _instant("since"),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "reason", "channel"),
    _numbered(),
    sa.CheckConstraint(_one_of("reason", SUPPRESSION_REASONS), name="reason"),
    sa.CheckConstraint("scope IN ('marketing', 'all')", name="scope"),
    sa.CheckConstraint(f"channel = '' OR {_one_of('channel', list(Channel))}", name="channel"),
)

registry_entry = sa.Table(
    "registry_entry",
    metadata,
    _workspace(),
    _text("registry"),
    _text("phone"),
    _text("answer"),
    _instant("as_of"),
    _instant("asked_about", nullable=True),
    _instant("recorded_at"),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "registry"),
    sa.CheckConstraint("answer IN ('listed', 'clear', 'unknown')", name="answer"),
    sa.Index("ix_registry_entry_registry", "workspace_id", "registry", "as_of"),
    comment="What a registry says of a number, known to the workspace or not: a line of a file, or a query's result",
)

registry_file = sa.Table(
    "registry_file",
    metadata,
    _workspace(),
    _id(),
    _text("registry"),
    _instant("as_of"),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("rejected", sa.Integer, nullable=False),
    sa.Column("whole", sa.Boolean, nullable=False, server_default=sa.text("true")),
    _instant("recorded_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.Index("ix_registry_file_registry", "workspace_id", "registry", "as_of"),
    comment="A file of a registry, loaded whole: a number it does not list is clear as of its date",
)

rule_row = sa.Table(
    "rule_row",
    metadata,
    _workspace(),
    _id(),
    _text("kind"),
    _text("region"),
    sa.Column("channels", ARRAY(sa.Text), nullable=False),
    sa.Column("terms", JSONB, nullable=False, server_default=_EMPTY_JSON),
    _text("source"),
    _instant("valid_from"),
    _instant("valid_to", nullable=True),
    _instant("created_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.CheckConstraint("kind IN ('hours', 'closed_day', 'emergency_ban')", name="kind"),
    sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="dates"),
    comment="A workspace's own rule rows: they only ever tighten what the book says",
)

provider = sa.Table(
    "provider",
    metadata,
    _workspace(),
    _id(),
    _text("kind"),
    _text("name"),
    sa.Column("credentials", BYTEA, nullable=False),
    _text("base_url", nullable=True),
    _text("opt_out_replies", default="tactful"),
    _instant("held_until", nullable=True),
    _text("hold_reason", default=""),
    _instant("created_at"),
    _instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
    sa.CheckConstraint("opt_out_replies IN ('tactful', 'carrier')", name="opt_out_replies"),
    comment="A carrier API account; credentials are encrypted with the service's key",
)

sender = sa.Table(
    "sender",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _uuid("provider_id"),
    _text("channel"),
    _text("kind"),
    _text("address"),
    sa.Column("parts_per_second", sa.Double, nullable=False),
    sa.Column("registration", JSONB, nullable=False, server_default=_EMPTY_JSON),
    _instant("held_until", nullable=True),
    _text("hold_reason", default=""),
    _instant("created_at"),
    _instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "provider_id", "channel", "address"),
    _belongs("provider_id", "provider"),
    sa.CheckConstraint(_one_of("channel", list(Channel)), name="channel"),
    sa.CheckConstraint("parts_per_second > 0", name="rate"),
)

sender_block = sa.Table(
    "sender_block",
    metadata,
    _uuid("workspace_id"),
    _uuid("sender_id"),
    _text("phone"),
    _text("code"),
    _instant("since"),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "sender_id"),
    _belongs("sender_id", "sender"),
    _numbered(),
    comment="A pair of sender and number that the carrier blocks, whatever the law allows",
)

template = sa.Table(
    "template",
    metadata,
    _workspace(),
    _id(),
    _text("name"),
    _text("channel"),
    sa.Column("version", sa.Integer, nullable=False),
    _instant("created_at"),
    _instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
    sa.CheckConstraint(_one_of("channel", list(Channel)), name="channel"),
)

template_version = sa.Table(
    "template_version",
    metadata,
    _uuid("workspace_id"),
    _uuid("template_id"),
    sa.Column("version", sa.Integer, nullable=False),
    _text("body"),
    _instant("created_at"),
    sa.Column("content", JSONB, nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "template_id", "version"),
    _belongs("template_id", "template"),
)

audience = sa.Table(
    "audience",
    metadata,
    _workspace(),
    _id(),
    _text("name"),
    sa.Column("rule", JSONB, nullable=False),
    _instant("created_at"),
    _instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
)

campaign = sa.Table(
    "campaign",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _text("name"),
    _text("state"),
    _text("channel"),
    _text("purpose"),
    _uuid("template_id"),
    sa.Column("template_version", sa.Integer, nullable=False),
    _uuid("audience_id"),
    sa.Column("rule", JSONB, nullable=True, comment="the audience's rule as it stood at launch"),
    _uuid("sender_id"),
    sa.Column("caps", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    _text("brand", default=""),
    _text("topic", default=""),
    _text("subject", default=""),
    _text("technology", default="text"),
    sa.Column("categories", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    _instant("not_after", nullable=True),
    _instant("scheduled_at", nullable=True),
    _instant("launched_at", nullable=True),
    _instant("finished_at", nullable=True),
    _instant("created_at"),
    _instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    _belongs("audience_id", "audience"),
    _belongs("sender_id", "sender"),
    sa.ForeignKeyConstraint(
        ["workspace_id", "template_id", "template_version"],
        ["template_version.workspace_id", "template_version.template_id", "template_version.version"],
    ),
    sa.CheckConstraint(_one_of("state", CAMPAIGN_STATES), name="state"),
    sa.CheckConstraint(_one_of("channel", list(Channel)), name="channel"),
    sa.CheckConstraint(_one_of("purpose", list(Purpose)), name="purpose"),
    sa.CheckConstraint("state <> 'scheduled' OR scheduled_at IS NOT NULL", name="scheduled"),
    sa.CheckConstraint("state IN ('draft', 'scheduled', 'cancelled') OR launched_at IS NOT NULL", name="launched"),
    sa.Index("ix_campaign_lane", "sender_id", "state", postgresql_where=sa.text("state IN ('running', 'scheduled', 'paused')")),
)

preflight = sa.Table(
    "preflight",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _uuid("campaign_id"),
    _text("state"),
    _instant("at"),
    sa.Column("plan", JSONB, nullable=False, comment="the campaign as it stood when it was asked"),
    _uuid("last_contact_id", nullable=True),
    _uuid("up_to_contact_id"),
    sa.Column("members", sa.BigInteger, nullable=False, server_default=sa.text("0"), comment="decided so far"),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("findings", JSONB, nullable=False, server_default=_EMPTY_JSON),
    sa.Column("report", JSONB, nullable=True),
    _text("error", nullable=True),
    _instant("created_at"),
    _instant("finished_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    _belongs("campaign_id", "campaign"),
    sa.CheckConstraint(_one_of("state", PREFLIGHT_STATES), name="state"),
    sa.CheckConstraint("(state = 'completed') = (report IS NOT NULL)", name="reported"),
    sa.Index("ix_preflight_campaign", "workspace_id", "campaign_id", "id"),
    sa.Index("ix_preflight_open", "workspace_id", "id", postgresql_where=sa.text("state IN ('queued', 'running')")),
    comment="An audience decided without acting: the count so far, which a crashed job resumes from, then its report",
)

materialisation = sa.Table(
    "materialisation",
    metadata,
    _uuid("workspace_id"),
    _uuid("campaign_id"),
    _uuid("last_contact_id", nullable=True),
    _uuid("up_to_contact_id"),
    sa.Column("members", sa.BigInteger, nullable=False, server_default=sa.text("0"), comment="read from the audience so far"),
    _instant("finished_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "campaign_id"),
    _belongs("campaign_id", "campaign"),
    comment="How far a launch has come: the checkpoint a crashed launch resumes from",
)

message = sa.Table(
    "message",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _uuid("campaign_id", nullable=True),
    _uuid("contact_id", nullable=True),
    _text("phone"),
    _uuid("sender_id"),
    _text("channel"),
    _text("purpose"),
    _text("origin"),
    _text("reply_to", nullable=True),
    _text("brand", default=""),
    _text("topic", default=""),
    _text("subject", default=""),
    _text("ground", default=""),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False),
    _text("reason", default=""),
    sa.Column("decision", JSONB, nullable=True),
    sa.Column(
        "objected", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]"), comment="codes of its decisions"
    ),
    _text("body", nullable=True),
    sa.Column("parts", sa.SmallInteger, nullable=True),
    _instant("due_at"),
    _instant("not_after", nullable=True),
    _instant("counted_at", nullable=True),
    sa.Column("attempts", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    _uuid("lease_id", nullable=True),
    _instant("handed_over_at", nullable=True),
    _instant("created_at"),
    _instant("updated_at"),
    sa.Column("content", JSONB, nullable=True),
    sa.Column("plan", JSONB, nullable=True),
    sa.Column("hop", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("hop_from", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("maybe_twice", sa.Boolean, nullable=False, server_default=sa.text("false")),
    _instant("fall_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "campaign_id", "phone"),
    _belongs("campaign_id", "campaign"),
    sa.ForeignKeyConstraint(
        ["workspace_id", "contact_id"], ["contact.workspace_id", "contact.id"], ondelete="SET NULL (contact_id)"
    ),
    _belongs("sender_id", "sender"),
    _numbered(),
    sa.CheckConstraint(f"state IN ({', '.join(str(int(state)) for state in State)})", name="state"),
    sa.CheckConstraint(_one_of("channel", list(Channel)), name="channel"),
    sa.CheckConstraint(_one_of("purpose", list(Purpose)), name="purpose"),
    sa.CheckConstraint(_one_of("origin", list(Origin)), name="origin"),
    sa.CheckConstraint("(origin = 'campaign') = (campaign_id IS NOT NULL)", name="campaign_origin"),
    sa.CheckConstraint("(origin = 'reply') = (reply_to IS NOT NULL)", name="reply_origin"),
    sa.CheckConstraint(_one_of("ground", [ground for ground in Ground if ground != Ground.CONSENT_REQUEST]), name="ground"),
    sa.CheckConstraint("campaign_id IS NOT NULL OR body IS NOT NULL", name="content"),
    sa.CheckConstraint("state <> 20 OR lease_id IS NOT NULL", name="sending_is_leased"),
    sa.CheckConstraint("state <> 10 OR (lease_id IS NULL AND counted_at IS NULL)", name="queued_is_free"),
    sa.Index("ix_message_number", "workspace_id", "phone", "counted_at"),
    sa.Index("ix_message_claim", "sender_id", "campaign_id", "priority", "due_at", "id", postgresql_where=sa.text("state = 10")),
    sa.Index("ix_message_objected", "objected", postgresql_using="gin", postgresql_where=sa.text("objected <> '{}'::text[]")),
    sa.Index("ix_message_held", "workspace_id", "id", postgresql_where=sa.text("objected <> '{}'::text[]")),
    sa.Index("ix_message_emergency", "workspace_id", "created_at", postgresql_where=sa.text("ground = 'emergency'")),
    sa.Index("ix_message_fall", "fall_at", postgresql_where=sa.text("fall_at IS NOT NULL")),
    sa.Index("ix_message_awaiting", "updated_at", postgresql_where=sa.text("state IN (25, 30, 40)")),
)

attempt = sa.Table(
    "attempt",
    metadata,
    _uuid("workspace_id"),
    _uuid("message_id"),
    sa.Column("number", sa.SmallInteger, nullable=False),
    _uuid("provider_id"),
    _uuid("sender_id"),
    _text("outcome"),
    _text("provider_message_id", nullable=True),
    _text("error_class", nullable=True),
    _text("error_code", nullable=True),
    _text("detail", nullable=True),
    _instant("handed_over_at"),
    _instant("answered_at", nullable=True),
    _uuid("lease_id", nullable=True),
    _text("channel", default="sms"),
    _text("answered_by", nullable=True),
    sa.Column("duration", sa.Integer, nullable=True),
    sa.Column("asks", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    _instant("ask_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "message_id", "number"),
    _belongs("message_id", "message"),
    sa.Index("ix_attempt_batch", "lease_id", postgresql_where=sa.text("outcome = 'unknown' AND lease_id IS NOT NULL")),
    sa.CheckConstraint("outcome IN ('accepted', 'refused', 'never_left', 'unknown')", name="outcome"),
    sa.Index(
        "ix_attempt_provider_message",
        "provider_id",
        "provider_message_id",
        unique=True,
        postgresql_where=sa.text("provider_message_id IS NOT NULL"),
    ),
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    _workspace(),
    _uuid("sender_id"),
    _uuid("provider_id"),
    _uuid("campaign_id", nullable=True),
    _text("worker"),
    sa.Column("message_ids", ARRAY(UUID(as_uuid=True)), nullable=False),
    _instant("claimed_at"),
    _instant("expires_at"),
    _instant("departed_at", nullable=True),
    sa.Index("ix_lease_expires_at", "expires_at"),
    comment="A group of claimed messages. departed_at is committed before the first byte goes: it tells safe from unknown",
)

receipt = sa.Table(
    "receipt",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _uuid("provider_id"),
    _text("event_key"),
    _uuid("message_id", nullable=True),
    sa.Column("attempt_number", sa.SmallInteger, nullable=True),
    _text("provider_message_id", nullable=True),
    _text("raw_status"),
    sa.Column("state", sa.SmallInteger, nullable=True),
    _text("error_class", nullable=True),
    _text("error_code", nullable=True),
    _instant("occurred_at", nullable=True),
    _instant("received_at"),
    sa.Column("copies", sa.Integer, nullable=False, server_default=sa.text("1")),
    _uuid("lease_id", nullable=True),
    _text("recipient", nullable=True),
    _text("answered_by", nullable=True),
    sa.Column("duration", sa.Integer, nullable=True),
    sa.Column("price", sa.Numeric, nullable=True),
    _text("currency", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "provider_id", "event_key"),
    _belongs("provider_id", "provider"),
    sa.Index("ix_receipt_message", "workspace_id", "message_id"),
    sa.Index(
        "ix_receipt_unmatched_batch",
        "lease_id",
        "recipient",
        postgresql_where=sa.text("message_id IS NULL AND lease_id IS NOT NULL"),
    ),
    sa.Index("ix_receipt_parked", "id", postgresql_where=sa.text("message_id IS NULL")),
    sa.Index(
        "ix_receipt_unmatched",
        "provider_id",
        "provider_message_id",
        postgresql_where=sa.text("message_id IS NULL"),
    ),
)

inbound = sa.Table(
    "inbound",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _uuid("provider_id"),
    _text("event_key"),
    _text("phone"),
    _text("to_address"),
    _text("channel"),
    _text("body"),
    _text("keyword"),
    _uuid("reply_message_id", nullable=True),
    _instant("received_at"),
    sa.Column("copies", sa.Integer, nullable=False, server_default=sa.text("1")),
    _text("kind", default="text"),
    _text("payload", nullable=True),
    sa.Column("media", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb")),
    _uuid("message_id", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "provider_id", "event_key"),
    _belongs("provider_id", "provider"),
    sa.Index("ix_inbound_phone", "workspace_id", "phone", "id"),
    sa.Index("ix_inbound_message", "workspace_id", "message_id", postgresql_where=sa.text("message_id IS NOT NULL")),
)

review = sa.Table(
    "review",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _text("phone"),
    _uuid("inbound_id", nullable=True),
    _text("kind"),
    _text("outcome", nullable=True),
    _text("settled_by", nullable=True),
    _text("note", default=""),
    _instant("created_at"),
    _instant("settled_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    _numbered(),
    sa.CheckConstraint("kind IN ('review', 'wrong_number')", name="kind"),
    sa.CheckConstraint("outcome IS NULL OR outcome IN ('opt_out', 'not_an_opt_out', 'wrong_number')", name="outcome"),
    sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled"),
    sa.Index("ix_review_open", "workspace_id", "id", postgresql_where=sa.text("outcome IS NULL")),
    sa.Index("ix_review_phone", "workspace_id", "phone"),
    comment="Replies a person has to read: marketing to the number rests until one has",
)

double_opt_in = sa.Table(
    "double_opt_in",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _text("phone"),
    sa.Column("channels", ARRAY(sa.Text), nullable=False),
    _text("purpose"),
    _text("topic", default=""),
    _text("brand", default=""),
    sa.Column("token_hash", BYTEA, nullable=False, unique=True),
    sa.Column("evidence", JSONB, nullable=False, server_default=_EMPTY_JSON),
    _uuid("message_id", nullable=True),
    _text("state"),
    _instant("asked_at"),
    _instant("expires_at"),
    _instant("answered_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    _numbered(),
    sa.CheckConstraint("state IN ('asked', 'confirmed', 'declined', 'expired')", name="state"),
    sa.CheckConstraint(_one_of("purpose", list(Purpose)), name="purpose"),
    sa.Index(
        "ix_double_opt_in_once",
        "workspace_id",
        "phone",
        "purpose",
        "topic",
        "brand",
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    ),
    comment="A request for consent that waits for its answer; of a token only the hash is kept",
)

unread_webhook = sa.Table(
    "unread_webhook",
    metadata,
    _uuid("workspace_id"),
    _id(),
    _uuid("provider_id"),
    _text("method"),
    _text("query"),
    _text("content_type"),
    sa.Column("body", BYTEA, nullable=False),
    _instant("received_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    _belongs("provider_id", "provider"),
    comment="Signed but not understood: kept whole for later reading",
)

webhook_nonce = sa.Table(
    "webhook_nonce",
    metadata,
    _uuid("provider_id"),
    sa.Column("nonce", BYTEA, nullable=False),
    _instant("seen_at"),
    sa.PrimaryKeyConstraint("provider_id", "nonce"),
    sa.Index("ix_webhook_nonce_seen_at", "seen_at"),
    comment="A digest of what made a webhook unique: seen again, it is a replay",
)

campaign_tally = sa.Table(
    "campaign_tally",
    metadata,
    _uuid("workspace_id"),
    _uuid("campaign_id"),
    sa.Column("state", sa.SmallInteger, nullable=False),
    _text("reason"),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.PrimaryKeyConstraint("workspace_id", "campaign_id", "state", "reason"),
    _belongs("campaign_id", "campaign"),
    comment="Counts per state and reason, folded from campaign_tally_delta",
)

campaign_tally_delta = sa.Table(
    "campaign_tally_delta",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _uuid("workspace_id"),
    _uuid("campaign_id"),
    sa.Column("state", sa.SmallInteger, nullable=False),
    _text("reason"),
    sa.Column("messages", sa.BigInteger, nullable=False),
    sa.Index("ix_campaign_tally_delta_campaign", "workspace_id", "campaign_id"),
    comment="Written by a statement trigger on message, in the transition's own transaction; no two writers meet on a row",
)

idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    _workspace(),
    _text("key"),
    sa.Column("fingerprint", BYTEA, nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Column("answer", BYTEA, nullable=False),
    _instant("created_at"),
    sa.PrimaryKeyConstraint("workspace_id", "key"),
    sa.Index("ix_idempotency_key_created_at", "created_at"),
)

retention_mark = sa.Table(
    "retention_mark",
    metadata,
    _workspace(),
    _text("what"),
    _uuid("up_to"),
    sa.PrimaryKeyConstraint("workspace_id", "what"),
    comment="Up to which id a kind of data has been purged: what is older is not looked at again",
)

import_job = sa.Table(
    "import_job",
    metadata,
    _workspace(),
    _id(),
    _text("state"),
    _text("default_region", nullable=True),
    _text("provenance"),
    sa.Column("columns", JSONB, nullable=False),
    sa.Column("tags", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    sa.Column("dry_run", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("total_rows", sa.Integer, nullable=False),
    sa.Column("next_line", sa.Integer, nullable=False, server_default=sa.text("0")),
    sa.Column("outcomes", JSONB, nullable=False, server_default=_EMPTY_JSON),
    _text("error", nullable=True),
    _instant("created_at"),
    _instant("finished_at", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.CheckConstraint(_one_of("state", IMPORT_STATES), name="state"),
)

import_row = sa.Table(
    "import_row",
    metadata,
    _uuid("workspace_id"),
    _uuid("import_id"),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("fields", ARRAY(sa.Text), nullable=False),
    _text("outcome", nullable=True),
    _text("reason", default=""),
    _uuid("contact_id", nullable=True),
    sa.Column("phone", sa.Text, nullable=True, comment="E.164, of the first row with that number"),
    sa.PrimaryKeyConstraint("workspace_id", "import_id", "line"),
    _belongs("import_id", "import_job"),
    sa.Index("ix_import_row_phone", "workspace_id", "phone", "import_id", postgresql_where=sa.text("phone IS NOT NULL")),
    sa.CheckConstraint(
        "outcome IS NULL OR outcome IN ('created', 'updated', 'unchanged', 'duplicate', 'rejected')", name="outcome"
    ),
)
