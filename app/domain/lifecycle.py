"""Which state may follow which? Receipts come late, twice and out of order, refusals mean many things; tables settle it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.delivery import Accepted, ErrorClass, MayHaveLeft, NeverLeft, Outcome, Refused
from app.domain.errors import WrongState
from app.domain.message import State


def advance(current: State, fact: State) -> State:
    """The state after a fact about the attempt: the higher rank. A maximum, so neither order nor repetition matters."""
    return max(current, fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do with a message after one hand-over.

    `state` QUEUED means: try again after `delay` seconds. `holds_sender`: nothing goes from this sender for as long. `gives_back`
    returns the place under the caps, because nobody got anything. `counts` false: the try says nothing against the message, which
    is spared it; the limit on tries is for others. `slows_sender` asks the sender's rate to rest for `delay` seconds.
    """

    state: State
    delay: float = 0.0
    gives_back: bool = False
    slows_sender: bool = False
    holds_sender: bool = False
    reason: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """One row of the table of errors: try again (`tries` in all, 0 without end, the pause doubling), or give up as `end`."""

    end: State = State.REJECTED
    tries: int = 1
    pause: float = 0.0
    longest: float = 0.0
    slows_sender: bool = False
    holds_sender: bool = False
    counts: bool = True


_MINUTE, _HOUR = 60.0, 3600.0

# What each class asks of a message (facts/providers, section 11); what it says of the sender and the account is for the breaker.
# Numbers are ours: short first pauses, long ones where a person must act.
COURSES: Mapping[ErrorClass, _Course] = {
    ErrorClass.THROTTLED: _Course(tries=0, pause=1.0, longest=_MINUTE, slows_sender=True, counts=False),
    ErrorClass.QUEUE_FULL: _Course(tries=0, pause=2 * _MINUTE, longest=15 * _MINUTE, slows_sender=True, counts=False),
    ErrorClass.PROVIDER_TEMPORARY: _Course(end=State.FAILED, tries=5, pause=5.0, longest=10 * _MINUTE),
    ErrorClass.ACCOUNT: _Course(tries=0, pause=5 * _MINUTE, longest=5 * _MINUTE, counts=False),
    ErrorClass.SENDER_CONFIG: _Course(tries=4, pause=15 * _MINUTE, longest=15 * _MINUTE),
    ErrorClass.DAILY_CAP: _Course(tries=0, pause=_HOUR, longest=_HOUR, holds_sender=True, counts=False),
    ErrorClass.TEMPORARILY_UNREACHABLE: _Course(end=State.FAILED, tries=3, pause=30 * _MINUTE, longest=2 * _HOUR),
    ErrorClass.INVALID_REQUEST: _Course(),
    ErrorClass.CONTENT_REJECTED: _Course(),
    ErrorClass.INVALID_NUMBER: _Course(),
    ErrorClass.NOT_IN_SERVICE: _Course(),
    ErrorClass.LANDLINE: _Course(),
    ErrorClass.OPTED_OUT: _Course(),
    ErrorClass.BLOCKED: _Course(),
    ErrorClass.SPAM_FILTERED: _Course(),
    ErrorClass.CAPABILITY_MISSING: _Course(),
    ErrorClass.EXPIRED: _Course(end=State.EXPIRED),
    ErrorClass.UNKNOWN: _Course(),
    # The provider holds this very message already: an earlier hand-over arrived, and its receipts will say how it went.
    ErrorClass.DUPLICATE: _Course(end=State.SUBMITTED),
}

# The request never left: nobody's fault, and the same as a provider's passing trouble.
_NEVER_LEFT = COURSES[ErrorClass.PROVIDER_TEMPORARY]


def _next(course: _Course, *, attempt: int, spared: int, retry_after: float | None, reason: str) -> Step:
    if course.tries and attempt - spared >= course.tries:
        return Step(state=course.end, gives_back=course.end is not State.SUBMITTED, reason=reason)
    pause = min(course.longest, course.pause * 2.0 ** min(attempt - 1, 20))
    return Step(
        state=State.QUEUED,
        delay=max(pause, retry_after or 0.0),
        gives_back=True,
        slows_sender=course.slows_sender,
        holds_sender=course.holds_sender,
        reason=reason,
        counts=course.counts,
    )


