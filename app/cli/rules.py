"""Which rules decide, on what do they stand, and what does a change of them do? The rule book, as a terminal shows it."""

from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from typer.core import TyperGroup

from app.cli.store import with_database
from app.clock import Clock
from app.domain.book import INSTALLED, Pack
from app.domain.entries import RETENTION_KIND, Entry, entries_of_rows
from app.domain.ids import encode_id
from app.domain.pack_changes import changed_rows
from app.domain.pack_json import pack_json, read_pack
from app.domain.row_parts import BadPack
from app.domain.rulebook import codes_of, load_rules
from app.settings import Settings
from app.storage.database import Database
from app.usecases.compare_packs import CampaignShift, compare_packs


class _ListsByDefault(TyperGroup):
    """`rules time.quiet` lists what begins so, as `rules list time.quiet` does."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command meant; a word that is none of them is a prefix to list."""
        return super().resolve_command(ctx, args if args and args[0] in self.commands else ["list", *args])


app = typer.Typer(
    cls=_ListsByDefault,
    invoke_without_command=True,
    help="The rule book: what may be objected, by which law or policy; and what a change of its packs does.",
)


@app.callback()
def rules(context: typer.Context) -> None:
    """The rule book: every code an objection may carry, how long what is kept, and the law or policy behind it.

    Example:  python -m app rules

    Example:  python -m app rules time.quiet

    Example:  python -m app rules export > before.json
    """
    if context.invoked_subcommand is None:
        _print("")


@app.command("list")
def list_(only: Annotated[str, typer.Argument(help="Show codes that begin with this")] = "") -> None:
    """Print every code an objection may carry, with the region, the confidence and the source of each row it stands in.

    Behind them comes how long each kind of data is kept, and why.

    Example:  python -m app rules list

    Example:  python -m app rules list cap.

    Example:  python -m app rules list retention
    """
    _print(only)


def _print(only: str) -> None:
    by_code: dict[str, list[Entry]] = {}
    for entry in entries_of_rows():
        for code in entry.codes:
            by_code.setdefault(code, []).append(entry)
    lines = [
        (code, *told)
        for rule in load_rules()
        for code in codes_of(rule)
        if code.startswith(only)
        for told in (
            [_row(entry) for entry in by_code.get(code, ()) if entry.family in {"time", "cap"}] or [("", "", rule.source)]
        )
    ]
    lines += [
        (entry.id, "", entry.confidence, f"{_term(entry)}: {entry.source}")
        for entry in entries_of_rows()
        if entry.kind == RETENTION_KIND and entry.id.startswith(only)
    ]
    if not lines:
        typer.echo(f"nothing in the book begins with {only}", err=True)
        raise typer.Exit(1)
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    for code, region, confidence, source in dict.fromkeys(lines):
        typer.echo(f"{code:<{widths[0]}}  {region:<{widths[1]}}  {confidence:<{widths[2]}}  {source}")


def _term(entry: Entry) -> str:
    days = entry.terms["days"]
    return "for ever" if days is None else f"{days} days"


def _row(entry: Entry) -> tuple[str, str, str]:
    return ",".join(entry.regions), entry.confidence, entry.source


@app.command()
def export() -> None:
    """Print the installed pack as JSON, every row of the book by its kind. Keep it before an upgrade.

    Example:  python -m app rules export > before.json
    """
    typer.echo(orjson.dumps(pack_json(INSTALLED), option=orjson.OPT_INDENT_2).decode())


@app.command()
def changes(before: Annotated[Path, typer.Argument(help="A pack kept by `rules export`", exists=True, dir_okay=False)]) -> None:
    """Decide every scheduled campaign's audience by the kept pack and by the installed one, and print what changes.

    First the rows that differ; then, by campaign, verdict and rule, how many members are decided otherwise: by hours, caps,
    consent, registries, and what each would read. A kind of rows the file does not have is taken as installed, and named. Nothing
    is written and nothing is sent.

    Example:  python -m app rules changes before.json
    """
    pack, missing = _read(before)
    if missing:
        typer.echo(f"not in {before.name}, so taken as installed: {', '.join(missing)}")
    for name, change in changed_rows(pack, INSTALLED).items():
        typer.echo(f"row {name}: {change}")
    settings = Settings()
    now = Clock(settings.clock_offset).now()

    async def work(db: Database) -> list[CampaignShift]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("deciding twice", total=None)
            return await compare_packs(
                db,
                load_rules(),
                before=pack,
                after=INSTALLED,
                now=now,
                tell=lambda done, total: bar.update(task, completed=done, total=total),
            )

    found = with_database(settings, work)
    for shift in found:
        _say(shift)
    changed = sum(shift.changed for shift in found)
    typer.echo(f"{len(found)} scheduled campaigns, {sum(shift.members for shift in found)} members, {changed} decided otherwise")


def _read(file: Path) -> tuple[Pack, tuple[str, ...]]:
    try:
        return read_pack(orjson.loads(file.read_bytes()), installed=INSTALLED)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"{file} is not JSON: {error}") from error
    except BadPack as error:
        raise typer.BadParameter(f"{file}: {error}") from error


def _say(shift: CampaignShift) -> None:
    name = f"{encode_id('campaign', shift.campaign_id)}  {shift.name}  {shift.at:%Y-%m-%d %H:%M}Z"
    if shift.problem:
        typer.echo(f"{name}: cannot be decided: {shift.problem}")
        return
    reworded = f"; {shift.reworded} would read another text" if shift.reworded else ""
    typer.echo(f"{name}: {shift.changed} of {shift.members} members decided otherwise{reworded}")
    for found, members in sorted(shift.shifts.items(), key=lambda item: (-item[1], item[0])):
        typer.echo(f"  {members:>9}  {found.before} -> {found.after}  {found.rule}")
