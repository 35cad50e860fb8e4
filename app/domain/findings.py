"""What does a whole audience add up to? Decisions and texts counted as they come, small enough to be kept between chunks."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.domain.decision import Decision, Verdict, stand_down
from app.domain.parts import PartCount

SAMPLES_A_RULE = 5
SHOWN = 10
_MOST_AREAS, _MOST_BATCHES, _MOST_PHRASES = 600, 4_000, 50
_SEPARATOR = "\t"

Sample = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member as the count needs it: where the number is from, and its area, whose members' hours are the same.

    `plain` members have no history of their own, so what opens and closes for them does for their whole area.
    """

    contact_id: UUID
    region: str
    area: str
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the text comes to for a member: its parts, or the names of missing values, or why no carrier would take it.

    `without` are values that are missing and that the text is whole without. `advised` is what it had better hold or leave out,
    `selling` the words that sell where those had better be left out.
    """

    count: PartCount | None = None
    missing: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    problem: str = ""
    advised: tuple[str, ...] = ()
    selling: tuple[str, ...] = ()


@dataclass(slots=True)
class Objected:
    """One rule's share: its source, how many it objects to, and some of them."""

    source: str
    members: int = 0
    samples: list[Sample] = field(default_factory=list)


@dataclass(slots=True)
class Findings:
    """The count so far. Everything in it is JSON apart from `Counter`s, whose keys are texts joined by tabs.

    `closes` are the reasons messages would close with without having gone, `held` those that hold them back at first. `hours` has
    the members and parts that wait, by hour; `waits` the first and the last instant anybody waits for. `backlog` is (area, hour
    from which it may go) of all who would go, with members, parts and the instant by which all of them may; `areas` has a member
    who stands for each area.
    """

    members: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    closes: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    awaits: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    without: Counter[str] = field(default_factory=Counter)
    advised: Counter[str] = field(default_factory=Counter)
    selling: Counter[str] = field(default_factory=Counter)
    text: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    objections: dict[str, Objected] = field(default_factory=dict)
    shown: list[Sample] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    hours: dict[str, list[int]] = field(default_factory=dict)
    backlog: dict[str, list[Any]] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)
    plain_areas: dict[str, bool] = field(default_factory=dict)

    def add(self, member: Member, decision: Decision, words: Words) -> None:
        """Count one member."""
        self.members += 1
        self.verdicts[decision.verdict.value] += 1
        if decision.verdict is not Verdict.ALLOW:
            self._object(member, decision)
        self._read(words)
        if decision.verdict is Verdict.NEVER:
            self.closes[stand_down(decision)[1]] += 1
        elif words.problem or words.missing:
            self.closes[words.problem or "content.missing_field"] += 1
        elif words.count is not None:
            self._queue(member, decision, words.count)

    def _object(self, member: Member, decision: Decision) -> None:
        contact = str(member.contact_id)
        for reason in decision.reasons:
            found = self.objections.setdefault(reason.rule, Objected(reason.source))
            found.members += 1
            if len(found.samples) < SAMPLES_A_RULE:
                sample = {
                    "contact_id": contact,
                    "verdict": decision.verdict,
                    "detail": reason.detail,
                    "until": _text(reason.until),
                }
                found.samples.append(sample)
        if decision.verdict is Verdict.WAIT:
            self.held[decision.reasons[0].rule] += 1
            until = _text(decision.until)
            if until is not None:
                self.waits = [min([*self.waits[:1], until]), max([*self.waits[1:], until])]
            else:
                self.awaits[next(reason.awaits for reason in decision.reasons if reason.awaits)] += 1
        if len(self.shown) < SHOWN:
            self.shown.append({"contact_id": contact, "verdict": decision.verdict, "until": _text(decision.until), "reasons": [
                {"rule": reason.rule, "source": reason.source, "detail": reason.detail, "until": _text(reason.until)}
                for reason in decision.reasons
            ]})  # fmt: skip

    def _read(self, words: Words) -> None:
        self.missing.update(words.missing)
        self.without.update(words.without)
        self.advised.update(words.advised)
        self.selling.update(said for said in words.selling if said in self.selling or len(self.selling) < _MOST_PHRASES)
        if words.count is not None:
            self.sizes[str(words.count.parts)] += 1
        else:
            self.text[words.problem or "content.missing_field"] += 1

    def _queue(self, member: Member, decision: Decision, count: PartCount) -> None:
        """Put a member who would go into the backlog, and the parts into the bill."""
        bill = _SEPARATOR.join((member.region, count.encoding))
        self.messages[bill] += 1
        self.parts[bill] += count.parts
        if decision.verdict is Verdict.WAIT and decision.until is None:
            return  # nobody knows when
        area = member.area if member.area in self.areas or len(self.areas) < _MOST_AREAS else member.region
        if area not in self.areas or (member.plain and not self.plain_areas[area]):
            self.areas[area], self.plain_areas[area] = str(member.contact_id), member.plain
        until = _text(decision.until)
        hour = "" if until is None else until[:13] + ":00:00+00:00"
        if hour:
            counted = self.hours.setdefault(hour, [0, 0])
            counted[0] += 1
            counted[1] += count.parts
        key = _SEPARATOR.join((area, hour))
        if key not in self.backlog and len(self.backlog) >= _MOST_BATCHES:
            key = _SEPARATOR.join((area, ""))  # too many kinds to keep apart: taken to go as soon as its area is open
        batch = self.backlog.setdefault(key, [0, 0, None])
        batch[0] += 1
        batch[1] += count.parts
        if until is not None:
            batch[2] = max(batch[2] or until, until)

    def as_json(self) -> dict[str, Any]:
        """Everything, to be kept between chunks."""
        kept = {name: getattr(self, name) for name in self.__slots__}
        return {**kept, "objections": {rule: [row.source, row.members, row.samples] for rule, row in self.objections.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Findings":
        """What `as_json` gave; a new count of nothing."""
        fields = dict(kept)
        fields["objections"] = {rule: Objected(*row) for rule, row in kept.get("objections", {}).items()}
        counters = (
            "verdicts",
            "closes",
            "held",
            "awaits",
            "missing",
            "without",
            "advised",
            "selling",
            "text",
            "sizes",
            "messages",
            "parts",
        )
        return cls(**{**fields, **{name: Counter(kept.get(name, {})) for name in counters}})

    def bill(self) -> list[tuple[str, str, int, int]]:
        """(region, encoding, messages, parts) of all who would go, most parts first."""
        bill = []
        for key, parts in self.parts.most_common():
            region, encoding = key.split(_SEPARATOR)
            bill.append((region, encoding, self.messages[key], parts))
        return bill

    def batches(self) -> list[tuple[str, datetime | None, int, int]]:
        """(area, instant from which all of its members may go, None for at once, members, parts)."""
        return [
            (key.split(_SEPARATOR)[0], None if due is None else datetime.fromisoformat(due), members, parts)
            for key, (members, parts, due) in self.backlog.items()
        ]

    def deferred(self) -> list[tuple[datetime, int, int]]:
        """(hour, members, parts) of those who would wait, by the hour in which the rules open for them."""
        return [(datetime.fromisoformat(hour), members, parts) for hour, (members, parts) in sorted(self.hours.items())]


def _text(instant: datetime | None) -> str | None:
    """In UTC, so that texts sort as instants do."""
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="microseconds")
