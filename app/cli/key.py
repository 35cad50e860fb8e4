"""Who may call the API? Keys from the terminal: make one (its secret is printed once), list them, revoke one."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from app.cli.store import with_database
from app.clock import Clock
from app.domain.ids import BadId, decode_id, encode_id
from app.runtime import previous_keys, secret_key
from app.settings import Settings
from app.storage.database import Database
from app.storage.vault import Vault
from app.usecases.api_keys import NewKey, create_key, list_keys, revoke_key
from app.usecases.authenticate import SCOPES
from app.usecases.reseal_credentials import Resealed, reseal_credentials

app = typer.Typer(help="API keys. A secret is printed once, at its making; only its SHA-256 is kept.", no_args_is_help=True)
_PAGE = 500


def _id(kind: str, text: str) -> UUID:
    try:
        return decode_id(kind, text)
    except BadId as error:
        raise typer.BadParameter(str(error)) from error


def _scopes(text: str) -> list[str]:
    scopes = list(SCOPES) if text == "all" else [scope.strip() for scope in text.split(",")]
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise typer.BadParameter(f"unknown: {', '.join(unknown)}. There are: {', '.join(SCOPES)}")
    return scopes


@app.command()
def create(
    workspace: Annotated[str, typer.Option(help="The workspace's id, wks_...")],
    name: Annotated[str, typer.Option(help="Whose key it is")],
    scopes: Annotated[str, typer.Option(help="Comma-separated, or all")] = "all",
    expires_in_days: Annotated[int | None, typer.Option(min=1, help="Never, if left out")] = None,
) -> None:
    """Make a key and print its secret, this once, as the only line on standard output.

    Example:  python -m app key create --workspace wks_... --name checkout --scopes messages:write,messages:read

    Example:  KEY=$(python -m app key create --workspace wks_... --name ci --expires-in-days 30)
    """
    settings = Settings()
    now = Clock(settings.clock_offset).now()
    workspace_id, wanted = _id("workspace", workspace), _scopes(scopes)
    expires_at = None if expires_in_days is None else now + timedelta(days=expires_in_days)

    async def work(db: Database) -> NewKey:
        async with db.transaction() as tx:
            return await create_key(tx, workspace_id=workspace_id, name=name, scopes=wanted, expires_at=expires_at, now=now)

    key = with_database(settings, work)
    until = "never" if key.expires_at is None else f"{key.expires_at:%Y-%m-%d}"
    typer.echo(f"{encode_id('api_key', key.id)}  expires: {until}  scopes: {', '.join(key.scopes)}", err=True)
    typer.echo(key.secret)


@app.command("list")
def list_(workspace: Annotated[str, typer.Option(help="The workspace's id, wks_...")]) -> None:
    """List a workspace's keys: id, last four characters, state, name, scopes.

    Example:  python -m app key list --workspace wks_...
    """
    settings = Settings()
    workspace_id, now = _id("workspace", workspace), Clock(settings.clock_offset).now()

    async def work(db: Database) -> list[str]:
        rows = await list_keys(db, workspace_id=workspace_id, before=None, limit=_PAGE)
        lines = []
        for row in rows:
            ended = row["expires_at"] is not None and row["expires_at"] <= now
            state = "revoked" if row["revoked_at"] else "expired" if ended else "active"
            lines.append(
                f"{encode_id('api_key', row['id'])}  …{row['hint']}  {state:<7}  {row['name']}  {','.join(row['scopes'])}"
            )
        return lines

    for line in with_database(settings, work):
        typer.echo(line)


@app.command()
def revoke(key: Annotated[str, typer.Argument(help="The key's id, key_...")]) -> None:
    """End a key at once. Revoking it again changes nothing.

    Example:  python -m app key revoke key_...
    """
    settings = Settings()
    key_id = _id("api_key", key)

    async def work(db: Database) -> None:
        await revoke_key(db, key_id=key_id, now=Clock(settings.clock_offset).now())

    with_database(settings, work)
    typer.echo(f"{key} is revoked", err=True)


@app.command("rotate-secret")
def rotate_secret() -> None:
    """Seal every carrier account's credentials anew with the secret in use.

    First give every process the new secret as TACTFUL_SECRET_KEY and the old one as TACTFUL_PREVIOUS_SECRET_KEYS; then run this
    once. Keep the old one there while callbacks of messages from before may come, and for good where numbers were erased under
    it: only it recognises them. Running it again changes nothing.

    Example:  TACTFUL_SECRET_KEY=... TACTFUL_PREVIOUS_SECRET_KEYS=... python -m app key rotate-secret
    """
    settings = Settings()
    vault = Vault(secret_key(settings), previous_keys(settings))

    async def work(db: Database) -> Resealed:
        return await reseal_credentials(db, vault)

    done = with_database(settings, work)
    typer.echo(f"sealed anew: {done.resealed}, already: {done.current}, no key opens: {len(done.lost)}")
    for provider_id in done.lost:
        typer.echo(f"{encode_id('provider', provider_id)}: set its credentials again", err=True)
    if done.lost:
        raise typer.Exit(1)
