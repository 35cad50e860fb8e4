"""P12: the ledger is one unbroken chain however many write to it at once, and a dossier proves itself with the file alone."""

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.domain.ids import encode_id
from app.usecases.verify_ledger import verify_ledger
from tests.promises.seeding import DAYTIME
from tests.promises.world import World, numbers, wait_until

_ROOT = Path(__file__).resolve().parents[2]
_EVIDENCE = {
    "wording": "I agree to get automated marketing texts from Promises at this number. Not a condition of purchase.",
    "url": "https://shop.example/join",
    "form_version": "7",
    "ip": "192.0.2.7",
}


async def command(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """`python -m app ledger ...`; without a database unless one is given."""
    known = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "ledger", *arguments, cwd=_ROOT, env={**known, "COLUMNS": "200", **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def checked(file: Path, *arguments: str) -> tuple[int, str]:
    """`ledger verify FILE` in this process, and all it said: it needs nothing but the file, as its first run by itself shows."""
    told = CliRunner().invoke(app, ["ledger", "verify", str(file), *arguments])
    return told.exit_code, told.output


def opt_in(phone: str) -> dict[str, Any]:
    occurred_at = (DAYTIME - timedelta(days=1)).isoformat()
    return {"phone": phone, "method": "web_form", "evidence": _EVIDENCE, "occurred_at": occurred_at}


async def sound(world: World) -> int:
    """Assert that the ledger in the database is whole; its length."""
    head, found = await verify_ledger(world.context.db, workspace_id=world.workspace_id, progress=lambda *_: None)
    assert found == []
    return head.seq


@pytest.mark.timeout(180)
async def test_p12_everyone_who_writes_at_once_leaves_one_chain_without_a_gap(start):
    world = await start()
    people = numbers(120)
    await world.people(people)
    await world.workers(2)
    campaign = await world.campaign()
    await world.launch(campaign)

    async def bulk(path: str, phones: list[str], body: Any) -> Any:
        return await world.post(path, {"items": [body(phone) for phone in phones]})

    def no(phone: str) -> dict[str, Any]:
        return {"phone": phone, "method": "web_form"}

    work = []
    for turn in range(6):
        some = people[turn * 15 : turn * 15 + 40]
        work += [bulk("/v1/opt-outs/bulk", some[::-1], no), bulk("/v1/opt-ins/bulk", some, opt_in)]
        work += [bulk("/v1/opt-ins/bulk", [*some[::2], *some[1::2]], opt_in)]
    singles = [world.post("/v1/opt-outs", no(phone)) for phone in people[:40:2]]
    singles += [world.post("/v1/opt-ins", opt_in(phone)) for phone in people[:40:3]]
    replies = [world.say(phone, word) for phone in people[60:80] for word in ("STOP", "START")]
    spoken = asyncio.gather(*replies)
    answers = await asyncio.gather(*singles, *work)
    await spoken
    assert [answer.status_code for answer in answers] == [201] * len(singles) + [200] * len(work)
    await wait_until(lambda: world.value("SELECT count(*) >= 40 FROM inbound"), what="the replies")
    length = await sound(world)
    assert length == await world.value("SELECT count(*) FROM consent_event") > 600
    assert await world.value("SELECT max(seq) = count(*) AND min(seq) = 1 FROM consent_event")


@pytest.mark.timeout(120)
async def test_p12_a_dossier_proves_itself_offline_and_whatever_is_done_to_it_is_named(start, tmp_path):
    people = numbers(3)
    world = await start(scripted={people[0]: "reply:STOP"})
    await world.people(people, consent=False)
    for phone in people:
        assert (await world.post("/v1/opt-ins", opt_in(phone))).status_code == 201
    await world.workers(1)
    campaign = await world.campaign()
    await world.launch(campaign)
    await world.closed(campaign)
    await wait_until(lambda: world.value("SELECT count(*) FROM suppression"), what="the STOP")
    answer = await world.client.get("/v1/dossiers", params={"phone": people[0]})
    key = (await world.client.get("/v1/ledger/keys")).json()["keys"][0]["public_key"]
    file = tmp_path / "dossier.json"
    file.write_bytes(answer.content)
    status, said, _ = await command("verify", str(file), "--public-key", key)
    assert (status, "complete and unaltered" in said) == (0, True), said
    dossier = answer.json()
    assert [event["kind"] for event in dossier["events"]] == ["given", "revoked"]
    assert dossier["events"][0]["evidence"] == _EVIDENCE
    sent = dossier["messages"][0]
    assert (sent["state"], sent["attempts"][0]["outcome"], bool(sent["receipts"])) == ("delivered", "accepted", True)
    assert sent["decision"]["verdict"] == "allow"
    assert [reply["body"] for reply in dossier["replies"]] == ["STOP"]
    given, revoked = dossier["events"]
    for label, change, words in (
        ("wording", {"events": [{**given, "evidence": {**_EVIDENCE, "wording": "You agreed"}}, revoked]}, given["id"]),
        ("instant", {"events": [{**given, "occurred_at": "2020-01-01T00:00:00.000000Z"}, revoked]}, given["id"]),
        ("left out", {"events": [given]}, "events 2: missing"),
        ("moved", {"events": [revoked, given]}, "reordered"),
        ("a message", {"messages": [{**sent, "state": "failed"}, *dossier["messages"][1:]]}, sent["id"]),
        ("whose", {"manifest": {**dossier["manifest"], "phone": people[1]}}, "written for another number"),
    ):
        file.write_text(json.dumps({**dossier, **change}))
        status, told = checked(file, "--public-key", key)
        assert (status, words in told) == (1, True), (label, told)
    file.write_text("no dossier")
    assert checked(file)[0] == 1


@pytest.mark.timeout(120)
async def test_p12_the_whole_ledger_is_checked_in_the_database_and_as_a_file(start, tmp_path):
    world = await start()
    people = numbers(30)
    await world.people(people)
    items = [opt_in(phone) for phone in people]
    assert (await world.post("/v1/opt-ins/bulk", {"items": items})).status_code == 200
    environment = {"DATABASE_URL": world.environment["DATABASE_URL"], "TACTFUL_SECRET_KEY": "11" * 32}
    workspace, file = encode_id("workspace", world.workspace_id), tmp_path / "ledger.ndjson"
    assert (await command("verify", "--database", **environment))[0] == 0
    kept = tmp_path / "head.json"
    kept.write_bytes((await world.client.get("/v1/ledger/head")).content)
    assert (await command("verify", "--database", "--head", str(kept), **environment))[0] == 0
    nobody = "wks_" + "0" * 26
    assert (await command("verify", "--database", "--workspace", nobody, **environment))[0] == 1
    assert (await command("export", "--workspace", workspace, "--to", str(tmp_path / "no" / "file"), **environment))[0] == 2
    assert (await command("export", "--workspace", workspace, "--to", str(file), **environment))[0] == 0
    assert (await command("verify", str(file)))[0] == 0
    lines = file.read_bytes().splitlines(keepends=True)
    assert len(lines) == 61
    for label, changed, words in (
        ("dropped", [*lines[:30], *lines[31:]], "missing: entry 30"),
        ("cut short", lines[:-2], "missing: entries 59 to 60"),
        ("swapped", [*lines[:10], lines[11], lines[10], *lines[12:]], "reordered: entry 10"),
        ("repeated", [*lines[:10], lines[9], *lines[10:]], "inserted or repeated"),
        ("another head", [lines[0].replace(b'"seq":60', b'"seq":61'), *lines[1:]], "head: altered"),
        ("a word", [*lines[:40], lines[40].replace(b"web_form", b"paper"), *lines[41:]], "entry 40"),
    ):
        file.write_bytes(b"".join(changed))
        status, told = checked(file)
        assert (status, words in told) == (1, True), (label, told)
    async with world.context.db.transaction() as tx:
        await tx.execute("ALTER TABLE consent_event DISABLE TRIGGER USER")
        await tx.execute("UPDATE consent_event SET source = 'import' WHERE seq = 41")
        await tx.execute("ALTER TABLE consent_event ENABLE TRIGGER USER")
    status, said, told = await command("verify", "--database", "--workspace", workspace, **environment)
    assert (status, "NOT as it was written" in said, "entry 41" in told) == (1, True, True), told
