"""Does a contact's timeline tell all that happened, once, in order, page by page, and nobody else's?"""

from typing import Any

from tests.shop import Shop

_PHONE = "+12125550142"
_EVENT = {"kind": "purchase", "amount": "5.00", "currency": "EUR", "occurred_at": "2026-11-20T10:00:00Z"}


async def _pages(shop: Shop, path: str, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = (await shop.client.get(path, params={"limit": limit} | ({"cursor": cursor} if cursor else {}))).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


async def test_a_timeline_tells_all_that_happened_the_last_first(shop: Shop, stranger: Shop) -> None:
    contact = await shop.made("/v1/contacts", {"phone": _PHONE})
    sender = await shop.sender()
    order = {"to": _PHONE, "purpose": "transactional", "sender_id": sender["id"], "body": "Your order is ready."}
    sent = await shop.made("/v1/messages", order)
    await shop.made("/v1/events", {**_EVENT, "caller_id": "order-1", "phone": _PHONE})
    await shop.made("/v1/opt-outs", {"phone": _PHONE, "method": "web_form"})
    other = await shop.made("/v1/contacts", {"phone": "+12125550143"})
    await shop.made("/v1/events", {**_EVENT, "caller_id": "order-2", "phone": "+12125550143"})
    path = f"/v1/contacts/{contact['id']}/timeline"
    told = await _pages(shop, path, 50)
    kinds = [(one["kind"], one["what"]) for one in told]
    assert {("message", "queued"), ("event", "purchase"), ("consent", "revoked")} <= set(kinds)
    assert kinds[-1] == ("message", "queued")
    assert next(one for one in told if one["kind"] == "message")["message_id"] == sent["id"]
    assert next(one for one in told if one["kind"] == "event")["detail"] == {"amount": "5.0000", "currency": "EUR"}
    assert await _pages(shop, path, 1) == told, "page by page the same"
    assert [one["kind"] for one in await _pages(shop, f"/v1/contacts/{other['id']}/timeline", 50)] == ["event"]
    assert (await stranger.client.get(path)).status_code == 404
