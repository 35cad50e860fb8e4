"""How does the main job look, start to end? `demo` runs it on real engines and checks the books against the carrier's."""

import asyncio
import json
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from app.cli.stage import ACCOUNT_SID, AUTH_TOKEN, SENDER_NUMBER, Stage, stage
from app.clock import Clock
from app.domain.ids import decode_id
from app.settings import Settings
from app.storage.database import Database
from app.usecases.audit_books import Books, audit_books

_CSV = Path(__file__).resolve().parents[2] / "examples" / "contacts.csv"
_OPENING = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)  # a Tuesday: midday in New York, morning in Los Angeles, evening in Paris
_SIMULATOR = {
    "seed": 20261123,
    "latency_mean": 0.02,
    "lose_answer": 0.01,
    "async_failure": 0.03,
    "lose_receipt": 0.0,
    "double_receipt": 0.10,
    "late_receipt": 0.05,
    "out_of_order": 0.10,
    "early_receipt": 0.05,
    "reply_stop": 0.02,
    "reply_start": 0.005,
    "reply_help": 0.01,
    "managed_opt_out": False,
    "parts_per_second": 10_000,
}
_WORDING = (
    "By checking this box I agree to get recurring automated marketing texts from Blue Shop at this number. "
    "Consent is not a condition of purchase."
)
_BODY = "{{ first_name | default: 'Hi' }}, autumn is here: 20% off at Blue Shop until Sunday. Reply STOP to opt out"
_BARS = ("queued", "sending", "unknown", "submitted", "sent", "delivered", "undelivered", "failed", "suppressed", "expired")
_PATIENCE = 150.0

console = Console(stderr=False, highlight=False)


