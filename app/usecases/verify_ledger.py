"""Is a workspace's ledger in the database as it was written, and how is it taken out whole? Both walk the chain page by page."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.errors import NotFound
from app.domain.ids import encode_id
from app.domain.ledger import START, Head, entry_of, head_bytes
from app.domain.ledger_check import Finding, LedgerCheck
from app.domain.ledger_file import entry_line, header_line
from app.storage import ledger
from app.storage.database import Database, Row
from app.storage.signing import Signer, signature_fits
from app.storage.workspaces import read_workspace
from app.usecases.ledger import sign_head

_PAGE = 5_000
_ENOUGH = 1_000
Progress = Callable[[int, int], None]
"""Called with the entries done and all there are."""


async def check_workspace(db: Database, *, workspace_id: UUID) -> None:
    """Raises NotFound when there is no such workspace: an empty ledger would verify as well as any."""
    async with db.transaction() as tx:
        if await read_workspace(tx, workspace_id=workspace_id) is None:
            raise NotFound("no such workspace")


async def _pages(db: Database, *, workspace_id: UUID, head: Head) -> AsyncIterator[list[dict[str, Any]]]:
    """The entries up to a head. It is only ever added to, so each page may be a transaction of its own."""
    after = 0
    while True:
        async with db.transaction() as tx:
            rows = await ledger.read_entries(tx, workspace_id=workspace_id, after=after, up_to=head.seq, limit=_PAGE)
        if not rows:
            return
        yield [entry_of(row) for row in rows]
        after = rows[-1]["seq"]


async def verify_ledger(
    db: Database, *, workspace_id: UUID, progress: Progress, kept: Head = START
) -> tuple[Head, list[Finding]]:
    """The head a workspace's ledger was checked up to, and everything wrong with it; it stops looking at a thousand findings.

    Checked are every entry's hashes and links, the head, that nothing lies beyond it, and that each head that was ever published
    is signed and still stands in the chain, as must a head that somebody `kept`.
    """
    workspace = encode_id("workspace", workspace_id)
    async with db.transaction() as tx:
        await tx.one_snapshot()
        head = await ledger.read_head(tx, workspace_id=workspace_id)
        beyond = await ledger.count_beyond(tx, workspace_id=workspace_id, seq=head.seq)
    check, done = LedgerCheck(workspace, kept=kept), 0
    found = [Finding("the ledger", f"inserted: {beyond} entries lie beyond its head, entry {head.seq}")] if beyond else []
    async for page in _pages(db, workspace_id=workspace_id, head=head):
        for entry in page:
            found += check.add(entry)
        done += len(page)
        progress(done, head.seq)
        if len(found) > _ENOUGH:
            return head, found
    found += check.end(head)
    return head, found + await _check_signatures(db, workspace_id=workspace_id, workspace=workspace)


async def _check_signatures(db: Database, *, workspace_id: UUID, workspace: str) -> list[Finding]:
    found: list[Finding] = []
    before: tuple[int, str] | None = None
    while True:
        async with db.transaction() as tx:
            rows = await ledger.read_signatures(tx, workspace_id=workspace_id, before=before, limit=_PAGE)
        for row in rows:
            found += _check_published(row, workspace)
        if len(rows) < _PAGE:
            return found
        before = (rows[-1]["seq"], rows[-1]["key_id"])


def _check_published(row: Row, workspace: str) -> list[Finding]:
    place = f"head {row['seq']} as published"
    found = []
    message = head_bytes(workspace=workspace, head=Head(row["seq"], row["hash"]), signed_at=row["signed_at"])
    if not signature_fits(row["public_key"], row["signature"], message):
        found.append(Finding(place, f"altered, or not signed by key {row['key_id']}"))
    if row["entry_hash"] is None:
        found.append(Finding(place, f"missing: the ledger has no entry {row['seq']}"))
    elif row["entry_hash"] != row["hash"]:
        found.append(Finding(place, f"altered: entry {row['seq']} is another than was signed, so the ledger was rewritten"))
    return found


async def export_ledger(
    db: Database, signer: Signer, *, workspace_id: UUID, now: datetime, write: Callable[[bytes], object], progress: Progress
) -> Head:
    """Write a workspace's whole ledger (app/domain/ledger_file.py), up to the head it has now."""
    async with db.transaction() as tx:
        head = await ledger.read_head(tx, workspace_id=workspace_id)
    signed = sign_head(signer, workspace_id=workspace_id, head=head, now=now)
    write(
        header_line(
            workspace=encode_id("workspace", workspace_id),
            head=head,
            signed_at=now,
            public_key=signed.public_key,
            signature=signed.signature,
        )
    )
    done = 0
    async for page in _pages(db, workspace_id=workspace_id, head=head):
        for entry in page:
            write(entry_line(entry))
        done += len(page)
        progress(done, head.seq)
    return head
