"""How does a test get a database of its own? Created from a template, dropped afterwards, on the server under test."""

import asyncpg
from sqlalchemy import make_url


def _driver_url(url: str, name: str) -> str:
    return make_url(url).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


def named(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def _on_server(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(_driver_url(url, make_url(url).database or "postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def create_database(url: str, name: str, *, template: str = "template0") -> str:
    """Make an empty (or copied) database and give its URL. `name` is ours, never a user's.

    Copied as files: a quarter of the time that copying page by page through the log takes, and every test makes one.
    """
    create = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'
    await _on_server(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', create)
    return named(url, name)


async def drop_database(url: str, name: str) -> None:
    """Drop it, whoever is still connected."""
    await _on_server(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
