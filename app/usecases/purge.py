"""What is not kept any longer? Each workspace's retention days by kind; what is past them is emptied, some pages a round."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from app.domain.retention import RETENTION, Kept, cutoff, days_of, ids_before
from app.storage.database import Database
from app.storage.retention import count_due, purge_page
from app.storage.workspaces import list_workspaces
from app.usecases.context import Context

_log = structlog.get_logger()
_PAGE = 1_000
_PAGES = 20  # of one kind of one workspace in one round: a large backlog takes several rounds, and holds nothing up


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One kind of one workspace: how long it is kept there, and how many rows are past that. `days` None is for ever."""

    workspace_id: UUID
    name: str
    kept: Kept
    days: int | None
    rows: int


async def purge(context: Context) -> int:
    """Empty what no workspace keeps any longer; rows changed. Every page is a transaction of its own: a crash loses nothing."""
    now = context.clock.now()
    async with context.db.transaction() as tx:
        workspaces = [(row["id"], row["policy"].get("retention") or {}) for row in await list_workspaces(tx)]
    total = 0
    for workspace_id, chosen in workspaces:
        for row in RETENTION:
            days = days_of(row, chosen)
            changed = 0 if days is None else await _purge_kind(context, workspace_id, row.what, cutoff(days, now))
            if changed:
                total += changed
                context.metrics.purged_rows.labels(what=row.what).inc(changed)
                _log.info("retention.purged", workspace=str(workspace_id), what=row.what, rows=changed)
    return total


async def _purge_kind(context: Context, workspace_id: UUID, what: str, before: datetime) -> int:
    changed = 0
    for _ in range(_PAGES):
        async with context.db.transaction() as tx:
            rows, more = await purge_page(tx, workspace_id=workspace_id, what=what, before=ids_before(before), limit=_PAGE)
        changed += rows
        if not more or context.closing.is_set():
            break
    return changed


async def read_due(db: Database, *, now: datetime, workspace_id: UUID | None = None) -> list[Due]:
    """What the next purges would look at, by workspace and kind."""
    found: list[Due] = []
    async with db.transaction() as tx:
        for row in await list_workspaces(tx):
            if workspace_id not in {None, row["id"]}:
                continue
            for kept in RETENTION:
                days = days_of(kept, row["policy"].get("retention") or {})
                rows = 0
                if days is not None:
                    before = ids_before(cutoff(days, now))
                    rows = await count_due(tx, workspace_id=row["id"], what=kept.what, before=before)
                found.append(Due(workspace_id=row["id"], name=row["name"], kept=kept, days=days, rows=rows))
    return found
