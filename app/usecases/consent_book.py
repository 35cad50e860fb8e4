"""How do ledger and consent stay one? Events are folded under the numbers' locks, and only what changed is written."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import orjson

from app.clock import new_ids
from app.domain.consent import ConsentEvent, fold
from app.domain.facts import NO_CONSENT, ConsentFacts, ConsentState
from app.domain.ledger import Event
from app.domain.number import number_facts
from app.storage.consents import append_events, read_consents, write_consents
from app.storage.database import Transaction
from app.storage.numbers import ensure_numbers, hold_numbers, known_numbers

Key = tuple[str, str, str, str]  # phone, channel, purpose, topic

_STANDING = frozenset({ConsentState.GIVEN, ConsentState.PENDING})


class ConsentBook:
    """The consents of some numbers, open for new events in one transaction.

    Use: `await open_book(...)`, any number of `note` and `fold`, then `await close(...)`. The numbers stay locked until the
    transaction ends, so whoever else records or claims for them comes before or after, never between.
    """

    def __init__(self, workspace_id: UUID, states: dict[Key, tuple[ConsentFacts, UUID]], ids: Iterator[UUID]) -> None:
        self._workspace_id = workspace_id
        self._ids = ids
        self._states = states
        self._events: list[Event] = []
        self._changed: set[Key] = set()
        self._known: dict[str, list[Key]] = {}
        for key in states:
            self._known.setdefault(key[0], []).append(key)

    def state(self, key: Key) -> ConsentFacts:
        """Consent as it stands now, events folded so far included. A topic never spoken of shares a "no" to its whole purpose."""
        if key in self._states:
            return self._states[key][0]
        whole = self._states.get((*key[:3], ""), (NO_CONSENT, None))[0]
        return whole if whole.state is ConsentState.REVOKED else NO_CONSENT

    def topics(self, phone: str, channel: str, purpose: str) -> list[Key]:
        """The keys that stand for this number, channel and purpose: the one without topic, and every topic seen."""
        asked = (phone, channel, purpose)
        return [(*asked, ""), *(key for key in self._states if key[:3] == asked and key[3])]

    def newest(self, phone: str) -> datetime | None:
        """The latest instant any consent of the number stands on."""
        instants = [facts.since for key, (facts, _) in self._states.items() if key[0] == phone and facts.since]
        return max(instants, default=None)

    def note(
        self,
        phone: str,
        event: ConsentEvent,
        *,
        channel: str | None,
        purpose: str,
        topic: str,
        evidence: dict[str, object],
    ) -> UUID:
        """Add a line to the ledger (`channel` None speaks of all); its id."""
        event_id = next(self._ids)
        self._events.append(
            Event(
                id=event_id,
                phone=phone,
                kind=event.kind,
                channel=channel,
                purpose=purpose,
                topic=topic,
                method=event.method,
                evidence=orjson.dumps(evidence).decode(),
                expires_at=event.expires_at,
                occurred_at=event.occurred_at,
            )
        )
        return event_id

    def fold(self, key: Key, event: ConsentEvent, event_id: UUID) -> ConsentFacts:
        """Let a noted event count for one key; consent after it."""
        before = self.state(key)
        after = fold(before, event)
        if after != before:
            self._states[key] = (after, event_id)
            self._changed.add(key)
        return after

    def expire(self, phone: str, event: ConsentEvent, *, evidence: dict[str, object]) -> int:
        """End what a number gave or was asked for up to the event's instant, a line of the ledger each; how many ended."""
        standing = [key for key in self._known.get(phone, ()) if self.state(key).state in _STANDING]
        ended = [key for key in standing if fold(self.state(key), event) != self.state(key)]
        for key in ended:
            self.fold(key, event, self.note(phone, event, channel=key[1], purpose=key[2], topic=key[3], evidence=evidence))
        return len(ended)

    def is_agreed(self, phone: str) -> bool:
        """Whether any consent stands that the number had when the book was opened."""
        return any(self.state(key).state is ConsentState.GIVEN for key in self._known.get(phone, ()))

    async def close(self, tx: Transaction, *, source: str, actor: str, now: datetime) -> None:
        """Write the new lines, and the consents they changed."""
        if self._events:
            await append_events(tx, workspace_id=self._workspace_id, rows=self._events, source=source, actor=actor, now=now)
        rows = []
        for key in sorted(self._changed):
            facts, event_id = self._states[key]
            assert facts.since is not None
            rows.append((*key, facts.state, facts.since, facts.expires_at, event_id))
        if rows:
            await write_consents(tx, workspace_id=self._workspace_id, rows=rows)


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
    await hold_numbers(tx, workspace_id=workspace_id, phones=wanted)
    states = {
        (row["phone"], row["channel"], row["purpose"], row["topic"]): (
            ConsentFacts(ConsentState(row["state"]), row["since"], row["expires_at"], row["method"]),
            row["event_id"],
        )
        for row in await read_consents(tx, workspace_id=workspace_id, phones=wanted)
    }
    return ConsentBook(workspace_id, states, iter(new_ids(most_events)))
