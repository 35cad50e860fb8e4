"""Does it run as a process of its own? One JSON line when it listens, settings by flag and by JSON, and a gentle end."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

_REPOSITORY = Path(__file__).resolve().parents[2]
_ACCOUNT, _TOKEN = "AC" + "0" * 30 + "01", "simulated-auth-token"


async def _start(*flags: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.simulator", *flags), cwd=_REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@asynccontextmanager
async def _running(*flags: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process = await _start("--port", "0", *flags)
    assert process.stdout is not None
    try:
        yield process, json.loads(await process.stdout.readline())["simulator"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_gently_even_with_a_sender_left_waiting(number: signal.Signals) -> None:
    async with (
        _running("--lose-answer", "1", "--lose-answer-by", "stall") as (process, url),
        httpx.AsyncClient(timeout=30) as client,
    ):
        form = {"To": "+12125551000", "From": "+15005550006", "Body": "x", "StatusCallback": "http://127.0.0.1:9/"}
        path = f"{url}/2010-04-01/Accounts/{_ACCOUNT}/Messages.json"
        waiting = asyncio.create_task(client.post(path, data=form, auth=(_ACCOUNT, _TOKEN)))

        async with asyncio.timeout(10):
            while (await client.get(url + "/admin/summary")).json()["accepted"] == 0:
                await asyncio.sleep(0.01)
        process.send_signal(number)
        with pytest.raises(httpx.HTTPError):
            await waiting
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_flags_are_settings_and_json_holds_the_rest() -> None:
    config = json.dumps({"landlines": ["+12125559999"], "seed": 3, "scripted": {"+12125551000": "refuse:21610"}})
    flags = ("--config", config, "--seed", "9", "--no-receipts", "--latency-mean", "0.01")
    async with _running(*flags) as (_, url), httpx.AsyncClient() as client:
        shown = (await client.get(url + "/admin/config")).json()
    assert (shown["seed"], shown["receipts"], shown["latency_mean"], shown["landlines"]) == (9, False, 0.01, ["+12125559999"])


@pytest.mark.parametrize("flags", [("--lose-answer", "2"), ("--config", "{"), ("--config", "[]"), ("--config", '{"nope": 1}')])
async def test_settings_that_cannot_be_are_said_at_once(flags: tuple[str, ...]) -> None:
    process = await _start("--port", "0", *flags)
    said = (await process.communicate())[1].decode()
    assert process.returncode == 2
    assert "error:" in said
    assert "Traceback" not in said
