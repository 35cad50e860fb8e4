"""What has the workspace said of its sender? Its registration with the carriers, as rules and texts need it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from app.domain.facts import SenderFacts
from app.domain.sender import SenderKind
from app.domain.wording import Wording
from app.domain.zones import load_zone


class RegistrationStatus(StrEnum):
    """How far a sender has come with the carriers' registers."""

    REGISTERED = "registered"
    PENDING = "pending"
    UNREGISTERED = "unregistered"


_PROBLEM: Mapping[str, str] = {
    SenderKind.LONG_CODE: "unregistered_10dlc",
    SenderKind.TOLL_FREE: "unverified_toll_free",
}
_CAPPED_BY: Mapping[str, str] = {"30023": "tmobile", "30027": "tmobile"}
_ONE_WAY = frozenset({SenderKind.ALPHANUMERIC})  # a name cannot be answered


def sender_facts(kind: str, stored: Mapping[str, Any], *, keyless: bool = False) -> SenderFacts:
    """A stored registration as rules see it. What was never declared is no problem: the carrier will say."""
    unfinished = stored.get("status") in {RegistrationStatus.PENDING, RegistrationStatus.UNREGISTERED}
    capped_until = stored.get("capped_until")
    return SenderFacts(
        kind=kind,
        problem=_PROBLEM.get(kind, "") if unfinished else "",
        age_gated=frozenset(stored.get("age_gated") or ()),
        capped_until=datetime.fromisoformat(capped_until) if capped_until else None,
        capped_by=stored.get("capped_by") or "",
        queue_wait=timedelta(seconds=stored.get("queue_seconds") or 0),
        abandoned=float(stored.get("abandoned_rate") or 0.0),
        keyless=keyless,
    )


def capped_by(code: str) -> str:
    """Whose cap a refusal for a full day tells of: tmobile, or the carrier's own."""
    return _CAPPED_BY.get(code, "carrier")


def day_is_full(code: str, now: datetime) -> dict[str, str]:
    """What a refusal for a cap of the day adds to the registration: nothing more goes before the carrier's next day.

    T-Mobile's day is taken to begin at midnight in California (its hour of reset is not published: facts 9).
    """
    return {"capped_until": carriers_day(now)[1].isoformat(), "capped_by": capped_by(code)}


def carriers_day(now: datetime) -> tuple[date, datetime]:
    """The day by which carriers count, and when it ends: midnight in California."""
    there = now.astimezone(load_zone("America/Los_Angeles"))
    midnight = datetime.combine(there.date() + timedelta(days=1), time(), there.tzinfo)
    return there.date(), midnight.astimezone(UTC)


def rate_of(parts_per_second: float, stored: Mapping[str, Any]) -> float:
    """A sender's rate in parts per second: its own, or what the carrier allows its campaign in a minute if that is less."""
    per_minute = stored.get("parts_per_minute")
    return min(parts_per_second, per_minute / 60) if per_minute else parts_per_second


def call_rate(rate: float, calls_per_second: float | None) -> float:
    """A rate kept to the calls per second its provider takes, where one is said (None: the rate as it is)."""
    return rate if calls_per_second is None else min(rate, calls_per_second)


def wording_of(kind: str, address: str, stored: Mapping[str, Any], *, brand: str, adds: bool) -> Wording:
    """How texts from this sender say who sends them and how to object."""
    opt_out = stored.get("opt_out") or (address if kind == SenderKind.SHORT_CODE else "")
    return Wording(
        brand=brand,
        adds=adds,
        replies=kind not in _ONE_WAY,
        opt_out=opt_out,
        identification=stored.get("identification") or "",
    )
