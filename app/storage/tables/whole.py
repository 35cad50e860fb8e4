"""What is stored in all? Alembic compares this with the migrations; every file of tables is named here."""

from app.storage.tables import (
    campaigns,
    carriers,
    consents,
    contents,
    events,
    imports,
    links,
    messages,
    people,
    rounds,
    rules,
    workspaces,
)
from app.storage.tables.columns import metadata

__all__ = [
    "campaigns",
    "carriers",
    "consents",
    "contents",
    "events",
    "imports",
    "links",
    "messages",
    "metadata",
    "people",
    "rounds",
    "rules",
    "workspaces",
]
