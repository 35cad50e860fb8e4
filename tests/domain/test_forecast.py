"""When would the last of them go? The rate and the hours decide, and nobody is lost on the way."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.forecast import Batch, Forecast, forecast

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def always(_: str, at: datetime) -> datetime | None:
    return at


def daily(opens: int, closes: int) -> Callable[[str, datetime], datetime | None]:
    """Open every day from one hour to another."""

    def asked(_: str, at: datetime) -> datetime | None:
        if opens <= at.hour < closes:
            return at
        day = at.replace(hour=opens, minute=0, second=0, microsecond=0)
        return day if day > at else day + timedelta(days=1)

    return asked


def walk(
    backlog: list[Batch], *, rate: float = 1.0, opens: Callable[[str, datetime], datetime | None] = always, **others: datetime
) -> Forecast:
    return forecast(backlog, opens=opens, parts_per_second=rate, start=NOON, **others)


def test_a_backlog_takes_its_parts_over_the_rate() -> None:
    assert walk([Batch("a", NOON, 900, 1800)], rate=0.5) == Forecast(finishes_at=NOON + HOUR, late=0, unreached=0)


def test_nobody_going_has_no_end() -> None:
    assert walk([]) == Forecast(finishes_at=None, late=0, unreached=0)


def test_what_is_due_later_begins_later() -> None:
    found = walk([Batch("a", NOON, 10, 600), Batch("a", NOON + 3 * HOUR, 10, 600)])
    assert found.finishes_at == NOON + 3 * HOUR + timedelta(minutes=10)


def test_what_is_not_done_when_the_hours_close_goes_on_the_next_day() -> None:
    found = walk([Batch("a", NOON, 100, 12 * 3600)], opens=daily(8, 20))
    assert found.finishes_at == NOON.replace(hour=8) + timedelta(days=1) + 4 * HOUR


def test_who_is_still_waiting_at_the_not_after_is_late() -> None:
    found = walk([Batch("a", NOON, 100, 7200)], not_after=NOON + HOUR)
    assert (found.finishes_at, found.late, found.unreached) == (None, 50, 0)
    night = walk([Batch("a", NOON.replace(hour=7) + timedelta(days=1), 40, 40)], opens=daily(8, 20), not_after=NOON + 12 * HOUR)
    assert (night.late, night.finishes_at) == (40, None)


def test_hours_that_never_open_are_told_apart() -> None:
    def closed(area: str, at: datetime) -> datetime | None:
        return None if area == "shut" else at

    found = walk([Batch("shut", NOON, 5, 5), Batch("open", NOON, 5, 5)], opens=closed)
    assert (found.finishes_at, found.unreached) == (None, 5)


def test_a_rate_far_too_low_ends_at_sixty_days() -> None:
    found = walk([Batch("a", NOON, 1000, 20 * 86_400)], rate=0.1)
    assert found.finishes_at is None
    assert 600 < found.unreached < 750


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.integers(1, 500), st.integers(1, 4)), max_size=12),
    st.floats(0.01, 50),
    st.integers(1, 100),
)
def test_everybody_goes_or_is_counted(rows: list[tuple[str, int, int, int]], rate: float, hours: int) -> None:
    backlog = [Batch(area, NOON + due * HOUR, members, members * parts) for area, due, members, parts in rows]
    total, parts = sum(batch.members for batch in backlog), sum(batch.parts for batch in backlog)
    found = walk(backlog, rate=rate, opens=daily(9, 18), not_after=NOON + hours * HOUR)
    left = sum(batch.members for batch in backlog)
    assert 0 <= found.late <= total
    if found.finishes_at is not None:
        assert found.late == found.unreached == 0
        assert found.finishes_at >= NOON + timedelta(seconds=parts / rate) - timedelta(milliseconds=1)
    elif rows:
        assert abs(found.late + found.unreached - left) <= 1
