"""Is it too late? A message past its not-after never goes, however it was delayed."""

from collections.abc import Sequence

from app.domain.decision import TOO_LATE, Objection, Rule
from app.domain.facts import Facts

_SOURCE = "the message's own not-after"


def _judge(facts: Facts) -> Sequence[Objection]:
    if facts.not_after is None or facts.now < facts.not_after:
        return ()
    return (Objection(TOO_LATE, _SOURCE, f"was good until {facts.not_after.isoformat()}"),)


RULES = (Rule(TOO_LATE, _SOURCE, _judge),)
