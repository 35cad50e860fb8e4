"""Is a large audience decided by a job that survives its worker, and is what it foresaw held against what happened?"""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.domain.ids import decode_id
from app.queue.doorbell import open_redis
from app.settings import Settings
from app.usecases.count_members import PAGE
from app.usecases.preflight_campaign import AT_ONCE, run_preflight
from app.usecases.sweep import sweep
from tests.factories import calling, make_key
from tests.shop import DAYTIME, NOBODY, Shop, at_noon, id_of, path_of, pointers

NEW_YORK, HAWAII, SILENT, LONDON = "+12125550100", "+18085550100", "+12125550199", "+447911123456"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """It is always noon in New York here."""
    return at_noon(settings)


async def asked(shop: Shop, campaign: dict[str, Any], **body: Any) -> dict[str, Any]:
    """A job."""
    answer = await shop.client.post(path_of(campaign, "preflight"), json={"wait": False, **body})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def run(shop: Shop, job: dict[str, Any]) -> dict[str, Any]:
    """Work on a job as a worker would; it afterwards."""
    await run_preflight(shop.context, workspace_id=shop.workspace_id, preflight_id=decode_id("preflight", job["id"]))
    return await found(shop, job)


def where(job: dict[str, Any], verb: str = "") -> str:
    return f"/v1/campaigns/{job['campaign_id']}/preflights/{job['id']}" + (f"/{verb}" if verb else "")


async def found(shop: Shop, job: dict[str, Any]) -> dict[str, Any]:
    answer = await shop.client.get(where(job))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def everybody(shop: Shop) -> dict[str, Any]:
    """A campaign to people who may go, wait, and never go."""
    await shop.people([NEW_YORK, HAWAII], first_name="Ana")
    await shop.people([SILENT], consent=False, first_name="Bo")
    await shop.people(["+12125550101"])  # has no first name
    return await shop.campaign()


async def test_a_job_finds_what_an_answer_at_once_finds(shop: Shop) -> None:
    campaign = await everybody(shop)
    at_once = await shop.made(path_of(campaign, "preflight"), {})
    job = await asked(shop, campaign)
    assert (job["state"], job["done_members"], job["total_members"], job["progress"]) == ("queued", 0, 4, 0.0)
    assert (await found(shop, job))["report"] is None
    done = await run(shop, job)
    assert (done["state"], done["done_members"], done["progress"]) == ("completed", 4, 1.0)
    for changing in ("id", "at"):
        at_once.pop(changing)
        done["report"].pop(changing)
    for report in (at_once, done["report"]):
        report["forecast"].pop("starts_at")
        report["forecast"].pop("finishes_at")
    assert done["report"] == at_once
    listed = (await shop.client.get(path_of(campaign, "preflights"))).json()["items"]
    assert [item["state"] for item in listed] == ["completed", "completed"]
    assert listed[0]["id"] == job["id"]


_MANY_NUMBERS = """
INSERT INTO number (workspace_id, phone, region, kind, zones, created_at)
SELECT $1, '+1212' || i, 'US', 'fixed_line_or_mobile', ARRAY['America/New_York'], $3 FROM generate_series(2000000, 1999999 + $2) i
"""
_MANY_CONTACTS = """
INSERT INTO contact (workspace_id, id, phone, attributes, provenance, created_at, updated_at)
SELECT workspace_id, lpad(to_hex(row_number() OVER (ORDER BY phone)), 32, '0')::uuid, phone,
       '{"first_name": "Ana"}', 'test', $2, $2
FROM number WHERE workspace_id = $1
"""


async def crowd(shop: Shop, members: int) -> None:
    """Many contacts at once; nobody has agreed to anything."""
    now = shop.context.clock.now()
    await shop.execute(_MANY_NUMBERS, shop.workspace_id, members, now)
    await shop.execute(_MANY_CONTACTS, shop.workspace_id, now)


async def test_a_large_audience_takes_a_job_unasked(shop: Shop) -> None:
    await crowd(shop, AT_ONCE + 1)
    campaign = await shop.campaign()
    answer = await shop.client.post(path_of(campaign, "preflight"), json={}, headers={"Idempotency-Key": "once"})
    again = await shop.client.post(path_of(campaign, "preflight"), json={}, headers={"Idempotency-Key": "once"})
    assert (answer.status_code, answer.json()["state"], answer.json()["total_members"]) == (202, "queued", AT_ONCE + 1)
    assert (again.status_code, again.json()["id"], again.headers["Idempotency-Replayed"]) == (202, answer.json()["id"], "true")
    done = await run(shop, answer.json())
    assert (done["state"], done["report"]["verdicts"]["never"]) == ("completed", AT_ONCE + 1)


