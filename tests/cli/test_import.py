"""Does `python -m app import` bring a file in, say what came of it, and leave off when it is told to?"""

import gzip
from pathlib import Path

from app.domain.ids import encode_id
from app.usecases.context import Context
from tests.cli.test_commands import run
from tests.factories import make_workspace


async def test_a_file_is_imported_and_told_about(context: Context, tmp_path: Path) -> None:
    workspace = encode_id("workspace", await make_workspace(context))
    urls = {"DATABASE_URL": context.settings.database_url or "", "REDIS_URL": context.settings.redis_url or ""}
    file = tmp_path / "kunden.csv.gz"
    file.write_bytes(gzip.compress("Handy;Name\n0151 23456789;Zoë\n12;x\n".encode("cp1252"), mtime=0))
    given = ("import", str(file), "--workspace", workspace, "--region", "DE", "--map", "Handy=phone")
    done = run(*given, TACTFUL_DATA_FOLDER=str(tmp_path), **urls)
    assert done.returncode == 0, done.stderr
    assert "completed  2 rows" in done.stdout
    assert "windows-1252 (by guess)" in done.stdout
    async with context.db.transaction() as tx:
        assert await tx.fetch_value("SELECT phone FROM contact") == "+4915123456789"
    wrong = run(*given[:-2], TACTFUL_DATA_FOLDER=str(tmp_path), **urls)
    assert wrong.returncode == 1
    assert "no column is named phone" in wrong.stderr
