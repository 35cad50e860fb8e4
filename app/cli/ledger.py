"""Can consent be proved? Check a dossier or a ledger offline, check what stands in the database, and write either to a file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from app.cli.store import with_database
from app.clock import Clock
from app.domain.dossier import Unreadable, check_dossier, read_json
from app.domain.ids import BadId, decode_id, encode_id
from app.domain.ledger import Head
from app.domain.ledger_check import Finding
from app.domain.ledger_file import FORMAT, LedgerFileCheck
from app.domain.number import NumberProblem, number_facts
from app.runtime import secret_key
from app.settings import Settings
from app.storage.database import Database
from app.storage.signing import Signer, signature_fits
from app.usecases.dossiers import make_dossier
from app.usecases.verify_ledger import export_ledger, verify_ledger
from app.usecases.workspaces import list_workspaces

app = typer.Typer(help="The consent ledger: hash-chained, signed, and checked by anyone who has a file.", no_args_is_help=True)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="A dossier or an exported ledger", exists=True, dir_okay=False, readable=True)
    ] = None,
    public_key: Annotated[
        str | None, typer.Option(help="The key it must be signed with, 64 hex digits; without it the file's own is taken")
    ] = None,
    *,
    database: Annotated[bool, typer.Option("--database", help="Check the ledgers in the database instead")] = False,
    workspace: Annotated[str | None, typer.Option(help="With --database: only this one, wks_...")] = None,
) -> None:
    """Check that nothing was altered, taken out, moved or slipped in; name each entry where it was. Status 1 if so.

    A file is checked offline: its signature, every hash and every link. What it was signed with can only be trusted by its key:
    give the one you wrote down, or compare it with GET /v1/ledger/keys.

    Example:  python -m app ledger verify dossier.json --public-key 5c0f...

    Example:  python -m app ledger verify --database
    """
    if (file is None) == (not database):
        raise typer.BadParameter("give a file, or --database")
    if file is None:
        _verify_database(_workspace(workspace) if workspace else None)
        return
    try:
        told, found = _check_file(file, _key(public_key))
    except Unreadable as error:
        told, found = str(file), [Finding(str(file), str(error))]
    _conclude(told, found)
    if public_key is None:
        typer.echo("signed with the key named above; --public-key holds the file to one you know", err=True)


@app.command()
def export(
    workspace: Annotated[str, typer.Option(help="The workspace's id, wks_...")],
    to: Annotated[Path, typer.Option(help="The file to write", dir_okay=False)],
    phone: Annotated[str | None, typer.Option(help="Only this number's dossier (E.164), however large")] = None,
) -> None:
    """Write a workspace's whole ledger, signed, a line an entry; or the dossier of one number.

    Example:  python -m app ledger export --workspace wks_... --to ledger.ndjson

    Example:  python -m app ledger export --workspace wks_... --phone +12125550142 --to dossier.json
    """
    settings = Settings()
    workspace_id, now, signer = _workspace(workspace), Clock(settings.clock_offset).now(), Signer(secret_key(settings))
    number = None if phone is None else _phone(phone)

    async def work(db: Database) -> str:
        if number is not None:
            made = await make_dossier(db, signer, workspace_id=workspace_id, phone=number, now=now, most=None)
            to.write_bytes(made)
            return "the dossier"
        with to.open("wb") as out, _bar("exporting") as progress:
            head = await export_ledger(db, signer, workspace_id=workspace_id, now=now, write=out.write, progress=progress)
        return f"{head.seq:,} entries"

    wrote = with_database(settings, work)
    typer.echo(f"{wrote} in {to}, signed by key {signer.key_id} ({signer.public_key.hex()})")


def _check_file(file: Path, trusted: bytes | None) -> tuple[str, list[Finding]]:
    """What the file is, and what is wrong with it. Raises Unreadable."""
    with file.open("rb") as lines:
        first = lines.readline()
        try:
            header = read_json(first)
        except Unreadable:  # a dossier that was spread over lines says the same
            header = {}
        if header.get("format") == FORMAT:
            return _check_lines(LedgerFileCheck(header, verify=signature_fits, trusted=trusted), header, lines)
    dossier = read_json(file.read_bytes())
    found = check_dossier(dossier, verify=signature_fits, trusted=trusted)
    counts = ", ".join(f"{len(dossier[name])} {name}" for name in ("events", "messages", "replies"))
    told = f"dossier of {dossier['manifest']['phone']}: {counts}, cut at {dossier['manifest']['cut_at']}"
    return f"{told}, key {dossier['signature'].get('key_id')}", found


def _check_lines(check: LedgerFileCheck, header: dict[str, object], lines: BinaryIO) -> tuple[str, list[Finding]]:
    for number, line in enumerate(lines, start=2):
        try:
            check.add(read_json(line))
        except Unreadable as error:
            check.found.append(Finding(f"line {number}", f"altered: {error}"))
    signature = header["signature"]
    key = signature.get("key_id") if isinstance(signature, dict) else None
    return f"ledger of {check.workspace}: {check.entries:,} entries, signed at {header['signed_at']}, key {key}", check.end()


def _verify_database(only: UUID | None) -> None:
    async def work(db: Database) -> list[tuple[UUID, Head, list[Finding]]]:
        ids = [row["id"] for row in await list_workspaces(db)] if only is None else [only]
        results = []
        for workspace_id in ids:
            with _bar(encode_id("workspace", workspace_id)) as progress:
                results.append((workspace_id, *await verify_ledger(db, workspace_id=workspace_id, progress=progress)))
        return results

    results = with_database(Settings(), work)
    broken = False
    for workspace_id, head, found in results:
        typer.echo(f"{encode_id('workspace', workspace_id)}  {head.seq:,} entries  {_verdict(found)}")
        _say(found)
        broken = broken or bool(found)
    if broken:
        raise typer.Exit(1)


def _verdict(found: Sequence[Finding]) -> str:
    return f"NOT as it was written: {len(found)} findings" if found else "complete and unaltered"


def _say(found: Sequence[Finding]) -> None:
    for finding in found:
        typer.echo(f"  {finding}", err=True)


def _conclude(told: str, found: Sequence[Finding]) -> None:
    typer.echo(f"{told}: {_verdict(found)}")
    _say(found)
    if found:
        raise typer.Exit(1)


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _workspace(text: str) -> UUID:
    try:
        return decode_id("workspace", text)
    except BadId as error:
        raise typer.BadParameter(str(error)) from error


def _phone(text: str) -> str:
    try:
        return number_facts(text).e164
    except NumberProblem as error:
        raise typer.BadParameter(str(error)) from error


def _key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise typer.BadParameter("a public key is 64 hex digits")
    return key
