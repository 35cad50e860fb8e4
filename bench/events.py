"""event_rate: events from a bulk request's JSON to committed rows a second, against a bare COPY of the same rows."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

from app.clock import new_ids
from app.http.event_shapes import MOST_EVENTS, BulkEvents
from app.usecases.record_events import record_events
from bench.figure import interleaved, report
from bench.stand import NOON, Stand

_PEOPLE = 20_000
_COLUMNS = "workspace_id id contact_id kind name occurred_at received_at caller_id amount currency items properties".split()


def _told(step: int, run: int) -> dict[str, Any]:
    """Every other one a purchase of two items, the rest page views."""
    about = {
        "caller_id": f"{run}-{step}",
        "phone": f"+1212{2_000_000 + step * 7 % _PEOPLE}",
        "occurred_at": (NOON - timedelta(seconds=step)).isoformat(),
    }
    if step % 2:
        items = [{"sku": f"sku-{step % 500}", "quantity": 1, "price": "24.95"}, {"sku": "wrap", "quantity": 1, "price": "2.00"}]
        return {**about, "kind": "purchase", "amount": "26.95", "currency": "USD", "items": items}
    return {**about, "kind": "page_view", "url": f"https://blue.example/p/{step % 500}", "title": "Blue scarf"}


async def measure(stand: Stand, *, count: int, rounds: int) -> None:
    """Print event_rate: requests of 1,000 one after the other, each read, matched to contacts and committed."""
    await stand.people(_PEOPLE)
    await stand.sql("ANALYZE contact")
    await stand.sql("CREATE TABLE bare_event_copy (LIKE event INCLUDING ALL)")
    runs = 0

    async def told() -> float:
        nonlocal runs
        runs += 1
        bodies = [
            orjson.dumps({"items": [_told(step, runs) for step in range(start, min(start + MOST_EVENTS, count))]})
            for start in range(0, count, MOST_EVENTS)
        ]
        began = time.perf_counter()
        for body in bodies:
            events, refused = BulkEvents.model_validate(orjson.loads(body)).events(NOON)
            async with stand.context.db.transaction() as tx:
                results = await record_events(tx, workspace_id=stand.workspace_id, events=list(events.values()), now=NOON)
            if refused or any(result.outcome != "recorded" for result in results):
                raise RuntimeError("an event was not recorded")
        return count / (time.perf_counter() - began)

    async def copied() -> float:
        ids = new_ids(count)
        rows = [_row(stand, event_id, _told(step, 0)) for step, event_id in enumerate(ids)]
        began = time.perf_counter()
        async with stand.context.db.transaction() as tx:
            await tx.execute("TRUNCATE bare_event_copy")
            await tx.driver.copy_records_to_table("bare_event_copy", records=rows, columns=_COLUMNS)
        return count / (time.perf_counter() - began)

    values, bounds = await interleaved(rounds, told, copied)
    report("event_rate", values=values, bounds=bounds, unit="events/s", bound_name="bare COPY into a table like it", n=count)


def _row(stand: Stand, event_id: object, told: dict[str, Any]) -> tuple[object, ...]:
    money = (Decimal(told["amount"]), told["currency"]) if "amount" in told else (None, None)
    page = {name: told[name] for name in ("url", "title") if name in told}
    items = orjson.dumps(told.get("items", [])).decode()
    properties = orjson.dumps(page).decode()
    kind, caller_id = told["kind"], told["caller_id"]
    return (stand.workspace_id, event_id, event_id, kind, kind, NOON, NOON, caller_id, *money, items, properties)
