"""Does the person get this campaign on another of their numbers? Contacts merged into one are one person, and get it once."""

from collections.abc import Sequence

from app.domain.decision import Objection, Rule
from app.domain.facts import Facts

_CODE = "suppress.same_person"
_SOURCE = "policy: contacts that were merged are one person, and a campaign reaches a person once"


def _judge(facts: Facts) -> Sequence[Objection]:
    if not facts.reached_elsewhere:
        return ()
    return (Objection(_CODE, _SOURCE, "another number of the same person has this campaign's message"),)


RULES = (Rule(_CODE, _SOURCE, _judge),)
