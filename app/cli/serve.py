"""How is the API run? One uvicorn process, lean: no access log, and the public URL comes from the settings, not from headers."""

import gc

import typer
import uvicorn

from app.cli.logs import configure_logs
from app.main import create_app
from app.settings import Settings


def serve() -> None:
    """Serve the API and the carriers' webhooks until SIGTERM.

    Needs DATABASE_URL and REDIS_URL; listens on TACTFUL_HOST:TACTFUL_PORT. For everything on one machine use `up`.

    Example:  DATABASE_URL=postgresql://... REDIS_URL=redis://... python -m app serve
    """
    settings = Settings()
    configure_logs(settings.log_level)
    if not (settings.database_url and settings.redis_url):
        typer.echo("set DATABASE_URL and REDIS_URL, or run `python -m app up`, which starts embedded servers", err=True)
        raise typer.Exit(2)
    app = create_app(settings)
    gc.collect()
    gc.freeze()  # what the API starts with stays: the collector need not walk it again between requests
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=10,
    )
