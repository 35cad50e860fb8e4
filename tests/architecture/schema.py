"""Do the migrations make what the tables in code say? `python -m tests.architecture.schema` asks Alembic on a fresh database."""

import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from alembic.util import CommandError

from app.embedded.engines import engines
from app.settings import Settings
from app.storage import migrations
from tests.databases import create_database, drop_database

_FOLDER = Path(__file__).resolve().parents[2] / "var" / "test-engines"


def main() -> int:
    """0 when migrations and tables agree; 1 after saying how they differ."""
    with ExitStack() as stack:
        server = Settings().database_url or stack.enter_context(engines(_FOLDER, durable=False)).database_url
        name = f"tactful_schema_{os.getpid()}"
        url = asyncio.run(create_database(server, name))
        stack.callback(lambda: asyncio.run(drop_database(server, name)))
        migrations.upgrade(url)
        try:
            migrations.check(url)
        except CommandError as difference:
            sys.stderr.write(f"{difference}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
