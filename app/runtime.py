"""What is opened, in which order, and closed in reverse? The composition root of every process."""

import asyncio
import hashlib
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path

import app.domain
from app.clock import Clock
from app.domain.rulebook import load_rules
from app.domain.stand_ins import StandIns
from app.domain.zones import zone_data_version
from app.providers._http import HttpSender
from app.providers._tokens import AccountSender
from app.providers.registry import installed
from app.queue.doorbell import ArqDoorbell, open_redis
from app.queue.rate import RateBuckets
from app.settings import Settings
from app.storage.database import Database
from app.storage.signing import Signer
from app.storage.vault import Vault
from app.usecases.context import Context
from app.usecases.decision_log import Book


def secret_key(settings: Settings) -> bytes:
    """The 32 bytes credentials are encrypted with: configured, or made once and kept in the data folder (mode 0600)."""
    if settings.secret_key is not None:
        return bytes.fromhex(settings.secret_key.get_secret_value())
    kept = settings.data_folder / "secret.key"
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(Path(kept).read_text("ascii"))
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    return bytes.fromhex(Path(kept).read_text("ascii"))


def previous_keys(settings: Settings) -> tuple[bytes, ...]:
    """Keys that were in use before, the latest first."""
    given = settings.previous_secret_keys
    return tuple(bytes.fromhex(text.strip()) for text in (given.get_secret_value() if given else "").split(",") if text.strip())


def _reference_key(key: bytes) -> bytes:
    return hashlib.sha256(b"callback reference" + key).digest()


@cache  # it tells of the code that runs, which the files are read for once
def rule_book_fingerprint() -> str:
    """Twelve digits that change with any rule, any dated row, and any code that decides: a digest of the files of the domain."""
    folder = Path(app.domain.__path__[0])
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


@asynccontextmanager
async def open_runtime(settings: Settings, *, role: str) -> AsyncIterator[Context]:
    """Open the adapters of one process; leaving the block closes them, last opened first.

    Raises ValueError when no database or Redis is configured: only the `up`, `demo` and `migrate` commands start embedded ones.
    """
    if settings.database_url is None or settings.redis_url is None:
        raise ValueError("set DATABASE_URL and REDIS_URL, or use `python -m app up`, which starts embedded servers")
    key, previous = secret_key(settings), previous_keys(settings)
    clock = Clock(settings.clock_offset)
    async with AsyncExitStack() as stack:
        db = Database.open(
            settings.database_url,
            pool=settings.database_pool,
            name=f"tactful-{role}",
            stand_ins=StandIns((key, *previous)),
        )
        stack.push_async_callback(db.close)
        redis = open_redis(settings.redis_url)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)  # a pool that was handed in is not closed unasked
        http = await stack.enter_async_context(HttpSender())
        yield Context(
            settings=settings,
            clock=clock,
            db=db,
            doorbell=ArqDoorbell(redis, clock.now),
            rates=RateBuckets(redis),
            http=AccountSender(http, clock.now),
            vault=Vault(key, previous),
            signer=Signer(key),
            previous_signers=tuple(Signer(old) for old in previous),
            rules=load_rules(),
            book=Book(rules=rule_book_fingerprint(), zones=zone_data_version()),
            provider_kinds=installed(),
            closing=asyncio.Event(),
            reference_key=_reference_key(key),
            previous_reference_keys=tuple(_reference_key(old) for old in previous),
            worker=f"{role}@{socket.gethostname()}:{os.getpid()}",
        )
