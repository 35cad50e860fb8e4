"""Can consent be proved? Check a dossier or a ledger offline, check what stands in the database, and write either to a file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, NamedTuple
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import Progress

from app.cli.store import with_database
from app.clock import Clock
from app.domain.dossier import Unreadable, check_dossier, read_json
from app.domain.ids import BadId, decode_id, encode_id
from app.domain.ledger import START, Head
from app.domain.ledger_check import Finding, against_kept, place_of
from app.domain.ledger_file import FORMAT, LedgerFileCheck, read_kept
from app.domain.number import NumberProblem, number_facts
from app.runtime import secret_key
from app.settings import Settings
from app.storage.database import Database
from app.storage.signing import Signer, signature_fits
from app.usecases.dossiers import make_dossier
from app.usecases.verify_ledger import check_workspace, export_ledger, verify_ledger
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
    head: Annotated[
        Path | None,
        typer.Option(help="An answer of GET /v1/ledger/head, kept: the ledger must still hold it", exists=True, dir_okay=False),
    ] = None,
) -> None:
    """Check that nothing was altered, taken out, moved or slipped in; name each entry where it was. Status 1 if so.

    A file is checked offline: its signature, every hash and every link. What it was signed with can only be trusted by its key:
    give the one you wrote down, or compare it with GET /v1/ledger/keys. A head kept elsewhere shows whether a ledger was
    rewritten since, even by somebody who holds the key.

    Example:  python -m app ledger verify dossier.json --public-key 5c0f...

    Example:  python -m app ledger verify --database
    """
    if (file is None) == (not database):
        raise typer.BadParameter("give a file, or --database")
    trusted = _key(public_key)
    try:
        kept = _kept(head, trusted)
        if file is None:
            _verify_database(_workspace(workspace) if workspace else None, kept)
            return
        told, found = _check_file(file, trusted, kept)
    except Unreadable as error:
        told, found = "unreadable", [Finding(str(file or head), str(error))]
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

    try:
        out = to.open("wb")
    except OSError as error:
        raise typer.BadParameter(f"{to} cannot be written: {error.strerror}") from error

    async def work(db: Database) -> str:
        await check_workspace(db, workspace_id=workspace_id)
        if number is not None:
            out.write(await make_dossier(db, signer, workspace_id=workspace_id, phone=number, now=now, most=None))
            return "the dossier"
        with _bar("exporting") as progress:
            head = await export_ledger(db, signer, workspace_id=workspace_id, now=now, write=out.write, progress=progress)
        return f"{head.seq:,} entries"

    with out:
        wrote = with_database(settings, work)
    typer.echo(f"{wrote} in {to}, signed by key {signer.key_id} ({signer.public_key.hex()})")


class _Kept(NamedTuple):
    """A head that was kept, of one workspace, and what is wrong with it by itself."""

    workspace: str = ""
    head: Head = START
    found: Sequence[Finding] = ()

    def of(self, workspace: str) -> Head:
        """The head, if it is this workspace's."""
        return self.head if workspace == self.workspace else START

    def about(self, workspace: str) -> list[Finding]:
        """What is wrong with it for a file of this workspace."""
        strange = self.workspace not in {"", workspace}
        return [*self.found, *([Finding("the kept head", f"it is of another workspace, {self.workspace}")] if strange else [])]


def _kept(file: Path | None, trusted: bytes | None) -> _Kept:
    """Raises Unreadable."""
    if file is None:
        return _Kept()
    return _Kept(*read_kept(read_json(file.read_bytes()), verify=signature_fits, trusted=trusted))


def _check_file(file: Path, trusted: bytes | None, kept: _Kept) -> tuple[str, list[Finding]]:
    """What the file is, and what is wrong with it. Raises Unreadable."""
    with file.open("rb") as lines:
        first = lines.readline()
        try:
            header = read_json(first)
        except Unreadable:  # a dossier that was spread over lines says the same
            header = {}
        if header.get("format") == FORMAT:
            mine = kept.of(str(header.get("workspace")))
            check = LedgerFileCheck(header, verify=signature_fits, trusted=trusted, kept=mine)
            check.found += kept.about(check.workspace)
            return _check_lines(check, header, lines)
    dossier = read_json(file.read_bytes())
    found = check_dossier(dossier, verify=signature_fits, trusted=trusted)
    cut, workspace = dossier["manifest"]["head"], dossier["manifest"]["workspace"]
    mine, found = kept.of(workspace), [*found, *kept.about(workspace)]
    found += against_kept(mine, place="the head it was cut at", seq=cut["seq"], own=cut["hash"])
    for entry in dossier["events"]:
        found += against_kept(mine, place=place_of(entry), seq=entry.get("seq"), own=entry.get("hash"))
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


def _verify_database(only: UUID | None, kept: _Kept) -> None:
    async def work(db: Database) -> list[tuple[UUID, Head, list[Finding]]]:
        if only is not None:
            await check_workspace(db, workspace_id=only)
        ids = [row["id"] for row in await list_workspaces(db)] if only is None else [only]
        results = []
        for workspace_id in ids:
            name = encode_id("workspace", workspace_id)
            with _bar(name) as progress:
                head, found = await verify_ledger(db, workspace_id=workspace_id, progress=progress, kept=kept.of(name))
            results.append((workspace_id, head, [*found, *(kept.found if name == kept.workspace else ())]))
        return results

    results = with_database(Settings(), work)
    if kept.workspace and kept.workspace not in {encode_id("workspace", workspace_id) for workspace_id, _, _ in results}:
        raise typer.BadParameter(f"the kept head is of another workspace, {kept.workspace}")
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