async def test_the_report_counts_by_reason_hour_country_and_price(shop: Shop) -> None:
    await shop.client.patch("/v1/workspace", json={"policy": {"prices": {"US": {"amount": "0.0079", "currency": "USD"}}}})
    campaign = await everybody(shop)
    found = await shop.made(path_of(campaign, "preflight"), {})
    assert {(row["verdict"], row["reason"]): row["members"] for row in found["reasons"]} == {
        ("never", "consent.missing"): 1,
        ("never", "content.missing_field"): 1,
        ("wait", found["objections"][1]["rule"] if found["objections"][0]["rule"] == "consent.missing"
         else found["objections"][0]["rule"]): 1,
    }  # fmt: skip
    for objection in found["objections"]:
        assert {sample["phone"] for sample in objection["sample"]} <= {HAWAII, SILENT}
        assert all(sample["detail"] for sample in objection["sample"])
    assert found["deferred"] == [{"hour": "2026-11-24T18:00:00Z", "members": 1, "parts": 1}]
    assert found["parts"] == [
        {"country": "US", "encoding": "gsm7", "messages": 2, "parts": 2, "cost": {"amount": "0.0158", "currency": "USD"}}
    ]
    assert (found["costs"], found["unpriced_parts"]) == ([{"amount": "0.0158", "currency": "USD"}], 0)
    assert found["forecast"]["finishes_at"].startswith("2026-11-24T18:00:0")


async def test_without_a_price_parts_are_counted_and_cost_nothing_known(shop: Shop) -> None:
    await shop.people([NEW_YORK], first_name="Ана")
    found = await shop.made(path_of(await shop.campaign(), "preflight"), {})
    (row,) = found["parts"]
    assert (row["encoding"], row["cost"], found["costs"], found["unpriced_parts"]) == ("ucs2", None, [], row["parts"])


@pytest.mark.parametrize(
    "prices",
    [
        {"ZZ": {"amount": "1", "currency": "USD"}},
        {"us": {"amount": "1", "currency": "USD"}},
        {"US": {"amount": "-1", "currency": "USD"}},
        {"US": {"amount": "1e5", "currency": "USD"}},
        {"US": {"amount": "1", "currency": "dollars"}},
        {"US": 1},
        None,
    ],
)
async def test_a_price_that_is_none_is_refused(shop: Shop, prices: Any) -> None:
    answer = await shop.client.patch("/v1/workspace", json={"policy": {"prices": prices}})
    assert answer.status_code == 422
    assert all(pointer.startswith("/body/policy/prices") for pointer in pointers(answer))


async def test_who_would_be_cut_off_by_the_not_after_is_told(shop: Shop) -> None:
    phones = [f"+1212555{number:04d}" for number in range(1000, 1100)]
    await shop.people([*phones, HAWAII], first_name="Ana")
    sender = await shop.sender(parts_per_second=0.5)
    now = shop.context.clock.now()
    hurried = await shop.campaign(sender_id=sender["id"], not_after=(now + timedelta(seconds=100)).isoformat())
    found = await shop.made(path_of(hurried, "preflight"), {})
    assert found["too_late"]["by_rule"] == 1
    assert 48 <= found["too_late"]["by_rate"] <= 52
    assert found["forecast"]["finishes_at"] is None


async def test_a_job_goes_on_where_a_crash_left_it_and_counts_nobody_twice(shop: Shop) -> None:
    await crowd(shop, 2 * PAGE + 10)
    job = await asked(shop, await shop.campaign())
    shop.context.closing.set()  # the worker ends after one page
    partly = await run(shop, job)
    assert (partly["state"], partly["done_members"], partly["report"]) == ("running", PAGE, None)
    shop.context.closing.clear()
    await shop.people(["+13105550100", "+13105550101"], first_name="Late")
    ids = {"workspace_id": shop.workspace_id, "preflight_id": decode_id("preflight", job["id"])}
    await asyncio.gather(*(run_preflight(shop.context, **ids) for _ in range(3)))
    done = await run(shop, job)
    assert (done["state"], done["report"]["audience"]) == ("completed", 2 * PAGE + 10)
    assert done["report"]["verdicts"] == {"allow": 0, "wait": 0, "never": 2 * PAGE + 10}


async def test_a_job_keeps_to_the_campaign_as_it_was_asked_about(shop: Shop) -> None:
    campaign = await everybody(shop)
    job = await asked(shop, campaign)
    longer = await shop.template("Hi {{ first_name }}, " + "x" * 300)
    answer = await shop.client.patch(path_of(campaign), json={"template_id": longer["id"], "purpose": "transactional"})
    assert answer.status_code == 200, answer.text
    report = (await run(shop, job))["report"]
    assert (report["content"]["parts_max"], report["verdicts"]["never"]) == (1, 1)


