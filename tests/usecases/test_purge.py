"""Is nothing kept longer than it may be, and nothing thrown away that a law asks for?"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.clock import Clock, new_id
from app.domain.retention import CHOOSABLE, RETENTION, cutoff, days_of, ids_before
from app.runtime import open_runtime
from app.settings import Settings
from app.usecases.context import Context
from app.usecases.purge import purge, read_due
from app.usecases.run_import import run_import
from tests.factories import calling, make_key, make_workspace
from tests.shop import Shop

PHONE = "+12125550142"


@pytest.fixture
async def shop(context: Context) -> AsyncIterator[Shop]:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


@pytest.fixture
async def everything(shop: Shop) -> UUID:
    """A message with its receipt, an ordinary reply and a STOP, a webhook nobody could read, an imported row and an event."""
    sender = await shop.sender()
    body = {"to": PHONE, "purpose": "transactional", "sender_id": sender["id"], "body": "Your order is ready."}
    await shop.made("/v1/messages", body)
    await shop.execute(
        'UPDATE message SET state = 80, content = \'{"subject": "Parcel"}\', plan = \'{"hops": [], "when_unsure": "stay"}\', '
        'decision = decision || \'{"reasons": [{"rule": "x"}]}\''
    )
    row = await shop.value("SELECT provider_id FROM sender")
    message_id = await shop.value("SELECT id FROM message")
    now = shop.context.clock.now()
    await shop.execute(
        "INSERT INTO receipt (workspace_id, id, provider_id, event_key, message_id, raw_status, received_at) "
        "VALUES ($1, $2, $3, 'a', $4, 'delivered', $5)",
        shop.workspace_id, new_id(), row, message_id, now,
    )  # fmt: skip
    link_id = new_id()
    await shop.execute(
        "INSERT INTO link (workspace_id, id, written, conversion_days, created_at) VALUES ($1, $2, 'https://a.example/…', 7, $3)",
        shop.workspace_id, link_id, now,
    )  # fmt: skip
    await shop.execute(
        "INSERT INTO link_code (workspace_id, code, link_id, message_id, expires_at) VALUES ($1, 'code', $2, $3, $4)",
        shop.workspace_id, link_id, message_id, now,
    )  # fmt: skip
    await shop.execute(
        "INSERT INTO click (workspace_id, id, link_id, message_id, clicked_at, counts_until, agent, score, human, settled) "
        "VALUES ($1, $2, $3, $4, $5, $5, 'browser', 0, true, true)",
        shop.workspace_id, new_id(), link_id, message_id, now,
    )  # fmt: skip
    for key, text, keyword in (("b", "thank you", "none"), ("c", "stop", "stop")):
        await shop.execute(
            "INSERT INTO inbound (workspace_id, id, provider_id, event_key, phone, to_address, channel, body, keyword, "
            "received_at) VALUES ($1, $2, $3, $4, $5, '+18885550100', 'sms', $6, $7, $8)",
            shop.workspace_id, new_id(), row, key, PHONE, text, keyword, now,
        )  # fmt: skip
    await shop.execute(
        "INSERT INTO unread_webhook (workspace_id, id, provider_id, method, query, content_type, body, received_at) "
        "VALUES ($1, $2, $3, 'POST', '', 'text/plain', 'x', $4)",
        shop.workspace_id, new_id(), row, now,
    )  # fmt: skip
    await shop.execute(
        "INSERT INTO capability (workspace_id, id, sender_id, phone, capable, checked_at) "
        "SELECT workspace_id, $1, id, $2, true, $3 FROM sender",
        new_id(), PHONE, now,
    )  # fmt: skip
    await shop.client.post("/v1/imports", content=f"phone,name\n{PHONE},Maya\n", headers={"Content-Type": "text/csv"})
    told = {"caller_id": "v1", "phone": PHONE, "kind": "custom", "name": "seen", "occurred_at": "2020-01-01T00:00:00Z"}
    await run_import(shop.context, workspace_id=shop.workspace_id, import_id=await shop.value("SELECT id FROM import_job"))
    await shop.made("/v1/events", told)
    await shop.execute('UPDATE contact SET attributes = \'{"name": "Mia"}\', updated_at = $1', now)
    return shop.workspace_id


async def left(shop: Shop) -> dict[str, Any]:
    """What is still there, by kind."""
    return {
        "message_texts": await shop.value(
            "SELECT count(*) FROM message WHERE body <> '' OR content IS NOT NULL OR plan IS NOT NULL"
        ),
        "decisions": await shop.value("SELECT count(*) FROM message WHERE decision->'reasons' <> '[]'"),
        "replies": await shop.value("SELECT count(*) FROM inbound WHERE body <> '' AND keyword = 'none'"),
        "keyword_replies": await shop.value("SELECT count(*) FROM inbound WHERE body <> '' AND keyword = 'stop'"),
        "receipts": await shop.value("SELECT count(*) FROM receipt"),
        "unread_webhooks": await shop.value("SELECT count(*) FROM unread_webhook"),
        "capabilities": await shop.value("SELECT count(*) FROM capability"),
        "links": await shop.value("SELECT count(*) FROM link_code"),
        "clicks": await shop.value("SELECT count(*) FROM click"),
        "import_rows": await shop.value("SELECT count(*) FROM import_row WHERE phone IS NOT NULL AND fields <> '{}'"),
        "contact_changes": await shop.value("SELECT count(*) FROM contact_change"),
        "events": await shop.value("SELECT count(*) FROM event"),
    }


async def after(settings: Settings, days: float) -> int:
    """Purge as it would be done so many days from now."""
    later = settings.model_copy(update={"clock_offset_seconds": timedelta(days=days).total_seconds()})
    async with open_runtime(later, role="test") as context:
        return await purge(context)


@pytest.mark.usefixtures("everything")
async def test_each_kind_is_kept_for_its_days_and_no_longer(shop: Shop, settings: Settings) -> None:
    assert set((await left(shop)).values()) == {1}
    assert await after(settings, 0) == 0
    gone: set[str] = set()
    for days in sorted({row.days for row in RETENTION if row.days is not None}):
        assert await after(settings, days - 1) == 0
        due = {row.what for row in RETENTION if row.days == days}
        assert await after(settings, days + 1) == len(due)
        gone |= due
        assert {what for what, rows in (await left(shop)).items() if rows == 0} == gone
    assert await after(settings, 20_000) == 0
    assert await shop.value("SELECT count(*) FROM message WHERE state = 80 AND decision->>'verdict' = 'allow'") == 1
    assert await shop.value("SELECT outcome FROM import_row") == "created"


@pytest.mark.usefixtures("everything")
async def test_a_workspace_may_choose_fewer_days_but_none_a_law_asks_for(shop: Shop, settings: Settings) -> None:
    answer = await shop.client.patch("/v1/workspace", json={"policy": {"retention": {"message_texts": 7, "replies": 7}}})
    assert answer.status_code == 200, answer.text
    assert await after(settings, 8) == 2
    found = await left(shop)
    assert {what for what, rows in found.items() if rows == 0} == {"message_texts", "replies"}
    assert all(days_of(row, {row.what: 1}) == row.least for row in RETENTION if row.days is not None)
    assert "keyword_replies" not in CHOOSABLE
    assert "suppressions" not in CHOOSABLE


@pytest.mark.usefixtures("everything")
async def test_what_is_not_done_with_waits_and_is_come_back_to(shop: Shop, settings: Settings) -> None:
    await shop.execute("UPDATE message SET state = 10")
    await after(settings, 2_000)
    assert (await left(shop))["message_texts"] == 1
    await shop.execute("UPDATE message SET state = 80")
    await after(settings, 2_000)
    assert (await left(shop))["message_texts"] == 0


@pytest.mark.usefixtures("everything")
async def test_the_report_says_what_is_due_and_changes_nothing(shop: Shop) -> None:
    now = shop.context.clock.now()
    assert {due.rows for due in await read_due(shop.context.db, now=now)} == {0}
    later = await read_due(shop.context.db, now=now + timedelta(days=4_000), workspace_id=shop.workspace_id)
    assert {due.kept.what: due.rows for due in later if due.days is not None} == {
        "message_texts": 1, "decisions": 1, "replies": 2, "keyword_replies": 2, "receipts": 1, "unread_webhooks": 1,
        "links": 1, "clicks": 1, "import_rows": 1, "capabilities": 1, "events": 1,
        "contact_changes": 1,
    }  # fmt: skip
    assert set((await left(shop)).values()) == {1}


def test_ids_are_told_apart_by_the_time_they_were_made() -> None:
    now = Clock().now()
    made = new_id()
    assert ids_before(now - timedelta(seconds=1)) < made < ids_before(now + timedelta(seconds=1))
    assert cutoff(1, now) == now - timedelta(days=1)


def test_every_row_of_retention_has_its_source() -> None:
    assert all(row.source and row.purged for row in RETENTION)
    assert len({row.what for row in RETENTION}) == len(RETENTION)
