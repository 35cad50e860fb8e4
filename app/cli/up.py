"""How does a developer get everything running? `up`: API with docs, workers and a simulated carrier, until Ctrl-C."""

import asyncio
import json
import signal
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from app.cli.stage import ACCOUNT_SID, AUTH_TOKEN, SENDER_NUMBER, stage
from app.settings import Settings

_WORDS = """
[bold]Tactful is up.[/bold]  Docs: {url}/docs
  The key above may do anything in its own fresh workspace. The simulated carrier is a Twilio account:
    curl -s {url}/v1/providers -H "Authorization: Bearer {key}" -H "Content-Type: application/json" \\
      -d '{{"kind": "twilio", "name": "simulator", "base_url": "{simulator}",
           "credentials": {{"account_sid": "{sid}", "auth_token": "{token}"}}}}'
  Its one number to send from is {number}. What it received: {simulator}/admin/summary
  Ctrl-C ends everything."""


async def _run(workers: int, port: int) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    console = Console(highlight=False)
    async with stage(Settings(), name="up", workers=workers, port=port or None) as show:
        ready = {"url": show.url, "docs": f"{show.url}/docs", "api_key": show.api_key, "simulator": show.simulator}
        print(json.dumps(ready), flush=True)
        console.print(
            _WORDS.format(
                url=show.url,
                key=show.api_key,
                simulator=show.simulator,
                sid=ACCOUNT_SID,
                token=AUTH_TOKEN,
                number=SENDER_NUMBER,
            )
        )
        while not ended.is_set():
            show.children.check()
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 1.0)


def up(
    workers: Annotated[int, typer.Option(help="Worker processes")] = 1,
    port: Annotated[int, typer.Option(help="Port of the API; 0 takes a free one")] = 8000,
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C.

    The first line, once all answers, is one JSON object: {"url", "docs", "api_key", "simulator"}. Uses DATABASE_URL and
    REDIS_URL when they are set, embedded engines otherwise.
    """
    asyncio.run(_run(workers, port))
