"""Does a breaker open for the carrier's faults, for those alone, and find its way back?"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.breaker import (
    FAULTS,
    LIMITS,
    OF_ERROR,
    Breaker,
    Condition,
    Counts,
    Speaks,
    cause_of,
    count,
    judge_probe,
    slot_of,
    speaks_of,
)
from app.domain.capability import KNOWN_MISSING
from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, NeverLeft, Outcome, Refused

NOW = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
REST = 30.0
OF_PERSONS = (
    ErrorClass.INVALID_NUMBER,
    ErrorClass.NOT_IN_SERVICE,
    ErrorClass.LANDLINE,
    ErrorClass.OPTED_OUT,
    ErrorClass.BLOCKED,
    ErrorClass.TEMPORARILY_UNREACHABLE,
    ErrorClass.EXPIRED,
    ErrorClass.CAPABILITY_MISSING,
    ErrorClass.CONTENT_REJECTED,
)
OF_PACE = (ErrorClass.THROTTLED, ErrorClass.QUEUE_FULL, ErrorClass.DAILY_CAP)


def refused(error: ErrorClass) -> Outcome:
    return Refused(error, "1", "no")


_down: st.SearchStrategy[Outcome] = st.sampled_from(
    [NeverLeft("refused"), MayHaveLeft("stalled"), refused(ErrorClass.PROVIDER_TEMPORARY)]
)
_persons: st.SearchStrategy[Outcome] = st.sampled_from([Accepted("SM1"), *map(refused, (*OF_PERSONS, *OF_PACE))])
_causes = st.sampled_from([Speaks.CARRIER, Speaks.SENDER, Speaks.FILTERED, Speaks.ACCOUNT])


def heard(outcomes: list[Outcome]) -> Counts:
    return count([speaks_of(outcome) for outcome in outcomes])


def test_every_error_class_says_of_whom_it_speaks() -> None:
    assert set(OF_ERROR) == set(ErrorClass)
    assert {error for error, speaks in OF_ERROR.items() if speaks in FAULTS} == {
        ErrorClass.PROVIDER_TEMPORARY,
        ErrorClass.SENDER_CONFIG,
        ErrorClass.SPAM_FILTERED,
        ErrorClass.ACCOUNT,
    }


@given(outcomes=st.lists(_persons, max_size=300))
def test_what_is_wrong_with_recipients_never_opens_a_breaker_at_any_share(outcomes: list[Outcome]) -> None:
    assert cause_of([heard(outcomes)]) is None
    assert heard(outcomes).faults == 0


@given(good=st.integers(0, 200), bad=st.lists(_down, max_size=200))
def test_a_carrier_is_out_of_order_from_half_of_enough_tries_on(good: int, bad: list[Outcome]) -> None:
    counts = heard([Accepted("SM1")] * good + bad)
    is_open = len(bad) > 0 and good + len(bad) >= LIMITS[Speaks.CARRIER].tries and len(bad) >= good
    assert (cause_of([counts]) is Speaks.CARRIER) is is_open


@given(good=st.integers(0, 5_000), bad=st.integers(10, 250))
def test_a_carrier_that_dies_after_a_good_minute_is_known_by_its_latest_group(good: int, bad: int) -> None:
    group, minute = Counts(bad, bad), Counts(good + bad, bad)
    assert cause_of([group, minute]) is Speaks.CARRIER


def test_too_fast_is_not_even_a_try() -> None:
    assert heard([refused(error) for error in OF_PACE]) == Counts()
    assert cause_of([heard([refused(ErrorClass.THROTTLED)] * 90 + [NeverLeft("x")] * 9)]) is None


def test_one_region_closed_to_a_sender_does_not_hold_all_the_others() -> None:
    config = refused(ErrorClass.SENDER_CONFIG)
    assert cause_of([heard([config, Accepted("SM1"), Accepted("SM2")])]) is None
    assert cause_of([heard([config])]) is Speaks.SENDER


@given(causes=st.lists(_causes, min_size=1, max_size=40))
def test_each_opening_in_a_row_rests_at_least_as_long_up_to_a_bound(causes: list[Speaks]) -> None:
    breaker, now, last = Breaker(), NOW, dict.fromkeys(Speaks, timedelta())
    for cause in causes:
        breaker = breaker.opened(cause, "why", now=now, rest=REST)
        assert breaker.until is not None
        assert breaker.condition(now) is Condition.OPEN
        rest = breaker.until - now
        assert last[cause] <= rest <= timedelta(seconds=REST * LIMITS[cause].longest)
        last[cause], now = rest, breaker.until
        assert breaker.condition(now) is Condition.HALF_OPEN
    healed = breaker.closed(now=now)
    assert healed.condition(now + timedelta(days=9)) is Condition.CLOSED


def test_a_breaker_that_was_closed_for_long_begins_anew_and_one_that_flaps_does_not() -> None:
    once = Breaker().opened(Speaks.CARRIER, "why", now=NOW, rest=REST)
    assert once.until is not None
    healed = once.closed(now=once.until)
    flapping = healed.opened(Speaks.CARRIER, "why", now=once.until + timedelta(seconds=59), rest=REST)
    anew = healed.opened(Speaks.CARRIER, "why", now=once.until + timedelta(seconds=60), rest=REST)
    assert (once.openings, flapping.openings, anew.openings) == (1, 2, 1)


def test_a_probe_tells_by_its_worst_and_pace_tells_nothing() -> None:
    assert judge_probe([]) is None
    assert judge_probe([Speaks.PACE]) is None
    assert judge_probe([speaks_of(refused(ErrorClass.OPTED_OUT))]) is Speaks.PERSON
    assert judge_probe([speaks_of(MayHaveLeft("stalled"))]) is Speaks.CARRIER


def test_a_refusal_of_ours_is_no_try_and_no_probe() -> None:
    ours = speaks_of(Refused(ErrorClass.CAPABILITY_MISSING, KNOWN_MISSING, "known to have no RCS"))
    assert count([ours]) == Counts()
    assert judge_probe([ours]) is None


def test_slots_begin_on_the_minute() -> None:
    assert slot_of(NOW + timedelta(seconds=59.9)) == NOW
    assert slot_of(NOW + timedelta(seconds=60)) == NOW + timedelta(seconds=60)
