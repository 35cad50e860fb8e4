"""Through whom does it go? Accounts, senders, and what is kept of their webhooks."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from app.domain.message import Channel
from app.domain.routing import Strategy
from app.storage.tables.columns import EMPTY_JSON, belongs, id_key, instant, metadata, numbered, one_of, text, uuid, workspace_key

provider = sa.Table(
    "provider",
    metadata,
    workspace_key(),
    id_key(),
    text("kind"),
    text("name"),
    sa.Column("credentials", BYTEA, nullable=False),
    text("base_url", nullable=True),
    text("opt_out_replies", default="tactful"),
    sa.Column("calls_per_second", sa.Float, nullable=True, comment="as agreed with the carrier; null is what its kind says"),
    instant("held_until", nullable=True),
    text("hold_reason", default=""),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
    sa.CheckConstraint("opt_out_replies IN ('tactful', 'carrier')", name="opt_out_replies"),
    comment="A carrier API account; credentials are encrypted with the service's key",
)


sender = sa.Table(
    "sender",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("provider_id"),
    text("channel"),
    text("kind"),
    text("address"),
    sa.Column("parts_per_second", sa.Double, nullable=False),
    sa.Column("registration", JSONB, nullable=False, server_default=EMPTY_JSON),
    sa.Column("countries", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'::text[]")),
    sa.Column("prices", JSONB, nullable=False, server_default=EMPTY_JSON),
    instant("held_until", nullable=True),
    text("hold_reason", default=""),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "provider_id", "channel", "address"),
    belongs("provider_id", "provider"),
    sa.CheckConstraint(one_of("channel", list(Channel)), name="channel"),
    sa.CheckConstraint("parts_per_second > 0", name="rate"),
)


sender_day = sa.Table(
    "sender_day",
    metadata,
    uuid("workspace_id"),
    uuid("sender_id"),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("workspace_id", "sender_id", "day"),
    belongs("sender_id", "sender"),
    comment="Parts claimed on a day of the carriers, of senders with a bound on it; the row is the lock on the bound",
)

sender_pool = sa.Table(
    "sender_pool",
    metadata,
    workspace_key(),
    id_key(),
    text("name"),
    text("channel"),
    text("strategy"),
    sa.Column("sticky", sa.Boolean, nullable=False, server_default=sa.text("true")),
    instant("created_at"),
    instant("updated_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "name"),
    sa.CheckConstraint(one_of("channel", list(Channel)), name="channel"),
    sa.CheckConstraint(one_of("strategy", list(Strategy)), name="strategy"),
)

sender_pool_member = sa.Table(
    "sender_pool_member",
    metadata,
    uuid("workspace_id"),
    uuid("pool_id"),
    uuid("sender_id"),
    sa.Column("weight", sa.Double, nullable=True, comment="its share; NULL takes the sender's rate"),
    sa.PrimaryKeyConstraint("workspace_id", "pool_id", "sender_id"),
    sa.ForeignKeyConstraint(["workspace_id", "pool_id"], ["sender_pool.workspace_id", "sender_pool.id"], ondelete="CASCADE"),
    belongs("sender_id", "sender"),
    sa.CheckConstraint("weight >= 0", name="weight"),
    sa.Index("ix_sender_pool_member_sender_id", "workspace_id", "sender_id"),
)

_NO_COUNTS = sa.text("'{0,0,0,0}'::int[]")

breaker = sa.Table(
    "breaker",
    metadata,
    uuid("workspace_id"),
    uuid("subject_id"),
    uuid("provider_id"),
    instant("since", nullable=True),
    instant("open_until", nullable=True),
    text("reason", default=""),
    text("cause", nullable=True),
    sa.Column("openings", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
    instant("recent_at"),
    sa.Column("recent", ARRAY(sa.Integer), nullable=False, server_default=_NO_COUNTS),
    sa.Column("earlier", ARRAY(sa.Integer), nullable=False, server_default=_NO_COUNTS),
    uuid("probe_lease", nullable=True),
    instant("probe_until", nullable=True),
    sa.PrimaryKeyConstraint("workspace_id", "subject_id"),
    sa.ForeignKeyConstraint(["workspace_id", "provider_id"], ["provider.workspace_id", "provider.id"], ondelete="CASCADE"),
    sa.Index(None, "workspace_id", "provider_id"),
    comment="How a sender or an account fares: counts of the last minutes, and whether its hand-overs rest",
)


delivery_stat = sa.Table(
    "delivery_stat",
    metadata,
    uuid("workspace_id"),
    uuid("sender_id"),
    instant("hour"),
    text("region"),
    text("network", default=""),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("handed_over", "accepted", "delivered", "failed")),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("prices", JSONB, nullable=False, server_default=EMPTY_JSON),
    sa.PrimaryKeyConstraint("workspace_id", "sender_id", "hour", "region", "network"),
    belongs("sender_id", "sender"),
    sa.Index("ix_delivery_stat_hour", "hour"),
    comment="What became of the attempts handed over in an hour; written anew each time the hour is measured",
)

measured_hour = sa.Table(
    "measured_hour",
    metadata,
    sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
    instant("measured_at"),
    comment="How far measuring has come: receipts come late, so an hour is measured again until they have",
)


sender_block = sa.Table(
    "sender_block",
    metadata,
    uuid("workspace_id"),
    uuid("sender_id"),
    text("phone"),
    text("code"),
    instant("since"),
    sa.PrimaryKeyConstraint("workspace_id", "phone", "sender_id"),
    belongs("sender_id", "sender"),
    numbered(),
    comment="A pair of sender and number that the carrier blocks, whatever the law allows",
)


capability = sa.Table(
    "capability",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("sender_id"),
    text("phone"),
    sa.Column("capable", sa.Boolean, nullable=False),
    instant("checked_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    sa.UniqueConstraint("workspace_id", "phone", "sender_id"),
    belongs("sender_id", "sender"),
    numbered(),
    comment="Whether a sender reaches a number by RCS; the id holds the time of the latest word",
)


unread_webhook = sa.Table(
    "unread_webhook",
    metadata,
    uuid("workspace_id"),
    id_key(),
    uuid("provider_id"),
    text("method"),
    text("query"),
    text("content_type"),
    sa.Column("body", BYTEA, nullable=False),
    instant("received_at"),
    sa.PrimaryKeyConstraint("workspace_id", "id"),
    belongs("provider_id", "provider"),
    comment="Signed but not understood: kept whole for later reading",
)


webhook_nonce = sa.Table(
    "webhook_nonce",
    metadata,
    uuid("provider_id"),
    sa.Column("nonce", BYTEA, nullable=False),
    instant("seen_at"),
    sa.PrimaryKeyConstraint("provider_id", "nonce"),
    sa.Index("ix_webhook_nonce_seen_at", "seen_at"),
    comment="A digest of what made a webhook unique: seen again, it is a replay",
)
