"""What did a contact do? Events counted, summed and dated, and one after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.audience.comparing import Op, compare
from app.domain.audience.facts import ContactFacts, EventHeld, within
from app.domain.audience.fields import (
    Field,
    Range,
    RuleProblem,
    Value,
    days,
    in_range,
    number_range,
    one_or_many,
    read_comparison,
    read_text,
    write_comparison,
)
from app.domain.audience.kind import Kind
from app.domain.audience.patterns import CURRENCY
from app.domain.audience.tree import Leaf

ONCE: Range = ((Op.GTE, 1),)
MOST_STEPS = 4
MOST_WHERE = 5
_SHOWN = 5

Where = tuple[str, Op, Any]


@dataclass(frozen=True, slots=True)
class Event(Leaf):
    """Events of one name: how many (at least one, if not said otherwise), their sum, how long ago the last one was.

    `last_days` looks no further back; `amount` and `where` leave out events that are not so. `total` sums what was paid in
    `currency` alone. `ago_days` is true only when there is a last one.
    """

    event: str
    last_days: int | None = None
    count: Range | None = None
    total: Range | None = None
    currency: str | None = None
    ago_days: Range | None = None
    amount: Range | None = None
    where: tuple[Where, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence_(Leaf):  # noqa: N801  # `Sequence` is taken
    """One event after another, each later than the one before, all within so many days of the first.

    With `without`: and then none of that name within those days of the first, which must be over. `last_days` is about the first.
    """

    sequence: tuple[str, ...]
    within_days: int
    without: str | None = None
    last_days: int | None = None


def exact(value: float) -> Decimal:
    """A number of a rule as money is counted."""
    return Decimal(str(value))


def money(bounds: Range) -> tuple[tuple[Op, Decimal], ...]:
    """Bounds on an amount."""
    return tuple((op, exact(bound)) for op, bound in bounds)


def is_counted(leaf: Event, event: EventHeld, now: datetime) -> bool:
    """Whether an event is one the leaf speaks of."""
    if event.name != leaf.event or not within(event.occurred_at, now, leaf.last_days):
        return False
    if leaf.amount is not None and (event.amount is None or not in_range(event.amount, money(leaf.amount))):  # type: ignore[arg-type]
        return False
    return all(compare(event.properties.get(name), op, value, type_=None, today=now.date()) for name, op, value in leaf.where)


def event_holds(leaf: Event, events: Sequence[EventHeld], now: datetime) -> bool:
    """Whether it holds of these events, all of them counted."""
    if leaf.count is None and leaf.total is None and leaf.ago_days is None:
        return bool(events)
    if leaf.count is not None and not in_range(len(events), leaf.count):
        return False
    paid = sum((event.amount or Decimal(0) for event in events if event.currency == leaf.currency), Decimal(0))
    if leaf.total is not None and not in_range(paid, money(leaf.total)):  # type: ignore[arg-type]
        return False
    if leaf.ago_days is None:
        return True
    return bool(events) and in_range(
        now - max(event.occurred_at for event in events),
        tuple((op, timedelta(days=bound)) for op, bound in leaf.ago_days),  # type: ignore[misc]
    )


def _counted(leaf: Event, contact: ContactFacts) -> list[EventHeld]:
    return [event for event in contact.events if is_counted(leaf, event, contact.now)]


def _follows(names: Sequence[str], events: Sequence[EventHeld], after: datetime, until: datetime) -> list[datetime]:
    """When the last of these names may have come, the others before it in their order."""
    reached = [after]
    for name in names:
        reached = [
            event.occurred_at
            for event in events
            if event.name == name and event.occurred_at <= until and any(event.occurred_at > before for before in reached)
        ]
    return reached


def _sequence_holds(leaf: Sequence_, contact: ContactFacts) -> bool:
    known = [event for event in contact.events if event.occurred_at <= contact.now]
    first, *others = leaf.sequence
    for event in known:
        if event.name != first or not within(event.occurred_at, contact.now, leaf.last_days):
            continue
        until = event.occurred_at + timedelta(days=leaf.within_days)
        ends = _follows(others, known, event.occurred_at, until)
        if leaf.without is None:
            if ends:
                return True
        elif until <= contact.now and any(not _follows([leaf.without], known, end, until) for end in ends):
            return True
    return False


def _shown(events: Sequence[EventHeld]) -> list[dict[str, Any]]:
    latest = sorted(events, key=lambda event: event.occurred_at, reverse=True)[:_SHOWN]
    return [
        {
            "name": event.name,
            "occurred_at": event.occurred_at,
            **({} if event.amount is None else {"amount": event.amount, "currency": event.currency}),
        }
        for event in latest
    ]


def _actual(leaf: Event, contact: ContactFacts) -> dict[str, Any]:
    events = _counted(leaf, contact)
    return {"count": len(events), "latest": _shown(events)}


def event_name(raw: Any, pointer: str) -> str:
    """The name of an event. Raises RuleProblem."""
    return read_text(raw, pointer, longest=64)


def _where(raw: Any, pointer: str) -> tuple[Where, ...]:
    if not isinstance(raw, list) or not 0 < len(raw) <= MOST_WHERE:
        raise RuleProblem(pointer, f"must be a list of 1 to {MOST_WHERE} comparisons")
    found = []
    for place, one in enumerate(raw):
        here = f"{pointer}/{place}"
        if not isinstance(one, dict) or set(one) - {"property", "op", "value"}:
            raise RuleProblem(here, "a comparison is an object of property, op and value")
        name = read_text(one.get("property"), f"{here}/property", longest=64)
        found.append((name, *read_comparison(one, here)))
    return tuple(found)


def _currency(raw: Any, pointer: str) -> str:
    if not isinstance(raw, str) or not CURRENCY.fullmatch(raw):
        raise RuleProblem(pointer, "a currency is three capital letters (ISO 4217)")
    return raw


def _check_event(raw: Mapping[str, Any], pointer: str) -> None:
    if ("total" in raw) != ("currency" in raw):
        raise RuleProblem(f"{pointer}/currency", "total and currency go together: amounts of several currencies have no sum")


def _check_sequence(raw: Mapping[str, Any], pointer: str) -> None:
    if "without" not in raw and (not isinstance(raw["sequence"], list) or len(raw["sequence"]) < 2):
        raise RuleProblem(f"{pointer}/sequence", "a sequence has at least two events, or one and `without`")


def _names(raw: Any, pointer: str) -> tuple[str, ...]:
    given = raw if isinstance(raw, list) else [raw]
    if not 0 < len(given) <= MOST_STEPS:
        raise RuleProblem(pointer, f"must name 1 to {MOST_STEPS} events, in their order")
    return tuple(event_name(item, pointer) for item in given)


_LAST = Field(name="last_days", value=days(), word="last", unit="days")

KINDS = (
    Kind(
        node=Event,
        says=(
            "an event's name (`purchase`, `page_view`, or your own), done at least once; in the `last_days`; with bounds on the "
            "`count`, on the `total` paid in a `currency`, on how many days ago the last one was (`ago_days`); counting only "
            "those with bounds on the `amount` and comparisons `where` (`property`, `op`, `value`). Not done is `not`"
        ),
        fields=(
            Field(name="event", value=Value(event_name), needed=True),
            Field(name="count", value=number_range(whole=True, least=0, most=1_000_000)),
            Field(name="total", value=number_range(least=0, most=1e12)),
            Field(name="currency", value=Value(_currency), word="in"),
            Field(name="ago_days", value=number_range(least=0, most=3_650), word="ago", unit="days"),
            Field(name="amount", value=number_range(least=0, most=1e12)),
            Field(
                name="where",
                value=Value(_where, lambda kept: [{"property": name, **write_comparison(op, value)} for name, op, value in kept]),
                is_comparisons=True,
            ),
            _LAST,
        ),
        holds=lambda leaf, contact: event_holds(leaf, _counted(leaf, contact), contact.now),
        actual=_actual,
        check=_check_event,
    ),
    Kind(
        node=Sequence_,
        says=(
            f"up to {MOST_STEPS} events' names, each later than the one before, all `within_days` of the first; `without`: and "
            "then not that one within those days; `last_days` is about the first"
        ),
        fields=(
            Field(
                name="sequence",
                value=Value(_names, one_or_many(event_name, what="events").write),
                needed=True,
            ),
            Field(name="without", value=Value(event_name)),
            Field(name="within_days", value=days(), needed=True, word="within", unit="days"),
            _LAST,
        ),
        holds=_sequence_holds,
        actual=lambda leaf, contact: _shown([event for event in contact.events if event.name in {*leaf.sequence, leaf.without}]),
        check=_check_sequence,
    ),
)