class _Api:
    """The demo is a backend service like any other: it speaks HTTP with a key."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def call(self, method: str, path: str, **arguments: Any) -> Any:
        """One call; a problem ends the demo with its words."""
        answer = await self._client.request(method, path, **arguments)
        if not answer.is_success:
            raise typer.Exit(_fail(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}"))
        return answer.json()

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """A POST with an idempotency key of its own."""
        headers = {"Idempotency-Key": key} if key else {}
        return await self.call("POST", path, json=body, headers=headers)

    async def every(self, path: str, **query: Any) -> list[Any]:
        """All items of a list, page by page."""
        items: list[Any] = []
        cursor = None
        while True:
            page = await self.call("GET", path, params={**query, "limit": 500, **({"cursor": cursor} if cursor else {})})
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


def _fail(words: str) -> int:
    console.print(f"[red]{words}[/red]")
    return 1


async def _until(check: Callable[[], Awaitable[bool]], show: Stage, *, what: str) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not await check():
            show.children.check()
            await asyncio.sleep(0.25)
    console.print(f"  {what}")


async def _import(api: _Api, show: Stage) -> None:
    job = await api.call(
        "POST",
        "/v1/imports",
        params={"default_region": "US", "provenance": "in-store form"},
        content=_CSV.read_bytes(),
        headers={"Content-Type": "text/csv", "Idempotency-Key": "demo-import"},
    )

    async def finished() -> bool:
        nonlocal job
        job = await api.call("GET", f"/v1/imports/{job['id']}")
        return job["state"] in {"completed", "failed"}

    await _until(finished, show, what="import finished")
    outcomes = ", ".join(f"{count} {word}" for word, count in sorted(job["outcomes"].items()))
    console.print(f"  {job['total_rows']} rows: {outcomes}")


async def _consents(api: _Api, now: datetime) -> None:
    contacts = await api.every("/v1/contacts")
    rng = random.Random(7)
    agreed = [contact for contact in contacts if rng.random() < 0.85]
    agreed_at = (now - timedelta(days=30)).isoformat()
    for start in range(0, len(agreed), 1000):
        items = [
            {
                "phone": contact["phone"],
                "channels": ["sms"],
                "method": "web_form",
                "evidence": {"wording": _WORDING, "seller": "Blue Shop", "url": "https://blue.example/join", "ip": "192.0.2.7"},
                "occurred_at": agreed_at,
            }
            for contact in agreed[start : start + 1000]
        ]
        await api.post("/v1/opt-ins/bulk", {"items": items}, key=f"demo-opt-ins-{start}")
    refused = rng.sample(agreed, 40)
    await api.post(
        "/v1/opt-outs/bulk",
        {"items": [{"phone": contact["phone"], "method": "web_form"} for contact in refused]},
        key="demo-opt-outs",
    )
    console.print(f"  {len(contacts)} contacts: {len(agreed)} opted in with evidence, {len(refused)} of them opted out again")


async def _campaign(api: _Api, show: Stage, now: datetime) -> str:
    provider = await api.post(
        "/v1/providers",
        {
            "kind": "twilio",
            "name": "simulated carrier",
            "credentials": {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN},
            "base_url": show.simulator,
        },
    )
    async with httpx.AsyncClient() as outside:
        await outside.put(f"{show.simulator}/admin/config", json={"inbound_url": provider["webhook_url"]})
    sender = await api.post(
        "/v1/senders",
        {
            "provider_id": provider["id"],
            "channel": "sms",
            "kind": "toll_free",
            "address": SENDER_NUMBER,
            "parts_per_second": 400,
            "registration": {"status": "registered", "identification": "blueshop.example/legal"},  # Canada asks for it
        },
    )
    template = await api.post("/v1/templates", {"name": "autumn", "channel": "sms", "body": _BODY})
    audience = await api.post("/v1/audiences", {"name": "everyone", "rule": {"all": []}})
    campaign = await api.post(
        "/v1/campaigns",
        {
            "name": "Autumn",
            "template_id": template["id"],
            "audience_id": audience["id"],
            "sender_id": sender["id"],
            "purpose": "marketing",
            "not_after": (now + timedelta(minutes=20)).isoformat(),
            "caps": [{"limit": 1, "window_seconds": 86_400}],
        },
    )
    preflight = await api.post(f"/v1/campaigns/{campaign['id']}/preflight", {})
    console.print(f"  preflight: {json.dumps(preflight.get('verdicts', preflight))}")
    await api.post(f"/v1/campaigns/{campaign['id']}/launch", {}, key="demo-launch")
    identifier: str = campaign["id"]
    return identifier


async def _watch(api: _Api, show: Stage, campaign_id: str) -> dict[str, Any]:
    stats: dict[str, Any] = {}
    with Progress(
        TextColumn("  {task.description:<12}"), BarColumn(bar_width=40), TextColumn("{task.completed:>5.0f}"), console=console
    ) as bars:
        rows: dict[str, TaskID] = {word: bars.add_task(word, total=1) for word in _BARS}

        async def closed() -> bool:
            nonlocal stats
            stats = await api.call("GET", f"/v1/campaigns/{campaign_id}/stats")
            for word, row in rows.items():
                bars.update(row, total=max(1, stats["audience"]), completed=stats["states"].get(word, 0))
            return bool(stats["closed"])

        async with asyncio.timeout(_PATIENCE):
            while not await closed():
                show.children.check()
                await asyncio.sleep(0.3)
    return stats


async def _carrier_quiet(show: Stage) -> None:
    async with httpx.AsyncClient() as outside:

        async def quiet() -> bool:
            return bool((await outside.get(f"{show.simulator}/admin/pending")).json()["pending"] == 0)

        await _until(quiet, show, what="the carrier has nothing left to say")


async def _replies(show: Stage) -> None:
    async with httpx.AsyncClient() as outside:
        said = (await outside.get(f"{show.simulator}/admin/summary")).json()
    words = ", ".join(f"{count} {word}" for word, count in sorted(said["replies"].items()))
    posted = said["callbacks"]
    console.print(f"  people answered: {words}; the carrier posted {posted.get('posted', 0)} signed webhooks")


async def _numbers_at_carrier(show: Stage) -> list[str]:
    """Every number the simulator accepted the campaign's text for, as often as it did."""
    numbers: list[str] = []
    async with httpx.AsyncClient(base_url=show.simulator) as outside:
        cursor: str | None = None
        while True:
            page = (await outside.get("/admin/messages", params={"limit": 1000, **({"cursor": cursor} if cursor else {})})).json()
            numbers += [message["to"] for message in page["messages"] if "autumn is here" in message["body"]]
            cursor = page.get("next_cursor")
            if cursor is None:
                return numbers


