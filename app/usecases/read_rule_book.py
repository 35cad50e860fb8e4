"""What is the book of rules, for this workspace? Every rule and row, the law's and its own, and whether each counts here."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.entries import Entry, entries_of_own, entries_of_rows, entries_of_rules, is_about, is_on
from app.domain.ids import encode_id
from app.domain.own_rows import rows_of
from app.storage.rule_rows import all_rule_rows
from app.usecases.context import Context
from app.usecases.policies import read_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries: of one kind, one family of codes, about one region; None is any."""

    kind: str | None = None
    family: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry, and whether it counts for the workspace."""

    entry: Entry
    on: bool


async def read_rule_book(
    context: Context, *, workspace_id: UUID, wanted: Wanted, after: str | None, limit: int, now: datetime
) -> list[Listed] | None:
    """A page of the book: rules as they are heard, then rows; from behind the entry `after`. None when that is not in it."""
    async with context.db.transaction() as tx:
        policy = await read_policy(tx, workspace_id=workspace_id, now=now)
        kept = await all_rule_rows(tx, workspace_id=workspace_id)
    own = rows_of({**row, "id": encode_id("rule_row", row["id"])} for row in kept)
    entries = [
        entry
        for entry in (*entries_of_rules(context.rules), *entries_of_rows(), *entries_of_own(own))
        if wanted.kind in {None, entry.kind}
        and wanted.family in {None, entry.family}
        and (wanted.region is None or is_about(entry, wanted.region))
    ]
    start = 0
    if after is not None:
        start = next((place for place, entry in enumerate(entries, 1) if _key(entry) == after), -1)
        if start < 0:
            return None
    return [Listed(entry, is_on(entry, policy.market)) for entry in entries[start : start + limit]]


def _key(entry: Entry) -> str:
    return f"{entry.kind}:{entry.id}"


def place_of(listed: Listed) -> str:
    """What `after` has to be to go on behind this entry."""
    return _key(listed.entry)
