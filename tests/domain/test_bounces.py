"""When is a number dead? Scores over time, told twice, faded and taken back."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.bounces import HARD_APART, SOFT_APART, Bounce, Score, after_bounce
from tests.domain.given import NOON

_DAY = timedelta(days=1)


def _after(bounces: list[tuple[Bounce, timedelta]], *, delivered: timedelta | None = None) -> Score:
    """The score after bounces at so long after noon; `delivered` is when something arrived."""
    score = Score()
    for bounce, later in bounces:
        at = NOON + later
        arrived = NOON + delivered if delivered is not None and delivered <= later else None
        score = after_bounce(score, bounce, at=at, delivered_at=arrived)
    return score


def test_two_hard_bounces_are_enough_and_one_is_not() -> None:
    assert not _after([(Bounce.HARD, _DAY)]).is_dead
    assert _after([(Bounce.HARD, _DAY), (Bounce.HARD, 2 * _DAY)]).is_dead


def test_a_bounce_told_twice_counts_once() -> None:
    assert _after([(Bounce.HARD, _DAY), (Bounce.HARD, _DAY), (Bounce.HARD, _DAY + HARD_APART / 2)]).hard == 1


def test_soft_bounces_count_once_a_day_and_five_days_are_enough() -> None:
    assert _after([(Bounce.SOFT, hour * timedelta(hours=1)) for hour in range(20)]).soft == 1
    assert not _after([(Bounce.SOFT, day * _DAY) for day in range(4)]).is_dead
    assert _after([(Bounce.SOFT, day * _DAY) for day in range(5)]).is_dead


def test_bounces_fade() -> None:
    assert _after([(Bounce.HARD, _DAY), (Bounce.HARD, 200 * _DAY)]).hard == 1
    assert _after([(Bounce.SOFT, day * 31 * _DAY) for day in range(9)]).soft == 1


def test_what_was_delivered_since_takes_them_back() -> None:
    assert _after([(Bounce.HARD, _DAY), (Bounce.HARD, 3 * _DAY)], delivered=2 * _DAY).hard == 1
    assert _after([(Bounce.HARD, _DAY), (Bounce.HARD, 3 * _DAY)], delivered=_DAY / 2).hard == 2


@given(st.lists(st.tuples(st.sampled_from(Bounce), st.integers(0, 10_000)), max_size=30))
def test_a_score_never_counts_more_than_happened_and_one_kind_never_moves_the_other(steps: list[tuple[Bounce, int]]) -> None:
    bounces = [(bounce, hours * timedelta(hours=1)) for bounce, hours in sorted(steps, key=lambda step: step[1])]
    score = _after(bounces)
    assert score.hard <= sum(bounce is Bounce.HARD for bounce, _ in bounces)
    assert score.soft <= len({later // SOFT_APART for bounce, later in bounces if bounce is Bounce.SOFT})
    assert _after([step for step in bounces if step[0] is Bounce.HARD]).hard == score.hard
