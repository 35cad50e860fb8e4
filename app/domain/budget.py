"""May this message still be paid for? A campaign's money, in all, for a day and by country, set aside before a message leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.decision import Decision, Objection, Verdict

TOTAL = "total"
NO_PRICE = "budget.no_price"
_OURS = "the campaign's own settings"
_DETAILS: Mapping[str, str] = {
    NO_PRICE: "what a part costs there is not told in the budget's currency",
    "budget.total": "the campaign's budget is used up",
    "budget.day": "the campaign's budget of the day is used up",
    "budget.country": "the campaign's budget for the country is used up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a campaign may cost, in one currency (ISO 4217). A day is one of UTC's; None sets no bound."""

    currency: str
    total: Decimal | None = None
    per_day: Decimal | None = None
    by_country: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unaffordable:
    """Why a message cannot be paid for: a code, and when it may be again (None: never, as things stand)."""

    code: str
    until: datetime | None = None


def day_key(now: datetime) -> str:
    """The key of a day's spending."""
    return f"day:{now.astimezone(UTC).date().isoformat()}"


def country_key(region: str) -> str:
    """The key of a country's spending."""
    return f"country:{region}"


class Purse:
    """What is left of a budget while a group is claimed: messages are reserved one by one, the sums written once."""

    def __init__(self, budget: Budget, spent: Mapping[str, Decimal], *, prices: Mapping[str, Any], now: datetime) -> None:
        self._budget = budget
        self._spent = dict(spent)
        self._prices = prices
        self._now = now
        self.reserved: dict[str, Decimal] = {}

    def cost(self, region: str, parts: int) -> Decimal | None:
        """What a message to a country costs; None when no price is told in the budget's currency."""
        price = self._prices.get(region)
        if price is None or price["currency"] != self._budget.currency:
            return None
        return Decimal(price["amount"]) * parts

    def reserve(self, region: str, parts: int) -> Decimal | Unaffordable:
        """Set the cost of a message aside, or tell why that cannot be."""
        cost = self.cost(region, parts)
        if cost is None:
            return Unaffordable(NO_PRICE)
        keys = (TOTAL, day_key(self._now), country_key(region))
        bounds = (self._budget.total, self._budget.per_day, self._budget.by_country.get(region))
        for key, bound, code in zip(keys, bounds, ("budget.total", "budget.day", "budget.country"), strict=True):
            if bound is not None and self._spent.get(key, Decimal()) + cost > bound:
                never = code != "budget.day" or cost > bound
                return Unaffordable(code, None if never else _tomorrow(self._now))
        for key in keys:
            self._spent[key] = self._spent.get(key, Decimal()) + cost
            self.reserved[key] = self.reserved.get(key, Decimal()) + cost
        return cost


def unaffordable(found: Unaffordable) -> Decision:
    """The decision for a message that cannot be paid for."""
    verdict = Verdict.NEVER if found.until is None else Verdict.WAIT
    return Decision(verdict, found.until, (Objection(found.code, _OURS, _DETAILS[found.code], found.until),))


def _tomorrow(now: datetime) -> datetime:
    here = now.astimezone(UTC)
    return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def budget_json(budget: Budget | None) -> dict[str, Any] | None:
    """A budget as it is stored: amounts are exact, as text."""
    if budget is None:
        return None
    return {
        "currency": budget.currency,
        "total": None if budget.total is None else str(budget.total),
        "per_day": None if budget.per_day is None else str(budget.per_day),
        "by_country": {country: str(amount) for country, amount in budget.by_country.items()},
    }


def read_budget(stored: Mapping[str, Any] | None) -> Budget | None:
    """A stored budget as a value."""
    if stored is None:
        return None
    return Budget(
        currency=stored["currency"],
        total=None if stored["total"] is None else Decimal(stored["total"]),
        per_day=None if stored["per_day"] is None else Decimal(stored["per_day"]),
        by_country={country: Decimal(amount) for country, amount in stored["by_country"].items()},
    )
