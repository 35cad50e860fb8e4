"""What is in the database before a promise is tried? One workspace with a key, a carrier and a sender; people by the batch."""

from datetime import UTC, datetime
from uuid import UUID

from app.clock import new_ids
from app.usecases.authenticate import hash_secret
from app.usecases.context import Context

ACCOUNT_SID = "AC" + "0" * 30 + "77"
AUTH_TOKEN = "promise-auth-token"
KEY = "tact_promises"
DAYTIME = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)  # open in every US zone but Hawaii's

NUMBERS = """
INSERT INTO number (workspace_id, phone, region, kind, zones, created_at)
SELECT $1, p, 'US', 'fixed_line_or_mobile', ARRAY['America/New_York'], $3 FROM unnest($2::text[]) p ON CONFLICT DO NOTHING
"""
CONTACTS = """
INSERT INTO contact (workspace_id, id, phone, provenance, attributes, created_at, updated_at)
SELECT $1, i, p, 'test', jsonb_build_object('first_name', 'Ana'), $4, $4 FROM unnest($2::uuid[], $3::text[]) AS u(i, p)
"""
CONSENT = """
INSERT INTO consent (workspace_id, phone, channel, purpose, state, since, event_id)
SELECT $1, p, 'sms', 'marketing', 'given', $4, i FROM unnest($2::uuid[], $3::text[]) AS u(i, p)
"""


async def seed(context: Context, simulator: str) -> tuple[UUID, UUID, UUID]:
    """Seed; the ids of workspace, provider and sender."""
    workspace_id, key_id, provider_id, sender_id = new_ids(4)
    now = context.clock.now()
    sealed = context.vault.seal({"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}, row=provider_id)
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO workspace (id, name, created_at, updated_at) VALUES ($1, 'Promises', $2, $2)", workspace_id, now
        )
        await tx.execute(
            "INSERT INTO api_key (workspace_id, id, name, secret_hash, hint, scopes, created_at) "
            "VALUES ($1, $2, 'test', $3, 'ises', ARRAY['admin'], $4)",
            workspace_id,
            key_id,
            hash_secret(KEY),
            now,
        )
        await tx.execute(
            "INSERT INTO provider (workspace_id, id, kind, name, credentials, base_url, created_at, updated_at) "
            "VALUES ($1, $2, 'twilio', 'carrier', $3, $4, $5, $5)",
            workspace_id,
            provider_id,
            sealed,
            simulator,
            now,
        )
        await tx.execute(
            "INSERT INTO sender (workspace_id, id, provider_id, channel, kind, address, parts_per_second, created_at, "
            "updated_at) "
            "VALUES ($1, $2, $3, 'sms', 'toll_free', '+15005550006', 100000, $4, $4)",
            workspace_id,
            sender_id,
            provider_id,
            now,
        )
    return workspace_id, provider_id, sender_id
