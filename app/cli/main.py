"""Which commands are there? `python -m app --help` lists them; one file a command, imported when it is asked for."""

import gc
import sys
from collections import UserDict
from importlib import import_module
from types import ModuleType
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

_FILES = {
    "up": "up",
    "demo": "demo",
    "serve": "serve",
    "worker": "worker",
    "migrate": "migrate",
    "workspace": "workspace",
    "key": "key",
    "ledger": "ledger",
    "rules": "rules",
    "import": "import_file",
    "providers": "providers",
    "retention": "retention",
    "health": "health",
}
"""Each command's file. It holds a function of the file's name, or an `app` of several commands."""


def _imported(file: str) -> ModuleType:
    """The file's module. What importing makes stays: the collector need not look through it, neither now nor later."""
    name = f"{__package__}.{file}"
    if name not in sys.modules:
        gc.disable()
        import_module(name)
        gc.freeze()
        gc.enable()
    return sys.modules[name]


def _load(file: str, *, name: str) -> Any:
    module = _imported(file)
    alone = typer.Typer()
    if hasattr(module, "app"):
        alone.add_typer(module.app, name=name)
    else:
        alone.command(name)(getattr(module, file))
    return get_group(alone).commands[name]


class _WhenAsked(UserDict[str, Any]):
    """The commands by name. One is imported when it is taken out: all of them would cost each of them a second."""

    def __getitem__(self, name: str) -> Any:
        return _load(super().__getitem__(name), name=name)


class _Commands(TyperGroup):
    """A group that knows its commands by name only."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _WhenAsked(_FILES)


app = typer.Typer(
    name="tactful",
    help="Consent-first messaging for phone numbers. Start with `up` or `demo`; `serve` and `worker` are for production.",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _service() -> None:
    """Nothing happens before a command; without this line Typer would take `app` for one that has none."""
