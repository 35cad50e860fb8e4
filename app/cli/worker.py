"""How is a worker run? One arq process on uvloop; start as many as there is work for."""

import asyncio

import typer
import uvloop

from app.cli.logs import configure_logs
from app.settings import Settings
from workers.main import run_worker


def worker() -> None:
    """Hand messages over, write audiences, run imports and sweep, until SIGTERM; what is on the wire is waited for.

    Any number of workers share the work. Needs DATABASE_URL and REDIS_URL.

    Example:  DATABASE_URL=postgresql://... REDIS_URL=redis://... python -m app worker
    """
    settings = Settings()
    configure_logs(settings.log_level)
    if not (settings.database_url and settings.redis_url):
        typer.echo("set DATABASE_URL and REDIS_URL, or run `python -m app up`, which starts embedded servers", err=True)
        raise typer.Exit(2)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_worker(settings))
