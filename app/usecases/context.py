"""What does a use case work with? The opened adapters of one process, made by app/runtime.py and passed by hand."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.clock import Clock
from app.domain.decision import Rule
from app.ports import Doorbell, Provider
from app.providers._tokens import AccountSender
from app.queue.rate import RateBuckets
from app.settings import Settings
from app.storage.database import Database
from app.storage.signing import Signer
from app.storage.vault import Vault
from app.usecases.decision_log import Book
from app.usecases.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The composition of one process. Everything here is safe to share between tasks.

    `closing` is set when the process is asked to end: long work stops at its next step, and what is on the wire is waited for.
    """

    settings: Settings
    clock: Clock
    db: Database
    doorbell: Doorbell
    rates: RateBuckets
    http: AccountSender
    vault: Vault
    signer: Signer
    rules: tuple[Rule, ...]
    book: Book
    provider_kinds: Mapping[str, type[Provider]]
    worker: str
    reference_key: bytes
    closing: asyncio.Event
    previous_reference_keys: tuple[bytes, ...] = ()
    previous_signers: tuple[Signer, ...] = ()
    metrics: Metrics = field(default_factory=Metrics)
