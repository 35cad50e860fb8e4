"""How does a large file come in over HTTP? Streamed to disk and hashed on the way: memory stays flat, and a repeat is known."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from app.domain.errors import Unavailable
from app.http.deps import Posting
from app.usecases.context import Context
from app.usecases.intake_file import Intake

_TOGETHER = 262_144  # bytes gathered before a thread is asked to take them


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has come whole, and the POST it came with."""

    intake: Intake
    posting: Posting


async def _store(intake: Intake, data: bytes) -> None:
    """Raises Unavailable where the disk is full."""
    try:
        await asyncio.to_thread(intake.feed, data)
    except OSError as error:
        raise Unavailable(f"the file cannot be stored just now ({type(error).__name__})") from error


@asynccontextmanager
async def upload(request: Request, context: Context, *, key: str | None) -> AsyncIterator[Upload]:
    """Take a request's body in; it is forgotten at the end of the block. Raises InvalidField and TooLarge as it comes."""
    digest = hashlib.sha256(Posting.begins(request))
    with Intake(most=context.settings.max_import_bytes) as intake:
        waiting = bytearray()
        async for data in request.stream():
            digest.update(data)
            waiting += data
            if len(waiting) >= _TOGETHER:
                await _store(intake, bytes(waiting))
                waiting.clear()
        await _store(intake, bytes(waiting))
        yield Upload(intake, Posting(context, key, digest.digest()))
