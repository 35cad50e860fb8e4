"""How well does a sender deliver, where, how fast and for how much? Small numbers say little; and when is it time to count?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

HOUR = timedelta(hours=1)
KEPT = timedelta(days=60)
"""How long figures of an hour are kept: a sender is chosen by its last days, and shown by its last weeks."""

_RUNNING = timedelta(minutes=5)
_LOOKS = tuple(timedelta(hours=hours) for hours in (1.25, 2, 4, 8, 24, 48, 80))
"""When an hour is measured again, counted from its beginning: receipts come for up to three days."""
OLDEST = _LOOKS[-1] + 6 * HOUR
"""An hour that began earlier is not measured any more, whatever stood still meanwhile."""


def hour_of(instant: datetime) -> datetime:
    """When an instant's hour began, in UTC's hours."""
    return datetime.fromtimestamp(instant.timestamp() // 3600 * 3600, tz=instant.tzinfo)


def is_due(hour: datetime, *, measured_at: datetime | None, now: datetime) -> bool:
    """Whether an hour is to be measured now: every five minutes while it runs, then ever less often."""
    if not hour <= now <= hour + OLDEST:
        return False
    if measured_at is None:
        return True
    if now < hour + _LOOKS[0]:
        return now - measured_at >= _RUNNING
    return any(measured_at < hour + look <= now for look in _LOOKS)


def due_hours(measured: Mapping[datetime, datetime], *, now: datetime) -> list[datetime]:
    """The hours to measure now, the latest first. `measured`: when each was last."""
    first = hour_of(now - OLDEST)
    hours = [first + step * HOUR for step in range(int((now - first) / HOUR) + 1)]
    return [hour for hour in reversed(hours) if is_due(hour, measured_at=measured.get(hour), now=now)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of attempts: `delivered` and `failed` are those whose end is known, `seconds` their way to delivery, summed.

    `region` and `network` are "" for all of them, or where they are not known. `prices` are sums by currency (ISO 4217).
    """

    region: str = ""
    network: str = ""
    handed_over: int = 0
    accepted: int = 0
    delivered: int = 0
    failed: int = 0
    seconds: float = 0.0
    prices: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """Attempts whose end is known."""
        return self.delivered + self.failed

    @property
    def share(self) -> float | None:
        """Delivered of those whose end is known; None while none is."""
        return self.delivered / self.ended if self.ended else None

    @property
    def mean_seconds(self) -> float | None:
        """How long a delivery took, on average."""
        return self.seconds / self.delivered if self.delivered else None


def add_up(places: Iterable[Tried]) -> Tried:
    """Places taken together."""
    rows = list(places)
    prices: dict[str, Decimal] = {}
    for row in rows:
        for currency, price in row.prices.items():
            prices[currency] = prices.get(currency, Decimal()) + price
    return Tried(
        handed_over=sum(row.handed_over for row in rows),
        accepted=sum(row.accepted for row in rows),
        delivered=sum(row.delivered for row in rows),
        failed=sum(row.failed for row in rows),
        seconds=sum(row.seconds for row in rows),
        prices=prices,
    )


_USUAL_SHARE, _USUAL_WEIGHT = 0.9, 20.0
"""What is thought of a sender nobody has heard of yet, and how many attempts that thought is worth."""
_OWN_WEIGHT = 50.0
"""How many attempts a sender's share over all is worth where it comes to one place."""


def expected_share(place: Tried, *, of_all: Tried) -> float:
    """The share of deliveries to count on at a place: its own, drawn towards the sender's over all, and that towards the usual.

    Three deliveries out of three say little, three thousand say all; without any attempt it is the sender's over all.
    """
    overall = (of_all.delivered + _USUAL_WEIGHT * _USUAL_SHARE) / (of_all.ended + _USUAL_WEIGHT)
    return (place.delivered + _OWN_WEIGHT * overall) / (place.ended + _OWN_WEIGHT)
