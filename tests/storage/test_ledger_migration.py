"""Does the migration chain what was recorded before there were chains? Each workspace on its own, in the order of recording."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from alembic import command

from app.clock import new_ids
from app.storage import migrations
from app.storage.database import Database, Transaction
from app.usecases.verify_ledger import verify_ledger
from tests.databases import create_database, drop_database

_NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)
_EVIDENCE = '{"wording": "größer", "n": 1.50, "big": 9007199254740992, "neg": -0.0, "tiny": 1e-7}'
_BEFORE = "2026_11_25_compliance"


async def _record(tx: Transaction, workspace_id: UUID, phones: list[str]) -> None:
    await tx.execute("INSERT INTO workspace (id, name, created_at, updated_at) VALUES ($1, 'x', now(), now())", workspace_id)
    for phone in set(phones):
        await tx.execute(
            "INSERT INTO number (workspace_id, phone, region, kind, zones, created_at) "
            "VALUES ($1, $2, 'US', 'mobile', '{}', now())",
            workspace_id,
            phone,
        )
    for place, (event_id, phone) in enumerate(zip(new_ids(len(phones)), phones, strict=True)):
        await tx.execute(
            "INSERT INTO consent_event (workspace_id, id, phone, kind, purpose, method, evidence, source, actor, occurred_at, "
            "recorded_at) VALUES ($1, $2, $3, 'given', 'marketing', 'web_form', $4::text::jsonb, $5, 'key:1', $6, $6)",
            workspace_id,
            event_id,
            phone,
            _EVIDENCE,
            f"source {place}",
            _NOON - timedelta(seconds=place // 2),
        )


async def test_what_was_recorded_before_is_chained_and_verifies(servers: tuple[str, str]) -> None:
    url = await create_database(servers[0], "tactful_ledger_migration_test")
    first, second, empty = new_ids(3)
    try:
        await asyncio.to_thread(command.upgrade, migrations.config(url), _BEFORE)
        db = Database.open(url, pool=1)
        try:
            async with db.transaction() as tx:
                await _record(tx, first, ["+12125550142", "+12125550143", "+12125550142"] * 3)
                await _record(tx, second, ["+12125550142"])
                await _record(tx, empty, [])
            await asyncio.to_thread(migrations.upgrade, url)
            for workspace_id, entries in ((first, 9), (second, 1), (empty, 0)):
                head, found = await verify_ledger(db, workspace_id=workspace_id, progress=lambda *_: None)
                assert (head.seq, found) == (entries, [])
            async with db.transaction() as tx:
                order = await tx.fetch("SELECT recorded_at FROM consent_event WHERE workspace_id = $1 ORDER BY seq", first)
            assert [row["recorded_at"] for row in order] == sorted(row["recorded_at"] for row in order)
        finally:
            await db.close()
    finally:
        await drop_database(servers[0], "tactful_ledger_migration_test")
