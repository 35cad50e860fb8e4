"""What does a "yes" do? It is kept with its evidence, and counts when it may: only fresh proof brings back who said no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from app.domain.consent import ConsentEvent, ConsentKind, EvidenceProblem, check_evidence, is_proof
from app.domain.errors import InvalidField
from app.domain.facts import ConsentFacts, ConsentState
from app.domain.message import Channel, Purpose
from app.storage.database import Transaction
from app.storage.suppressions import lift_opt_outs
from app.usecases.consent_book import ConsentBook, open_book

Outcome = Literal["recorded", "already", "not_lifted", "rejected"]
_CLOCK_SKEW = timedelta(minutes=5)
_WORST_FIRST: tuple[Outcome, ...] = ("rejected", "not_lifted", "recorded", "already")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn:
    """A "yes". `phone` is E.164; `topic` "" means the purpose as a whole; `expires_at` None means no end."""

    phone: str
    channels: Sequence[Channel]
    purpose: Purpose
    method: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    occurred_at: datetime
    topic: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OptInResult:
    """What one "yes" came to. `problem` is set when it was rejected, and then nothing was written for it.

    `channels` tells them apart when they differ; the outcome is the worst of them, and the reason belongs to it.
    """

    phone: str
    outcome: Outcome
    reason: str = ""
    channels: Mapping[Channel, Outcome] = field(default_factory=dict)
    event_ids: tuple[UUID, ...] = ()
    problem: InvalidField | None = None


def _problem_of(item: OptIn, now: datetime) -> InvalidField | None:
    """Why a "yes" cannot be recorded at all."""
    if item.occurred_at > now + _CLOCK_SKEW:
        return InvalidField("lies in the future", pointer="/body/occurred_at", code="in_the_future")
    if item.expires_at is not None and item.expires_at <= item.occurred_at:
        return InvalidField("ends before it begins", pointer="/body/expires_at", code="ends_before_it_begins")
    try:
        check_evidence(item.method, item.evidence)
    except EvidenceProblem as problem:
        place = problem.field if problem.field in {"method", "evidence"} else f"evidence/{problem.field}"
        return InvalidField(problem.detail, pointer=f"/body/{place}", code="evidence_incomplete")
    return None


def _kind(before: ConsentFacts, method: str) -> ConsentKind:
    if before.state is ConsentState.GIVEN:
        return ConsentKind.REFRESHED
    return ConsentKind.CONFIRMED if method == "double_opt_in" else ConsentKind.GIVEN


def _judge(before: ConsentFacts, after: ConsentFacts, method: str) -> tuple[Outcome, str]:
    if after.state is ConsentState.GIVEN:
        return ("already" if before.state is ConsentState.GIVEN else "recorded"), ""
    since = "" if after.since is None else f" on {after.since:%Y-%m-%d %H:%M} UTC"
    if after.state is ConsentState.EXPIRED:
        return "not_lifted", f"consent ended{since}, after this opt-in"
    if is_proof(method):
        return "not_lifted", f"the person opted out{since}, not before this opt-in"
    return "not_lifted", f"the person opted out{since}; {method} does not lift that, fresh proof of consent does"


class _Recording:
    """Goes through the items, and collects whose opt-outs end."""

    def __init__(self, book: ConsentBook, now: datetime) -> None:
        self._book = book
        self._now = now
        self.lifted: dict[tuple[str, Purpose], set[Channel]] = {}

    def record(self, item: OptIn) -> OptInResult:
        judged: dict[Channel, tuple[Outcome, str]] = {}
        event_ids = []
        for channel in dict.fromkeys(Channel(word) for word in item.channels):
            judged[channel], event_id = self._record_channel(item, channel)
            event_ids.append(event_id)
        outcome, reason = min(judged.values(), key=lambda found: _WORST_FIRST.index(found[0]))
        outcomes = {channel: found for channel, (found, _) in judged.items()}
        return OptInResult(item.phone, outcome, reason, outcomes, tuple(event_ids))

    def _record_channel(self, item: OptIn, channel: Channel) -> tuple[tuple[Outcome, str], UUID]:
        key = (item.phone, str(channel), str(item.purpose), item.topic)
        before = self._book.state(key)
        event = ConsentEvent(
            kind=_kind(before, item.method),
            # A clock ahead of ours must not let a "yes" outlive a "no" that comes a minute later.
            occurred_at=min(item.occurred_at, self._now),
            method=item.method,
            expires_at=item.expires_at,
        )
        event_id = self._book.note(
            item.phone, event, channel=channel, purpose=item.purpose, topic=item.topic, evidence=dict(item.evidence)
        )
        after = self._book.fold(key, event, event_id)
        if after.state is ConsentState.GIVEN and is_proof(item.method):
            self.lifted.setdefault((item.phone, item.purpose), set()).add(channel)
        return _judge(before, after, item.method), event_id


async def record_opt_ins(
    tx: Transaction, *, workspace_id: UUID, items: Sequence[OptIn], now: datetime, actor: str, source: str
) -> list[OptInResult]:
    """Record "yes"es in the caller's transaction; a result for each, in order.

    Each is a line of the ledger a channel, whatever it comes to; an item that cannot be a "yes" at all is rejected and leaves no
    trace. An opt-out ends only where the fold of the ledger says that consent was given again, by proof.
    """
    problems = [_problem_of(item, now) for item in items]
    usable = {item.phone for item, problem in zip(items, problems, strict=True) if problem is None}
    most_events = len(items) * len(Channel)
    book = await open_book(tx, workspace_id=workspace_id, phones=usable, most_events=most_events, now=now)
    recording = _Recording(book, now)
    results = [
        recording.record(item) if problem is None else OptInResult(item.phone, "rejected", problem.detail, problem=problem)
        for item, problem in zip(items, problems, strict=True)
    ]
    await book.close(tx, source=source, actor=actor, now=now)
    for purpose, left in ((Purpose.TRANSACTIONAL, "marketing"), (Purpose.MARKETING, "")):
        rows = [(phone, sorted(channels), left) for (phone, given), channels in recording.lifted.items() if given is purpose]
        if rows:
            await lift_opt_outs(tx, workspace_id=workspace_id, rows=rows, all_channels=list(Channel))
    return results
