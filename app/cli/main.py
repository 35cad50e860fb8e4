"""Which commands are there? `python -m app --help` lists them; one file a command."""

import typer

from app.cli import key, ledger, rules, workspace
from app.cli.demo import demo
from app.cli.health import health
from app.cli.import_file import import_file
from app.cli.migrate import migrate
from app.cli.providers import providers
from app.cli.retention import retention
from app.cli.serve import serve
from app.cli.up import up
from app.cli.worker import worker

app = typer.Typer(
    name="tactful",
    help="Consent-first messaging for phone numbers. Start with `up` or `demo`; `serve` and `worker` are for production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(demo)
app.command()(serve)
app.command()(worker)
app.command()(migrate)
app.add_typer(workspace.app, name="workspace")
app.add_typer(key.app, name="key")
app.add_typer(ledger.app, name="ledger")
app.add_typer(rules.app, name="rules")
app.command("import")(import_file)
app.command()(providers)
app.command()(retention)
app.command()(health)