async def _explain_one(api: _Api, campaign_id: str) -> None:
    for state in ("suppressed", "expired", "delivered"):
        page = await api.call("GET", f"/v1/campaigns/{campaign_id}/recipients", params={"state": state, "limit": 1})
        if page["items"]:
            console.print("\n[bold]One person's decision[/bold]")
            console.print_json(json.dumps(page["items"][0]))
            return


def _identity(books: Books, carrier: list[str]) -> list[str]:
    """What does not hold; empty when all does."""
    wrong = []
    if not books.closed:
        wrong.append("the books are not closed")
    if books.audience != sum(books.states.values()):
        wrong.append("audience is not the sum of the states")
    if books.handed_over != books.distinct_numbers_handed_over:
        wrong.append("a number was handed over twice")
    if books.sent_after_opt_out:
        wrong.append(f"{books.sent_after_opt_out} sent after an opt-out")
    if len(carrier) != len(set(carrier)):
        wrong.append(f"the carrier received {len(carrier) - len(set(carrier))} message(s) twice")
    if set(carrier) != books.reached:
        wrong.append(f"database and carrier disagree on {len(set(carrier) ^ books.reached)} number(s)")
    return wrong


async def _run(workers: int) -> int:
    began = time.monotonic()
    base = Settings()
    offset = (_OPENING - Clock().now()).total_seconds()
    settings = base.model_copy(
        update={
            "clock_offset_seconds": offset,
            "receipt_wait_hours": 20 / 3600,
            "handover_timeout_seconds": 5.0,
            "lease_seconds": 15.0,
        }
    )
    console.print("[bold]Starting PostgreSQL, Valkey, the API, the workers and a simulated carrier[/bold]")
    async with stage(settings, name="demo", workers=workers, simulator_config=dict(_SIMULATOR)) as show:
        headers = {"Authorization": f"Bearer {show.api_key}"}
        async with httpx.AsyncClient(base_url=show.url, headers=headers, timeout=60) as client:
            api = _Api(client)
            console.print(f"  API docs: {show.url}/docs")
            console.print("[bold]Importing examples/contacts.csv[/bold]")
            await _import(api, show)
            await _consents(api, _OPENING)
            console.print("[bold]Creating and launching the campaign[/bold]")
            campaign_id = await _campaign(api, show, _OPENING)
            await _watch(api, show, campaign_id)
            await _carrier_quiet(show)
            await _replies(show)
            await _explain_one(api, campaign_id)
        return await _close(show, campaign_id, began)


async def _close(show: Stage, campaign_id: str, began: float) -> int:
    db = Database.open(show.settings.database_url or "", pool=1, name="tactful-demo")
    try:
        books = await audit_books(db, workspace_id=show.workspace_id, campaign_id=decode_id("campaign", campaign_id))
    finally:
        await db.close()
    carrier = await _numbers_at_carrier(show)
    wrong = _identity(books, carrier)
    console.print("\n[bold]The books[/bold]")
    console.print(f"  audience {books.audience} = " + " + ".join(f"{count} {word}" for word, count in books.states.items()))
    for reason, count in books.reasons.items():
        console.print(f"    {count:>5} {reason}")
    console.print(f"  the carrier counted {len(carrier)} accepted, the database {books.handed_over} handed over")
    for words in wrong:
        _fail(words)
    line = {
        "audience": books.audience,
        "states": books.states,
        "reasons": books.reasons,
        "handed_over": books.handed_over,
        "distinct_numbers_handed_over": books.distinct_numbers_handed_over,
        "sent_after_opt_out": books.sent_after_opt_out,
        "closed": books.closed,
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(line), flush=True)
    return 1 if wrong else 0


def demo(workers: Annotated[int, typer.Option(help="Worker processes")] = 2) -> None:
    """Run the main job from start to end on this machine and prove that the books close.

    Starts embedded PostgreSQL and Valkey (or uses DATABASE_URL and REDIS_URL), the API, workers and a simulated carrier;
    imports 2,600 messy rows, records consent, launches a campaign, and compares the database with what the carrier counted.
    The last line is one JSON object; the exit status is 1 when anything disagrees.
    """

    async def main() -> int:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await _run(workers)

    status = 130
    with suppress(asyncio.CancelledError):
        status = asyncio.run(main())
    raise typer.Exit(status)
