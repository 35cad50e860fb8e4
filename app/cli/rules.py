"""Which rules decide, and on what do they stand? The rule book, as a terminal shows it."""

from typing import Annotated

import typer

from app.domain.rulebook import codes_of, load_rules


def rules(only: Annotated[str, typer.Argument(help="Show codes that begin with this")] = "") -> None:
    """Print the rule book: every code an objection may carry, and the law or policy behind it.

    Example:  python -m app rules

    Example:  python -m app rules time.quiet
    """
    lines = [(code, rule.source) for rule in load_rules() for code in codes_of(rule) if code.startswith(only)]
    if not lines:
        typer.echo(f"no rule's code begins with {only}", err=True)
        raise typer.Exit(1)
    width = max(len(code) for code, _ in lines)
    for code, source in lines:
        typer.echo(f"{code:<{width}}  {source}")
