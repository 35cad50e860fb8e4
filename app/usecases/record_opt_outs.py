"""What does a "no" do? The one barrier: ledger, consent, suppression, and everything on its way, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from app.domain.consent import ConsentEvent, ConsentKind
from app.domain.deadlines import honour_by
from app.domain.facts import ConsentState
from app.domain.household import PERSON
from app.domain.message import Channel, Purpose
from app.domain.number import number_facts
from app.storage.database import Transaction
from app.storage.households import name_people, persons_meant
from app.storage.silencing import Silenced, latest_departure, silence
from app.storage.suppressions import Added, Said, add_suppressions
from app.usecases.consent_book import ConsentBook, open_book
from app.usecases.metrics import Metrics

Scope = Literal["marketing", "all"]
_PURPOSES: Mapping[Scope, tuple[Purpose, ...]] = {"marketing": (Purpose.MARKETING,), "all": tuple(Purpose)}
# How a "no" came, where that tells what it was said on, or leaves another suppression than an opt-out's.
_SAID_ON = {
    "keyword": "text",
    "reply": "text",
    "carrier": "text",
    "provider": "text",
    "wrong_number": "text",
    "key_press": "voice",
    "call": "voice",
}
_REASONS = {"erasure": "erased", "complaint": "complaint", "privacy_request": "objection", "objection": "objection"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A "no". `phone` is E.164; `channels` None means all, and `occurred_at` None or later than now means now.

    `answered` is what it answered: "marketing", "informational", "scope_question", or "" where that is not known. One that
    answered an informational text and `keeps_marketing` (the statutory profile, while DA 26-12 waives more) takes no consent to
    marketing back; it is kept, and binds as soon as the profile is strict. `person` is who said it, by the caller's id, of those
    who share the number: it silences the number all the same, and another's yes does not undo it.
    """

    phone: str
    method: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    channels: Sequence[Channel] | None = None
    purpose: Scope = "marketing"
    occurred_at: datetime | None = None
    answered: str = ""
    keeps_marketing: bool = False
    person: str | None = None

    @property
    def via(self) -> str:
        """The family of channels it was said on, "" where it came some other way."""
        return _SAID_ON.get(self.method, "")

    @property
    def reason(self) -> str:
        """The suppression it leaves."""
        return _REASONS.get(self.method, "opt_out")

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """What consent to it takes back."""
        return (Purpose.TRANSACTIONAL,) if self.keeps_marketing else _PURPOSES[self.purpose]


@dataclass(frozen=True, slots=True)
class OptOutResult:
    """What one "no" did. `revoked` is false only when the person came back, with proof, after the instant it speaks of.

    Messages to the number: waiting ones cancelled, claimed ones stopped, and those beyond recall because a carrier has them.
    """

    phone: str
    said_at: datetime
    event_id: UUID
    revoked: bool
    cancelled: int
    stopped: int
    beyond_recall: int

    @property
    def honour_by(self) -> date:
        """The law's outer limit where the number is from."""
        return honour_by(number_facts(self.phone), self.said_at)


@dataclass(frozen=True, slots=True)
class _Revocation:
    """One "no", folded: when it was said, and the channels it silenced, all of them or some."""

    item: OptOut
    said_at: datetime
    event_id: UUID
    silenced: tuple[Channel, ...]

    @property
    def silenced_purposes(self) -> tuple[Purpose, ...]:
        return () if self.item.keeps_marketing else self.item.purposes

    def suppressions(self, source: str) -> list[tuple[Added, Said]]:
        item = self.item
        whole = item.channels is None and len(self.silenced) == len(Channel)
        channels = ("",) if whole else self.silenced
        partly = item.channels is None and not whole  # the person has come back on the others
        said = ("left_over" if partly else item.method, item.via, item.answered)
        return [((item.phone, item.reason, channel, item.purpose, source), said) for channel in channels]


def _instant(book: ConsentBook, item: OptOut, *, asked_at: datetime, now: datetime) -> datetime:
    """When the "no" counts from. One that comes now beats whatever stands, even if another host's clock runs ahead of ours."""
    if item.occurred_at is not None and item.occurred_at < asked_at:
        return item.occurred_at
    newest = book.newest(item.phone)
    return now if newest is None else max(now, newest)


