"""Through which carriers can this installation send? The installed kinds, and what an account of each needs."""

import typer

from app.providers.registry import installed


def providers() -> None:
    """List installed provider kinds: channels, and the credentials POST /v1/providers asks for.

    Example:  python -m app providers
    """
    for name, kind in sorted(installed().items()):
        typer.echo(f"{name}: {kind.title} ({', '.join(sorted(kind.channels))}), {kind.default_base_url}")
        for field in kind.credential_fields:
            marks = ["required" if field.required else "optional", *(["secret"] if field.secret else [])]
            typer.echo(f"  {field.name:<22} {field.title} [{', '.join(marks)}]")
