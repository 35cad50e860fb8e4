"""Do states only move forward, and does every outcome have its one next step?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, NeverLeft, Outcome, Refused
from app.domain.errors import WrongState
from app.domain.lifecycle import (
    CAMPAIGN_MOVES,
    COURSES,
    CampaignAction,
    CampaignState,
    Step,
    advance,
    allowed_actions,
    move_campaign,
    next_step,
)
from app.domain.message import State

_STATES = st.sampled_from(list(State))


def _reduce(start: State, facts: list[State]) -> State:
    for fact in facts:
        start = advance(start, fact)
    return start


@given(start=_STATES, facts=st.lists(_STATES, max_size=8), data=st.data())
def test_any_order_and_repetition_of_receipts_ends_in_the_same_state(
    start: State, facts: list[State], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(facts + data.draw(st.lists(st.sampled_from(facts or [start]), max_size=4))))
    assert _reduce(start, shuffled) == _reduce(start, facts)


@pytest.mark.parametrize(
    ("current", "fact", "after"),
    [
        (State.DELIVERED, State.SENT, State.DELIVERED),
        (State.UNDELIVERED, State.DELIVERED, State.DELIVERED),
        (State.DELIVERED, State.UNDELIVERED, State.DELIVERED),
        (State.UNKNOWN, State.SUBMITTED, State.SUBMITTED),
        (State.UNCONFIRMED, State.DELIVERED, State.DELIVERED),
        (State.CANCELLED, State.DELIVERED, State.DELIVERED),
        (State.SENDING, State.SENDING, State.SENDING),
    ],
)
def test_a_receipt_only_ever_raises_a_message(current: State, fact: State, after: State) -> None:
    assert advance(current, fact) is after


def _refused(error: ErrorClass, retry_after: float | None = None) -> Refused:
    return Refused(error, "1", "no", retry_after)


_Q, _R, _F = State.QUEUED, State.REJECTED, State.FAILED
_STEPS: list[tuple[Outcome, int, Step]] = [
    (Accepted("SM1"), 1, Step(state=State.SUBMITTED)),
    (MayHaveLeft("stalled"), 1, Step(state=State.UNKNOWN, reason="provider.no_answer")),
    (NeverLeft("refused"), 1, Step(state=_Q, delay=5, gives_back=True, reason="provider.unreachable")),
    (NeverLeft("refused"), 3, Step(state=_Q, delay=20, gives_back=True, reason="provider.unreachable")),
    (NeverLeft("refused"), 5, Step(state=_F, gives_back=True, reason="provider.unreachable")),
    (
        _refused(ErrorClass.THROTTLED),
        1,
        Step(state=_Q, delay=1, gives_back=True, slows_sender=True, reason="provider.throttled", counts=False),
    ),
    (
        _refused(ErrorClass.THROTTLED, 7.5),
        1,
        Step(state=_Q, delay=7.5, gives_back=True, slows_sender=True, reason="provider.throttled", counts=False),
    ),
    (
        _refused(ErrorClass.THROTTLED, 0.1),
        1000,
        Step(state=_Q, delay=60, gives_back=True, slows_sender=True, reason="provider.throttled", counts=False),
    ),
    (
        _refused(ErrorClass.QUEUE_FULL),
        1,
        Step(state=_Q, delay=120, gives_back=True, slows_sender=True, reason="provider.queue_full", counts=False),
    ),
    (_refused(ErrorClass.PROVIDER_TEMPORARY), 2, Step(state=_Q, delay=10, gives_back=True, reason="provider.provider_temporary")),
    (_refused(ErrorClass.PROVIDER_TEMPORARY), 5, Step(state=_F, gives_back=True, reason="provider.provider_temporary")),
    (
        _refused(ErrorClass.ACCOUNT),
        9,
        Step(state=_Q, delay=300, gives_back=True, reason="provider.account", counts=False),
    ),
    (
        _refused(ErrorClass.SENDER_CONFIG),
        1,
        Step(state=_Q, delay=900, gives_back=True, reason="provider.sender_config"),
    ),
    (_refused(ErrorClass.SENDER_CONFIG), 4, Step(state=_R, gives_back=True, reason="provider.sender_config")),
    (
        _refused(ErrorClass.DAILY_CAP),
        1,
        Step(state=_Q, delay=3600, gives_back=True, holds_sender=True, reason="provider.daily_cap", counts=False),
    ),
    (
        _refused(ErrorClass.TEMPORARILY_UNREACHABLE),
        1,
        Step(state=_Q, delay=1800, gives_back=True, reason="provider.temporarily_unreachable"),
    ),
    (_refused(ErrorClass.TEMPORARILY_UNREACHABLE), 3, Step(state=_F, gives_back=True, reason="provider.temporarily_unreachable")),
    (_refused(ErrorClass.INVALID_REQUEST), 1, Step(state=_R, gives_back=True, reason="provider.invalid_request")),
    (_refused(ErrorClass.CONTENT_REJECTED), 1, Step(state=_R, gives_back=True, reason="provider.content_rejected")),
    (_refused(ErrorClass.INVALID_NUMBER), 1, Step(state=_R, gives_back=True, reason="provider.invalid_number")),
    (_refused(ErrorClass.NOT_IN_SERVICE), 1, Step(state=_R, gives_back=True, reason="provider.not_in_service")),
    (_refused(ErrorClass.LANDLINE), 1, Step(state=_R, gives_back=True, reason="provider.landline")),
    (_refused(ErrorClass.OPTED_OUT), 1, Step(state=_R, gives_back=True, reason="provider.opted_out")),
    (_refused(ErrorClass.BLOCKED), 1, Step(state=_R, gives_back=True, reason="provider.blocked")),
    (_refused(ErrorClass.SPAM_FILTERED), 1, Step(state=_R, gives_back=True, reason="provider.spam_filtered")),
    (_refused(ErrorClass.CAPABILITY_MISSING), 1, Step(state=_R, gives_back=True, reason="provider.capability_missing")),
    (_refused(ErrorClass.EXPIRED), 1, Step(state=State.EXPIRED, gives_back=True, reason="provider.expired")),
    (_refused(ErrorClass.UNKNOWN), 1, Step(state=_R, gives_back=True, reason="provider.unknown")),
    (_refused(ErrorClass.DUPLICATE), 1, Step(state=State.SUBMITTED, reason="provider.duplicate")),
]


@pytest.mark.parametrize(("outcome", "attempt", "step"), _STEPS)
def test_every_outcome_has_its_next_step(outcome: Outcome, attempt: int, step: Step) -> None:
    assert next_step(outcome, attempt=attempt) == step


def test_every_error_class_has_a_course_and_a_tested_step() -> None:
    assert set(COURSES) == set(ErrorClass)
    assert {outcome.error for outcome, _, _ in _STEPS if isinstance(outcome, Refused)} == set(ErrorClass)


@given(error=st.sampled_from(list(ErrorClass)), attempt=st.integers(1, 10_000), retry_after=st.none() | st.floats(0, 86_400))
def test_a_refusal_never_ends_in_a_state_that_waits_for_us(error: ErrorClass, attempt: int, retry_after: float | None) -> None:
    step = next_step(_refused(error, retry_after), attempt=attempt)
    if step.state is State.QUEUED:
        assert step.delay >= max(1.0, retry_after or 0.0)
        assert step.gives_back
    else:
        assert step.state.is_final or error is ErrorClass.DUPLICATE


def test_tries_that_say_nothing_against_a_message_are_spared_it() -> None:
    down = NeverLeft("refused")
    assert next_step(down, attempt=9, spared=5).state is State.QUEUED
    assert next_step(down, attempt=9, spared=4).state is State.FAILED


_OPERATOR = [
    ("draft", ["schedule", "launch", "cancel"]),
    ("scheduled", ["schedule", "unschedule", "launch", "start", "cancel"]),
    ("running", ["pause", "cancel", "drain", "complete"]),
    ("paused", ["resume", "cancel"]),
    ("draining", ["pause", "cancel", "complete"]),
    ("completed", []),
    ("cancelled", []),
]


@pytest.mark.parametrize(("state", "actions"), _OPERATOR)
def test_what_can_be_done_with_a_campaign_depends_on_its_state(state: str, actions: list[str]) -> None:
    assert [str(action) for action in allowed_actions(CampaignState(state))] == actions


def test_every_action_has_a_row_and_resume_continues_where_pause_stopped() -> None:
    assert set(CAMPAIGN_MOVES) == set(CampaignAction)
    paused = move_campaign(CampaignState.RUNNING, CampaignAction.PAUSE)
    assert move_campaign(paused, CampaignAction.RESUME) is CampaignState.RUNNING


def test_a_move_that_is_not_open_says_where_it_is() -> None:
    with pytest.raises(WrongState, match="a completed campaign cannot resume; that is open when it is paused"):
        move_campaign(CampaignState.COMPLETED, CampaignAction.RESUME)