def _revoke(book: ConsentBook, item: OptOut, *, at: datetime) -> _Revocation:
    event = ConsentEvent(kind=ConsentKind.REVOKED, occurred_at=at, method=item.method)
    channels = tuple(Channel) if item.channels is None else tuple(dict.fromkeys(Channel(word) for word in item.channels))
    named: Sequence[Channel | None] = [None] if item.channels is None else channels
    said: dict[tuple[Channel | None, Purpose], UUID] = {}
    evidence = {**item.evidence, **({} if item.person is None else {PERSON: item.person})}
    for purpose in item.purposes:
        for channel in named:
            said[channel, purpose] = book.note(item.phone, event, channel=channel, purpose=purpose, evidence=evidence)
    silenced = set(channels)
    for purpose in item.purposes:
        for channel in channels:
            event_id = said[None if item.channels is None else channel, purpose]
            states = [book.fold(key, event, event_id).state for key in book.covered(item.phone, channel, purpose)]
            if ConsentState.GIVEN in states:  # the person came back, by proof, after the instant this speaks of
                silenced.discard(channel)
    return _Revocation(item, at, next(iter(said.values())), tuple(channel for channel in channels if channel in silenced))


async def record_opt_outs(
    tx: Transaction,
    *,
    workspace_id: UUID,
    items: Sequence[OptOut],
    now: datetime,
    actor: str,
    source: str,
    metrics: Metrics | None = None,
) -> list[OptOutResult]:
    """Record "no"s and silence their numbers in the caller's transaction; a result for each, in order.

    `source` says where they came in ("api", "inbound", "provider:21610"). Numbers without a row get one. Locks numbers, then
    leases, then messages: a caller must hold no message or lease before. A "no" said before is recorded again and changes nothing
    else. Raises NumberProblem for a phone that is no E.164 number.
    """
    most_events = len(items) * len(Channel) * len(Purpose)
    phones = {item.phone for item in items}
    book = await open_book(tx, workspace_id=workspace_id, phones=phones, most_events=most_events, now=now)
    if meant := await persons_meant(tx, workspace_id=workspace_id, named=[(item.phone, item.person) for item in items]):
        items = [replace(item, person=meant.get((item.phone, item.person), item.person)) for item in items]
    asked_at = now
    departed = await latest_departure(tx, workspace_id=workspace_id, phones=[item.phone for item in items])
    if departed is not None:
        now = max(now, departed + timedelta(microseconds=1))
    revocations = [_revoke(book, item, at=_instant(book, item, asked_at=asked_at, now=now)) for item in items]
    await book.close(tx, source=source, actor=actor, now=now)
    suppressions = [row for revocation in revocations for row in revocation.suppressions(source)]
    if suppressions:
        rows, said = zip(*suppressions, strict=True)
        await add_suppressions(tx, workspace_id=workspace_id, rows=rows, said=said, now=now)
    silenced = await silence(
        tx,
        workspace_id=workspace_id,
        rows=[(revocation.item.phone, revocation.silenced_purposes, revocation.silenced) for revocation in revocations],
        now=now,
    )
    named = [(item.phone, item.person) for item in items if item.person is not None]
    if named:
        await name_people(tx, workspace_id=workspace_id, named=named, now=now)
    if metrics is not None:
        _measure(tx, items, metrics, now)
    return [_result(revocation, found) for revocation, found in zip(revocations, silenced, strict=True)]


def _result(revocation: _Revocation, found: Silenced) -> OptOutResult:
    return OptOutResult(
        phone=revocation.item.phone,
        said_at=revocation.said_at,
        event_id=revocation.event_id,
        revoked=bool(revocation.silenced),
        cancelled=found.cancelled,
        stopped=found.stopped,
        beyond_recall=found.beyond_recall,
    )


def _measure(tx: Transaction, items: Sequence[OptOut], metrics: Metrics, now: datetime) -> None:
    waits = [(now - item.occurred_at).total_seconds() for item in items if item.occurred_at is not None]

    async def observe() -> None:
        for wait in waits:
            metrics.seconds_to_silence.observe(max(0.0, wait))

    tx.after_commit(observe)
