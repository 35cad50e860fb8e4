"""How does a database get its schema? `migrate` brings it to this version; running it again changes nothing."""

import typer

from app.cli.store import database_url
from app.settings import Settings
from app.storage import migrations
from app.storage.troubles import trouble


def migrate() -> None:
    """Bring the database to this version's schema.

    Without DATABASE_URL the embedded PostgreSQL of the data folder is started for it. Run it before the new version is started.

    Example:  DATABASE_URL=postgresql://... python -m app migrate
    """
    with database_url(Settings()) as url:
        try:
            migrations.upgrade(url)
        except Exception as error:
            said = trouble(error)
            if said is None:
                raise
            typer.echo(said, err=True)
            raise typer.Exit(1) from error
    typer.echo("the schema is up to date", err=True)
