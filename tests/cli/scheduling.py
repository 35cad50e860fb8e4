"""What waits to be launched? A campaign for an evening years ahead, those who agreed to it, and what two packs make of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.book import INSTALLED, Pack
from app.domain.rulebook import load_rules
from app.usecases.compare_packs import CampaignShift, compare_packs
from tests.factories import WRITTEN
from tests.shop import Shop

# A Wednesday evening ten years and some on: 20:30 in Kentucky and New York, 19:30 in Louisiana.
EVENING = datetime(2037, 11, 25, 1, 30, tzinfo=UTC)


async def scheduled(shop: Shop, phones: list[str], **fields: Any) -> dict[str, Any]:
    """A campaign that waits for its time, and people who agreed."""
    for phone in phones:
        await agreed(shop, phone)
    campaign = await shop.campaign(**fields)
    return await shop.made(f"/v1/campaigns/{campaign['id']}/schedule", {"scheduled_at": EVENING.isoformat()})


async def agreed(shop: Shop, phone: str, **fields: Any) -> None:
    """A contact who agreed in writing."""
    attributes = {"first_name": "Bo", **fields.pop("attributes", {})}
    await shop.made("/v1/contacts", {"phone": phone, "attributes": attributes, **fields})
    evidence = {"wording": WRITTEN, "seller": "Example Shop", "url": "https://a.example", "ip": "192.0.2.1"}
    given = {"phone": phone, "channels": ["sms"], "method": "web_form", "occurred_at": "2026-10-01T12:00:00Z"}
    await shop.made("/v1/opt-ins", {**given, "evidence": evidence})


async def sent(shop: Shop, phone: str, **before: float) -> None:
    """A marketing message that was counted against the caps so long before the evening."""
    sender_id = await shop.value("SELECT id FROM sender WHERE workspace_id = $1 LIMIT 1", shop.workspace_id)
    await shop.execute(
        "INSERT INTO message (workspace_id, id, phone, sender_id, channel, purpose, origin, priority, state, body, "
        "due_at, counted_at, created_at, updated_at) "
        "VALUES ($1, gen_random_uuid(), $2, $3, 'sms', 'marketing', 'api', 1, 80, 'x', $4, $4, $4, $4)",
        shop.workspace_id,
        phone,
        sender_id,
        EVENING - timedelta(**before),
    )


async def compared(shop: Shop, before: Pack, after: Pack = INSTALLED) -> list[CampaignShift]:
    """What changes from the one pack to the other, and that progress was told."""
    told: list[tuple[int, int]] = []
    found = await compare_packs(
        shop.context.db,
        load_rules(),
        before=before,
        after=after,
        now=shop.context.clock.now(),
        tell=lambda done, total: told.append((done, total)),
    )
    assert told == ([(sum(shift.members for shift in found),) * 2] if any(shift.members for shift in found) else [])
    return found
