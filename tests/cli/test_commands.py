"""Do the commands do what their help says? Those that touch a database run as processes of their own, as people run them."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import app
from app.clock import new_id
from app.usecases.context import Context
from tests.databases import create_database, drop_database
from tests.factories import calling, make_workspace

_REPOSITORY = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`python -m app ...` with nothing but these variables set."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=_REPOSITORY,
        env={"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture
def here(context: Context) -> Run:
    """Run a command on this test's database."""

    def on_it(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return run(*arguments, DATABASE_URL=context.settings.database_url or "")

    return on_it


@pytest.mark.parametrize(
    "command",
    [
        "up",
        "demo",
        "serve",
        "worker",
        "migrate",
        "workspace create",
        "workspace list",
        "key create",
        "key list",
        "key revoke",
        "ledger verify",
        "ledger export",
        "key rotate-secret",
        "rules",
        "rules list",
        "rules export",
        "rules changes",
        "providers",
        "retention",
        "health",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    told = CliRunner().invoke(app, [*command.split(), "--help"])
    assert told.exit_code == 0
    assert len(told.output.split()) > 15


def test_a_command_imports_what_it_needs_and_no_more() -> None:
    program = """
import json
import sys
from app.cli.main import app

for line in ("nothing of ours", "providers --help", "key list --help", "serve --help"):
    try:
        app(line.split())
    except SystemExit:
        print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=_REPOSITORY, capture_output=True, text=True, timeout=90, check=True
    )
    heavy = {"alembic", "app.main", "fastapi", "sqlalchemy", "uvicorn"}
    imported = [heavy.intersection(json.loads(line)) for line in told.stderr.splitlines() if line.startswith('["')]
    assert imported == [set(), set(), {"sqlalchemy"}, heavy - {"alembic"}]


async def test_a_workspace_and_a_key_are_made_and_the_key_opens_the_api(here: Run, context: Context) -> None:
    made = here("workspace", "create", "--name", "Blue Bikes")
    assert made.returncode == 0, made.stderr
    workspace = made.stdout.strip()
    assert workspace.startswith("wks_")
    assert f"{workspace}  " in here("workspace", "list").stdout
    key = here("key", "create", "--workspace", workspace, "--name", "ci", "--scopes", "admin", "--expires-in-days", "3")
    assert key.returncode == 0, key.stderr
    secret = key.stdout.strip()
    assert (len(secret), secret[:5]) == (48, "tact_")
    async with calling(context, secret) as client:
        assert (await client.get("/v1/workspace")).json()["name"] == "Blue Bikes"
        made_key = (await client.get("/v1/api-keys")).json()["items"][0]
        assert datetime.fromisoformat(made_key["expires_at"]) - datetime.fromisoformat(made_key["created_at"]) == timedelta(
            days=3
        )
        listed = here("key", "list", "--workspace", workspace).stdout
        assert secret not in listed
        assert f"…{secret[-4:]}  active" in listed
        key_id = listed.split()[0]
        assert here("key", "revoke", key_id).returncode == 0
        assert (await client.get("/v1/workspace")).status_code == 401
    assert "revoked" in here("key", "list", "--workspace", workspace).stdout


async def test_what_is_wrong_is_said_in_a_sentence(here: Run, context: Context) -> None:
    nobody = "0" * 26
    await make_workspace(context)
    for arguments, status, words in (
        (("key", "create", "--workspace", "blue", "--name", "x"), 2, "wks_"),
        (("key", "create", "--workspace", f"wks_{nobody}", "--name", "x"), 1, "no such workspace"),
        (("key", "create", "--workspace", f"wks_{nobody}", "--name", "x", "--scopes", "root"), 2, "contacts:read"),
        (("key", "revoke", f"key_{nobody}"), 1, "no such API key"),
    ):
        told = here(*arguments)
        assert told.returncode == status, told.stderr
        assert words in told.stderr
        assert "Traceback" not in told.stderr
    lost = run("workspace", "list", DATABASE_URL="postgresql://127.0.0.1:9/nothing")
    assert (lost.returncode, "cannot be reached" in lost.stderr, "Traceback" in lost.stderr) == (1, True, False)


async def test_migrate_makes_an_empty_database_ready_and_says_nothing_new_the_second_time(servers: tuple[str, str]) -> None:
    url = await create_database(servers[0], "tactful_migrate_test")
    try:
        before = run("workspace", "list", DATABASE_URL=url)
        assert (before.returncode, "python -m app migrate" in before.stderr) == (1, True)
        for _ in range(2):
            done = run("migrate", DATABASE_URL=url)
            assert done.returncode == 0, done.stderr
        assert run("workspace", "list", DATABASE_URL=url).returncode == 0
    finally:
        await drop_database(servers[0], "tactful_migrate_test")


def test_the_rule_book_and_the_kinds_are_printed() -> None:
    book = CliRunner().invoke(app, ["rules"])
    assert "consent.missing" in book.output
    assert "47 CFR" in book.output
    assert "auth_token" in CliRunner().invoke(app, ["providers"]).output
    assert CliRunner().invoke(app, ["rules", "astrology"]).exit_code == 1


def test_health_of_nothing_is_not_ready() -> None:
    told = run("health", "--url", "http://127.0.0.1:9")
    assert (told.returncode, "Traceback" in told.stderr) == (1, False)


async def test_a_secret_is_rotated_and_retention_shown_from_the_terminal(context: Context) -> None:
    workspace_id = await make_workspace(context, name="Blue Bikes")
    provider_id = new_id()
    async with context.db.transaction() as tx:
        await tx.execute(
            "INSERT INTO provider (workspace_id, id, kind, name, credentials, created_at, updated_at) "
            "VALUES ($1, $2, 'twilio', 'mine', $3, now(), now())",
            workspace_id,
            provider_id,
            context.vault.seal({"auth_token": "hush"}, row=provider_id),
        )
    keys = {"TACTFUL_SECRET_KEY": "22" * 32, "TACTFUL_PREVIOUS_SECRET_KEYS": "11" * 32}
    database = context.settings.database_url or ""
    rotated, kept, refused = await asyncio.gather(
        asyncio.to_thread(run, "key", "rotate-secret", DATABASE_URL=database, **keys),
        asyncio.to_thread(run, "retention", DATABASE_URL=database),
        asyncio.to_thread(run, "key", "rotate-secret", DATABASE_URL=database, TACTFUL_SECRET_KEY="not a key"),
    )
    assert (rotated.returncode, rotated.stdout) == (0, "sealed anew: 1, already: 0, no key opens: 0\n"), rotated.stderr
    assert "message_texts     1825 days  due: 0" in kept.stdout, kept.stderr
    assert "suppressions      for ever" in kept.stdout
    assert refused.returncode != 0
    assert "not a key" not in refused.stdout + refused.stderr
