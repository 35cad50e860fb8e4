"""The simulated carrier refuses what the real one would, over real HTTP."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn

from app.cli.processes import free_port
from app.simulator.app import create_simulator
from app.simulator.config import SimulatorConfig
from app.simulator.fate import draw_fate

ACCOUNT, TOKEN, SENDER, PERSON = "AC" + "1" * 32, "secret", "+15005550006", "+12125551000"
GOOD = {"To": PERSON, "From": SENDER, "Body": "hello"}


@pytest.fixture
async def carrier() -> AsyncIterator[httpx.AsyncClient]:
    config = SimulatorConfig(accounts={ACCOUNT: TOKEN}, senders=(SENDER,), landlines=("+12125559999",))
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create_simulator(config), host="127.0.0.1", port=port, log_level="warning", lifespan="on")
    )
    serving = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", auth=(ACCOUNT, TOKEN)) as client:
        while not server.started:
            await asyncio.sleep(0.01)
        yield client
    server.should_exit = True
    await serving


URL = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

REFUSED = [
    ("no recipient", {**GOOD, "To": ""}, 400, 21604),
    ("not a number", {**GOOD, "To": "12345"}, 400, 21211),
    ("no sender", {"To": PERSON, "Body": "x"}, 400, 21603),
    ("a sender that is not ours", {**GOOD, "From": "+15005550001"}, 400, 21606),
    ("an empty body", {**GOOD, "Body": ""}, 400, 21602),
    ("a body over 1,600 characters", {**GOOD, "Body": "x" * 1601}, 400, 21617),
    ("a callback host with an underscore", {**GOOD, "StatusCallback": "http://a_b.example/"}, 400, 21609),
    ("a validity of zero", {**GOOD, "ValidityPeriod": "0"}, 400, 21624),
    ("a validity over ten hours", {**GOOD, "ValidityPeriod": "36001"}, 400, 21624),
    ("a landline", {**GOOD, "To": "+12125559999"}, 400, 21614),
]


@pytest.mark.parametrize(("what", "form", "status", "code"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_it_refuses(carrier: httpx.AsyncClient, what: str, form: dict[str, str], status: int, code: int) -> None:
    answer = await carrier.post(URL, data=form)
    assert (answer.status_code, answer.json()["code"]) == (status, code), what
    assert set(answer.json()) == {"code", "message", "more_info", "status"}


async def test_it_refuses_wrong_credentials_and_json(carrier: httpx.AsyncClient) -> None:
    assert (await carrier.post(URL, data=GOOD, auth=(ACCOUNT, "wrong"))).status_code == 401
    assert (await carrier.post(URL, json=GOOD)).status_code == 400


async def test_it_accepts_counts_and_shows_what_it_took(carrier: httpx.AsyncClient) -> None:
    answer = await carrier.post(URL, data=GOOD)
    assert answer.status_code == 201 and answer.json()["sid"].startswith("SM") and answer.json()["num_segments"] == "1"
    summary = (await carrier.get("/admin/summary")).json()
    assert (summary["accepted"], summary["distinct_numbers"]) == (1, 1)
    fetched = await carrier.get(f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{answer.json()['sid']}.json")
    assert fetched.json()["to"] == PERSON


async def test_a_rate_over_the_senders_limit_is_429(carrier: httpx.AsyncClient) -> None:
    await carrier.put("/admin/config", json={"parts_per_second": 2})
    answers = await asyncio.gather(*(carrier.post(URL, data=GOOD) for _ in range(6)))
    assert max(answer.status_code for answer in answers) == 429
    assert {answer.json().get("code") for answer in answers if answer.status_code == 429} == {20429}


async def test_after_stop_the_pair_is_blocked_until_start(carrier: httpx.AsyncClient) -> None:
    await carrier.post("/admin/inbound", json={"from": PERSON, "to": SENDER, "body": "Stop"})
    assert (await carrier.post(URL, data=GOOD)).json()["code"] == 21610
    await carrier.post("/admin/inbound", json={"from": PERSON, "to": SENDER, "body": "START"})
    assert (await carrier.post(URL, data=GOOD)).status_code == 201


@pytest.mark.parametrize("change", [{"nope": 1}, {"seed": "x"}, {"receipts": 1}, {"scripted": []}, []])
async def test_a_setting_that_does_not_exist_is_refused(carrier: httpx.AsyncClient, change: object) -> None:
    assert (await carrier.put("/admin/config", json=change)).status_code == 400


async def test_a_lost_answer_breaks_the_connection_after_acceptance(carrier: httpx.AsyncClient) -> None:
    await carrier.put("/admin/config", json={"lose_answer": 1.0})
    with pytest.raises(httpx.HTTPError):
        await carrier.post(URL, data=GOOD)
    assert (await carrier.get("/admin/summary")).json()["accepted"] == 1


def test_fate_depends_on_seed_number_and_count_alone() -> None:
    config = SimulatorConfig(seed=5, latency_mean=0.1, async_failure=0.5, double_receipt=0.5)
    assert draw_fate(config, to=PERSON, nth=2) == draw_fate(config, to=PERSON, nth=2)
    fates = {draw_fate(config, to=f"+1212555{number:04d}", nth=1) for number in range(1000, 1050)}
    assert len(fates) == 50
