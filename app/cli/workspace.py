"""How is a customer set up from the terminal? Workspaces: make one, list them."""

from typing import Annotated

import typer

from app.cli.store import with_database
from app.clock import Clock
from app.domain.ids import encode_id
from app.settings import Settings
from app.storage.database import Database
from app.usecases.workspaces import create_workspace, list_workspaces

app = typer.Typer(help="Workspaces: each has its own contacts, consents, senders and keys.", no_args_is_help=True)


@app.command()
def create(name: Annotated[str, typer.Option(help="What people call it; senders' HELP replies name it")]) -> None:
    """Make a workspace and print its id.

    Example:  python -m app workspace create --name "Blue Bikes"
    """
    settings = Settings()

    async def work(db: Database) -> str:
        async with db.transaction() as tx:
            made = await create_workspace(tx, name=name, now=Clock(settings.clock_offset).now())
        return encode_id("workspace", made)

    typer.echo(with_database(settings, work))


@app.command("list")
def list_() -> None:
    """List workspaces: id, when it was made, name.

    Example:  python -m app workspace list
    """

    async def work(db: Database) -> list[str]:
        return [
            f"{encode_id('workspace', row['id'])}  {row['created_at']:%Y-%m-%d %H:%M}  {row['name']}"
            for row in await list_workspaces(db)
        ]

    for line in with_database(Settings(), work):
        typer.echo(line)
