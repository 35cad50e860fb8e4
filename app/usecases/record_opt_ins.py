"""What does a "yes" do? It is kept with its evidence, and counts when it may: only fresh proof brings back who said no."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.domain.consent import ConsentEvent, ConsentKind
from app.domain.errors import InvalidField
from app.domain.evidence import missing
from app.domain.facts import ConsentBasis, ConsentFacts, ConsentState
from app.domain.household import PERSON
from app.domain.message import Channel, Purpose
from app.domain.opt_in import RESTORES, OptIn, problem_of
from app.domain.proof import EXPRESS, PROOFS, lifts
from app.domain.provenance import NO_PROOF
from app.storage.acquired import acquired_numbers
from app.storage.database import Transaction
from app.storage.households import name_people, persons_meant
from app.storage.suppressions import lift_opt_outs
from app.storage.workspaces import read_workspace
from app.usecases.consent_book import ConsentBook, Key, open_book
from app.usecases.prove_ownership import note_agreement

__all__ = ["OptIn", "OptInResult", "Outcome", "record_opt_ins"]

Outcome = Literal["recorded", "already", "not_lifted", "rejected"]
_WORST_FIRST: tuple[Outcome, ...] = ("rejected", "not_lifted", "recorded", "already")
_MOST_RESTORED = 64  # kinds, brands and topics one START can bring back on a channel
_SAID_NO = frozenset({ConsentState.REVOKED, ConsentState.DECLINED})


@dataclass(frozen=True, slots=True)
class OptInResult:
    """What one "yes" came to. `problem` is set when it was rejected, and then nothing was written for it.

    `channels` tells them apart when they differ; the outcome is the worst of them, and the reason belongs to it. `lacks` are the
    elements of written consent that its evidence does not show.
    """

    phone: str
    outcome: Outcome
    reason: str = ""
    channels: Mapping[Channel, Outcome] = field(default_factory=dict)
    event_ids: tuple[UUID, ...] = ()
    problem: InvalidField | None = None
    basis: ConsentBasis | None = None
    lacks: tuple[str, ...] = ()


def _kind(before: ConsentFacts, method: str) -> ConsentKind:
    if before.state is ConsentState.GIVEN:
        return ConsentKind.REFRESHED
    return ConsentKind.CONFIRMED if method == "double_opt_in" else ConsentKind.GIVEN


def _judge(before: ConsentFacts, after: ConsentFacts, item: OptIn) -> tuple[Outcome, str]:
    if after.state is ConsentState.GIVEN:
        return ("already" if before.state is ConsentState.GIVEN else "recorded"), ""
    since = "" if after.since is None else f" on {after.since:%Y-%m-%d %H:%M} UTC"
    if after.state is ConsentState.EXPIRED:
        return "not_lifted", f"consent ended{since}, after this opt-in"
    if lifts(item.method, item.kind):
        return "not_lifted", f"the person opted out{since}, not before this opt-in"
    what = item.method if item.kind in EXPRESS else f"consent of the kind {item.kind}"
    return "not_lifted", f"the person opted out{since}; {what} does not lift that, fresh proof of consent does"


def _evidence(item: OptIn) -> dict[str, object]:
    named = {} if item.person is None else {PERSON: item.person}
    return {**item.evidence, **named, **({RESTORES: True} if item.restores else {})}


class _Recording:
    """Goes through the items, and collects whose opt-outs end."""

    def __init__(self, book: ConsentBook, now: datetime, workspace: str) -> None:
        self._book = book
        self._now = now
        self._workspace = workspace
        self.lifted: dict[tuple[str, Purpose], set[Channel]] = {}

    def record(self, item: OptIn) -> OptInResult:
        judged: dict[Channel, tuple[Outcome, str]] = {}
        event_ids: list[UUID] = []
        lacking: dict[str, None] = {}
        for channel in dict.fromkeys(Channel(word) for word in item.channels):
            flags = item.flags(channel, workspace=self._workspace)
            lacking.update(dict.fromkeys(missing(flags or ())))
            judged[channel] = self._record_channel(item, channel, flags, event_ids)
        outcome, reason = min(judged.values(), key=lambda found: _WORST_FIRST.index(found[0]))
        outcomes = {channel: found for channel, (found, _) in judged.items()}
        return OptInResult(item.phone, outcome, reason, outcomes, tuple(event_ids), basis=item.kind, lacks=tuple(lacking))

    def _record_channel(
        self, item: OptIn, channel: Channel, flags: frozenset[str] | None, event_ids: list[UUID]
    ) -> tuple[Outcome, str]:
        own = Key(item.phone, str(channel), str(item.purpose), item.topic, item.brand, item.kind)
        event = ConsentEvent(
            kind=ConsentKind.GIVEN,
            # A clock ahead of ours must not let a "yes" outlive a "no" that comes a minute later.
            occurred_at=min(item.occurred_at, self._now),
            method=item.method,
            expires_at=item.expires_at,
            basis=item.kind,
            brand=item.brand,
            topic=item.topic,
            flags=flags,
        )
        restored = self._stood(own) if item.restores else ()
        judged = self._add(own, event, item, event_ids)
        for key in restored:
            also = replace(event, basis=ConsentBasis(key.basis), brand=key.brand, topic=key.topic)
            self._add(key, also, item, event_ids)
        return judged

    def _add(self, key: Key, event: ConsentEvent, item: OptIn, event_ids: list[UUID]) -> tuple[Outcome, str]:
        before = self._book.state(key)
        event = replace(event, kind=_kind(before, event.method))
        event_id = self._book.note(
            key.phone, event, channel=key.channel, purpose=key.purpose, topic=key.topic, evidence=_evidence(item)
        )
        event_ids.append(event_id)
        if self._book.was_anothers(key.phone, event.occurred_at):
            return "not_lifted", "the number belonged to somebody else then"
        after = self._book.fold(key, event, event_id)
        if after.state is ConsentState.GIVEN and lifts(event.method, event.basis):
            self.lifted.setdefault((key.phone, item.purpose), set()).add(Channel(key.channel))
        return _judge(before, after, item)

    def _stood(self, own: Key) -> Iterable[Key]:
        """What the person had agreed to before they opted out, in the same program: kinds that are their own word."""
        covered = self._book.covered(own.phone, own.channel, own.purpose, topic=own.topic, brand=own.brand)
        program = [key for key in covered if key != own and key.brand == own.brand and key.basis in EXPRESS]
        stood = [key for key in program if self._book.state(key).state in _SAID_NO]
        return stood[:_MOST_RESTORED]


async def _problems(tx: Transaction, workspace_id: UUID, items: Sequence[OptIn], now: datetime) -> list[InvalidField | None]:
    """Why each cannot be a "yes" at all. For a number that was bought or gathered, nobody's word counts but its owner's."""
    found = [problem_of(item, now=now) for item in items]
    claims = [place for place, item in enumerate(items) if found[place] is None and not lifts(item.method, item.kind)]
    if not claims:
        return found
    phones = sorted({items[place].phone for place in claims})
    acquired = await acquired_numbers(tx, workspace_id=workspace_id, phones=phones)
    for place in claims:
        word = acquired.get(items[place].phone)
        found[place] = _unproved(word) if word else None
    return found


def _unproved(word: str) -> InvalidField:
    detail = (
        f"the number came from a {word} source: it takes the person's own act, with its evidence ({', '.join(sorted(PROOFS))})"
    )
    return InvalidField(detail, pointer="/body/method", code=NO_PROOF)


async def record_opt_ins(
    tx: Transaction, *, workspace_id: UUID, items: Sequence[OptIn], now: datetime, actor: str, source: str
) -> list[OptInResult]:
    """Record "yes"es in the caller's transaction; a result for each, in order.

    Each is a line of the ledger a channel, whatever it comes to; an item that cannot be a "yes" at all is rejected and leaves no
    trace. An opt-out ends only where the fold of the ledger says that consent was given again, by proof. What was agreed to
    before the number came to its present owner is kept, and counts for nothing.
    """
    problems = await _problems(tx, workspace_id, items, now)
    usable = [item for item, problem in zip(items, problems, strict=True) if problem is None]
    most_events = sum(len(Channel) * (1 + _MOST_RESTORED * item.restores) for item in usable)
    phones = {item.phone for item in usable}
    book = await open_book(tx, workspace_id=workspace_id, phones=phones, most_events=most_events, now=now)
    if meant := await persons_meant(tx, workspace_id=workspace_id, named=[(item.phone, item.person) for item in usable]):
        items = [replace(item, person=meant.get((item.phone, item.person), item.person)) for item in items]
    workspace = await read_workspace(tx, workspace_id=workspace_id)
    recording = _Recording(book, now, workspace["name"] if workspace else "")
    results = [
        recording.record(item) if problem is None else OptInResult(item.phone, "rejected", problem.detail, problem=problem)
        for item, problem in zip(items, problems, strict=True)
    ]
    await book.close(tx, source=source, actor=actor, now=now)
    for purpose, left in ((Purpose.TRANSACTIONAL, "marketing"), (Purpose.MARKETING, "")):
        rows = [(phone, sorted(channels), left) for (phone, given), channels in recording.lifted.items() if given is purpose]
        if rows:
            await lift_opt_outs(tx, workspace_id=workspace_id, rows=rows, all_channels=list(Channel))
    agreed = [
        (item.phone, min(item.occurred_at, now))
        for item, result in zip(items, results, strict=True)
        if result.outcome in {"recorded", "already"} and lifts(item.method, item.kind)
    ]
    told = [item for item, problem in zip(items, problems, strict=True) if problem is None]
    named = [(item.phone, item.person) for item in told if item.person is not None]
    if named:
        await name_people(tx, workspace_id=workspace_id, named=named, now=now)
    await note_agreement(tx, workspace_id=workspace_id, agreed=agreed)
    return results
