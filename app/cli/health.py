"""Is a running API ready? Asked over HTTP, answered with the exit status, for container health checks and scripts."""

from typing import Annotated

import httpx
import typer

from app.settings import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # compared, not bound


def health(
    url: Annotated[str | None, typer.Option(help="Where the API answers; this machine's own, if left out")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait")] = 5.0,
) -> None:
    """Ask GET /health/ready; exit 0 when the API can work, 1 when it cannot.

    Example:  python -m app health --url https://tactful.example
    """
    settings = Settings()
    base = url or f"http://{_EVERYWHERE.get(settings.host, settings.host)}:{settings.port}"
    try:
        answer = httpx.get(f"{base.rstrip('/')}/health/ready", timeout=timeout, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        typer.echo(f"not ready: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(answer.text, err=not answer.is_success)
    if not answer.is_success:
        raise typer.Exit(1)
