"""Is a number dead? Refusals add up: one sure word is enough, hard bounces need company, soft ones need many days."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.delivery import ErrorClass
from app.domain.facts import NumberKind


class Bounce(StrEnum):
    """How much a refusal says: no such number; out of service, perhaps; or not to be reached just now."""

    INVALID = "invalid"
    HARD = "hard"
    SOFT = "soft"


BOUNCES: Mapping[ErrorClass, Bounce] = {
    ErrorClass.INVALID_NUMBER: Bounce.INVALID,
    ErrorClass.NOT_IN_SERVICE: Bounce.HARD,
    ErrorClass.TEMPORARILY_UNREACHABLE: Bounce.SOFT,
}
# What a refusal teaches about the line: a land line takes calls, so it is no reason to leave the number alone.
LINE_TAUGHT: Mapping[ErrorClass, NumberKind] = {ErrorClass.LANDLINE: NumberKind.FIXED_LINE}

# Policy, none of it law. A number that was out of service twice is; one that could not be reached on five days of a month is as
# good as gone. Receipts of one message come within minutes, so that bounces closer together count once.
HARD_MOST, HARD_APART, HARD_FADES = 2, timedelta(hours=1), timedelta(days=180)
SOFT_MOST, SOFT_APART, SOFT_FADES = 5, timedelta(days=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Score:
    """The bounces of a number that count, and when the last of each kind was."""

    hard: int = 0
    soft: int = 0
    hard_at: datetime | None = None
    soft_at: datetime | None = None

    @property
    def is_dead(self) -> bool:
        """Whether the number is to be left alone until it shows a sign of life."""
        return self.hard >= HARD_MOST or self.soft >= SOFT_MOST


def after_bounce(score: Score, bounce: Bounce, *, at: datetime, delivered_at: datetime | None) -> Score:
    """The score after one more bounce. Bounces fade with time, and what was delivered since the last takes them back.

    One that comes too soon after the last of its kind, or before it, is the same bounce told again and changes nothing.
    """
    match bounce:
        case Bounce.HARD:
            hard = _count(score.hard, score.hard_at, at, delivered_at, HARD_APART, HARD_FADES)
            return score if hard is None else replace(score, hard=hard, hard_at=at)
        case Bounce.SOFT:
            soft = _count(score.soft, score.soft_at, at, delivered_at, SOFT_APART, SOFT_FADES)
            return score if soft is None else replace(score, soft=soft, soft_at=at)
        case Bounce.INVALID:
            return score


def _count(
    before: int, last: datetime | None, at: datetime, delivered_at: datetime | None, apart: timedelta, fades: timedelta
) -> int | None:
    if last is None or before == 0:
        return 1
    if delivered_at is not None and delivered_at > last:
        return 1
    if at - last < apart:
        return None
    return 1 if at - last > fades else before + 1
