"""How is a long list read? Newest first by id (ids sort by the time of their making), a page at a time."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select


def newest_first(statement: Select[Any], ids: Column[Any], *, before: UUID | None, limit: int) -> Select[Any]:
    """The statement's rows with ids below `before` (all without it), newest first, `limit` at most."""
    if before is not None:
        statement = statement.where(ids < before)
    return statement.order_by(ids.desc()).limit(limit)
