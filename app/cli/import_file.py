"""How is a file of contacts brought in from a terminal? Started, worked on here, and followed by a bar; Ctrl-C cancels it."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from app.domain.errors import TactfulError
from app.domain.ids import BadId, decode_id, encode_id
from app.embedded.engines import engines
from app.runtime import open_runtime
from app.settings import Settings
from app.storage.database import Row
from app.storage.troubles import trouble
from app.usecases.cancel_import import cancel_import
from app.usecases.context import Context
from app.usecases.intake_file import Format, ImportFile, Intake
from app.usecases.read_imports import read_import
from app.usecases.read_phone import check_region
from app.usecases.run_import import run_import
from app.usecases.start_import import StartImport, start_import

_BLOCK = 1_048_576
_LOOK_EVERY = 0.2
_OPEN = {"queued", "running"}


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or NDJSON, gzip or not", exists=True, dir_okay=False, readable=True)],
    *,
    workspace: Annotated[str, typer.Option(help="Whose contacts they are, wks_...")],
    region: Annotated[str | None, typer.Option(help="What national numbers are read by, such as US")] = None,
    provenance: Annotated[str, typer.Option(help="Where the numbers come from: kept with each new contact")] = "import",
    mapping: Annotated[list[str] | None, typer.Option("--map", help="What a column is read as: Handy=phone, Notes=-")] = None,
    encoding: Annotated[str | None, typer.Option(help="The file's encoding; left out, it is told by its bytes")] = None,
    form: Annotated[str | None, typer.Option("--format", help="csv or ndjson; left out, the file's name tells")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge every row, write no contact")] = False,
) -> None:
    """Import contacts from a file, with a bar. Workers help; none is needed. Running it again is safe, and Ctrl-C cancels.

    Status 1 when the import failed or was cancelled. What became of each row: GET /v1/imports/{id}/outcomes.

    Example:  python -m app import contacts.csv.gz --workspace wks_... --region US

    Example:  python -m app import kunden.csv --workspace wks_... --region DE --map Handy=phone --encoding windows-1252
    """
    settings = Settings()
    try:
        workspace_id = decode_id("workspace", workspace)
    except BadId as error:
        raise typer.BadParameter(str(error)) from error
    asked = _Asked(
        file=file,
        workspace_id=workspace_id,
        region=region,
        provenance=provenance,
        mapping=tuple(mapping or ()),
        encoding=encoding,
        form=_format(file, form),
        dry_run=dry_run,
    )
    try:
        with _configured(settings) as configured:
            job = asyncio.run(_import(configured, asked))
    except TactfulError as error:
        typer.echo(error.detail, err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("cancelled: what went in stays, and the same file may be imported again", err=True)
        raise typer.Exit(1) from None
    except Exception as error:
        said = trouble(error)
        if said is None:
            raise
        typer.echo(said, err=True)
        raise typer.Exit(1) from error
    _conclude(job)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the command line asks for."""

    file: Path
    workspace_id: UUID
    region: str | None
    provenance: str
    mapping: tuple[str, ...]
    encoding: str | None
    form: Format
    dry_run: bool


def _format(file: Path, given: str | None) -> Format:
    told = given or ("ndjson" if {".ndjson", ".jsonl"} & set(file.suffixes) else "csv")
    for known in get_args(Format):
        if told == known:
            return known  # type: ignore[no-any-return]
    raise typer.BadParameter("the format is csv or ndjson")


@contextmanager
def _configured(settings: Settings) -> Iterator[Settings]:
    """The settings with both servers: those that are set, or the embedded ones, shared with `up` when it runs."""
    if settings.database_url and settings.redis_url:
        yield settings
        return
    if settings.database_url or settings.redis_url:
        raise typer.BadParameter("set DATABASE_URL and REDIS_URL, or neither for the embedded servers")
    with engines(settings.data_folder / "engines") as started:
        urls = {"database_url": started.database_url, "redis_url": started.redis_url}
        yield settings.model_copy(update=urls)


async def _import(settings: Settings, asked: _Asked) -> Row:
    async with open_runtime(settings, role="import") as context:
        gc.collect()
        gc.freeze()  # what it starts with stays, and need not be looked through for each chunk
        region = check_region(asked.region, pointer="region")
        with Intake(most=settings.max_import_bytes) as intake, Progress(console=Console(stderr=True), transient=True) as bar:
            job = await _start(context, asked, await asyncio.to_thread(_take_in, intake, asked, bar), region)
        try:
            return await _follow(context, asked.workspace_id, job["id"])
        except asyncio.CancelledError:
            await asyncio.shield(_cancel(context, asked.workspace_id, job["id"]))
            raise


def _take_in(intake: Intake, asked: _Asked, bar: Progress) -> ImportFile:
    task = bar.add_task("reading", total=asked.file.stat().st_size)
    with asked.file.open("rb") as file:
        while block := file.read(_BLOCK):
            intake.feed(block)
            bar.advance(task, len(block))
    return intake.open(format=asked.form, encoding=asked.encoding).mapped(mapping=asked.mapping)


async def _start(context: Context, asked: _Asked, file: ImportFile, region: str | None) -> Row:
    command = StartImport(
        workspace_id=asked.workspace_id,
        file=file,
        default_region=region,
        provenance=asked.provenance,
        tags=(),
        dry_run=asked.dry_run,
        now=context.clock.now(),
    )
    async with context.db.transaction() as tx:
        return await start_import(tx, context, command)


async def _follow(context: Context, workspace_id: UUID, import_id: UUID) -> Row:
    columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("importing", total=None)
        working: asyncio.Task[None] | None = None
        try:
            while True:
                job = await read_import(context, workspace_id=workspace_id, import_id=import_id)
                bar.update(task, completed=sum(job["outcomes"].values()), total=job["total_rows"])
                if job["state"] not in _OPEN:
                    return job
                if working is None or working.done():
                    if working is not None:
                        working.result()
                    working = asyncio.create_task(run_import(context, workspace_id=workspace_id, import_id=import_id))
                await asyncio.wait({working}, timeout=_LOOK_EVERY)
        finally:
            if working is not None and not working.done():
                working.cancel()
                await asyncio.wait({working})


async def _cancel(context: Context, workspace_id: UUID, import_id: UUID) -> None:
    async with context.db.transaction() as tx:
        await cancel_import(tx, workspace_id=workspace_id, import_id=import_id, now=context.clock.now())


def _conclude(job: Row) -> None:
    told = job["file"]
    typer.echo(f"{encode_id('import', job['id'])}  {job['state']}  {job['total_rows']} rows")
    typer.echo(f"  read as {told['format']}, {told['encoding']} (by {told['encoding_told_by']})")
    for outcome, count in sorted(job["outcomes"].items()):
        typer.echo(f"  {outcome:<10} {count}")
    if job["state"] != "completed":
        typer.echo(job["error"] or "the import was stopped by somebody else", err=True)
        raise typer.Exit(1)
