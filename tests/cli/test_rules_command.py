"""The rule book in a terminal: listed, kept as a file, and what a change of it does to those who wait for their campaign."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.domain.book import CAP_ROWS, INSTALLED, ROWS, Pack
from app.domain.decision import Verdict
from app.domain.pack_json import read_pack
from app.domain.rulebook import load_rules
from app.usecases.compare_packs import CampaignShift, Shift, compare_packs
from app.usecases.context import Context
from tests.cli.test_commands import run
from tests.factories import WRITTEN, calling, make_key, make_workspace
from tests.shop import Shop

# A Wednesday evening ten years and some on: 20:30 in Kentucky and New York, 19:30 in Louisiana.
EVENING = datetime(2037, 11, 25, 1, 30, tzinfo=UTC)


@pytest.fixture
async def shop(context: Context) -> Any:
    workspace_id = await make_workspace(context)
    async with calling(context, await make_key(context, workspace_id)) as client:
        yield Shop(context, client, workspace_id)


async def scheduled(shop: Shop, phones: list[str], **fields: Any) -> dict[str, Any]:
    """A campaign that waits for its time, and people who agreed."""
    for phone in phones:
        await shop.made("/v1/contacts", {"phone": phone, "attributes": {"first_name": "Bo"}})
        evidence = {"wording": WRITTEN, "seller": "Example Shop", "url": "https://a.example", "ip": "192.0.2.1"}
        given = {"phone": phone, "channels": ["sms"], "method": "web_form", "occurred_at": "2026-10-01T12:00:00Z"}
        await shop.made("/v1/opt-ins", {**given, "evidence": evidence})
    campaign = await shop.campaign(**fields)
    return await shop.made(f"/v1/campaigns/{campaign['id']}/schedule", {"scheduled_at": EVENING.isoformat()})


def rewritten(name: str, **changes: Any) -> Pack:
    """The installed pack with one row changed, as an older one would have it."""
    pack = json.loads(CliRunner().invoke(app, ["rules", "export"]).output)
    for row in (*pack["hours"], *pack["caps"]):
        if row["id"] == name:
            row.update(changes)
    return Pack(*read_pack(pack))


def days(hours: str, code: str) -> list[dict[str, Any]]:
    return [{"hours": [hours], "code": code, "also": []}] * 7


async def compared(shop: Shop, before: Pack) -> list[CampaignShift]:
    told: list[tuple[int, int]] = []
    found = await compare_packs(
        shop.context.db,
        load_rules(),
        before=before,
        after=INSTALLED,
        now=shop.context.clock.now(),
        tell=lambda done, total: told.append((done, total)),
    )
    assert told == ([(sum(shift.members for shift in found),) * 2] if any(shift.members for shift in found) else [])
    return found


async def test_what_a_changed_row_does_is_told_by_campaign_verdict_and_rule(shop: Shop) -> None:
    await scheduled(shop, ["+12125550142", "+15025550142", "+15025550143"])
    (same,) = await compared(shop, INSTALLED)
    assert (same.members, same.changed, same.shifts) == (3, 0, {})
    (shift,) = await compared(shop, rewritten("us.ky", week=days("10:00-20:00", "time.quiet.us.ky")))
    assert (shift.name, shift.at, shift.members, shift.changed) == ("autumn", EVENING, 3, 2)
    assert shift.shifts == {Shift(Verdict.WAIT, Verdict.ALLOW, "-time.quiet.us.ky"): 2}
    (shift,) = await compared(shop, rewritten("us.federal", week=days("08:00-20:00", "time.quiet.us.federal")))
    assert shift.shifts[Shift(Verdict.WAIT, Verdict.ALLOW, "-time.quiet.us.federal")] == 3


async def test_only_campaigns_that_wait_are_looked_at_and_nothing_is_written(shop: Shop) -> None:
    await shop.campaign()
    await scheduled(shop, ["+12125550142"])
    before = await shop.value("SELECT count(*) FROM message")
    assert len(await compared(shop, INSTALLED)) == 1
    assert await shop.value("SELECT count(*) FROM message") == before


async def test_the_command_says_it_all_and_ends_well(shop: Shop, tmp_path: Path) -> None:
    campaign = await scheduled(shop, ["+15025550142"])
    pack = json.loads(CliRunner().invoke(app, ["rules", "export"]).output)
    kept = tmp_path / "before.json"
    for row in pack["hours"]:
        if row["id"] == "us.ky":
            row["week"] = days("10:00-20:00", "time.quiet.us.ky")
    pack["hours"] = [row for row in pack["hours"] if row["id"] != "us.fl"]
    consent = next(row for row in pack["others"] if row["id"] == "consent.us.text")
    consent["source"] = "as it was"
    kept.write_text(json.dumps(pack))
    told = run("rules", "changes", str(kept), DATABASE_URL=shop.context.settings.database_url or "")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[:3] == ["row consent.us.text: changed", "row us.fl: new", "row us.ky: changed"]
    assert lines[3] == f"{campaign['id']}  autumn  {EVENING:%Y-%m-%d %H:%M}Z: 1 of 1 members"
    assert lines[4].split() == ["1", "wait", "->", "allow", "-time.quiet.us.ky"]
    assert lines[5] == "1 scheduled campaigns, 1 members, 1 decided otherwise"


@pytest.mark.parametrize(
    ("label", "text", "words"),
    [
        ("no JSON", "{", "is not JSON"),
        ("no pack", "[]", "is not an object"),
        ("a row that ends before it starts", None, "row us.ky"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_row(tmp_path: Path, label: str, text: str | None, words: str) -> None:
    kept = tmp_path / "before.json"
    if text is None:
        pack = json.loads(CliRunner().invoke(app, ["rules", "export"]).output)
        next(row for row in pack["hours"] if row["id"] == "us.ky").update(valid_from="2026-02-01", valid_to="2026-01-01")
        text = json.dumps(pack)
    kept.write_text(text)
    told = run("rules", "changes", str(kept))
    assert (told.returncode, "Traceback" in told.stderr) == (2, False), label
    assert words.removeprefix("row ") in told.stderr.replace("\n", " "), told.stderr
    assert run("rules", "changes", str(tmp_path / "none.json")).returncode == 2


def test_the_book_is_listed_by_its_beginnings_with_or_without_the_word() -> None:
    short = CliRunner().invoke(app, ["rules", "time.quiet.us.k"])
    assert (short.exit_code, short.output) == (0, CliRunner().invoke(app, ["rules", "list", "time.quiet.us.k"]).output)
    assert short.output.split(maxsplit=3)[:3] == ["time.quiet.us.ky", "US-KY", "likely"]
    assert CliRunner().invoke(app, ["rules"]).output == CliRunner().invoke(app, ["rules", "list"]).output
    kept = CliRunner().invoke(app, ["rules", "retention.k"])
    assert kept.output.split(maxsplit=4)[:4] == ["retention.keyword_replies", "certain", "3650", "days:"]
    assert "retention.suppressions" in CliRunner().invoke(app, ["rules"]).output
    assert CliRunner().invoke(app, ["rules", "list", "astrology"]).exit_code == 1


def test_what_is_exported_is_what_is_installed() -> None:
    pack = json.loads(CliRunner().invoke(app, ["rules", "export"]).output)
    assert read_pack(pack) == (ROWS, CAP_ROWS)
