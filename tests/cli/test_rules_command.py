"""The rule book in a terminal: listed, kept as a file, and what a change of it does to those who wait for their campaign."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.domain.book import INSTALLED, Pack
from app.domain.decision import Verdict
from app.domain.pack_json import SECTIONS, pack_json, read_pack
from app.usecases.compare_packs import Shift
from tests.cli.scheduling import EVENING, compared, scheduled
from tests.cli.test_commands import run
from tests.shop import Shop


def rewritten(name: str, **changes: Any) -> Pack:
    """The installed pack with one row changed, as an older one would have it."""
    pack = json.loads(CliRunner().invoke(app, ["rules", "export"]).output)
    for row in (*pack["hours"], *pack["caps"]):
        if row["id"] == name:
            row.update(changes)
    return read_pack(pack, installed=INSTALLED)[0]


def days(hours: str, code: str) -> list[dict[str, Any]]:
    return [{"hours": [hours], "code": code, "also": []}] * 7


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
    pack["consent"][0]["source"] = "as it was"
    del pack["consent_ages"]["FR"]
    kept.write_text(json.dumps(pack))
    told = run("rules", "changes", str(kept), DATABASE_URL=shop.context.settings.database_url or "")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    rows = ["row consent.us.text: changed", "row consent_age.fr: new", "row us.fl: new", "row us.ky: changed"]
    assert lines[:4] == rows
    assert lines[4] == f"{campaign['id']}  autumn  {EVENING:%Y-%m-%d %H:%M}Z: 1 of 1 members decided otherwise"
    assert lines[5].split() == ["1", "wait", "->", "allow", "-time.quiet.us.ky"]
    assert lines[6] == "1 scheduled campaigns, 1 members, 1 decided otherwise"


async def test_a_file_of_an_earlier_version_says_what_it_says_nothing_of(shop: Shop, tmp_path: Path) -> None:
    await scheduled(shop, ["+15025550142"])
    pack = json.loads(CliRunner().invoke(app, ["rules", "export"]).output)
    hours = [row for row in pack["hours"] if row["id"] != "us.ky"]
    kept = tmp_path / "before.json"
    kept.write_text(json.dumps({"format": 1, "hours": hours, "caps": pack["caps"], "others": [{"id": "consent.us.text"}]}))
    told = run("rules", "changes", str(kept), DATABASE_URL=shop.context.settings.database_url or "")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[:2] == [
        f"not in before.json, so taken as installed: {', '.join(SECTIONS[2:])}",
        "row us.ky: new",
    ]


async def test_texts_that_would_read_otherwise_are_counted(shop: Shop, tmp_path: Path) -> None:
    text = await shop.template("Exemple: {{ first_name }}, -20% jusqu'a dimanche")
    campaign = await scheduled(shop, ["+33612345678", "+12125550142"], template_id=text["id"])
    pack = json.loads(CliRunner().invoke(app, ["rules", "export"]).output)
    pack["content"] = [row for row in pack["content"] if row["region"] != "FR"]
    kept = tmp_path / "before.json"
    kept.write_text(json.dumps(pack))
    told = run("rules", "changes", str(kept), DATABASE_URL=shop.context.settings.database_url or "")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[:2] == ["row content.fr.identification: new", "row content.fr.opt_out: new"]
    assert lines[2] == (
        f"{campaign['id']}  autumn  {EVENING:%Y-%m-%d %H:%M}Z: 0 of 2 members decided otherwise; 1 would read another text"
    )


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
    told = CliRunner().invoke(app, ["rules", "changes", str(kept)])
    assert (told.exit_code, "Traceback" in told.stderr) == (2, False), label
    assert words.removeprefix("row ") in told.stderr.replace("\n", " "), told.stderr
    assert CliRunner().invoke(app, ["rules", "changes", str(tmp_path / "none.json")]).exit_code == 2


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
    assert pack == json.loads(json.dumps(pack_json(INSTALLED)))
    assert set(pack) == {"format", *SECTIONS}
