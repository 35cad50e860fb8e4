"""How do ledger and consent stay one? Events are folded under the numbers' locks, and only what changed is written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import orjson

from app.clock import new_ids
from app.domain.consent import NO_EVENTS, ConsentEvent, fold
from app.domain.consent_sheet import Key, No, Sheet
from app.domain.facts import ConsentBasis, ConsentFacts, ConsentState
from app.domain.ledger import Event
from app.domain.message import Channel
from app.domain.number import number_facts
from app.domain.proof import lifts
from app.storage.consents import append_events, latest_noes, read_consents, write_consents
from app.storage.database import Row, Transaction
from app.storage.numbers import ensure_numbers, hold_numbers, known_numbers

__all__ = ["ConsentBook", "Key", "consent_of", "open_book"]

_STANDING = frozenset({ConsentState.GIVEN, ConsentState.PENDING})


class ConsentBook:
    """The consents of some numbers, open for new events in one transaction.

    Use: `await open_book(...)`, any number of `note` and `fold`, then `await close(...)`. The numbers stay locked until the
    transaction ends, so whoever else records or claims for them comes before or after, never between.
    """

    def __init__(self, workspace_id: UUID, sheet: Sheet, *, numbers: Iterable[Row], ids: Iterator[UUID]) -> None:
        self._workspace_id = workspace_id
        self._ids = ids
        self._sheet = sheet
        self._tenures = {row["phone"]: (row["tenure"], row["tenure_since"]) for row in numbers}
        self._events: list[Event] = []
        self._changed: dict[Key, UUID] = {}

    def state(self, key: Key) -> ConsentFacts:
        """Consent as it stands now, events folded so far included. A key never spoken of shares every "no" that reaches it."""
        return self._sheet[key]

    def covered(self, phone: str, channel: str, purpose: str, *, topic: str = "", brand: str = "") -> list[Key]:
        """The keys a "no" to this channel, purpose, topic and brand reaches: its own, and every other seen."""
        return self._sheet.covered(phone, channel, purpose, topic=topic, brand=brand)

    def newest(self, phone: str) -> datetime | None:
        """The latest instant any consent of the number stands on."""
        return max((facts.since for _, facts in self._sheet.of(phone) if facts.since is not None), default=None)

    def was_anothers(self, phone: str, at: datetime) -> bool:
        """Whether the number still belonged to somebody else at an instant: consent never follows it to another person."""
        since = self._tenures.get(phone, (1, None))[1]
        return since is not None and at <= since

    def is_agreed(self, phone: str) -> bool:
        """Whether any consent of the number stands that the person gave by an act and a word of their own."""
        given = (facts for _, facts in self._sheet.of(phone) if facts.state is ConsentState.GIVEN)
        return any(lifts(facts.method, facts.basis) for facts in given)

    def note(
        self, phone: str, event: ConsentEvent, *, channel: str | None, purpose: str, evidence: dict[str, object], topic: str = ""
    ) -> UUID:
        """Add a line to the ledger (`channel` None speaks of all); its id."""
        event_id = next(self._ids)
        tenure = self._tenures.get(phone, (1, None))[0]
        before_it = event.kind not in NO_EVENTS and self.was_anothers(phone, event.occurred_at)
        self._sheet.hear(phone, channel, purpose, event)
        self._events.append(
            Event(
                id=event_id,
                phone=phone,
                kind=event.kind,
                channel=channel,
                purpose=purpose,
                topic=topic or event.topic,
                brand=event.brand,
                basis=event.basis,
                tenure=max(1, tenure - 1) if before_it else tenure,
                method=event.method,
                evidence=orjson.dumps(evidence).decode(),
                expires_at=event.expires_at,
                occurred_at=event.occurred_at,
            )
        )
        return event_id

    def fold(self, key: Key, event: ConsentEvent, event_id: UUID) -> ConsentFacts:
        """Let a noted event count for one key; consent after it."""
        before, after = self._sheet.apply(key, event)
        if after != before:
            self._changed[key] = event_id
        return after

    def expire(self, phone: str, event: ConsentEvent, *, evidence: dict[str, object]) -> int:
        """End what was given or asked of a number up to the event's instant, a line of the ledger each; how many ended."""
        standing = [(key, facts) for key, facts in self._sheet.of(phone) if facts.state in _STANDING]
        ended = [key for key, facts in standing if fold(facts, event) != facts]
        for key in ended:
            own = replace(event, topic=key.topic, brand=key.brand, basis=ConsentBasis(key.basis))
            self.fold(key, own, self.note(phone, own, channel=key.channel, purpose=key.purpose, evidence=evidence))
        return len(ended)

    async def close(self, tx: Transaction, *, source: str, actor: str, now: datetime) -> None:
        """Write the new lines, and the consents they changed."""
        if self._events:
            await append_events(tx, workspace_id=self._workspace_id, rows=self._events, source=source, actor=actor, now=now)
        rows = []
        for key, event_id in sorted(self._changed.items()):
            facts = self._sheet[key]
            assert facts.since is not None
            flags = ",".join(sorted(facts.flags))
            rows.append((*key, facts.state, facts.since, facts.expires_at, flags, event_id))
        if rows:
            await write_consents(tx, workspace_id=self._workspace_id, rows=rows)


def consent_of(row: Row) -> ConsentFacts:
    """A stored consent, with the method of the event it stands on."""
    return ConsentFacts(
        state=ConsentState(row["state"]),
        since=row["since"],
        expires_at=row["expires_at"],
        method=row["method"],
        basis=ConsentBasis(row["basis"]),
        brand=row["brand"],
        topic=row["topic"],
        channel=Channel(row["channel"]),
        flags=frozenset(row["flags"]),
    )


async def open_book(
    tx: Transaction, *, workspace_id: UUID, phones: Iterable[str], most_events: int, now: datetime
) -> ConsentBook:
    """Make the numbers' rows where they are missing, lock them, and read what is agreed. Raises NumberProblem.

    At most `most_events` can be noted: their ids are drawn at once, so that the ledger keeps the order they are noted in.
    """
    wanted: Sequence[str] = sorted(set(phones))
    known = await known_numbers(tx, workspace_id=workspace_id, phones=wanted)
    unknown = [number_facts(phone) for phone in wanted if phone not in known]
    if unknown:
        await ensure_numbers(tx, workspace_id=workspace_id, numbers=unknown, now=now)
    numbers = await hold_numbers(tx, workspace_id=workspace_id, phones=wanted)
    if len(numbers) < len(wanted):  # one was erased while we waited for it
        await ensure_numbers(tx, workspace_id=workspace_id, numbers=[number_facts(phone) for phone in wanted], now=now)
        numbers = await hold_numbers(tx, workspace_id=workspace_id, phones=wanted)
    rows = await read_consents(tx, workspace_id=workspace_id, phones=wanted)
    states = {Key(*(row[name] for name in Key._fields)): consent_of(row) for row in rows}
    noes = [
        (row["phone"], row["purpose"], No(row["channel"], row["topic"], row["brand"], row["at"]))
        for row in await latest_noes(tx, workspace_id=workspace_id, phones=wanted)
    ]
    return ConsentBook(workspace_id, Sheet(states, noes), numbers=numbers, ids=iter(new_ids(most_events)))