def next_step(outcome: Outcome, *, attempt: int, spared: int = 0) -> Step:
    """What follows an outcome; `attempt` counts this hand-over, from 1, and `spared` those before that say nothing against it.

    A provider's own Retry-After is honoured when it is longer than our pause. What may have left is never tried again.
    """
    match outcome:
        case Accepted():
            return Step(state=State.SUBMITTED)
        case MayHaveLeft():
            return Step(state=State.UNKNOWN, reason="provider.no_answer")
        case NeverLeft():
            return _next(_NEVER_LEFT, attempt=attempt, spared=spared, retry_after=None, reason="provider.unreachable")
        case Refused(error=error, retry_after=retry_after):
            return _next(COURSES[error], attempt=attempt, spared=spared, retry_after=retry_after, reason=f"provider.{error}")


# Refusals that speak of this moment or of the account, and so say nothing of an earlier request with the same id.
_OF_THE_MOMENT = frozenset({ErrorClass.THROTTLED, ErrorClass.QUEUE_FULL, ErrorClass.PROVIDER_TEMPORARY, ErrorClass.ACCOUNT})


def settles_a_repeat(outcome: Outcome) -> bool:
    """Whether the outcome of a repeat, made with an id the provider honours, also tells what became of the first request."""
    match outcome:
        case Accepted():
            return True
        case Refused(error=error):
            return error not in _OF_THE_MOMENT
        case _:
            return False


class CampaignState(StrEnum):
    """How far a campaign has come. Draining: all is handed over or settled, and receipts are still awaited."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    DRAINING = "draining"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class CampaignAction(StrEnum):
    """What moves a campaign: an operator's verbs, and what the service itself does (start, drain, complete)."""

    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    LAUNCH = "launch"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    DRAIN = "drain"
    COMPLETE = "complete"


_C = CampaignState
CAMPAIGN_MOVES: Mapping[CampaignAction, Mapping[CampaignState, CampaignState]] = {
    CampaignAction.SCHEDULE: {_C.DRAFT: _C.SCHEDULED, _C.SCHEDULED: _C.SCHEDULED},
    CampaignAction.UNSCHEDULE: {_C.SCHEDULED: _C.DRAFT},
    CampaignAction.LAUNCH: {_C.DRAFT: _C.RUNNING, _C.SCHEDULED: _C.RUNNING},
    CampaignAction.START: {_C.SCHEDULED: _C.RUNNING},
    CampaignAction.PAUSE: {_C.RUNNING: _C.PAUSED, _C.DRAINING: _C.PAUSED},
    CampaignAction.RESUME: {_C.PAUSED: _C.RUNNING},
    CampaignAction.CANCEL: {
        _C.DRAFT: _C.CANCELLED,
        _C.SCHEDULED: _C.CANCELLED,
        _C.RUNNING: _C.CANCELLED,
        _C.PAUSED: _C.CANCELLED,
        _C.DRAINING: _C.CANCELLED,
    },
    CampaignAction.DRAIN: {_C.RUNNING: _C.DRAINING},
    CampaignAction.COMPLETE: {_C.RUNNING: _C.COMPLETED, _C.DRAINING: _C.COMPLETED},
}


def move_campaign(state: CampaignState, action: CampaignAction) -> CampaignState:
    """The state the action leads to. Raises WrongState, naming the states it is open in."""
    moves = CAMPAIGN_MOVES[action]
    if state not in moves:
        raise WrongState(f"a {state} campaign cannot {action}; that is open when it is {' or '.join(moves)}")
    return moves[state]


def allowed_actions(state: CampaignState) -> tuple[CampaignAction, ...]:
    """What can be done with a campaign in this state, in the table's order."""
    return tuple(action for action, moves in CAMPAIGN_MOVES.items() if state in moves)
