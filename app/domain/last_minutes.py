"""Would a carrier's queue keep it too long? The least time it tries for must be over before the message's own is."""

from datetime import datetime, timedelta

from app.domain.decision import TOO_LATE, Decision, Objection, Verdict

_GUARD = "time.queue_guard"
_SOURCE = "policy: what waits in a queue leaves inside the hours or not at all"


def kept_too_long(shortest: int, *, not_after: datetime | None, closes_at: datetime | None, now: datetime) -> Decision | None:
    """The decision against a message that its carrier might let out too late; None when it may go.

    `shortest` is the least validity the carrier takes, in seconds. When the hours close first it waits for the next ones.
    """
    ends = now + timedelta(seconds=shortest)
    told = f"the carrier tries for {shortest} seconds at the least"
    if not_after is not None and ends > not_after:
        late = Objection(TOO_LATE, "the message's own not-after", f"{told}: it is good until {not_after.isoformat()}")
        return Decision(Verdict.NEVER, None, (late,))
    if closes_at is not None and ends > closes_at:
        closed = Objection(_GUARD, _SOURCE, f"{told}: the hours close at {closes_at.isoformat()}", closes_at)
        return Decision(Verdict.WAIT, closes_at, (closed,))
    return None