async def test_a_cancelled_job_ends_without_a_report_and_cannot_be_cancelled_again(shop: Shop) -> None:
    job = await asked(shop, await everybody(shop))
    assert (await shop.client.get(where(job, "comparison"))).status_code == 409
    cancelled = await shop.made(where(job, "cancel"), {})
    assert cancelled["state"] == "cancelled"
    assert (await run(shop, job))["report"] is None
    for again in (where(job, "cancel"),):
        answer = await shop.client.post(again, json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


async def test_a_job_that_cannot_be_decided_fails_with_a_reason(shop: Shop) -> None:
    job = await asked(shop, await everybody(shop))
    await shop.execute("UPDATE preflight SET plan = jsonb_set(plan, '{rule}', '{\"all\": 7}')")
    failed = await run(shop, job)
    assert (failed["state"], failed["report"]) == ("failed", None)
    assert "cannot be decided" in failed["error"]


async def test_the_sweep_rings_for_what_nobody_works_on(shop: Shop) -> None:
    job = await asked(shop, await everybody(shop))
    redis = open_redis(shop.context.settings.redis_url or "")
    bell = f"arq:job:run_preflight:{shop.workspace_id}/{decode_id('preflight', job['id'])}:*"
    await redis.delete(*await redis.keys(bell))
    await sweep(shop.context)
    assert await redis.keys(bell)
    await redis.aclose(close_connection_pool=True)


async def test_what_was_foreseen_is_held_against_what_happened(shop: Shop) -> None:
    campaign = await everybody(shop)
    report = await shop.made(path_of(campaign, "preflight"), {})
    where_it_is = f"{path_of(campaign, 'preflights')}/{report['id']}/comparison"
    before = (await shop.client.get(where_it_is)).json()
    assert (before["launched_at"], before["members"]) == (None, {"foreseen": 4, "happened": 0})
    await shop.suppress(NEW_YORK)
    await shop.launch(campaign)
    await shop.execute(
        "UPDATE message SET state = 80, handed_over_at = $2, parts = 1 WHERE campaign_id = $1 AND phone = $3",
        id_of(campaign), DAYTIME + timedelta(hours=1), HAWAII,
    )  # fmt: skip
    await shop.finish(campaign)
    after = (await shop.client.get(where_it_is)).json()
    assert after["members"] == {"foreseen": 4, "happened": 4}
    assert after["handed_over"] == {"foreseen": 2, "happened": 1}
    assert after["parts"] == {"foreseen": 2, "happened": 1}
    reasons = {row["reason"]: (row["foreseen"], row["happened"]) for row in after["reasons"]}
    assert reasons["consent.missing"] == (1, 1)
    assert reasons["suppress.opt_out.text"] == (0, 1)
    assert after["finishes_at"]["happened"] == "2026-11-24T18:30:00Z"
    assert (after["campaign_state"], after["waiting"]) == ("completed", 0)


async def test_progress_is_followed_to_the_end(shop: Shop) -> None:
    job = await asked(shop, await everybody(shop))
    await run(shop, job)
    stream = (await shop.client.get(where(job, "progress"))).text
    events = [dict(line.split(": ", 1) for line in block.split("\n")) for block in stream.strip().split("\n\n")]
    assert [event["event"] for event in events] == ["progress", "end"]
    assert orjson.loads(events[-1]["data"])["progress"] == 1.0


async def test_a_report_shows_nobody_who_is_gone(shop: Shop) -> None:
    campaign = await everybody(shop)
    job = await run(shop, await asked(shop, campaign))
    assert SILENT in {item["phone"] for item in job["report"]["sample"]}
    assert SILENT not in str(await shop.value("SELECT report::text FROM preflight"))
    await shop.execute("DELETE FROM contact WHERE phone = $1", SILENT)
    assert SILENT not in orjson.dumps(await found(shop, job)).decode()


async def test_others_see_nothing_and_wrong_bodies_are_named(shop: Shop, stranger: Shop) -> None:
    campaign = await everybody(shop)
    job = await asked(shop, campaign)
    for path in (where(job), where(job, "comparison"), where(job, "progress"), path_of(campaign, "preflights")):
        assert (await stranger.client.get(path)).status_code == 404
    other = await shop.campaign()
    assert (await shop.client.get(where({**job, "campaign_id": other["id"]}))).status_code == 404
    assert (await shop.client.get(where({**job, "id": f"pfl_{NOBODY}"}))).status_code == 404
    for wrong in ("yes", 1, None):
        answer = await shop.client.post(path_of(campaign, "preflight"), json={"wait": wrong})
        assert (answer.status_code, pointers(answer)) == (422, ["/body/wait"])
    async with calling(shop.context, await make_key(shop.context, shop.workspace_id, "messages:read")) as client:
        assert (await client.get(where(job))).status_code == 403
