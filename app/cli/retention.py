"""How long is what kept, and what goes next? Every workspace's retention, with its sources, as a terminal shows it."""

from typing import Annotated

import typer

from app.cli.store import with_database
from app.clock import Clock
from app.domain.ids import BadId, decode_id, encode_id
from app.settings import Settings
from app.storage.database import Database
from app.usecases.purge import Due, read_due


def retention(
    workspace: Annotated[str, typer.Argument(help="Only this workspace, wks_...; all of them if left out")] = "",
) -> None:
    """Show how long each kind of data is kept, why, and how many rows are past it now. Changes nothing: workers purge.

    Example:  python -m app retention

    Example:  python -m app retention wks_...
    """
    settings = Settings()
    try:
        wanted = decode_id("workspace", workspace) if workspace else None
    except BadId as error:
        raise typer.BadParameter(str(error)) from error

    async def work(db: Database) -> list[Due]:
        return await read_due(db, now=Clock(settings.clock_offset).now(), workspace_id=wanted)

    shown = None
    for due in with_database(settings, work):
        if due.workspace_id != shown:
            shown = due.workspace_id
            typer.echo(f"{encode_id('workspace', due.workspace_id)}  {due.name}")
        days = "for ever" if due.days is None else f"{due.days} days"
        typer.echo(f"  {due.kept.what:<16}  {days:<9}  due: {due.rows:<8}  {due.kept.purged}  ({due.kept.source})")
